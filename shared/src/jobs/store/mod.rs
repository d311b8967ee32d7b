//! All SQL of the queue: writing, taking, claiming, finishing; operators' actions are in `desk.rs`.
//!
//! Every statement here is one round trip and takes rows with `skip locked`: relays, claimers and sweepers of many
//! processes never wait for each other.
//!
//! Statements that name their jobs say `status is not distinct from`, for which no partial index is used: with `=` the
//! planner may walk `jobs_leased`, with all its dead entries, for a few rows that the primary key finds at once.

mod asks;
pub mod desk;

use chrono::TimeDelta;
use serde_json::Value;
use sqlx::PgConnection;
use uuid::Uuid;

pub use asks::{ASK_EVERY_SECS, Ask, ask, ask_all};

use super::error::Next;
use super::{Claimed, Finished, JobError, JobKind, NewJob, Queue, backoff};
use crate::kernel::ids::JobId;
use crate::kernel::{Timestamp, db};

/// A job handed to a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken {
    pub id: JobId,
    pub kind: JobKind,
    /// The fencing token of this hand-over.
    pub delivery: i32,
    pub run_at: Timestamp,
}

/// Writes jobs, except those whose dedupe key exists. Returns the number written.
///
/// Sorted by their keys: an insert waits for a transaction that has inserted the same key and not committed, so two writers
/// with different orders would deadlock. A transaction writes its jobs in one call, or in an order that all writers of
/// these keys use.
pub async fn insert(db: &mut PgConnection, jobs: &[NewJob], now: Timestamp) -> Result<u64, sqlx::Error> {
    if jobs.is_empty() {
        return Ok(0);
    }
    let mut jobs: Vec<&NewJob> = jobs.iter().collect();
    jobs.sort_by(|one, other| one.dedupe_key.cmp(&other.dedupe_key));
    let ids: Vec<Uuid> = jobs.iter().map(|job| job.id.0).collect();
    let queues: Vec<String> = jobs.iter().map(|job| job.kind.policy().queue.as_str().to_owned()).collect();
    let kinds: Vec<String> = jobs.iter().map(|job| job.kind.as_str().to_owned()).collect();
    let payloads: Vec<Value> = jobs.iter().map(|job| job.payload.clone()).collect();
    let keys: Vec<Option<String>> = jobs.iter().map(|job| job.dedupe_key.clone()).collect();
    let attempts: Vec<i32> = jobs.iter().map(|job| job.kind.policy().max_attempts).collect();
    let times: Vec<Timestamp> = jobs.iter().map(|job| job.run_at).collect();
    let traces: Vec<Option<String>> = jobs.iter().map(|job| job.trace.map(|t| t.to_string())).collect();
    let written = sqlx::query!(
        "insert into jobs (id, queue, kind, payload, dedupe_key, max_attempts, run_at, trace_context, created_at)
         select u.id, u.queue, u.kind, u.payload, u.dedupe_key, u.max_attempts, u.run_at, u.trace_context, $9
         from unnest($1::uuid[], $2::text[], $3::text[], $4::jsonb[], $5::text[], $6::int[], $7::timestamptz[], $8::text[])
             as u (id, queue, kind, payload, dedupe_key, max_attempts, run_at, trace_context)
         on conflict (dedupe_key) do nothing",
        &ids,
        &queues,
        &kinds,
        &payloads,
        &keys as &[Option<String>],
        &attempts,
        &times,
        &traces as &[Option<String>],
        now,
    )
    .execute(db)
    .await?;
    Ok(written.rows_affected())
}

/// Writes a job unless one of its kind with the same payload is waiting: for hints, of which there may be many. Two
/// concurrent calls may both write it, which does no harm.
pub async fn insert_unless_waiting(
    db: &mut PgConnection,
    job: &NewJob,
    now: Timestamp,
) -> Result<u64, sqlx::Error> {
    let waiting = sqlx::query_scalar!(
        r#"select exists (
             select from jobs
             where queue = $1 and status = 'queued' and run_at <= $2 and kind = $3 and payload = $4
           ) as "waiting!""#,
        job.kind.policy().queue.as_str(),
        job.run_at,
        job.kind.as_str(),
        job.payload,
    )
    .fetch_one(&mut *db)
    .await?;
    if waiting { Ok(0) } else { insert(db, std::slice::from_ref(job), now).await }
}

