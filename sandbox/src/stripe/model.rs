//! What the sandbox remembers of Stripe's objects: only what a caller can see or change. Amounts are
//! integers in the currency's smallest unit, times are seconds since the epoch.

use std::collections::BTreeMap;

use super::outcome::Course;
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
#[derive(Debug, Default)]
pub struct PaymentAsk {
    pub metadata: Metadata,
    pub transfer_group: Option<String>,
    pub description: Option<String>,
}

#[derive(Debug)]
pub struct Session {
    pub id: String,
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
    Processing,
    Succeeded,
}

impl PaymentStatus {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RequiresPaymentMethod => "requires_payment_method",
            Self::Processing => "processing",
            Self::Succeeded => "succeeded",
        }
    }
}

/// Why an attempt failed.
#[derive(Debug, Clone, Copy)]
pub struct Decline {
    pub code: &'static str,
    pub decline_code: &'static str,
    pub message: &'static str,
}

/// The last attempt to take the money.
#[derive(Debug)]
pub struct Charge {
    pub id: String,
    pub created: i64,
    pub paid: bool,
    pub failure: Option<Decline>,
    pub balance_transaction: Option<String>,
}

/// A PaymentIntent.
#[derive(Debug)]
pub struct Payment {
    pub id: String,
    pub created: i64,
    pub amount: i64,
    pub currency: String,
    pub status: PaymentStatus,
    pub session: String,
    pub metadata: Metadata,
    pub transfer_group: Option<String>,
    pub description: Option<String>,
    pub charge: Option<Charge>,
    /// How the customer paid, which decides how refunds go.
    pub course: Course,
    pub refunds: Vec<String>,
    /// Refunds that have not failed, pending ones included.
    pub refunded: i64,
}

impl Payment {
    pub fn received(&self) -> i64 {
        if self.status == PaymentStatus::Succeeded { self.amount } else { 0 }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefundStatus {
    Pending,
    Succeeded,
    Failed,
}

impl RefundStatus {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
        }
    }
}

#[derive(Debug)]
pub struct Refund {
    pub id: String,
    pub created: i64,
    pub amount: i64,
    pub currency: String,
    pub payment: String,
    pub charge: String,
    pub status: RefundStatus,
    pub reason: Option<&'static str>,
    pub metadata: Metadata,
    pub balance_transaction: String,
    pub failure_balance_transaction: Option<String>,
}

/// A balance transaction.
#[derive(Debug)]
pub struct Movement {
    pub id: String,
    pub created: i64,
    pub amount: i64,
    pub fee: i64,
    pub currency: String,
    pub kind: &'static str,
    pub source: String,
}

#[derive(Debug)]
pub struct Event {
    pub id: String,
    pub created: i64,
    pub kind: &'static str,
    pub object: String,
    /// The envelope as it is delivered.
    pub body: axum::body::Bytes,
}
