//! Questions to gateways that anybody may cause, as by a message sent again or an address typed: bounded in time.
//!
//! Time is cut into slots. A question runs at once if it is the first of its slot, and else once more at the beginning
//! of the next one. So the last of a storm is asked after the storm, whatever was answered meanwhile.

use chrono::DateTime;
use sqlx::PgConnection;

use super::insert;
use crate::jobs::{NewJob, Question};
use crate::kernel::Timestamp;

/// One question about one thing within so many seconds.
pub const ASK_EVERY_SECS: i64 = 10;

/// Has a question asked, now or soon.
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
