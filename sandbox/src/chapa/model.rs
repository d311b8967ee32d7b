//! What the sandbox remembers of Chapa's objects: only what a caller can see or change. Amounts are
//! integers in the currency's smallest unit, times are milliseconds since the epoch.

use serde_json::Value;

use super::banks::Bank;
use super::outcome::Course;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// The link waits for a customer.
    Open,
    /// A customer has agreed, the money is on its way.
    Pending,
    Success,
    Failed,
    Cancelled,
}

impl Status {
    /// The sandbox's own word, for the control API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Pending => "pending",
            Self::Success => "success",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }
}

#[derive(Debug, Default)]
pub struct Customer {
    pub id: u32,
    pub email: Option<String>,
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    pub phone: Option<String>,
}

/// One line of a transaction's timeline.
#[derive(Debug)]
pub struct Moment {
    pub at_ms: i64,
    pub kind: &'static str,
    pub message: String,
}

#[derive(Debug)]
pub struct Payment {
    pub tx_ref: String,
    /// Chapa's own, `AP…`.
    pub reference: String,
    /// What the address of its payment page ends in.
    pub link: String,
    pub created_ms: i64,
    pub updated_ms: i64,
    pub amount: i64,
    pub charge: i64,
    pub currency: &'static str,
    pub mode: &'static str,
    pub status: Status,
    pub method: Option<&'static str>,
    pub customer: Customer,
    pub callback_url: Option<String>,
    pub return_url: Option<String>,
    /// Title, description, logo.
    pub customization: [Option<String>; 3],
    pub meta: Value,
    /// How the customer paid, which decides how refunds go.
    pub course: Course,
    pub refunds: Vec<String>,
    /// Refunds that were not reversed, those under way included.
    pub refunded: i64,
    pub timeline: Vec<Moment>,
}

/// Lines that a timeline keeps; an open page can be declined for ever.
const MOMENTS: usize = 100;

impl Payment {
    pub fn captured(&self) -> i64 {
        if self.status == Status::Success { self.amount } else { 0 }
    }

    pub fn note(&mut self, at_ms: i64, kind: &'static str, message: impl Into<String>) {
        self.updated_ms = at_ms;
        if self.timeline.len() < MOMENTS {
            self.timeline.push(Moment { at_ms, kind, message: message.into() });
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefundStatus {
    Initiated,
    Processing,
    Refunded,
    Reversed,
}

impl RefundStatus {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Initiated => "initiated",
            Self::Processing => "processing",
            Self::Refunded => "refunded",
            Self::Reversed => "reversed",
        }
    }

    pub fn is_under_way(self) -> bool {
        matches!(self, Self::Initiated | Self::Processing)
    }
}

#[derive(Debug)]
pub struct Refund {
    pub ref_id: String,
    /// The caller's own, unique in the business.
    pub reference: Option<String>,
    pub tx_ref: String,
    /// Of the payment, `AP…`.
    pub payment_reference: String,
    pub created_ms: i64,
    pub updated_ms: i64,
    pub amount: i64,
    pub currency: &'static str,
    pub reason: Option<String>,
    pub meta: Value,
    pub status: RefundStatus,
    pub course: Course,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransferStatus {
    /// The merchant's own server has yet to agree; Chapa calls it pending too.
    Unapproved,
    Pending,
    Success,
    Failed,
    Reverted,
}

impl TransferStatus {
    /// The sandbox's own word, for the control API; Chapa's are a setting.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unapproved => "unapproved",
            Self::Pending => "pending",
            Self::Success => "success",
            Self::Failed => "failed",
            Self::Reverted => "reverted",
        }
    }

    pub fn is_under_way(self) -> bool {
        matches!(self, Self::Unapproved | Self::Pending)
    }
}

#[derive(Debug)]
pub struct Transfer {
    /// The caller's own, unique.
    pub reference: String,
    pub chapa_reference: String,
    pub chapa_transfer_id: String,
    /// The bank's own, once the money has arrived.
    pub bank_reference: Option<String>,
    pub batch: Option<u32>,
    pub created_ms: i64,
    pub updated_ms: i64,
    pub account_name: String,
    pub account_number: String,
    pub bank: &'static Bank,
    pub amount: i64,
    pub currency: &'static str,
    pub mode: &'static str,
    pub status: TransferStatus,
}

#[derive(Debug)]
pub struct Event {
    /// Chapa's events have no id: this is the sandbox's, for its control API.
    pub id: String,
    pub created_ms: i64,
    pub kind: &'static str,
    /// The `tx_ref` or the reference of the transfer that it is about.
    pub object: String,
    /// As it is delivered.
    pub body: axum::body::Bytes,
}
