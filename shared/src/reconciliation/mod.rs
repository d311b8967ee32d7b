//! What gateways' own lists say otherwise than our books, and how far they were compared.
//!
//! Owns `reconciliations` and `reconciliation_differences`. The worker walks the lists; what is safe is put right by the
//! same path as the gateway's message, and stands here as repaired. A difference is one row, however often it is found.

mod desk;
mod error;
pub mod store;

pub use desk::{Desk, Which};
pub use error::Error;

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use serde_json::Value;

use crate::kernel::Timestamp;
use crate::kernel::ids::{DifferenceId, PaymentId, RefundId, UserId};
use crate::payments::Provider;

/// How far back a window begins before where the last one ended: lists lag, and clocks differ.
const OVERLAP: TimeDelta = TimeDelta::hours(2);
/// How far back the first window begins.
const FIRST: TimeDelta = TimeDelta::days(2);
/// What the gateway wrote just now may not be in its list yet.
const LAG: TimeDelta = TimeDelta::seconds(60);

/// How our books and a gateway's list differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, sqlx::Type, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum DifferenceKind {
    /// The gateway had moved, and we had not heard of it.
    Missed,
    /// The gateway has something that is none of ours.
    Unknown,
    /// The gateway's amount is another than ours.
    Amount,
    /// We hold it as done, and the gateway does not.
    Absent,
}

impl DifferenceKind {
    pub const ALL: &'static [Self] = &[Self::Missed, Self::Unknown, Self::Amount, Self::Absent];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Missed => "missed",
            Self::Unknown => "unknown",
            Self::Amount => "amount",
            Self::Absent => "absent",
        }
    }
}

/// A difference that was found.
#[derive(Clone, Debug)]
pub struct Found {
    pub kind: DifferenceKind,
    /// The gateway's name for what differs.
    pub subject: String,
    pub payment_id: Option<PaymentId>,
    pub refund_id: Option<RefundId>,
    pub detail: Value,
    /// It was put right in the same transaction.
    pub repaired: bool,
}

/// What became of recording a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recorded {
    /// It was not known, or it had ended and stands again.
    News,
    Known,
    /// An operator has dealt with it.
    Closed,
}

/// A stretch of time to compare, and the page to go on with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    pub from: Timestamp,
    pub until: Timestamp,
    pub cursor: Option<String>,
}

/// The window that comes next: the one that has not ended, else what follows the last one, with an overlap.
#[must_use]
pub fn next_run(progress: Option<&Progress>, now: Timestamp) -> Run {
    if let Some(Progress { unfinished: Some(run), .. }) = progress {
        return run.clone();
    }
    let reached = progress.and_then(|progress| progress.reached);
    Run { from: reached.map_or(now - FIRST, |reached| reached - OVERLAP), until: now - LAG, cursor: None }
}

/// The window an operator asks for; what is not said is as in [`next_run`].
#[must_use]
pub fn wished_run(
    progress: Option<&Progress>,
    from: Option<Timestamp>,
    until: Option<Timestamp>,
    now: Timestamp,
) -> Run {
    let next = next_run(progress, now);
    if from.is_none() && until.is_none() {
        return next;
    }
    let until = until.unwrap_or(now - LAG);
    let from = from.unwrap_or(if next.from < until { next.from } else { until - FIRST });
    Run { from, until, cursor: None }
}

/// From when on a run looks for our own bookings at the gateway. A schedule's windows overlap for the gateway's list,
/// which may lag; our books do not, so each booking is looked for once.
#[must_use]
pub fn booked_from(progress: Option<&Progress>, wished_from: Option<Timestamp>, run: &Run) -> Timestamp {
    let reached = progress.and_then(|progress| progress.reached);
    match (wished_from, reached) {
        (None, Some(reached)) if reached < run.until => reached.max(run.from),
        _ => run.from,
    }
}

/// Until when all is compared once a run has ended. A window that begins behind where the last one ended leaves a gap,
/// so it gains nothing: the schedule goes on from before the gap.
#[must_use]
pub fn reached_by(progress: Option<&Progress>, run: &Run, now: Timestamp) -> Option<Timestamp> {
    let reached = progress.and_then(|progress| progress.reached);
    let whole = run.from <= reached.unwrap_or(now - FIRST);
    whole.then(|| run.until.min(now)).or(reached)
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
    /// The gateway's name for what differs.
    pub subject: String,
    pub payment_id: Option<PaymentId>,
    pub refund_id: Option<RefundId>,
    pub detail: Value,
    pub found_at: DateTime<Utc>,
    pub seen_at: DateTime<Utc>,
    /// When it was put right, or the gateway agreed with our books again.
    pub repaired_at: Option<DateTime<Utc>>,
    /// When an operator had dealt with it.
    pub closed_at: Option<DateTime<Utc>>,
    pub closed_by: Option<UserId>,
    /// What the operator did about it.
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
    fn our_bookings_are_looked_for_once_by_the_schedule_and_whenever_somebody_asks() {
        let now = DateTime::from_timestamp(1_767_225_600, 0).expect("a moment");
        let reached = now - TimeDelta::minutes(11);
        let progress = Progress { reached: Some(reached), unfinished: None };
        let next = next_run(Some(&progress), now);
        assert_eq!(booked_from(Some(&progress), None, &next), reached);
        assert_eq!(booked_from(None, None, &next_run(None, now)), now - FIRST);
        let wish = Some(now - TimeDelta::hours(5));
        assert_eq!(
            booked_from(Some(&progress), wish, &wished_run(Some(&progress), wish, None, now)),
            now - TimeDelta::hours(5)
        );
        let past = wished_run(Some(&progress), None, Some(now - TimeDelta::days(1)), now);
        assert_eq!(booked_from(Some(&progress), None, &past), past.from);
    }

    #[test]
    fn a_window_that_leaves_a_gap_gains_nothing() {
        let now = DateTime::from_timestamp(1_767_225_600, 0).expect("a moment");
        let reached = now - TimeDelta::hours(6);
        let progress = Progress { reached: Some(reached), unfinished: None };
        let wished = |from, until| wished_run(Some(&progress), from, until, now);
        assert_eq!(wished(None, None), next_run(Some(&progress), now));
        assert_eq!(reached_by(Some(&progress), &wished(None, None), now), Some(now - LAG));
        let late = wished(Some(now - TimeDelta::hours(1)), None);
        assert_eq!(reached_by(Some(&progress), &late, now), Some(reached));
        let old = wished(None, Some(now - TimeDelta::days(9)));
        assert_eq!((old.from, old.until), (now - TimeDelta::days(11), now - TimeDelta::days(9)));
        assert_eq!(reached_by(None, &next_run(None, now), now), Some(now - LAG));
        assert_eq!(reached_by(None, &late, now), None);
    }
}
