//! `jobs`: lists jobs, and retries or drops dead ones.

use std::process::ExitCode;

use chrono::TimeDelta;
use shared::desk;
use shared::jobs::JobKind;
use shared::jobs::store::desk::{self as store, JobView};
use shared::kernel::ids::JobId;
use shared::kernel::page::{Asked, Start};
use shared::kernel::{Clock, Settings, Timestamp, db};

use super::{Failure, USAGE, say, value_of};

const STATUSES: &[&str] = &["dead", "queued", "published", "running", "done"];

/// The operation and its jobs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Jobs {
    List { status: String, limit: i64 },
    Retry(JobId),
    RetryAll(Option<JobKind>),
    Drop(JobId),
}

impl Jobs {
    pub(super) fn read(args: &mut impl Iterator<Item = String>) -> Result<Self, Failure> {
        match args.next().as_deref() {
            Some("list") => Self::read_list(args),
            Some("retry") => Self::read_retry(args),
            Some("drop") => Ok(Self::Drop(id(args.next())?)),
            _ => Err(format!("jobs needs list, retry or drop\n\n{USAGE}").into()),
        }
    }

    fn read_list(args: &mut impl Iterator<Item = String>) -> Result<Self, Failure> {
        let (mut status, mut limit) = ("dead".to_owned(), 50);
        while let Some(arg) = args.next() {
            match arg.as_str() {
                "--status" => status = value_of("--status", args)?,
                "--limit" => {
                    limit = value_of("--limit", args)?.parse().map_err(|_| "--limit needs a number")?
                }
                other => return Err(format!("unexpected argument {other:?}\n\n{USAGE}").into()),
            }
        }
        if STATUSES.contains(&status.as_str()) && (1..=10_000).contains(&limit) {
            Ok(Self::List { status, limit })
        } else {
            Err(format!("the status is one of {}, the limit 1 to 10000\n\n{USAGE}", STATUSES.join(", "))
                .into())
        }
    }

    fn read_retry(args: &mut impl Iterator<Item = String>) -> Result<Self, Failure> {
        match args.next() {
            Some(arg) if arg == "--all" => match args.next().as_deref() {
                None => Ok(Self::RetryAll(None)),
                Some("--kind") => Ok(Self::RetryAll(Some(value_of("--kind", args)?.parse()?))),
                Some(other) => Err(format!("unexpected argument {other:?}\n\n{USAGE}").into()),
            },
            arg => Ok(Self::Retry(id(arg)?)),
        }
    }

    pub(super) async fn carry_out(self, settings: &Settings) -> Result<ExitCode, Failure> {
        let pool = db::reached(&settings.database_url, 1).await?;
        let now = Clock::system().now();
        match self {
            Self::List { status, limit } => {
                // The API's pages have at most a hundred rows; here the operator has chosen a number.
                let asked = Asked { start: Start::First, size: limit };
                let page = desk::jobs(&pool, &status, &asked).await?;
                for job in &page.results {
                    say(&line(job, now))?;
                }
                say(&format!("{} {status} job(s)", page.results.len()))?;
            }
            Self::Retry(id) => {
                desk::retry(&pool, id, now).await?;
                say("queued again")?;
            }
            Self::RetryAll(kind) => {
                let count = store::retry_all(&mut *pool.acquire().await?, kind, now).await?;
                say(&format!("{count} job(s) queued again"))?;
            }
            Self::Drop(id) => {
                desk::drop_dead(&pool, id).await?;
                say("dropped")?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Id, kind, attempts, when it was written and how long ago, when it is due or was finished, payload, last error.
fn line(job: &JobView, now: Timestamp) -> String {
    let error = job.last_error.as_deref().unwrap_or("-");
    let tries = format!("{}/{}", job.attempt, job.max_attempts);
    let (word, at) = job.finished_at.map_or(("due", job.run_at), |at| ("ended", at));
    let (written, age, at) = (moment(job.created_at), age(now - job.created_at), moment(at));
    format!(
        "{}  {:15}  {tries:6}  written {written} ({age} ago), {word} {at}  {}  {error}",
        job.id, job.kind, job.payload
    )
}

fn moment(at: Timestamp) -> String {
    at.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// In the largest unit that is not zero.
fn age(time: TimeDelta) -> String {
    match (time.num_days(), time.num_hours(), time.num_minutes()) {
        (days @ 1.., ..) => format!("{days} d"),
        (_, hours @ 1.., _) => format!("{hours} h"),
        (.., minutes @ 1..) => format!("{minutes} min"),
        _ => format!("{} s", time.num_seconds().max(0)),
    }
}

fn id(arg: Option<String>) -> Result<JobId, Failure> {
    let arg = arg.ok_or_else(|| format!("which job?\n\n{USAGE}"))?;
    arg.parse().map_err(|_| format!("{arg:?} is no id of a job\n\n{USAGE}").into())
}
