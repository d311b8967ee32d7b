//! From a due row to a finished job, whatever dies on the way. Knows no job by name.
//!
//! `relay` hands due jobs over through `ring` (Redis, by apalis); a worker claims and runs what it is handed
//! (`runner`); the `sweeper` takes back what was lost. Losing Redis, a process or a message costs time only: the
//! truth is in the table `jobs`, and a delivery's number is its fencing token.

mod groups;
mod relay;
mod ring;
mod runner;
mod sweeper;

use chrono::TimeDelta;
use shared::jobs::{Queue, store};
use shared::kernel::db;

pub use groups::Delivery;
pub(crate) use relay::relay;
pub(crate) use ring::{Ring, ticks};
pub use runner::run_delivery;
pub(crate) use sweeper::sweep;

use crate::context::Context;

/// How long a delivery may lie in Redis before it counts as lost.
const HAND_OVER_LEASE: TimeDelta = TimeDelta::seconds(30);
/// How much longer than its timeout a run's lease is: whoever stops late still finds it his.
const LEASE_MARGIN: TimeDelta = TimeDelta::seconds(15);

/// Runs all that is due, and what becomes due by it, in this task and without Redis. Returns how many deliveries ran.
///
/// For tests and for one-shot commands; beside running workers it is one more of them.
pub async fn drain(context: &Context) -> Result<usize, db::Failure> {
    let mut ran = 0;
    loop {
        let before = ran;
        for queue in Queue::ALL {
            let mut db = context.pool.acquire().await?;
            let taken = store::take_due(&mut db, *queue, 512, None, context.now(), HAND_OVER_LEASE).await?;
            drop(db);
            for delivery in groups::deliveries(&taken) {
                run_delivery(context, &delivery).await;
                ran += 1;
            }
        }
        if ran == before {
            return Ok(ran);
        }
    }
}