/// Takes due jobs of a queue, oldest first, for one or more deliveries. Uses the index `jobs_due`.
///
/// A row whose kind this build does not know stays queued for a newer worker. With `since`, jobs that were due before
/// that time are left out: while an old transaction holds back vacuum, the index keeps every entry that was ever taken,
/// and each look from its beginning would pass over them.
pub async fn take_due(
    db: &mut PgConnection,
    queue: Queue,
    limit: i64,
    since: Option<Timestamp>,
    now: Timestamp,
    lease: TimeDelta,
) -> Result<Vec<Taken>, sqlx::Error> {
    let known: Vec<String> = JobKind::ALL.iter().map(|kind| kind.as_str().to_owned()).collect();
    let rows = sqlx::query!(
        r#"with due as (
             select id
             from jobs
             where queue = $1 and status = 'queued' and run_at <= $2 and kind = any($5)
               and run_at >= coalesce($6::timestamptz, '-infinity')
             order by run_at
             limit $3
             for update skip locked  -- another relay takes other rows
           )
           update jobs
           set status = 'published', delivery = delivery + 1, lease_until = $4
           from due
           where jobs.id = due.id
           returning jobs.id as "id: JobId", kind, delivery, run_at"#,
        queue.as_str(),
        now,
        limit,
        now + lease,
        &known,
        since,
    )
    .fetch_all(db)
    .await?;
    let taken = rows.into_iter().filter_map(|row| {
        let kind = row.kind.parse().ok()?;
        Some(Taken { id: row.id, kind, delivery: row.delivery, run_at: row.run_at })
    });
    let mut taken: Vec<Taken> = taken.collect();
    taken.sort_by_key(|job| (job.run_at, job.id));
    Ok(taken)
}

