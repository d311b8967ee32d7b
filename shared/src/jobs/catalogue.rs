//! Every kind of job on one page: its name, its queue and its limits.
//!
//! Names stand in the database: the list only grows. The bodies are in the worker, one file per kind.

use std::str::FromStr;
use std::time::Duration;

/// Jobs of one queue share workers. Queues do not wait for each other: a gateway that stalls delays no reservation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Queue {
    /// Database only, in batches: the hot path.
    Orders,
    /// Calls a gateway.
    Payments,
    /// Takes money at a gateway that may think long about it: apart, so that no other call waits for it.
    Executions,
    /// Pays money back at gateways that may think as long about that. Apart from executions, whose customers wait.
    Refunds,
    /// Schedules and cleaning.
    Upkeep,
}

impl Queue {
    pub const ALL: &'static [Self] =
        &[Self::Orders, Self::Payments, Self::Executions, Self::Refunds, Self::Upkeep];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Orders => "orders",
            Self::Payments => "payments",
            Self::Executions => "executions",
            Self::Refunds => "refunds",
            Self::Upkeep => "upkeep",
        }
    }
}

/// The kind of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum JobKind {
    /// Take stock for new orders, all or nothing each.
    ReserveStock,
    /// Open a hosted payment at the gateway.
    CreatePayment,
    /// Apply an event from the inbox.
    ApplyWebhook,
    /// Ask the gateway about a payment that has been silent, or whose state is unknown.
    PollPayment,
    /// Give held stock back, unless the order was paid after all.
    ExpireHold,
    /// Close the payment page of an order that no longer waits for it.
    ClosePayment,
    /// Pay money back.
    SubmitRefund,
    /// Ask the gateway what became of a refund.
    PollRefund,
    /// Ask the gateway about a payment now, after a hint.
    AskPayment,
    /// Take the money that a customer has agreed to, where that is ours to do.
    FinishPayment,
    /// Ask the gateway about a refund now, after a hint.
    AskRefund,
    /// Ask the gateway which refunds a payment has: one may have been made there.
    AskRefunds,
    /// Compare a gateway's own list with our books.
    Reconcile,
    /// Delete old rows that are no longer needed.
    PurgeOld,
    /// Compare the books with the journals and report.
    CheckBooks,
}

/// How a kind of job is run.
#[derive(Clone, Copy, Debug)]
pub struct Policy {
    pub queue: Queue,
    pub max_attempts: i32,
    /// After this long a run is given up and counts as failed. Always shorter than the lease.
    pub timeout: Duration,
    /// How many jobs of this kind go into one delivery.
    pub group: usize,
    pub first_delay: Duration,
    pub longest_delay: Duration,
}

/// Some days of asking: a gateway may be away for long, and money never waits for a person to notice.
const PATIENT: i32 = 60;

