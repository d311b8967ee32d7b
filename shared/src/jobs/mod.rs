//! The durable queue: jobs as rows, written in the transaction of the fact that requires them.
//!
//! Owns the table `jobs`. A job moves `queued → published → running → done | dead`. Every hand-over of it is a
//! *delivery* with a growing number, which is the fencing token: a worker with an older number can neither claim nor
//! finish the job. Redis only carries deliveries; a delivery that is lost there returns when its lease ends. Nothing
//! here knows what a job does: that is the worker's part.

mod catalogue;
mod error;
mod payloads;
pub mod store;

use chrono::TimeDelta;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use uuid::Uuid;

pub use catalogue::{JobKind, Policy, Queue};
pub use error::{JobError, Next};
pub use payloads::*;

use crate::kernel::ids::JobId;
use crate::kernel::{Timestamp, TraceContext};

/// The payload of one kind of job.
pub trait Job: Serialize + DeserializeOwned + Send + Sync {
    const KIND: JobKind;

    /// If set, a second job with the same key is not written while the first one's row exists: until it was done, and for
    /// some minutes more ([`store::desk::DONE_KEPT`]). A body may run any number of times, so nothing but a schedule's
    /// tick needs its key for longer.
    fn dedupe_key(&self) -> Option<String> {
        None
    }
}

/// A job that asks a gateway about one subject, after a hint.
pub trait Question: Job {
    /// The subject of the question. The payload must follow from it: of two questions about one subject, one is enough.
    fn subject(&self) -> Uuid;
}

/// A job about to be written.
#[derive(Clone, Debug)]
pub struct NewJob {
    pub id: JobId,
    pub kind: JobKind,
    pub payload: Value,
    pub dedupe_key: Option<String>,
    pub run_at: Timestamp,
    pub trace: Option<TraceContext>,
}

impl NewJob {
    /// Due at `run_at`, in the trace of the running task.
    #[must_use]
    pub fn at<J: Job>(run_at: Timestamp, job: &J) -> Self {
        let payload = serde_json::to_value(job).expect("payloads are plain data");
        let trace = TraceContext::current();
        Self { id: JobId::new(), kind: J::KIND, payload, dedupe_key: job.dedupe_key(), run_at, trace }
    }

    /// In another trace than the running task's: for work on behalf of many requests at once.
    #[must_use]
    pub fn in_trace(self, trace: Option<TraceContext>) -> Self {
        Self { trace: trace.or(self.trace), ..self }
    }
}

/// A job that this worker holds until its lease ends.
#[derive(Clone, Debug)]
pub struct Claimed {
    pub id: JobId,
    pub kind: JobKind,
    pub payload: Value,
    /// Counted before it began: 1 on the first run.
    pub attempt: i32,
    pub max_attempts: i32,
    /// The fencing token.
    pub delivery: i32,
    pub trace: Option<TraceContext>,
}

impl Claimed {
    /// The payload as its type. A row that can't be read makes the job dead: repeating it would not help.
    pub fn read<J: Job>(&self) -> Result<J, JobError> {
        debug_assert_eq!(self.kind, J::KIND, "the runner calls the body of the job's kind");
        serde_json::from_value(self.payload.clone())
            .map_err(|error| JobError::fail(format!("the payload cannot be read: {error}")))
    }

    #[must_use]
    pub fn is_last_attempt(&self) -> bool {
        self.attempt >= self.max_attempts
    }
}

/// Proof that a job was marked done in a transaction that has been committed, or is about to be.
#[derive(Debug)]
#[must_use = "a job without it is run again"]
pub struct Finished(());

impl Finished {
    /// For the store only.
    fn proven() -> Self {
        Self(())
    }
}

/// The time until the next attempt: exponential with full jitter, capped by the kind's longest delay.
///
/// `luck` is uniform in 0..1; it is an argument so that tests can fix it.
#[must_use]
pub fn backoff(policy: &Policy, attempt: i32, luck: f64) -> TimeDelta {
    let doublings = u32::try_from(attempt.clamp(1, 30) - 1).expect("clamped to be positive");
    let ceiling = policy.first_delay.saturating_mul(2u32.saturating_pow(doublings)).min(policy.longest_delay);
    TimeDelta::from_std(ceiling.mul_f64(luck.clamp(0.05, 1.0))).expect("delays are hours at most")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn delays_grow_but_stay_within_their_bounds(attempt in 1i32..1000, luck in 0.0f64..1.0) {
            for kind in JobKind::ALL {
                let policy = kind.policy();
                let delay = backoff(&policy, attempt, luck);
                prop_assert!(delay > TimeDelta::zero());
                prop_assert!(delay.to_std().expect("positive") <= policy.longest_delay);
            }
        }
    }

    #[test]
    fn every_kind_has_a_name_of_its_own_that_reads_back() {
        for kind in JobKind::ALL {
            assert_eq!(kind.as_str().parse(), Ok(*kind));
        }
    }
}
