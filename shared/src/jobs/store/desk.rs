//! Queries and actions of operators: queues with their age, lists of jobs, retrying and dropping dead jobs.

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use serde_json::Value;
use sqlx::PgConnection;
use uuid::Uuid;

use super::super::{JobKind, Queue};
use crate::kernel::Timestamp;
use crate::kernel::ids::{JobId, smallest_at};
use crate::kernel::page::{Asked, Extent, Slice, extent};

/// One job as operators see it. The payload holds ids only.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct JobView {
    pub id: JobId,
    pub queue: String,
    pub kind: String,
    pub payload: Value,
    pub status: String,
    pub attempt: i32,
    pub max_attempts: i32,
    pub run_at: DateTime<Utc>,
    pub last_error: Option<String>,
    pub created_at: DateTime<Utc>,
    pub finished_at: Option<DateTime<Utc>>,
}

/// The state of one queue.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct QueueView {
    pub queue: String,
    pub due: i64,
    pub waiting: i64,
    pub published: i64,
    pub running: i64,
    pub dead: i64,
    /// Seconds that the oldest due job has been waiting; 0 if none is due. This figure reveals a stalled worker.
    pub oldest_due_secs: f64,
}

/// Jobs of a status, newest first.
pub async fn list(
    db: &mut PgConnection,
    status: &str,
    slice: &Slice<JobId>,
) -> Result<Vec<JobView>, sqlx::Error> {
    sqlx::query_as!(
        JobView,
        r#"select id as "id: JobId", queue, kind, payload, status, attempt, max_attempts, run_at, last_error,
                  created_at, finished_at
           from jobs
           where status = $1 and ($2::uuid is null or id < $2)
           order by id desc
           limit $3"#,
        status,
        slice.after.map(|id| id.0),
        slice.limit(),
    )
    .fetch_all(db)
    .await
}

/// The extent of [`list`].
pub async fn extent(
    db: &mut PgConnection,
    status: &str,
    asked: &Asked<JobId>,
) -> Result<Extent<JobId>, sqlx::Error> {
    extent!(db, asked, "JobId", "id", "from jobs where status = $3", status)
}

/// The state of the queues, in the order of [`Queue::ALL`]. Reads the partial indexes, not the table of finished jobs.
pub async fn queues(db: &mut PgConnection, now: Timestamp) -> Result<Vec<QueueView>, sqlx::Error> {
    let names: Vec<String> = Queue::ALL.iter().map(|queue| queue.as_str().to_owned()).collect();
    sqlx::query_as!(
        QueueView,
        r#"select q.name as "queue!",
                  count(*) filter (where status = 'queued' and run_at <= $1) as "due!",
                  count(*) filter (where status = 'queued' and run_at > $1) as "waiting!",
                  count(*) filter (where status = 'published') as "published!",
                  count(*) filter (where status = 'running') as "running!",
                  count(*) filter (where status = 'dead') as "dead!",
                  coalesce(extract(epoch from $1 - min(run_at) filter (where status = 'queued' and run_at <= $1)), 0)::float8
                      as "oldest_due_secs!"
           from unnest($2::text[]) with ordinality as q (name, place)
           left join (
             select queue, status, run_at from jobs where status = 'queued'
             union all
             select queue, status, run_at from jobs where status in ('published', 'running')
             union all
             select queue, status, run_at from jobs where status = 'dead'
           ) as unfinished on unfinished.queue = q.name
           group by q.name, q.place
           order by q.place"#,
        now,
        &names,
    )
    .fetch_all(db)
    .await
}

/// Seconds that the oldest due job has waited to be started. A job that was handed over counts until a worker starts
/// it: Redis may carry deliveries that no worker takes. Cheap, by the indexes `jobs_due` and `jobs_leased`.
pub async fn oldest_due_secs(
    db: &mut PgConnection,
    queue: Queue,
    now: Timestamp,
) -> Result<f64, sqlx::Error> {
    let oldest = sqlx::query_scalar!(
        "select least(
           (select min(run_at) from jobs where queue = $1 and status = 'queued' and run_at <= $2),
           (select min(run_at) from jobs where queue = $1 and status = 'published')
         )",
        queue.as_str(),
        now,
    )
    .fetch_one(db)
    .await?;
    Ok(oldest.map_or(0.0, |at| (now - at).as_seconds_f64().max(0.0)))
}

/// Queues a dead job again, with all its attempts. Returns whether there was such a job.
pub async fn retry(db: &mut PgConnection, id: JobId, now: Timestamp) -> Result<bool, sqlx::Error> {
    let revived = sqlx::query!(
        "update jobs
         set status = 'queued', attempt = 0, run_at = $2, finished_at = null
         where id = $1 and status = 'dead'",
        id.0,
        now,
    )
    .execute(db)
    .await?;
    Ok(revived.rows_affected() == 1)
}

