//! Payment attempts: one row per attempt of an order at a gateway.
//!
//! Owns `payments`. The row is committed before the gateway is called for the first time, and its id stays the
//! gateway's idempotency key. An answer that is neither a clear yes nor a clear no leaves the attempt `unknown`, to be
//! asked about again. The database guarantees two rules: at most one open attempt per order, and at most one captured
//! attempt.

mod error;
mod failure;
mod observation;
pub mod offer;
mod provider;
pub mod store;

use money::Money;
use serde::{Deserialize, Serialize};

pub use error::Error;
pub use failure::{Failure, FailureCode};
pub use observation::{Observation, Observed};
pub use provider::{Provider, UnknownProvider};

use crate::kernel::Timestamp;
use crate::kernel::ids::{OrderId, PaymentId};

/// The status of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, sqlx::Type, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum PaymentStatus {
    /// Committed; the gateway was not called, or it is not known yet whether it was.
    Creating,
    /// A call was sent, and no clear answer came back.
    Unknown,
    /// The payment page waits for the customer.
    Open,
    /// The customer has finished, and the money has not arrived yet.
    Processing,
    /// Pays the order.
    Captured,
    /// Money arrived that does not pay the order; it is refunded automatically.
    Surplus,
    Failed,
    Expired,
}

impl PaymentStatus {
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Creating => "creating",
            Self::Unknown => "unknown",
            Self::Open => "open",
            Self::Processing => "processing",
            Self::Captured => "captured",
            Self::Surplus => "surplus",
            Self::Failed => "failed",
            Self::Expired => "expired",
        }
    }

    /// The customer may still pay, or may have paid.
    #[must_use]
    pub const fn is_open(self) -> bool {
        match self {
            Self::Creating | Self::Unknown | Self::Open | Self::Processing => true,
            Self::Captured | Self::Surplus | Self::Failed | Self::Expired => false,
        }
    }

    /// We hold money through it.
    #[must_use]
    pub const fn has_money(self) -> bool {
        match self {
            Self::Captured | Self::Surplus => true,
            Self::Creating | Self::Unknown | Self::Open | Self::Processing | Self::Failed | Self::Expired => {
                false
            }
        }
    }
}

/// The payer, as gateways want it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payer {
    pub email: String,
    pub name: String,
    pub phone: Option<String>,
}

/// One attempt, as read or locked.
#[derive(Clone, Debug)]
pub struct Payment {
    pub id: PaymentId,
    pub order_id: OrderId,
    pub gateway: Provider,
    pub status: PaymentStatus,
    /// The requested amount.
    pub amount: Money,
    /// The received amount. This and the following ones may be in another currency, if the gateway took another.
    pub captured: Money,
    /// Promised to refunds without a final answer.
    pub refunding: Money,
    pub refunded: Money,
    /// The gateway's id of the hosted payment.
    pub reference: Option<String>,
    /// The payer, as known when the attempt was made. It is part of the call, and so never changes.
    pub payer: Option<Payer>,
    /// The gateway's id of the money: what a refund names.
    pub charge_reference: Option<String>,
    /// The last failure.
    pub failure: Option<Failure>,
    /// When the customer's browser reported that the page was left. It proves nothing.
    pub left_at: Option<Timestamp>,
    /// When its page should close.
    pub closes_at: Timestamp,
    pub created_at: Timestamp,
}

impl Payment {
    /// The amount that can still be refunded.
    pub fn refundable(&self) -> Result<Money, Error> {
        Ok(self.captured.checked_sub(self.refunded)?.checked_sub(self.refunding)?)
    }
}
