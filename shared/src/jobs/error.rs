//! The meaning of a job's failure for its next attempt.

use std::time::Duration;

use crate::kernel::error::with_sources;
use crate::kernel::{Fault, Kind, db};

/// Why a job failed, and whether to try again.
#[derive(Debug)]
pub struct JobError {
    /// For operators: in the row and in the log. Never a secret.
    pub message: String,
    pub next: Next,
}

/// What happens to the job now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Try again after the kind's backoff, as long as attempts are left.
    Retry,
    /// Try again after this delay or the kind's backoff, whichever is longer (a gateway asked for it, or an operator
    /// must act first). It still uses up an attempt.
    RetryAfter(Duration),
    /// Try again after this delay, without counting the attempt: nothing was wrong, it is only too early.
    NotYet(Duration),
    /// Never try again automatically: the job is dead until an operator acts.
    Fail,
    /// The lease was lost: another worker holds the job, so there is nothing to record.
    LostLease,
}

impl JobError {
    #[must_use]
    pub fn retry(message: impl Into<String>) -> Self {
        Self { message: message.into(), next: Next::Retry }
    }

    #[must_use]
    pub fn retry_after(message: impl Into<String>, delay: Duration) -> Self {
        Self { message: message.into(), next: Next::RetryAfter(delay) }
    }

    #[must_use]
    pub fn not_yet(message: impl Into<String>, delay: Duration) -> Self {
        Self { message: message.into(), next: Next::NotYet(delay) }
    }

    #[must_use]
    pub fn fail(message: impl Into<String>) -> Self {
        Self { message: message.into(), next: Next::Fail }
    }

    #[must_use]
    pub fn lost_lease() -> Self {
        Self { message: "the lease was lost".into(), next: Next::LostLease }
    }
}

impl std::fmt::Display for JobError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

/// Maps a capability's error to a job's outcome.
impl<E: Fault> From<E> for JobError {
    fn from(error: E) -> Self {
        let message = with_sources(&error);
        db::notice(&error);
        match error.kind() {
            Kind::Invalid | Kind::Unauthenticated | Kind::Denied | Kind::Missing => Self::fail(message),
            Kind::Conflict | Kind::Busy | Kind::Throttled | Kind::Broken => Self::retry(message),
        }
    }
}
