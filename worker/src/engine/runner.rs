//! Claims deliveries, runs them, and records their results.
//!
//! The claim counts an attempt before anything runs, so that a crash counts. A body that fails, panics or takes too
//! long does not affect other jobs: a batch that fails is tried one by one. While the database is away, claiming and
//! recording are retried as long as they can take effect, so that work resumes within seconds of its return and not at
//! the end of a lease.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt, stream};
use shared::jobs::{Claimed, Finished, JobError, JobKind, store};
use shared::kernel::db;
use shared::kernel::{TraceContext, crash};
use tracing::Instrument;

use super::{Delivery, HAND_OVER_LEASE, LEASE_MARGIN};
use crate::bodies::{self, Body};
use crate::context::Context;

/// How often a claim or a record that the database refuses is retried, and the pauses in between.
const TRIES: u32 = 10;
const PAUSE: Duration = Duration::from_millis(300);
/// The longest pause while the database is away.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// Runs a delivery to its end. A result that can't be recorded (the database is away) returns when its lease ends.
pub async fn run_delivery(context: &Context, delivery: &Delivery) {
    let Ok(kind) = delivery.kind.parse::<JobKind>() else {
        tracing::warn!(job.name = delivery.kind, "received a kind of job that this build does not know");
        return;
    };
    let lease_ends = Instant::now() + kind.policy().timeout + LEASE_MARGIN.to_std().unwrap_or_default();
    let jobs = match claim(context, kind, delivery).await {
        Ok(jobs) => jobs,
        Err(error) => {
            tracing::warn!(%error, job.name = kind.as_str(), "cannot claim");
            return;
        }
    };
    match bodies::of(kind) {
        Body::Batch(run) if jobs.len() > 1 => {
            let whole = attempt(kind, &jobs[0], jobs.len(), run(context, &jobs)).await;
            if let Err(error) = whole {
                tracing::warn!(%error, job.name = kind.as_str(), items = jobs.len(), "a batch failed, trying its jobs one by one");
                for job in &jobs {
                    alone(context, job, lease_ends, run(context, std::slice::from_ref(job))).await;
                }
            }
        }
        Body::Batch(run) => {
            for job in &jobs {
                alone(context, job, lease_ends, run(context, std::slice::from_ref(job))).await;
            }
        }
        Body::Single(run) => {
            let side_by_side = kind.policy().group;
            stream::iter(&jobs)
                .for_each_concurrent(side_by_side, |job| alone(context, job, lease_ends, run(context, job)))
                .await;
        }
    }
}

async fn claim(context: &Context, kind: JobKind, delivery: &Delivery) -> Result<Vec<Claimed>, db::Failure> {
    let timeout = TimeDelta::from_std(kind.policy().timeout).unwrap_or_default();
    let in_hand_until = Instant::now() + HAND_OVER_LEASE.to_std().unwrap_or_default();
    let jobs = insist(in_hand_until, || {
        Box::pin(async {
            let mut db = context.pool.acquire().await?;
            store::claim(&mut db, &delivery.jobs, context.now(), timeout + LEASE_MARGIN).await
        })
    });
    let jobs = jobs.await?;
    crash::point().await;
    Ok(jobs)
}

/// Runs one job and records its failure, if it fails.
async fn alone(
    context: &Context,
    job: &Claimed,
    lease_ends: Instant,
    body: BoxFuture<'_, Result<Finished, JobError>>,
) {
    let Err(error) = attempt(job.kind, job, 1, body).await else { return };
    let recorded = insist(lease_ends, || {
        Box::pin(async {
            let mut db = context.pool.acquire().await?;
            store::fail(&mut db, job, &error, context.now()).await
        })
    });
    if let Err(lost) = recorded.await {
        tracing::warn!(error = %lost, job.id = %job.id, "cannot record a failure; the lease will end");
    }
}

/// Retries a statement: for some seconds, and while the database is away until the lease of the jobs is over. After a
/// restart of the database every pooled connection fails once, and a job that is neither claimed nor given back waits
/// for the end of its lease. Claiming and recording are fenced, so that repeating one whose answer was lost is
/// harmless.
async fn insist<'a, T>(
    until: Instant,
    ask: impl Fn() -> BoxFuture<'a, Result<T, db::Failure>>,
) -> Result<T, db::Failure> {
    let (mut tries, mut pause) = (0, PAUSE);
    loop {
        let error = match ask().await {
            Ok(answer) => return Ok(answer),
            Err(error) => error,
        };
        db::notice(&error);
        tries += 1;
        if db::is_away(&error) {
            pause = (pause * 2).min(LONGEST_PAUSE);
        } else if tries >= TRIES {
            return Err(error);
        }
        if Instant::now() + pause >= until {
            return Err(error);
        }
        tokio::time::sleep(pause).await;
    }
}

/// One try: in its trace and within its timeout, with panics caught, measured and logged.
async fn attempt(
    kind: JobKind,
    job: &Claimed,
    items: usize,
    body: BoxFuture<'_, Result<Finished, JobError>>,
) -> Result<(), JobError> {
    let trace = job.trace.unwrap_or_else(TraceContext::root).child();
    let span = tracing::info_span!(
        "job",
        trace.id = trace.trace_id(),
        job.name = kind.as_str(),
        job.id = %job.id,
        job.attempt = job.attempt,
        items,
    );
    let begun = Instant::now();
    let guarded = AssertUnwindSafe(trace.scope(body)).catch_unwind();
    let outcome = tokio::time::timeout(kind.policy().timeout, guarded).instrument(span.clone()).await;
    let result = match outcome {
        Ok(Ok(Ok(_finished))) => Ok(()),
        Ok(Ok(Err(error))) => Err(error),
        Ok(Err(panic)) => Err(JobError::retry(format!("panicked: {}", panic_message(&*panic)))),
        Err(_elapsed) => Err(JobError::retry("took too long")),
    };
    let word = outcome_word(&result);
    metrics::counter!("haat_jobs_total", "kind" => kind.as_str(), "outcome" => word).increment(items as u64);
    metrics::histogram!("haat_job_seconds", "kind" => kind.as_str()).record(begun.elapsed().as_secs_f64());
    metrics::histogram!("haat_job_group_items", "kind" => kind.as_str()).record(items as f64);
    span.in_scope(|| match &result {
        Err(error) if word == "failed" => tracing::warn!(%error, "job failed"),
        Err(error) => tracing::debug!(%error, "job put off"),
        Ok(()) => tracing::debug!("job done"),
    });
    result
}

fn outcome_word(result: &Result<(), JobError>) -> &'static str {
    use shared::jobs::Next;
    match result {
        Ok(()) => "done",
        Err(error) => match error.next {
            Next::NotYet(_) => "not_yet",
            Next::LostLease => "lost_lease",
            Next::Retry | Next::RetryAfter(_) | Next::Fail => "failed",
        },
    }
}

fn panic_message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message")
}