/// Queues all dead jobs of a kind (or of all kinds) again. Returns their number.
pub async fn retry_all(
    db: &mut PgConnection,
    kind: Option<JobKind>,
    now: Timestamp,
) -> Result<u64, sqlx::Error> {
    let revived = sqlx::query!(
        "update jobs
         set status = 'queued', attempt = 0, run_at = $2, finished_at = null
         where status = 'dead' and ($1::text is null or kind = $1)",
        kind.map(JobKind::as_str),
        now,
    )
    .execute(db)
    .await?;
    Ok(revived.rows_affected())
}

/// Deletes a dead job that an operator has decided to drop. Returns whether there was such a job.
pub async fn drop_dead(db: &mut PgConnection, id: JobId) -> Result<bool, sqlx::Error> {
    let dropped =
        sqlx::query!("delete from jobs where id = $1 and status = 'dead'", id.0).execute(db).await?;
    Ok(dropped.rows_affected() == 1)
}

/// Whether there is such a job, dead or not.
pub async fn exists(db: &mut PgConnection, id: JobId) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(r#"select exists (select from jobs where id = $1) as "exists!""#, id.0)
        .fetch_one(db)
        .await
}

/// How long a done job stays, so that an operator can find it. Nothing depends on it: where a dedupe key protects a
/// fact, the row of the fact prevents a second job as well.
pub const DONE_KEPT: TimeDelta = TimeDelta::minutes(2);
/// How long a job of a schedule stays. Its key `name@tick` must exist as long as a worker with a late clock may write
/// the same tick.
pub const TICKS_KEPT: TimeDelta = TimeDelta::days(1);

/// Jobs that were done within this time of being written are deleted by the walk that next passes them.
const SOON_DONE: TimeDelta = TimeDelta::seconds(10);
/// How often a walk starts again, to find jobs that were not done when it last passed.
const WALK_EVERY: TimeDelta = TimeDelta::minutes(5);

/// The position of a walk over done jobs. A walk continues where its last piece ended instead of starting again: while
/// an old transaction holds back vacuum, it would otherwise pass over all deleted rows each time.
#[derive(Clone, Copy, Debug, Default)]
pub struct Purge {
    after: Uuid,
    anew_at: Option<Timestamp>,
}

/// Deletes the next done jobs, in the order of their ids, which is the order of creation: those done for [`DONE_KEPT`],
/// or for [`TICKS_KEPT`] in the queue of schedules. Dead jobs stay until an operator decides. Returns the number
/// deleted; if it is less than `limit`, the walk has ended.
pub async fn purge_done(
    db: &mut PgConnection,
    purge: &mut Purge,
    now: Timestamp,
    limit: i64,
) -> Result<i64, sqlx::Error> {
    if purge.anew_at.is_none_or(|at| at <= now) {
        *purge = Purge { after: Uuid::nil(), anew_at: Some(now + WALK_EVERY) };
    }
    let end = smallest_at(now - DONE_KEPT - SOON_DONE);
    let gone = sqlx::query!(
        r#"with gone as (
             delete from jobs
             where id = any(array(
               select id
               from jobs
               where id > $1 and id < $2 and status = 'done'
                 and finished_at < case when queue = $4 then $5::timestamptz else $3::timestamptz end
               order by id
               limit $6
               for update skip locked  -- another worker deletes other rows
             ))
             returning id
           )
           select count(*) as "count!", (array_agg(id order by id desc))[1] as last from gone"#,
        purge.after,
        end,
        now - DONE_KEPT,
        Queue::Upkeep.as_str(),
        now - TICKS_KEPT,
        limit,
    )
    .fetch_one(db)
    .await?;
    purge.after = gone.last.filter(|_| gone.count == limit).unwrap_or(end);
    Ok(gone.count)
}

/// Deletes some jobs that died before `before` and are dispensable ([`JobKind::is_dispensable`]). Returns their number.
/// By the index `jobs_dead`.
pub async fn purge_dead(db: &mut PgConnection, before: Timestamp, limit: i64) -> Result<u64, sqlx::Error> {
    let dispensable = JobKind::ALL.iter().filter(|kind| kind.is_dispensable());
    let kinds: Vec<String> = dispensable.map(|kind| kind.as_str().to_owned()).collect();
    let purged = sqlx::query!(
        "delete from jobs
         where id = any(array(
           select id
           from jobs
           where status = 'dead' and finished_at < $1 and kind = any($2)
           order by id
           limit $3
         ))",
        before,
        &kinds,
        limit,
    )
    .execute(db)
    .await?;
    Ok(purged.rows_affected())
}
