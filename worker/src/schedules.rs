//! Recurring jobs: a cron expression and the job it starts. However many workers run, a tick fires once: it is a row
//! with the dedupe key `name@tick`.

use chrono::DateTime;
use futures::StreamExt;
use shared::jobs::{CheckBooks, Job, NewJob, PurgeOld, Reconcile, store};
use shared::kernel::Timestamp;
use shared::kernel::db;
use shared::payments::Provider;
use tokio_util::sync::CancellationToken;

use crate::context::Context;
use crate::engine::ticks;

/// One recurring job.
#[derive(Clone, Copy, Debug)]
pub struct Schedule {
    pub name: &'static str,
    /// Six fields, seconds first, UTC.
    pub cron: &'static str,
    job: fn(Timestamp) -> NewJob,
}

/// All recurring jobs.
pub const SCHEDULES: &[Schedule] = &[
    Schedule { name: "purge_old", cron: "0 */5 * * * *", job: |at| NewJob::at(at, &PurgeOld {}) },
    // At different minutes, so that two gateways are not compared at the same moment.
    Schedule { name: "reconcile_stripe", cron: "10 1/10 * * * *", job: |at| reconcile(at, Provider::Stripe) },
    Schedule { name: "reconcile_bkash", cron: "10 3/10 * * * *", job: |at| reconcile(at, Provider::Bkash) },
    Schedule {
        name: "reconcile_paystack",
        cron: "10 5/10 * * * *",
        job: |at| reconcile(at, Provider::Paystack),
    },
    Schedule { name: "reconcile_chapa", cron: "10 7/10 * * * *", job: |at| reconcile(at, Provider::Chapa) },
    Schedule { name: "check_books", cron: "30 */15 * * * *", job: |at| NewJob::at(at, &CheckBooks {}) },
];

const _: () = assert!(matches!(PurgeOld::KIND.policy().queue, shared::jobs::Queue::Upkeep));

/// Compares what the gateway listed since the last run.
fn reconcile(at: Timestamp, gateway: Provider) -> NewJob {
    NewJob::at(at, &Reconcile { gateway, from: None, until: None })
}

impl Schedule {
    /// Writes the job of a tick, unless another worker has. Returns whether this worker did.
    pub async fn fire(&self, context: &Context, tick: i64) -> Result<bool, db::Failure> {
        let at = DateTime::from_timestamp(tick, 0).unwrap_or_else(|| context.now());
        let job = NewJob { dedupe_key: Some(format!("{}@{tick}", self.name)), ..(self.job)(at) };
        let queue = job.kind.policy().queue;
        let mut db = context.pool.acquire().await?;
        let written = store::insert(&mut db, &[job], context.now()).await?;
        context.bell.jobs_waiting(queue);
        Ok(written == 1)
    }

    /// Fires every tick until stopped.
    pub(crate) async fn keep(&'static self, context: Context, stop: CancellationToken) {
        let mut ticks = Box::pin(ticks(self.cron));
        loop {
            let tick = tokio::select! {
                () = stop.cancelled() => return,
                tick = ticks.next() => tick,
            };
            let Some(tick) = tick else { return };
            if let Err(error) = self.fire(&context, tick).await {
                tracing::warn!(%error, schedule = self.name, "cannot fire; another worker may, or the next tick will");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_expression_is_one() {
        for schedule in SCHEDULES {
            assert!(schedule.cron.parse::<cron::Schedule>().is_ok(), "{}", schedule.name);
        }
    }
}
