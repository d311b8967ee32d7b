//! Takes back lost jobs, deletes done ones, and measures how long work waits.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use shared::incidents;
use shared::jobs::store;
use shared::jobs::store::desk::{self, Purge};
use shared::kernel::{Timestamp, db};
use shared::payments::Provider;
use shared::reconciliation::{self, DifferenceKind};
use shared::verify;
use tokio_util::sync::CancellationToken;

use super::Ring;
use crate::context::Context;

const TICK: Duration = Duration::from_secs(1);
/// Gauges are read once in this many ticks.
const MEASURE_EVERY: u32 = 5;
/// All ended leases are looked at once in this many ticks, for rows that were locked during an earlier sweep.
const ALL_EVERY: u32 = 10;
const OVERLAP: TimeDelta = TimeDelta::seconds(5);
/// Done jobs that one statement deletes, and statements per tick: enough for thousands of jobs a second.
const PURGED_AT_ONCE: i64 = 2_000;
const PURGES: usize = 5;

/// Sweeps until stopped.
pub(crate) async fn sweep(context: Context, ring: Arc<Ring>, stop: CancellationToken) {
    let mut ticks: u32 = 0;
    let mut purge = Purge::default();
    // The time from which ended leases are looked at: the last sweep took back the earlier ones.
    let mut since = None;
    loop {
        if ticks.is_multiple_of(ALL_EVERY) {
            since = None;
        }
        since = once(&context, &ring, since).await.unwrap_or_else(|error| {
            db::notice(&error);
            tracing::debug!(%error, "cannot sweep");
            None
        });
        if let Err(error) = purge_done(&context, &mut purge).await {
            tracing::debug!(%error, "cannot delete done jobs");
        }
        if ticks.is_multiple_of(MEASURE_EVERY)
            && let Err(error) = measure(&context).await
        {
            tracing::debug!(%error, "cannot measure the queues");
        }
        ticks = ticks.wrapping_add(1);
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(TICK) => {}
        }
    }
}

/// One sweep, of leases that ended since then. Returns the time from which the next sweep has to look.
async fn once(
    context: &Context,
    ring: &Ring,
    since: Option<Timestamp>,
) -> Result<Option<Timestamp>, db::Failure> {
    let mut db = context.pool.acquire().await?;
    if ring.is_new().await.unwrap_or(false) {
        let recalled = store::recall_published(&mut db).await?;
        if recalled > 0 {
            tracing::warn!(jobs = recalled, "Redis was emptied: the jobs handed over to it are queued again");
            context.bell.jobs_waiting_somewhere();
        }
    }
    let now = context.now();
    let swept = store::sweep(&mut db, since, now).await?;
    if swept > 0 {
        tracing::warn!(jobs = swept, "leases ended: the jobs are queued again");
        metrics::counter!("haat_leases_ended_total").increment(swept);
        context.bell.jobs_waiting_somewhere();
    }
    ring.forget_finished().await.unwrap_or_else(|error| tracing::debug!(%error, "cannot tidy Redis"));
    let all = i64::try_from(swept).unwrap_or(i64::MAX) < store::SWEPT_AT_ONCE;
    Ok(all.then_some(now - OVERLAP))
}

/// In small transactions: a long one would hold back vacuum.
async fn purge_done(context: &Context, purge: &mut Purge) -> Result<(), db::Failure> {
    let mut db = context.pool.acquire().await?;
    for _ in 0..PURGES {
        if desk::purge_done(&mut db, purge, context.now(), PURGED_AT_ONCE).await? < PURGED_AT_ONCE {
            break;
        }
    }
    Ok(())
}

async fn measure(context: &Context) -> Result<(), db::Failure> {
    let mut db = context.pool.acquire().await?;
    for queue in desk::queues(&mut db, context.now()).await? {
        let gauge = |state: &'static str, count: i64| {
            metrics::gauge!("haat_jobs", "queue" => queue.queue.clone(), "state" => state).set(count as f64);
        };
        gauge("due", queue.due);
        gauge("waiting", queue.waiting);
        gauge("published", queue.published);
        gauge("running", queue.running);
        gauge("dead", queue.dead);
        metrics::gauge!("haat_oldest_due_job_seconds", "queue" => queue.queue.clone())
            .set(queue.oldest_due_secs);
    }
    let broken = incidents::broken_laws(&mut db).await?;
    for law in verify::LAWS {
        let differences = broken.iter().find(|(name, _)| name == law.name).map_or(0, |(_, count)| *count);
        metrics::gauge!("haat_books_differences", "law" => law.name).set(differences as f64);
    }
    reconciliations(context, &mut db).await?;
    metrics::gauge!("haat_incidents_open").set(incidents::count_open(&mut db).await? as f64);
    Ok(())
}

/// The differences with gateways' lists, and how long ago each gateway was compared.
async fn reconciliations(context: &Context, db: &mut db::Connection) -> Result<(), db::Failure> {
    let standing = reconciliation::store::standing(db).await?;
    for gateway in Provider::ALL {
        for kind in DifferenceKind::ALL {
            let count = standing.iter().find(|(of, what, _)| of == gateway && what == kind);
            let labels = [("gateway", gateway.as_str()), ("kind", kind.as_str())];
            metrics::gauge!("haat_reconciliation_differences", &labels)
                .set(count.map_or(0, |(_, _, count)| *count) as f64);
        }
    }
    for (gateway, reached) in reconciliation::store::reached(db).await? {
        let age = (context.now() - reached).as_seconds_f64().max(0.0);
        metrics::gauge!("haat_reconciliation_age_seconds", "gateway" => gateway).set(age);
    }
    Ok(())
}
