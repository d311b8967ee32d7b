//! Delete what is done and old: stored answers after two days, sessions a month after their end, and done jobs that no
//! sweeper has deleted.

use chrono::TimeDelta;
use shared::idempotency;
use shared::identity;
use shared::jobs::store::desk::{self, Purge};
use shared::jobs::{Claimed, Finished, JobError};

use crate::context::{Context, database};

/// At least as long as a client may repeat a request: the documented life of an Idempotency-Key.
const ANSWERS_KEPT: TimeDelta = TimeDelta::days(2);
/// So that somebody who asks about a sign-in of last week finds it.
const SESSIONS_KEPT: TimeDelta = TimeDelta::days(30);
const AT_ONCE: i64 = 5_000;

pub(super) async fn run(context: &Context, job: &Claimed) -> Result<Finished, JobError> {
    let now = context.now();
    let mut db = context.pool.acquire().await.map_err(database)?;
    // In small transactions: a long one would hold back vacuum.
    let mut purge = Purge::default();
    while desk::purge_done(&mut db, &mut purge, now, AT_ONCE).await.map_err(database)? == AT_ONCE {}
    idempotency::purge(&mut db, now - ANSWERS_KEPT).await.map_err(database)?;
    while identity::store::purge_sessions(&mut db, now - SESSIONS_KEPT, AT_ONCE).await.map_err(database)? > 0
    {
    }
    drop(db);
    context.nothing_to_do(job).await
}
