//! Questions to gateways that anyone may cause, for example by repeating a message or typing an address: their rate is
//! limited.
//!
//! Time is divided into slots. A question runs at once if it is the first of its slot, and else once more at the
//! beginning of the next one. So the last hint of many is followed by a question, whatever was answered meanwhile.

use chrono::DateTime;
use sqlx::PgConnection;

use super::insert;
use crate::jobs::{NewJob, Question};
use crate::kernel::Timestamp;

/// Seconds of a slot, in which there is one question per subject.
pub const ASK_EVERY_SECS: i64 = 10;

/// Schedules a question, at once or for the next slot.
pub async fn ask<Q: Question>(
    db: &mut PgConnection,
    question: &Q,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let slot = now.timestamp().div_euclid(ASK_EVERY_SECS);
    let key = |slot: i64| Some(format!("{}:{}:{slot}", Q::KIND.as_str(), question.subject()));
    let at_once = NewJob { dedupe_key: key(slot), ..NewJob::at(now, question) };
    if insert(db, std::slice::from_ref(&at_once), now).await? > 0 {
        return Ok(());
    }
    let begin = (slot + 1).saturating_mul(ASK_EVERY_SECS);
    let then = DateTime::from_timestamp(begin, 0).unwrap_or(now);
    let later = NewJob { dedupe_key: key(slot + 1), ..NewJob::at(then, question) };
    insert(db, std::slice::from_ref(&later), now).await?;
    Ok(())
}
