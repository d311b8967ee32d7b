//! The table and the file that a run leaves, and whether it may pass.

use std::fs;
use std::process::ExitCode;

use serde_json::{Value, json};

use super::gateways::EXPECTED_WEBHOOKS;
use super::phases::rate;
use crate::failure::{Explain, Failure, Result};
use crate::workspace;

/// Orders per second that the database takes, without the product.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    pub one: f64,
    pub batched: f64,
}

#[derive(Debug)]
pub struct Report {
    pub limits: Limits,
    pub figures: Value,
    pub seconds: u64,
}

/// Rates: the name, the path in the figures, and the expected value on two cores.
const RATES: &[(&str, &str, Option<f64>)] = &[
    ("checkouts accepted, worker frozen", "/alone/accepted/per_second", Some(5000.0)),
    ("checkouts accepted, worker beside", "/spread/accepted/per_second", None),
    ("orders reserved, spread", "/spread/through/per_second", Some(3000.0)),
    ("checkouts accepted, one hot SKU", "/hot/accepted/per_second", None),
    ("orders reserved, one hot SKU", "/hot/through/per_second", Some(3000.0)),
    ("payments opened at the sandbox", "/payments/through/per_second", None),
    ("order polls, unchanged (304)", "/unchanged_polls/per_second", Some(8000.0)),
    ("order polls, full (200)", "/full_polls/per_second", None),
    ("product lists of 20", "/products/per_second", None),
    ("product lists, 200,000 hidden beside", "/hidden/per_second", None),
    ("webhooks taken in", "/webhooks/intake/per_second", Some(EXPECTED_WEBHOOKS)),
    ("webhooks taken in and applied", "/webhooks/intake/applied_per_second", None),
    ("one webhook again and again", "/webhooks/storm/per_second", None),
];

const TIMES: &[(&str, &str, Option<f64>)] = &[
    ("request to accepted", "/half_load/accepted", Some(50.0)),
    ("accepted to reserved", "/half_load/through", None),
    ("webhook to answer", "/webhooks/half_load", Some(20.0)),
    ("webhook to answer at 2500/s", "/webhooks/half_expected", Some(20.0)),
];

impl Report {
    pub fn print(&self) {
        let Limits { one, batched } = self.limits;
        println!(
            "\n{:<36}{:>10}{:>12}{:>12}{:>10}",
            "per second", "", "÷ limit 1", "÷ limit 128", "expected"
        );
        self.row("limit: one order per transaction", one, None);
        self.row("limit: 128 orders per transaction", batched, None);
        for (name, place, expected) in RATES {
            self.row(name, rate(&self.figures, place), *expected);
        }
        let half = rate(&self.figures, "/half_load/accepted/per_second");
        println!(
            "\n{:<36}{:>10}{:>12}{:>12}{:>10}",
            format!("ms at half load ({half:.0} orders/s)"),
            "p50",
            "p99",
            "max",
            "expected"
        );
        for (name, place, expected) in TIMES {
            let time = |quantile| rate(&self.figures, &format!("{place}/{quantile}"));
            let (p50, p99, max) = (time("p50_ms"), time("p99_ms"), time("max_ms"));
            let expected = expected.map(|ms| format!("p99 ≤ {ms:.0}")).unwrap_or_default();
            println!("{name:<36}{p50:>10.1}{p99:>12.1}{max:>12.1}{expected:>10}");
        }
        let memory = |name: &str| rate(&self.figures, &format!("/memory/{name}"));
        let (api, worker) = (memory("api_mb"), memory("worker_mb"));
        println!(
            "\nmemory: API {api:.0} MB + worker {worker:.0} MB = {:.0} MB (expected < 150)",
            api + worker
        );
        let sign_ins = |place: &str| rate(&self.figures, &format!("/sign_ins/{place}"));
        println!(
            "memory after {:.0} sign-ins ({:.0} per second): API {:.0} MB (expected ≤ 90), before {:.0} MB",
            sign_ins("answered"),
            sign_ins("per_second"),
            sign_ins("api_mb_after"),
            sign_ins("api_mb_before"),
        );
        self.gateways();
        self.doubts();
        println!("sell-out: {}", self.figures["sell_out"]);
        println!(
            "books: {}",
            self.figures["books"]["printed"]
                .as_str()
                .and_then(|text| text.lines().last())
                .unwrap_or_default()
        );
        println!(
            "\nReserved: cash on delivery, so no gateway call; measured to the wake-up after the commit."
        );
    }