/// Returns taken jobs to the queue that could not be handed over. Has no effect on those that were.
pub async fn untake(db: &mut PgConnection, taken: &[Taken]) -> Result<(), sqlx::Error> {
    let (ids, deliveries): (Vec<Uuid>, Vec<i32>) = taken.iter().map(|job| (job.id.0, job.delivery)).unzip();
    sqlx::query!(
        "update jobs
         set status = 'queued', lease_until = null
         from unnest($1::uuid[], $2::int[]) as u (id, delivery)
         where jobs.id = u.id and jobs.delivery = u.delivery and status is not distinct from 'published'",
        &ids,
        &deliveries,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Starts a delivery: the jobs that still belong to it become `running`. Their attempt counts from now on, so that a
/// crash counts too. Jobs that were delivered again since, or finished, are left out.
pub async fn claim(
    db: &mut PgConnection,
    delivery: &[(JobId, i32)],
    now: Timestamp,
    lease: TimeDelta,
) -> Result<Vec<Claimed>, sqlx::Error> {
    let (ids, numbers): (Vec<Uuid>, Vec<i32>) = delivery.iter().map(|(id, number)| (id.0, *number)).unzip();
    let rows = sqlx::query!(
        r#"update jobs
           set status = 'running', attempt = attempt + 1, lease_until = $3
           from unnest($1::uuid[], $2::int[]) as u (id, delivery)
           where jobs.id = u.id and jobs.delivery = u.delivery and status is not distinct from 'published'
           returning jobs.id as "id: JobId", kind, payload, attempt, max_attempts, jobs.delivery, trace_context"#,
        &ids,
        &numbers,
        now + lease,
    )
    .fetch_all(db)
    .await?;
    let claimed = rows.into_iter().filter_map(|row| {
        Some(Claimed {
            id: row.id,
            kind: row.kind.parse().ok()?,
            payload: row.payload,
            attempt: row.attempt,
            max_attempts: row.max_attempts,
            delivery: row.delivery,
            trace: row.trace_context.and_then(|text| text.parse().ok()),
        })
    });
    let mut claimed: Vec<Claimed> = claimed.collect();
    claimed.sort_by_key(|job| job.id); // the order of the requests that caused them
    Ok(claimed)
}

/// Marks jobs done, in the transaction of their effect. Fenced: if any of them has been given to another worker, the
/// whole transaction must be rolled back, and the error says so.
pub async fn finish(
    connection: &mut PgConnection,
    jobs: &[&Claimed],
    now: Timestamp,
) -> Result<Finished, JobError> {
    let (ids, deliveries): (Vec<Uuid>, Vec<i32>) = jobs.iter().map(|job| (job.id.0, job.delivery)).unzip();
    let done = sqlx::query!(
        "update jobs
         set status = 'done', lease_until = null, finished_at = $3, last_error = null
         from unnest($1::uuid[], $2::int[]) as u (id, delivery)
         where jobs.id = u.id and jobs.delivery = u.delivery and status is not distinct from 'running'",
        &ids,
        &deliveries,
        now,
    )
    .execute(connection)
    .await
    .map_err(|error| {
        db::notice(&error);
        JobError::retry(format!("cannot finish: {error}"))
    })?;
    if done.rows_affected() == ids.len() as u64 {
        Ok(Finished::proven())
    } else {
        Err(JobError::lost_lease())
    }
}

/// Records a failure: the job waits for its next attempt, or is dead. Fenced like [`finish`].
pub async fn fail(
    db: &mut PgConnection,
    job: &Claimed,
    error: &JobError,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let policy = job.kind.policy();
    let luck = rand::random::<f64>();
    let (status, delay, uncounted) = match error.next {
        Next::LostLease => return Ok(()),
        Next::NotYet(delay) => ("queued", delta(delay), 1),
        Next::Fail => ("dead", TimeDelta::zero(), 0),
        Next::Retry | Next::RetryAfter(_) if job.is_last_attempt() => ("dead", TimeDelta::zero(), 0),
        Next::Retry => ("queued", backoff(&policy, job.attempt, luck), 0),
        Next::RetryAfter(delay) => {
            // The requested delay is a lower bound: taken literally, a short one would use up all attempts within
            // minutes.
            let wish = delta(delay.min(policy.longest_delay));
            ("queued", wish.max(backoff(&policy, job.attempt, luck)), 0)
        }
    };
    let message: String = error.message.chars().take(2000).collect();
    sqlx::query!(
        "update jobs
         set status = $3, run_at = $4, lease_until = null, last_error = $5, attempt = attempt - $6,
             finished_at = case when $3 = 'dead' then $7::timestamptz end
         where id = $1 and delivery = $2 and status = 'running'",
        job.id.0,
        job.delivery,
        status,
        now + delay,
        message,
        uncounted,
        now,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Most jobs that one statement takes back.
pub const SWEPT_AT_ONCE: i64 = 1000;

/// Takes back jobs whose lease has ended: their worker died, or Redis lost them. Uses the index `jobs_leased`. A job
/// whose last attempt ended this way is dead. With `since`, leases that ended before that time are left out, as in
/// [`take_due`]. Returns the number taken back.
pub async fn sweep(
    db: &mut PgConnection,
    since: Option<Timestamp>,
    now: Timestamp,
) -> Result<u64, sqlx::Error> {
    let swept = sqlx::query!(
        "with lost as (
           select id
           from jobs
           where status in ('published', 'running') and lease_until < $1
             and lease_until >= coalesce($3::timestamptz, '-infinity')
           order by lease_until
           limit $2
           for update skip locked  -- being finished, or swept by another
         )
         update jobs
         set status = case when status = 'running' and attempt >= max_attempts then 'dead' else 'queued' end,
             last_error = case when status = 'running' then 'the lease ended: the worker died or stalled' else last_error end,
             finished_at = case when status = 'running' and attempt >= max_attempts then $1 end,
             lease_until = null
         from lost
         where jobs.id = lost.id",
        now,
        SWEPT_AT_ONCE,
        since,
    )
    .execute(db)
    .await?;
    Ok(swept.rows_affected())
}

/// Redis was emptied: everything that was handed over is queued again at once. Safe if it was not emptied: the fence
/// refuses old deliveries.
pub async fn recall_published(db: &mut PgConnection) -> Result<u64, sqlx::Error> {
    let recalled = sqlx::query!(
        "with published as (
           select id from jobs where status = 'published' for update skip locked
         )
         update jobs
         set status = 'queued', lease_until = null
         from published
         where jobs.id = published.id"
    )
    .execute(db)
    .await?;
    Ok(recalled.rows_affected())
}

fn delta(delay: std::time::Duration) -> TimeDelta {
    TimeDelta::from_std(delay).unwrap_or(TimeDelta::days(1))
}
