//! Time as a parameter: the system's clock in production, one that stands still in tests.
//!
//! Clippy forbids `Utc::now` elsewhere. Timestamps are truncated to microseconds, which is what PostgreSQL stores, so
//! that a value read back equals the one written.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, SubsecRound, Utc};

/// A moment, in UTC, to the microsecond.
pub type Timestamp = DateTime<Utc>;

/// The source of the current time. Cheap to clone; clones of a still clock share its time.
#[derive(Clone, Debug, Default)]
pub struct Clock(Source);

#[derive(Clone, Debug, Default)]
enum Source {
    #[default]
    System,
    Still(Arc<Mutex<Timestamp>>),
}

impl Clock {
    /// The machine's clock.
    #[must_use]
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// A clock that moves only when a test moves it.
    #[must_use]
    pub fn still(at: Timestamp) -> Self {
        Self(Source::Still(Arc::new(Mutex::new(at.trunc_subsecs(6)))))
    }

    #[must_use]
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            Source::System => system_now(),
            Source::Still(at) => *at.lock().expect("no holder of the clock panics"),
        }
    }

    /// Moves a still clock forward; does nothing to the machine's.
    pub fn advance(&self, by: Duration) {
        if let Source::Still(at) = &self.0 {
            *at.lock().expect("no holder of the clock panics") += by;
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
fn system_now() -> Timestamp {
    Utc::now().trunc_subsecs(6)
}
