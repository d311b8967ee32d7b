//! Differences between gateways' own lists and our books, and how far the lists were compared.
//!
//! Owns `reconciliations` and `reconciliation_differences`. The worker reads the lists. What is safe is repaired by the
//! same path as the gateway's message, and recorded as repaired. A difference is one row, however often it is found.

mod desk;
mod error;
pub mod store;

pub use desk::{Desk, Which};
pub use error::Error;

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use serde_json::Value;

use crate::kernel::Timestamp;
use crate::kernel::ids::{DifferenceId, OrderId, PaymentId, RefundId, UserId};
use crate::payments::Provider;

/// How far a window overlaps the one before: lists lag, and clocks differ.
const OVERLAP: TimeDelta = TimeDelta::hours(2);
/// How far back the first window begins.
const FIRST: TimeDelta = TimeDelta::days(2);
/// Age of the newest rows that are compared: younger ones may not be in the gateway's list yet.
const LAG: TimeDelta = TimeDelta::seconds(60);
/// None of the supported gateways has anything older than the year 2000.
const EARLIEST: Timestamp = DateTime::from_timestamp(946_684_800, 0).expect("2000-01-01 is a date");

/// The kind of a difference between our books and a gateway's list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, sqlx::Type, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum DifferenceKind {
    /// The gateway had a change that had not reached us.
    Missed,
    /// The gateway has something that bears our marks, or names something of ours, and does not match our books.
    Unknown,
    /// The gateway's amount differs from ours.
    Amount,
    /// Our books have it as done, and the gateway does not know it.
    Absent,
    /// Our books have it as done, and the gateway could not be asked about it, although it answered about others.
    Unasked,
}

impl DifferenceKind {
    pub const ALL: &'static [Self] =
        &[Self::Missed, Self::Unknown, Self::Amount, Self::Absent, Self::Unasked];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Missed => "missed",
            Self::Unknown => "unknown",
            Self::Amount => "amount",
            Self::Absent => "absent",
            Self::Unasked => "unasked",
        }
    }
}

/// A difference that was found.
#[derive(Clone, Debug)]
pub struct Found {
    pub kind: DifferenceKind,
    /// The gateway's reference of it.
    pub subject: String,
    pub payment_id: Option<PaymentId>,
    pub refund_id: Option<RefundId>,
    /// For the incident that reports it.
    pub order_id: Option<OrderId>,
    pub detail: Value,
    /// Whether it was repaired in the same transaction.
    pub repaired: bool,
}

/// A difference that is open now, and whether that is news.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kept {
    pub id: DifferenceId,
    pub recorded: Recorded,
}

/// The result of recording a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recorded {
    /// It was not known, or it had ended and is open again.
    News,
    Known,
    /// An operator has closed it.
    Closed,
}

/// A window to compare, and the page at which to continue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    pub from: Timestamp,
    pub until: Timestamp,
    pub cursor: Option<String>,
}

/// The next window of the schedule: the one that has not ended, else the one after the last, with an overlap.
#[must_use]
pub fn next_run(progress: Option<&Progress>, now: Timestamp) -> Run {
    if let Some(Progress { unfinished: Some(run), .. }) = progress {
        return run.clone();
    }
    let reached = progress.and_then(|progress| progress.reached);
    Run { from: reached.map_or(now - FIRST, |reached| reached - OVERLAP), until: now - LAG, cursor: None }
}

/// The window that an operator names; `None` if neither end is named. The default end is a minute ago, the default
/// beginning two days before the end.
///
/// Such a run is separate from the schedule: it neither continues the schedule's run nor counts for it.
pub fn named_window(
    from: Option<Timestamp>,
    until: Option<Timestamp>,
    now: Timestamp,
) -> Result<Option<Run>, Error> {
    if from.is_none() && until.is_none() {
        return Ok(None);
    }
    check_end("from", from, now)?;
    check_end("to", until, now)?;
    let until = until.unwrap_or(now - LAG);
    let from = from.unwrap_or((until - FIRST).max(EARLIEST));
    if from < until { Ok(Some(Run { from, until, cursor: None })) } else { Err(Error::EmptyWindow) }
}

/// Whether a named window may begin or end then. `field` is the name of this end in a request. Pure.
pub fn check_end(field: &'static str, moment: Option<Timestamp>, now: Timestamp) -> Result<(), Error> {
    match moment {
        Some(moment) if moment < EARLIEST => Err(Error::TooEarly(field)),
        Some(moment) if moment > now => Err(Error::ToCome(field)),
        Some(_) | None => Ok(()),
    }
}

