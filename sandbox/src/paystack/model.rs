//! What the sandbox remembers of transactions and refunds: only what a caller can see or change.
//! Amounts are as they travel, hundredths of the currency; times are milliseconds since the epoch.

use serde_json::Value;

use super::outcome::{Recharge, RefundCourse};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Made and not paid. Not final: the customer may still pay.
    Abandoned,
    Ongoing,
    Pending,
    Processing,
    Queued,
    Success,
    /// The last attempt failed. The customer may try again.
    Failed,
    /// Refunded in full.
    Reversed,
}

pub const STATUSES: [Status; 8] = [
    Status::Abandoned,
    Status::Ongoing,
    Status::Pending,
    Status::Processing,
    Status::Queued,
    Status::Success,
    Status::Failed,
    Status::Reversed,
];

impl Status {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Abandoned => "abandoned",
            Self::Ongoing => "ongoing",
            Self::Pending => "pending",
            Self::Processing => "processing",
            Self::Queued => "queued",
            Self::Success => "success",
            Self::Failed => "failed",
            Self::Reversed => "reversed",
        }
    }

    /// Whether the customer may act on the payment page.
    pub fn is_payable(self) -> bool {
        matches!(self, Self::Abandoned | Self::Failed)
    }

    pub fn is_under_way(self) -> bool {
        matches!(self, Self::Ongoing | Self::Pending | Self::Processing | Self::Queued)
    }

    pub fn is_paid(self) -> bool {
        matches!(self, Self::Success | Self::Reversed)
    }
}

/// One for every email.
#[derive(Debug, Clone)]
pub struct Customer {
    pub id: i64,
    pub code: String,
    pub email: String,
}

/// A card that was charged, which may be charged again.
#[derive(Debug, Clone)]
pub struct Authorization {
    pub code: String,
    pub signature: String,
    pub bin: String,
    pub last4: String,
    pub brand: &'static str,
    pub email: String,
    pub recharge: Recharge,
    pub refunds: RefundCourse,
}

/// One line of the transaction's log.
#[derive(Debug)]
pub struct Attempt {
    pub at_ms: i64,
    pub message: String,
    pub worked: bool,
}

#[derive(Debug)]
pub struct Transaction {
    pub id: i64,
    pub reference: String,
    /// None for a saved card, which has no page.
    pub access_code: Option<String>,
    pub created_ms: i64,
    pub status: Status,
    pub requested: i64,
    /// What is or was taken.
    pub amount: i64,
    pub currency: String,
    pub customer: Customer,
    pub callback_url: Option<String>,
    /// What the page shows in place of the e-mail address.
    pub label: Option<String>,
    /// An object, or a text that is none.
    pub metadata: Option<Value>,
    pub channel: &'static str,
    pub gateway_response: String,
    pub paid_ms: Option<i64>,
    pub fees: Option<i64>,
    pub authorization: Option<Authorization>,
    pub attempts: Vec<Attempt>,
    /// How the customer paid, which decides how refunds go.
    pub course: RefundCourse,
    pub refunds: Vec<String>,
    /// Refunds that have not failed, those under way included.
    pub refunded: i64,
}

impl Transaction {
    pub fn captured(&self) -> i64 {
        if self.status.is_paid() { self.amount } else { 0 }
    }
}

/// What Paystack takes of a payment: the published rates for Nigeria, one rate elsewhere.
pub fn fee(amount: i64, currency: &str) -> i64 {
    if currency != "NGN" {
        return amount * 29 / 1000;
    }
    let flat = if amount >= 250_000 { 10_000 } else { 0 };
    (amount * 15 / 1000 + flat).min(200_000)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RefundStatus {
    Pending,
    Processing,
    NeedsAttention,
    Processed,
    Failed,
}

impl RefundStatus {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Processing => "processing",
            Self::NeedsAttention => "needs-attention",
            Self::Processed => "processed",
            Self::Failed => "failed",
        }
    }

    pub fn event(self) -> &'static str {
        match self {
            Self::Pending => "refund.pending",
            Self::Processing => "refund.processing",
            Self::NeedsAttention => "refund.needs-attention",
            Self::Processed => "refund.processed",
            Self::Failed => "refund.failed",
        }
    }

    /// Whether a refund may go from here to there.
    pub fn may_become(self, next: Self) -> bool {
        match self {
            Self::Pending => next != Self::Pending,
            Self::Processing | Self::NeedsAttention => next != Self::Pending && next != self,
            Self::Processed | Self::Failed => false,
        }
    }
}

#[derive(Debug)]
pub struct Refund {
    pub id: i64,
    pub created_ms: i64,
    pub updated_ms: i64,
    pub expected_ms: i64,
    pub transaction: i64,
    pub reference: String,
    pub amount: i64,
    pub currency: String,
    pub channel: &'static str,
    pub customer_note: String,
    pub merchant_note: String,
    pub status: RefundStatus,
    /// What becomes of it when it settles.
    pub course: RefundCourse,
    /// The bank's number for it, once it has one.
    pub bank_reference: Option<String>,
    pub dispute: Option<i64>,
    pub customer: Customer,
    /// What was paid with the transaction.
    pub transaction_amount: i64,
}

#[derive(Debug)]
pub struct Event {
    pub id: String,
    pub created_ms: i64,
    pub kind: &'static str,
    /// The reference or code of what it is about.
    pub about: String,
    /// As it is delivered.
    pub body: axum::body::Bytes,
}

#[cfg(test)]
mod tests {
    use super::fee;

    #[test]
    fn fees_follow_the_published_rates() {
        assert_eq!(fee(39_100, "NGN"), 586);
        assert_eq!(fee(500_000, "NGN"), 17_500);
        assert_eq!(fee(100_000_000, "NGN"), 200_000);
        assert_eq!(fee(100_000, "GHS"), 2_900);
        assert_eq!(fee(99_900, "GHS"), 2_897);
    }
}
