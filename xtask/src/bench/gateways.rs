//! The phases about gateways: what they push to us, and what we ask of them while they take their time.

use std::fs;
use std::slice::SliceIndex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::phases::{Bench, OPEN_LOOP_CONNECTIONS, number, rate, resident};
use crate::console::Step;
use crate::failure::Result;
use crate::up::client::Client;

/// Webhooks a second that are expected to be taken in.
pub const EXPECTED_WEBHOOKS: f64 = 5000.0;
/// How often one event is pushed, and how long that may take.
const STORM: usize = 100_000;
const STORM_LIMIT: Duration = Duration::from_secs(300);
/// How long the sandbox takes for an answer, and how many payments are requested.
const SLOW_MS: u32 = 1000;
const PAYMENTS: usize = 5000;
const SAMPLE_EVERY: Duration = Duration::from_millis(50);

const UNAPPLIED: &str = "select count(*) from webhook_events where status = 'received'";

impl Bench {
    /// Signed events as fast as they are answered; then by the clock, at half of the rate that was applied and at half
    /// of the expected one; then one event repeated.
    pub fn webhooks(&mut self) -> Result<Value> {
        let began = Instant::now();
        let mut intake = self.phase("webhooks taken in", &["webhooks"])?;
        self.applied()?;
        let applied = rate(&intake, "/answered") / began.elapsed().as_secs_f64();
        intake["applied_per_second"] = json!(applied);
        let half_load = self.webhooks_by_the_clock(applied / 2.0)?;
        let half_expected = self.webhooks_by_the_clock(EXPECTED_WEBHOOKS / 2.0)?;
        let storm = self.storm()?;
        Ok(json!({
            "intake": intake, "half_load": half_load, "half_expected": half_expected, "storm": storm,
        }))
    }

    fn webhooks_by_the_clock(&mut self, per_second: f64) -> Result<Value> {
        let (rate, connections) = (format!("{per_second:.0}"), OPEN_LOOP_CONNECTIONS.to_string());
        let open = ["webhooks", "--rate", &rate, "--connections", &connections];
        let figures = self.phase(&format!("webhooks at {rate}/s"), &open)?;
        self.applied()?;
        Ok(figures)
    }

    /// However often an event comes, it is one row and one job.
    fn storm(&mut self) -> Result<Value> {
        let before = self.count("webhook_events")?;
        let began = self.database.ask("select now()")?;
        let (what, pushes) = (format!("one webhook {STORM} times"), STORM.to_string());
        let mut figures = self.phase_within(&what, &["same-webhook", "--events", &pushes], STORM_LIMIT)?;
        self.applied()?;
        let rows = self.count("webhook_events")? - before;
        // A job that was done for minutes is deleted, and a storm may last as long.
        let since = format!("jobs where kind = 'apply_webhook' and created_at >= '{}'", began.trim());
        let jobs = self.count(&since)?;
        let all = figures["answered"].as_u64() == u64::try_from(STORM).ok();
        figures["rows"] = json!(rows);
        figures["jobs"] = json!(jobs);
        figures["exact"] = json!(all && rows == 1 && jobs <= 1);
        Ok(figures)
    }

    fn applied(&self) -> Result<()> {
        let step = Step::begin();
        self.wait_for_none(UNAPPLIED, "webhooks stay unapplied")?;
        step.done("all of them applied");
        Ok(())
    }

    fn count(&self, of: &str) -> Result<i64> {
        number(&self.database.ask(&format!("select count(*) from {of}"))?)
    }

    /// Payments opened at a gateway that takes its time: how many calls are in flight, and what the worker needs for
    /// that.
    pub fn payments_held(&mut self) -> Result<Value> {
        let sandbox = Client::new(&self.stack.sandbox_url);
        let port = self.stack.sandbox_url.rsplit(':').next().and_then(|port| port.parse().ok());
        let pid = self.stack.pid("haat-worker");
        let before = pid.and_then(resident);
        let slow = json!({ "seed": 0, "rates": { (format!("slow:{SLOW_MS}")): 1.0 } });
        sandbox.post_plain("/control/chaos", &slow)?;
        let ended = AtomicBool::new(false);
        let (figures, seen) = thread::scope(|scope| {
            let sampling = scope.spawn(|| sample(&ended, port, pid));
            let what = format!("payments opened at a gateway that takes {SLOW_MS} ms");
            let figures = self.checkouts(&what, 0, PAYMENTS, &["--method", "stripe", "--changes", "2"]);
            ended.store(true, Ordering::Relaxed);
            (figures, sampling.join().expect("looking does not panic"))
        });
        sandbox.post_plain("/control/chaos", &json!({ "seed": 0, "rates": {} }))?;
        Ok(json!({
            "gateway_ms": SLOW_MS, "payments": figures?, "calls": seen.calls, "worker_mb_before": before,
            "worker_mb_early": seen.most(..seen.memory.len() / 2),
            "worker_mb_late": seen.most(seen.memory.len() / 2..),
        }))
    }
}

/// Observations while calls were held: the highest number of calls, and the worker's memory at each look.
#[derive(Debug, Default)]
struct Seen {
    calls: usize,
    memory: Vec<f64>,
}

impl Seen {
    fn most(&self, looks: impl SliceIndex<[f64], Output = [f64]>) -> Option<f64> {
        self.memory[looks].iter().copied().reduce(f64::max)
    }
}

/// Every call in flight has its own connection (HTTP/1.1), and a new one is opened only when all are busy.
fn sample(ended: &AtomicBool, sandbox: Option<u16>, worker: Option<u32>) -> Seen {
    let mut seen = Seen::default();
    while !ended.load(Ordering::Relaxed) {
        let calls = sandbox.map(connections_to).unwrap_or_default();
        seen.calls = seen.calls.max(calls);
        seen.memory.extend(worker.and_then(resident));
        thread::sleep(SAMPLE_EVERY);
    }
    seen
}

/// Established connections of this machine to one of its ports; none if the system has no `/proc`.
fn connections_to(port: u16) -> usize {
    const ESTABLISHED: &str = "01";
    let table = fs::read_to_string("/proc/net/tcp").unwrap_or_default();
    let end = format!(":{port:04X}");
    let to_port = |line: &&str| {
        let mut fields = line.split_whitespace().skip(2);
        fields.next().is_some_and(|remote| remote.ends_with(&end)) && fields.next() == Some(ESTABLISHED)
    };
    table.lines().skip(1).filter(to_port).count()
}
