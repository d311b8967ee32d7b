//! Compares each gateway's own list with our books, as an operator would. Only this finds a payment on a page that we
//! had given up, if its message was lost. Differences may be repaired, and none may stay open.

use serde_json::Value;

use super::fleet::Fleet;
use super::records::Records;
use crate::console::Step;
use crate::failure::{Explain, Result};
use crate::vendors::VENDORS;

/// The differences that are open after every gateway was compared.
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
