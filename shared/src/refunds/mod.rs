//! Refunds: money on its way back, and what belongs to it.
//!
//! Owns `refunds`, `refund_lines` and `refund_shares`. The row is committed before the gateway is called, and its id
//! stays the gateway's idempotency key. Pure functions in `arithmetic.rs` decide, under the lock of the payment, what
//! may be refunded and what each vendor bears. The database refuses refunds beyond the capture.

mod arithmetic;
mod ask;
mod error;
mod resolution;
pub mod store;

use money::Money;
use serde::{Deserialize, Serialize};

pub use arithmetic::{Bearer, LineLeft, Part, Plan, plan};
pub use ask::{Ask, AskLine, Restock, What};
pub use error::Error;
pub use resolution::{Decision, Resolution};

use crate::kernel::Timestamp;
use crate::kernel::ids::{OrderId, PaymentId, RefundId};

/// Where a refund was requested.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, sqlx::Type, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum RefundOrigin {
    /// The marketplace: it was requested here.
    Marketplace,
    /// At the gateway, for example in its dashboard. No stock returns with it.
    Gateway,
}

impl RefundOrigin {
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Marketplace => "marketplace",
            Self::Gateway => "gateway",
        }
    }
}

/// The status of a refund.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, sqlx::Type, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum RefundStatus {
    /// Committed; the gateway was not called.
    Requested,
    /// The gateway is being called, or was called without a clear answer.
    Submitted,
    /// The gateway is processing it.
    Pending,
    /// It succeeded, unless the bank returns it later.
    Succeeded,
    Failed,
    /// The gateway waits for something from the customer, or only a person can find out whether it was made.
    NeedsAttention,
    Cancelled,
}

impl RefundStatus {
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Submitted => "submitted",
            Self::Pending => "pending",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::NeedsAttention => "needs_attention",
            Self::Cancelled => "cancelled",
        }
    }

    /// The gateway has not given its final answer.
    #[must_use]
    pub const fn is_open(self) -> bool {
        match self {
            Self::Requested | Self::Submitted | Self::Pending | Self::NeedsAttention => true,
            Self::Succeeded | Self::Failed | Self::Cancelled => false,
        }
    }

    /// Whether no statement of the gateway can change the status any more.
    #[must_use]
    pub const fn is_final(self) -> bool {
        match self {
            Self::Failed | Self::Cancelled => true,
            Self::Requested | Self::Submitted | Self::Pending | Self::NeedsAttention | Self::Succeeded => {
                false
            }
        }
    }

    /// The meaning of an observation. `succeeded → failed` is real: a bank may return a refund.
    #[must_use]
    pub fn seen(self, state: RefundSeen) -> Change {
        match (self, state) {
            (Self::Failed | Self::Cancelled, _) => Change::None,
            (Self::Succeeded, RefundSeen::Failed | RefundSeen::Cancelled) => Change::Bounces,
            (Self::Succeeded, RefundSeen::Succeeded | RefundSeen::Pending | RefundSeen::NeedsAttention) => {
                Change::None
            }
            (Self::Requested | Self::Submitted | Self::Pending | Self::NeedsAttention, state) => {
                match state {
                    RefundSeen::Succeeded => Change::Succeeds,
                    RefundSeen::Failed => Change::Fails(Self::Failed),
                    RefundSeen::Cancelled => Change::Fails(Self::Cancelled),
                    RefundSeen::Pending if self == Self::Pending => Change::None,
                    RefundSeen::Pending => Change::Waits(Self::Pending),
                    RefundSeen::NeedsAttention if self == Self::NeedsAttention => Change::None,
                    RefundSeen::NeedsAttention => Change::Waits(Self::NeedsAttention),
                }
            }
        }
    }
}

/// A gateway's statement about a refund.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundObservation {
    pub state: RefundSeen,
    pub reference: Option<String>,
    pub failure: Option<String>,
}

/// The state of the refund at the gateway. Unknown words count as pending.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RefundSeen {
    Pending,
    Succeeded,
    Failed,
    Cancelled,
    NeedsAttention,
}

/// The change that an observation causes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Change {
    /// None: it repeats what is known, or is older.
    None,
    /// Still open, in another state.
    Waits(RefundStatus),
    /// The money is back with the customer.
    Succeeds,
    /// It failed, and had never succeeded.
    Fails(RefundStatus),
    /// It had succeeded, and the money came back to us.
    Bounces,
    /// An administrator has said that the gateway did not make it, and the gateway has.
    MadeAfterAll,
}

/// A refund, as read or locked.
#[derive(Clone, Debug)]
pub struct Refund {
    pub id: RefundId,
    pub payment_id: PaymentId,
    pub order_id: OrderId,
    pub status: RefundStatus,
    pub amount: Money,
    pub reference: Option<String>,
    pub restocked: bool,
    /// How an administrator has closed it, if one has.
    pub resolution: Option<Resolution>,
    pub requested_at: Timestamp,
    /// While it is `submitted`: when the gateway was called last. While it is `pending`: since when.
    pub updated_at: Timestamp,
    /// When the gateway last said that it is still processing it.
    pub last_seen_at: Option<Timestamp>,
}

impl Refund {
    /// Since when the gateway does not find a `pending` refund, if it does not find it now.
    #[must_use]
    pub fn not_found_since(&self) -> Timestamp {
        self.last_seen_at.map_or(self.updated_at, |seen| seen.max(self.updated_at))
    }
}
