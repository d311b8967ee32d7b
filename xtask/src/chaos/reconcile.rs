//! Each gateway's own list against our books, as an operator asks for it. A payment on a page that we had given up,
//! with its message lost, is found by this alone; what is found may be repaired, and nothing may stand.

use serde_json::Value;

use super::fleet::Fleet;
use super::records::Records;
use crate::console::Step;
use crate::failure::{Explain, Result};
use crate::vendors::VENDORS;

/// What stands after the whole run was compared at every gateway.
pub fn all(records: &Records, fleet: &Fleet) -> Result<Vec<String>> {
    let run =
        records.rows("select min(placed_at) - interval '1 minute' as began, now() as ended from orders")?;
    let Some((began, ended)) = run.first().and_then(bounds) else { return Ok(Vec::new()) };
    let mut standing = Vec::new();
    for vendor in VENDORS {
        let step = Step::begin();
        let mut reconcile = fleet.binary("haat-worker");
        reconcile.args(["reconcile", "--gateway", vendor.name, "--from", began, "--to", ended]);
        let output = reconcile.output().explain("cannot run haat-worker reconcile", "build the product")?;
        let told = String::from_utf8_lossy(&output.stdout).into_owned();
        if !output.status.success() {
            let errors = String::from_utf8_lossy(&output.stderr);
            standing.push(format!("reconciliation ended with {}: {told}{errors}", output.status));
        }
        step.done(&format!("reconciled with {}", told.lines().last().unwrap_or(vendor.name)));
    }
    Ok(standing)
}

fn bounds(run: &Value) -> Option<(&str, &str)> {
    Some((run["began"].as_str()?, run["ended"].as_str()?))
}