impl JobKind {
    pub const ALL: &'static [Self] = &[
        Self::ReserveStock,
        Self::CreatePayment,
        Self::ApplyWebhook,
        Self::PollPayment,
        Self::ExpireHold,
        Self::ClosePayment,
        Self::SubmitRefund,
        Self::PollRefund,
        Self::AskPayment,
        Self::AskRefund,
        Self::AskRefunds,
        Self::FinishPayment,
        Self::Reconcile,
        Self::PurgeOld,
        Self::CheckBooks,
    ];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ReserveStock => "reserve_stock",
            Self::CreatePayment => "create_payment",
            Self::ApplyWebhook => "apply_webhook",
            Self::PollPayment => "poll_payment",
            Self::ExpireHold => "expire_hold",
            Self::ClosePayment => "close_payment",
            Self::SubmitRefund => "submit_refund",
            Self::PollRefund => "poll_refund",
            Self::AskPayment => "ask_payment",
            Self::AskRefund => "ask_refund",
            Self::AskRefunds => "ask_refunds",
            Self::FinishPayment => "finish_payment",
            Self::Reconcile => "reconcile",
            Self::PurgeOld => "purge_old",
            Self::CheckBooks => "check_books",
        }
    }

    /// Whether a dead job of this kind may be deleted by age. Not where money, stock or an order waits for it: those
    /// stay until an operator decides.
    #[must_use]
    pub const fn is_dispensable(self) -> bool {
        match self {
            Self::ReserveStock
            | Self::ApplyWebhook
            | Self::FinishPayment
            | Self::ExpireHold
            | Self::ClosePayment
            | Self::SubmitRefund
            | Self::PollRefund
            | Self::AskRefunds => false,
            Self::CreatePayment
            | Self::PollPayment
            | Self::AskPayment
            | Self::AskRefund
            | Self::Reconcile
            | Self::PurgeOld
            | Self::CheckBooks => true,
        }
    }

    #[must_use]
    pub const fn policy(self) -> Policy {
        match self {
            Self::ReserveStock => batch(128),
            Self::ApplyWebhook => batch(32),
            Self::CreatePayment => gateway(12),
            Self::PollPayment | Self::ExpireHold | Self::ClosePayment => gateway(PATIENT),
            Self::PollRefund => gateway(PATIENT),
            // A refund with the calls around it, and one more call that looks it up.
            Self::SubmitRefund => {
                Policy { queue: Queue::Refunds, timeout: Duration::from_secs(95), ..gateway(PATIENT) }
            }
            // When this gives up, the poll that is due anyway goes on.
            Self::AskPayment | Self::AskRefund | Self::AskRefunds => gateway(12),
            // An execution with the calls around it.
            Self::FinishPayment => {
                Policy { queue: Queue::Executions, timeout: Duration::from_secs(75), ..gateway(12) }
            }
            Self::Reconcile => upkeep(Duration::from_secs(600)),
            Self::PurgeOld => upkeep(Duration::from_secs(120)),
            // Reads the whole database.
            Self::CheckBooks => upkeep(Duration::from_secs(900)),
        }
    }
}

const fn batch(group: usize) -> Policy {
    Policy {
        queue: Queue::Orders,
        max_attempts: 20,
        timeout: Duration::from_secs(20),
        group,
        first_delay: Duration::from_millis(200),
        longest_delay: Duration::from_secs(60),
    }
}

const fn gateway(max_attempts: i32) -> Policy {
    Policy {
        queue: Queue::Payments,
        max_attempts,
        // Some handlers make three calls, and a call takes at most `LONGEST_CALL_SECS`. No longer than necessary: after
        // the death of a worker its jobs wait this long, and a little more.
        timeout: Duration::from_secs(40),
        group: 16,
        first_delay: Duration::from_secs(1),
        longest_delay: Duration::from_secs(3600),
    }
}

const fn upkeep(timeout: Duration) -> Policy {
    Policy {
        queue: Queue::Upkeep,
        max_attempts: 3,
        timeout,
        group: 1,
        first_delay: Duration::from_secs(5),
        longest_delay: Duration::from_secs(300),
    }
}

/// The word names no kind of job of this build.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown kind of job: {0}")]
pub struct UnknownKind(pub String);

impl FromStr for JobKind {
    type Err = UnknownKind;

    fn from_str(name: &str) -> Result<Self, UnknownKind> {
        let found = Self::ALL.iter().copied().find(|kind| kind.as_str() == name);
        found.ok_or_else(|| UnknownKind(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::settings::{LONGEST_CALL_SECS, LONGEST_EXECUTION_SECS};

    /// How long a call may wait for its place among those in flight.
    const PATIENCE_SECS: u64 = 5;

    #[test]
    fn no_call_outlasts_the_job_it_belongs_to() {
        let secs = |kind: JobKind| kind.policy().timeout.as_secs();
        assert!(secs(JobKind::CreatePayment) > 3 * LONGEST_CALL_SECS);
        let with_money = 2 * LONGEST_CALL_SECS + LONGEST_EXECUTION_SECS + PATIENCE_SECS;
        assert!(secs(JobKind::FinishPayment) > with_money);
        assert!(secs(JobKind::SubmitRefund) > with_money + LONGEST_CALL_SECS + PATIENCE_SECS);
        for (queue, alone) in
            [(Queue::Executions, JobKind::FinishPayment), (Queue::Refunds, JobKind::SubmitRefund)]
        {
            let apart = JobKind::ALL.iter().filter(|kind| kind.policy().queue == queue);
            assert_eq!(apart.collect::<Vec<_>>(), [&alone], "nothing else waits behind it");
        }
    }
}
