//! Deletes old rows: stored answers after two days, done jobs that no sweeper has deleted, and rows past the retention
//! in the settings. Nothing that an order, a payment or a refund still needs is deleted.

use chrono::TimeDelta;
use shared::idempotency;
use shared::identity;
use shared::jobs::store::desk::{self, Purge};
use shared::jobs::{Claimed, Finished, JobError};
use shared::{foreign, payment_log, webhooks};

use crate::context::{Context, database};

/// At least as long as a client may repeat a request: the documented lifetime of an Idempotency-Key.
const ANSWERS_KEPT: TimeDelta = TimeDelta::days(2);
/// Rows per transaction: a long one would hold back vacuum.
const AT_ONCE: i64 = 5_000;

pub(super) async fn run(context: &Context, job: &Claimed) -> Result<Finished, JobError> {
    let now = context.now();
    let kept = context.settings.retention;
    let mut db = context.pool.acquire().await.map_err(database)?;
    let mut purge = Purge::default();
    while desk::purge_done(&mut db, &mut purge, now, AT_ONCE).await.map_err(database)? == AT_ONCE {}
    if let Some(time) = kept.dead_jobs {
        while desk::purge_dead(&mut db, now - time, AT_ONCE).await.map_err(database)? > 0 {}
    }
    while idempotency::purge(&mut db, now - ANSWERS_KEPT, AT_ONCE).await.map_err(database)? > 0 {}
    let sessions_before = now - kept.sessions;
    while identity::store::purge_sessions(&mut db, sessions_before, AT_ONCE).await.map_err(database)? > 0 {}
    let events_before = now - kept.webhook_events;
    while webhooks::store::purge(&mut db, events_before, AT_ONCE).await.map_err(database)? > 0 {}
    let answers = now - TimeDelta::days(i64::from(context.settings.payment_log_days));
    while payment_log::store::purge(&mut db, answers, AT_ONCE).await.map_err(database)? > 0 {}
    let day = (now - kept.foreign).date_naive();
    while foreign::store::purge(&mut db, day, AT_ONCE).await.map_err(database)? > 0 {}
    drop(db);
    context.nothing_to_do(job).await
}