/// The time from which the schedule's run looks up our own bookings at the gateway. Its windows overlap because the
/// gateway's list may lag; our books do not, so each booking is looked up once.
#[must_use]
pub fn booked_from(progress: Option<&Progress>, run: &Run) -> Timestamp {
    let reached = progress.and_then(|progress| progress.reached);
    reached.filter(|reached| *reached < run.until).map_or(run.from, |reached| reached.max(run.from))
}

/// How far a gateway was compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    pub reached: Option<Timestamp>,
    pub unfinished: Option<Run>,
}

/// One difference as operators see it.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
#[schema(as = ReconciliationDifference)]
pub struct Difference {
    pub id: DifferenceId,
    pub gateway: Provider,
    pub kind: DifferenceKind,
    /// The gateway's reference of it.
    pub subject: String,
    pub payment_id: Option<PaymentId>,
    pub refund_id: Option<RefundId>,
    pub detail: Value,
    pub found_at: DateTime<Utc>,
    pub seen_at: DateTime<Utc>,
    /// When it was repaired, or the gateway agreed with our books again.
    pub repaired_at: Option<DateTime<Utc>>,
    /// When an operator closed it.
    pub closed_at: Option<DateTime<Utc>>,
    pub closed_by: Option<UserId>,
    /// The operator's note.
    pub note: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_overlap_and_an_unfinished_one_goes_on() {
        let now = DateTime::from_timestamp(1_767_225_600, 0).expect("a moment");
        let first = next_run(None, now);
        assert_eq!((first.from, first.until), (now - FIRST, now - LAG));
        let done = Progress { reached: Some(first.until), unfinished: None };
        let second = next_run(Some(&done), now + TimeDelta::minutes(10));
        assert!(second.from < first.until && second.until > first.until);
        let run = Run { cursor: Some("evt_1".into()), ..second };
        let broken = Progress { reached: Some(first.until), unfinished: Some(run.clone()) };
        assert_eq!(next_run(Some(&broken), now + TimeDelta::hours(3)), run);
    }

    #[test]
    fn our_bookings_are_looked_for_once_by_the_schedule() {
        let now = DateTime::from_timestamp(1_767_225_600, 0).expect("a moment");
        let reached = now - TimeDelta::minutes(11);
        let progress = Progress { reached: Some(reached), unfinished: None };
        assert_eq!(booked_from(Some(&progress), &next_run(Some(&progress), now)), reached);
        assert_eq!(booked_from(None, &next_run(None, now)), now - FIRST);
    }

    #[test]
    fn a_named_window_lies_between_the_year_2000_and_now() {
        let now = DateTime::from_timestamp(1_767_225_600, 0).expect("a moment");
        let day = |ago: i64| Some(now - TimeDelta::days(ago));
        let window = |from, until| {
            named_window(from, until, now)
                .map(|run| run.map(|run| (run.from, run.until)))
                .map_err(|error| (error.field().unwrap_or_default(), error.to_string()))
        };
        assert_eq!(window(None, None), Ok(None));
        assert_eq!(window(day(5), None), Ok(Some((now - TimeDelta::days(5), now - LAG))));
        assert_eq!(window(None, day(9)), Ok(Some((now - TimeDelta::days(11), now - TimeDelta::days(9)))));
        let year_2000 = Some(EARLIEST + TimeDelta::hours(1));
        assert_eq!(window(None, year_2000), Ok(Some((EARLIEST, EARLIEST + TimeDelta::hours(1)))));
        let refused = |field: &'static str, problem: &str| Err((field, problem.to_owned()));
        let too_early = "must not be before 2000-01-01";
        for odd in [DateTime::<Utc>::MIN_UTC, EARLIEST - TimeDelta::seconds(1)] {
            assert_eq!(window(Some(odd), None), refused("from", too_early));
            assert_eq!(window(None, Some(odd)), refused("to", too_early));
        }
        let to_come = "must not be in the future";
        for odd in [DateTime::<Utc>::MAX_UTC, now + TimeDelta::seconds(1)] {
            assert_eq!(window(Some(odd), None), refused("from", to_come));
            assert_eq!(window(None, Some(odd)), refused("to", to_come));
        }
        let empty = refused("from", "must be before the end");
        assert_eq!(window(day(1), day(1)), empty);
        assert_eq!(window(day(0), None), empty);
        assert_eq!(window(None, Some(EARLIEST)), empty);
    }
}