    /// Calls in flight at a gateway, and the rows stored of repeated webhooks.
    fn gateways(&self) {
        let held = |place: &str| rate(&self.figures, &format!("/held/{place}"));
        println!(
            "payments held: {:.0} calls in flight at a gateway that takes {:.0} ms (expected ≥ 500), {:.0} opened \
             per second; worker {:.0} MB before, {:.0} MB in the first half of the time, {:.0} MB in the second",
            held("calls"),
            held("gateway_ms"),
            held("payments/through/per_second"),
            held("worker_mb_before"),
            held("worker_mb_early"),
            held("worker_mb_late"),
        );
        let storm = |place: &str| rate(&self.figures, &format!("/webhooks/storm/{place}"));
        println!(
            "webhooks at half load: {:.0} per second; one webhook {:.0} times: {:.0} row, {:.0} job",
            rate(&self.figures, "/webhooks/half_load/per_second"),
            storm("answered"),
            storm("rows"),
            storm("jobs")
        );
    }

    /// Answers that were not expected, and orders of which no change was reported: the figures leave them out, so they
    /// are printed separately.
    fn doubts(&self) {
        for (phase, figures) in self.figures.as_object().into_iter().flatten() {
            let count = |place| figures.pointer(place).and_then(Value::as_u64).unwrap_or(0);
            let places = ["/accepted/refused", "/refused", "/payments/accepted/refused", "/intake/refused"];
            let more = ["/half_load/refused", "/half_expected/refused", "/storm/refused"];
            let refused: u64 = places.into_iter().chain(more).map(count).sum();
            // While the worker is frozen no change is reported.
            let unheard = if phase == "alone" {
                0
            } else {
                count("/through/unheard") + count("/payments/through/unheard")
            };
            if refused + unheard > 0 {
                println!("in doubt: {phase}, {refused} requests refused, {unheard} orders unheard of");
            }
        }
    }

    fn row(&self, name: &str, value: f64, expected: Option<f64>) {
        let Limits { one, batched } = self.limits;
        let expected = expected.map(|least| format!("≥ {least:.0}")).unwrap_or_default();
        println!("{name:<36}{value:>10.0}{:>12.2}{:>12.2}{expected:>10}", value / one, value / batched);
    }

    pub fn write(&self) -> Result<()> {
        let Limits { one, batched } = self.limits;
        let ratios = RATES.iter().map(|(_, place, _)| {
            let value = rate(&self.figures, place);
            ((*place).to_owned(), json!({ "to_limit_one": value / one, "to_limit_batched": value / batched }))
        });
        let report = json!({
            "seconds_per_phase": self.seconds,
            "limits": { "one_per_transaction": one, "batched_128": batched },
            "ratios": Value::Object(ratios.collect()),
            "figures": self.figures,
        });
        let path = workspace::root().join("target/bench/latest.json");
        fs::write(&path, format!("{report:#}\n"))
            .explain(format!("cannot write {}", path.display()), "check the rights of the target folder")?;
        println!("written to {}", path.display());
        Ok(())
    }

    /// Speed is for people to judge; oversold stock and books that do not agree are not.
    pub fn verdict(&self) -> Result<ExitCode> {
        let holds = |place: &str| self.figures.pointer(place) == Some(&Value::Bool(true));
        if !holds("/sell_out/exact") {
            return Err(Failure::new("the sell-out sold another number of pieces than there were", BROKEN));
        }
        if !holds("/webhooks/storm/exact") {
            return Err(Failure::new("a webhook that came again was not one row and one job", BROKEN));
        }
        if !holds("/books/agree") {
            return Err(Failure::new("the books do not agree", BROKEN));
        }
        Ok(ExitCode::SUCCESS)
    }
}

const BROKEN: &str = "this is a fault of the product; the database `haat_bench` shows what happened";
