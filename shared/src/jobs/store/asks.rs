//! Questions to gateways that anyone may cause, for example by repeating a message or typing an address: their rate is
//! limited.
//!
//! Time is divided into slots. A question runs at once if it is the first of its slot, and else once more at the
//! beginning of the next one. So the last hint of many is followed by a question, whatever was answered meanwhile.
//!
//! The questions of a transaction are written together, sorted by their unique keys: two transactions that wrote the same
//! keys in different orders would deadlock.

use std::collections::BTreeMap;

use chrono::DateTime;
use sqlx::PgConnection;

use super::insert;
use crate::jobs::{NewJob, Question};
use crate::kernel::Timestamp;
use crate::kernel::ids::JobId;

/// Seconds of a slot, in which there is one question per subject.
pub const ASK_EVERY_SECS: i64 = 10;

/// A question to be scheduled.
#[derive(Clone, Debug)]
pub struct Ask {
    /// The dedupe key without its slot.
    subject: String,
    job: NewJob,
}

impl Ask {
    /// In the trace of the running task.
    #[must_use]
    pub fn about<Q: Question>(question: &Q, now: Timestamp) -> Self {
        let subject = format!("{}:{}", Q::KIND.as_str(), question.subject());
        Self { subject, job: NewJob::at(now, question) }
    }

    fn in_slot(&self, slot: i64, run_at: Timestamp) -> NewJob {
        NewJob { dedupe_key: Some(format!("{}:{slot}", self.subject)), run_at, ..self.job.clone() }
    }
}

/// Schedules a question, at once or for the next slot.
pub async fn ask<Q: Question>(
    db: &mut PgConnection,
    question: &Q,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    ask_all(db, [Ask::about(question, now)], now).await
}

/// Has all questions of a transaction asked, now or soon. Of several about one subject one is enough.
///
/// Keys are taken slot by slot and sorted within each, whoever takes them.
pub async fn ask_all(
    db: &mut PgConnection,
    asks: impl IntoIterator<Item = Ask>,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let asks: BTreeMap<String, Ask> = asks.into_iter().map(|ask| (ask.subject.clone(), ask)).collect();
    let slot = now.timestamp().div_euclid(ASK_EVERY_SECS);
    let at_once: Vec<NewJob> = asks.values().map(|ask| ask.in_slot(slot, now)).collect();
    if insert(db, &at_once, now).await? == at_once.len() as u64 {
        return Ok(());
    }
    let written = existing(db, &at_once).await?;
    let begin = (slot + 1).saturating_mul(ASK_EVERY_SECS);
    let then = DateTime::from_timestamp(begin, 0).unwrap_or(now);
    let later = asks.values().filter(|ask| !written.contains(&ask.job.id));
    let later: Vec<NewJob> = later.map(|ask| ask.in_slot(slot + 1, then)).collect();
    insert(db, &later, now).await?;
    Ok(())
}

/// Which of these jobs are there, by the primary key.
async fn existing(db: &mut PgConnection, jobs: &[NewJob]) -> Result<Vec<JobId>, sqlx::Error> {
    let ids: Vec<JobId> = jobs.iter().map(|job| job.id).collect();
    sqlx::query_scalar!(r#"select id as "id: JobId" from jobs where id = any($1)"#, &ids as &[JobId])
        .fetch_all(db)
        .await
}
