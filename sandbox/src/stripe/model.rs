//! What the sandbox remembers of Stripe's objects: only what a caller can see or change. Amounts are
//! integers in the currency's smallest unit, times are seconds since the epoch.

use std::collections::BTreeMap;

use super::outcome::{Course, Outcome};
use super::owner::Owner;
use crate::agenda::Slot;

pub type Metadata = BTreeMap<String, String>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionStatus {
    Open,
    Complete,
    Expired,
}

impl SessionStatus {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Complete => "complete",
            Self::Expired => "expired",
        }
    }
}

#[derive(Debug)]
pub struct Line {
    pub id: String,
    pub name: String,
    pub unit_amount: i64,
    pub quantity: i64,
}

#[derive(Debug)]
pub struct Shipping {
    pub id: String,
    pub name: String,
    pub amount: i64,
}

/// What the caller asked to put on the PaymentIntent.
#[derive(Debug, Default, Clone)]
pub struct PaymentAsk {
    pub metadata: Metadata,
    pub transfer_group: Option<String>,
    pub description: Option<String>,
    pub capture: Capture,
    pub share: Option<Share>,
}

/// When the money is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Capture {
    #[default]
    Automatic,
    /// When the merchant says so.
    Manual,
}

/// What of a payment goes to a connected account (`transfer_data`).
#[derive(Debug, Clone)]
pub struct Share {
    pub destination: String,
    /// None is all of it.
    pub amount: Option<i64>,
}

#[derive(Debug)]
pub struct Session {
    pub id: String,
    pub owner: Owner,
    pub created: i64,
    pub expires_at: i64,
    /// Its place on the agenda while it is open.
    pub expiry: Option<Slot>,
    pub status: SessionStatus,
    pub paid: bool,
    pub currency: String,
    pub lines: Vec<Line>,
    /// The first option is the one that is chosen.
    pub shipping: Vec<Shipping>,
    pub success_url: String,
    pub cancel_url: Option<String>,
    pub client_reference_id: Option<String>,
    pub customer: Option<String>,
    pub customer_email: Option<String>,
    pub metadata: Metadata,
    pub ask: PaymentAsk,
    pub payment: Option<String>,
    /// What stands beside the button to pay.
    pub note: Option<String>,
}

impl Session {
    pub fn subtotal(&self) -> i64 {
        self.lines.iter().map(|line| line.unit_amount * line.quantity).sum()
    }

    pub fn shipping_amount(&self) -> i64 {
        self.shipping.first().map_or(0, |option| option.amount)
    }

    pub fn total(&self) -> i64 {
        self.subtotal() + self.shipping_amount()
    }

    pub fn payment_status(&self) -> &'static str {
        match (self.paid, self.total()) {
            (true, 0) => "no_payment_required",
            (true, _) => "paid",
            (false, _) => "unpaid",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PaymentStatus {
    RequiresPaymentMethod,
    RequiresConfirmation,
    RequiresAction,
    Processing,
    RequiresCapture,
    Succeeded,
    Canceled,
}

impl PaymentStatus {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RequiresPaymentMethod => "requires_payment_method",
            Self::RequiresConfirmation => "requires_confirmation",
            Self::RequiresAction => "requires_action",
            Self::Processing => "processing",
            Self::RequiresCapture => "requires_capture",
            Self::Succeeded => "succeeded",
            Self::Canceled => "canceled",
        }
    }
}

/// Why an attempt failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decline {
    /// Stripe's type of error.
    pub kind: &'static str,
    pub code: &'static str,
    pub decline_code: Option<&'static str>,
    pub message: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChargeState {
    Pending,
    /// Authorized, not captured.
    Held,
    Paid,
    /// Was held and never captured.
    Released,
    Failed(Decline),
}

/// One attempt to take the money.
#[derive(Debug)]
pub struct Charge {
    pub id: String,
    pub owner: Owner,
    /// The PaymentIntent it belongs to.
    pub payment: String,
    pub created: i64,
    pub state: ChargeState,
    pub balance_transaction: Option<String>,
    /// When its money is available.
    pub available_on: i64,
    /// The transfer that `transfer_data` made.
    pub transfer: Option<String>,
    /// How much has gone to connected accounts with this charge as the source.
    pub transferred: i64,
    pub warning: Option<String>,
}

/// A PaymentIntent.
#[derive(Debug)]
pub struct Payment {
    pub id: String,
    pub owner: Owner,
    pub created: i64,
    pub amount: i64,
    pub currency: String,
    pub status: PaymentStatus,
    /// The Checkout Session it was made for, if any.
    pub session: Option<String>,
    pub customer: Option<String>,
    pub ask: PaymentAsk,
    /// The method that is attached, of a PaymentIntent made over the API.
    pub method: Option<Outcome>,
    pub return_url: Option<String>,
    /// Its charges, oldest first; at most one is more than a failure.
    pub attempts: Vec<String>,
    pub last_error: Option<Decline>,
    /// How the customer paid, which decides how refunds go.
    pub course: Course,
    /// What was taken.
    pub captured: i64,
    pub refunds: Vec<String>,
    /// Refunds that have not failed, pending ones included.
    pub refunded: i64,
    pub disputes: Vec<String>,
    pub canceled_at: Option<i64>,
    pub cancellation_reason: Option<&'static str>,
}

impl Payment {
    pub fn latest_charge(&self) -> Option<&str> {
        self.attempts.last().map(String::as_str)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefundStatus {
    Pending,
    RequiresAction,
    Succeeded,
    Failed,
    Canceled,
}

impl RefundStatus {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::RequiresAction => "requires_action",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Canceled => "canceled",
        }
    }

    /// Whether the money is under way.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Pending | Self::RequiresAction)
    }
}

/// Why a refund failed, in Stripe's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureReason {
    LostOrStolenCard,
    #[default]
    ExpiredOrCanceledCard,
    ChargeForPendingRefundDisputed,
    InsufficientFunds,
    Declined,
    MerchantRequest,
    Unknown,
}

#[derive(Debug)]
pub struct Refund {
    pub id: String,
    pub owner: Owner,
    pub created: i64,
    pub amount: i64,
    pub currency: String,
    pub payment: String,
    pub charge: String,
    pub status: RefundStatus,
    pub reason: Option<&'static str>,
    pub failure_reason: Option<FailureReason>,
    pub metadata: Metadata,
    pub balance_transaction: String,
    pub failure_balance_transaction: Option<String>,
    pub transfer_reversal: Option<String>,
}

/// A balance transaction.
#[derive(Debug)]
pub struct Movement {
    pub id: String,
    pub owner: Owner,
    pub created: i64,
    pub available_on: i64,
    pub amount: i64,
    pub fee: i64,
    pub currency: String,
    pub kind: &'static str,
    pub category: &'static str,
    pub source: String,
    /// The automatic payout it went out with.
    pub payout: Option<String>,
}

#[derive(Debug)]
pub struct Event {
    pub id: String,
    pub owner: Owner,
    pub created: i64,
    pub kind: &'static str,
    pub object: String,
    /// The envelope as it is delivered.
    pub body: axum::body::Bytes,
}
