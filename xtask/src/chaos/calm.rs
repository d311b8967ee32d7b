//! Waits until nothing changes any more: the faults are off, everything runs, and all work that was begun must end by
//! itself. Work that does not end is reported.

use std::time::{Duration, Instant};

use serde_json::Value;

use super::gateway::Gateway;
use super::records::Records;
use crate::console;
use crate::failure::Result;
use crate::interrupt;

const TICK: Duration = Duration::from_secs(1);
const TELL_EVERY: u32 = 10;

/// Work in progress: orders that wait for a worker or for the end of their hold, money and messages on their way, due
/// jobs. Jobs of a later time are fine, as long as none of these waits for them.
const UNDER_WAY: &str = "
    select 'order ' || status as what, count(*) from orders where status in ('pending', 'awaiting_payment') group by 1
    union all
    select 'payment ' || status, count(*) from payments
    where status in ('creating', 'unknown', 'open', 'processing') group by 1
    union all
    select 'refund ' || status, count(*) from refunds
    where status in ('requested', 'submitted', 'pending', 'needs_attention') group by 1
    union all
    select 'webhook ' || status, count(*) from webhook_events where status = 'received' group by 1
    union all
    select 'job ' || kind || ' ' || status, count(*) from jobs
    where status in ('published', 'running') or (status = 'queued' and run_at <= now()) group by 1";

/// Waits up to `limit`; what still moves then should not.
pub fn wait(records: &Records, gateway: &Gateway, limit: Duration) -> Result<Vec<String>> {
    let begun = Instant::now();
    let mut ticks = 0;
    loop {
        // Deliveries that failed while the API was down are tried again at once instead of in a minute.
        let outstanding = gateway.deliver()?;
        let mut moving: Vec<String> = records.rows(UNDER_WAY)?.iter().map(told).collect();
        if outstanding > 0 {
            moving.push(format!("{outstanding} webhooks not delivered"));
        }
        if moving.is_empty() || begun.elapsed() > limit {
            return Ok(moving.into_iter().map(|what| format!("still under way: {what}")).collect());
        }
        if ticks % TELL_EVERY == 0 {
            console::note(&format!("after {}: {}", console::seconds(begun.elapsed()), moving.join(", ")));
        }
        ticks += 1;
        interrupt::sleep(TICK)?;
    }
}

fn told(row: &Value) -> String {
    format!("{} {}", row["count"], row["what"].as_str().unwrap_or("?"))
}
