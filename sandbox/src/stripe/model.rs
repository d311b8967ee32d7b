//! What the sandbox remembers of Stripe's objects: only what a caller can see or change. Amounts are
//! integers in the currency's smallest unit, times are seconds since the epoch.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::amounts::UnitAmount;
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
    /// The id of its price, which is made for it alone.
    pub price: String,
    pub unit: UnitAmount,
    pub quantity: i64,
    /// Of all pieces.
    pub amount: i64,
    pub metadata: Metadata,
    pub tax_behavior: Option<&'static str>,
    pub product: Product,
}

/// What a line sells.
#[derive(Debug, Default)]
pub struct Product {
    pub id: String,
    pub name: String,
    pub description: Option<String>,
    pub images: Vec<String>,
    pub metadata: Metadata,
    pub unit_label: Option<String>,
}

#[derive(Debug)]
pub struct Shipping {
    pub id: String,
    pub name: String,
    pub amount: i64,
    pub metadata: Metadata,
    pub tax_behavior: Option<&'static str>,
}

/// What the caller asked to put on the PaymentIntent.
#[derive(Debug, Default, Clone)]
pub struct PaymentAsk {
    pub metadata: Metadata,
    pub transfer_group: Option<String>,
    pub description: Option<String>,
    pub capture: Capture,
    pub share: Option<Share>,
    /// Further fields that it shows, and nothing else comes of.
    pub shown: Map<String, Value>,
}

/// When the money is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Capture {
    #[default]
    Automatic,
    /// Soon after: at once, here.
    AutomaticAsync,
    /// When the merchant says so.
    Manual,
}

impl Capture {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Automatic => "automatic",
            Self::AutomaticAsync => "automatic_async",
            Self::Manual => "manual",
        }
    }
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
    pub shipping: Vec<Shipping>,
    /// Where the customer pays: `hosted_page`, or within the shop's own page.
    pub ui_mode: &'static str,
    /// Of one within the shop's page: whether the customer is sent to `return_url`.
    pub redirect_on_completion: Option<&'static str>,
    pub success_url: Option<String>,
    pub return_url: Option<String>,
    pub cancel_url: Option<String>,
    pub client_reference_id: Option<String>,
    pub customer: Option<String>,
    /// `always`: a customer is made when it is complete.
    pub customer_creation: Option<&'static str>,
    pub customer_email: Option<String>,
    /// The name and address that the shop has set.
    pub collected_shipping: Option<Value>,
    pub metadata: Metadata,
    pub ask: PaymentAsk,
    pub payment: Option<String>,
    /// Further fields that it shows, and nothing else comes of.
    pub shown: Map<String, Value>,
}

impl Session {
    pub fn subtotal(&self) -> i64 {
        self.lines.iter().map(|line| line.amount).sum()
    }

    pub fn is_hosted(&self) -> bool {
        self.ui_mode.starts_with("hosted")
    }

    /// Where the customer goes when he has paid, if anywhere.
    pub fn way_on(&self) -> Option<&str> {
        self.success_url.as_deref().or(self.return_url.as_deref())
    }

    /// What stands beside the button to pay.
    pub fn note(&self) -> Option<&str> {
        self.shown.get("custom_text")?.get("submit")?.get("message")?.as_str()
    }

    pub fn total(&self) -> i64 {
        self.subtotal() + shipping_amount(&self.shipping)
    }

    pub fn payment_status(&self) -> &'static str {
        match (self.paid, self.total()) {
            (true, 0) => "no_payment_required",
            (true, _) => "paid",
            (false, _) => "unpaid",
        }
    }
}

/// Of several options the first is chosen.
pub fn shipping_amount(options: &[Shipping]) -> i64 {
    options.first().map_or(0, |option| option.amount)
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
    /// What it was tried with.
    pub method: Outcome,
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
    /// The method that is attached.
    pub method: Option<Outcome>,
    /// The customer cannot be asked anything: a method that would ask is declined.
    pub unattended: bool,
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

impl FailureReason {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::LostOrStolenCard => "lost_or_stolen_card",
            Self::ExpiredOrCanceledCard => "expired_or_canceled_card",
            Self::ChargeForPendingRefundDisputed => "charge_for_pending_refund_disputed",
            Self::InsufficientFunds => "insufficient_funds",
            Self::Declined => "declined",
            Self::MerchantRequest => "merchant_request",
            Self::Unknown => "unknown",
        }
    }
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
    pub instructions_email: Option<String>,
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
