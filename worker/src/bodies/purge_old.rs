//! Delete what is done and old: finished jobs after a day, stored answers of checkouts after two.

use chrono::TimeDelta;
use shared::checkout;
use shared::jobs::store::desk;
use shared::jobs::{Claimed, Finished, JobError};

use crate::context::{Context, database};

const JOBS_KEPT: TimeDelta = TimeDelta::days(1);
/// At least as long as a client may repeat a request: the documented life of an Idempotency-Key.
const ANSWERS_KEPT: TimeDelta = TimeDelta::days(2);
const AT_ONCE: i64 = 5_000;

pub(super) async fn run(context: &Context, job: &Claimed) -> Result<Finished, JobError> {
    let now = context.now();
    let mut db = context.pool.acquire().await.map_err(database)?;
    // In small transactions: a long one would hold back vacuum.
    while desk::purge_done(&mut db, now - JOBS_KEPT, AT_ONCE).await.map_err(database)? > 0 {}
    checkout::store::purge(&mut db, now - ANSWERS_KEPT).await.map_err(database)?;
    drop(db);
    context.nothing_to_do(job).await
}
