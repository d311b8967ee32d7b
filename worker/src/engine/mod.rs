//! Brings a due row to a finished job, whichever part dies in between. Knows no job by name.
//!
//! `relay` hands due jobs over through `ring` (Redis, by apalis); a worker claims and runs its deliveries (`runner`);
//! the `sweeper` takes lost ones back. Losing Redis, a process or a message costs only time: the table `jobs` has the
//! truth, and a delivery's number is its fencing token.

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
/// A run's lease is its timeout plus this margin, so that a run that stops late still holds its lease.
const LEASE_MARGIN: TimeDelta = TimeDelta::seconds(15);

/// Runs all due jobs, and those that become due by them, in this task and without Redis. Returns the number of
/// deliveries that ran.
///
/// For tests and one-shot commands. Next to running workers it acts as one more worker.
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
