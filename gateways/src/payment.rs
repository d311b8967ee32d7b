//! Payments in neutral words: our requests, and the gateway's view of the result.
//!
//! A gateway's own word appears only as the detail of [`PaymentView::failure_reason`].

use money::Money;
use uuid::Uuid;

use crate::FailureReason;

/// One row of the bill, as the customer sees it on the payment page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentLine {
    pub name: String,
    pub unit_price: Money,
    pub quantity: u32,
}

/// A payment page to be opened.
///
/// A repeat of the call must have equal fields: a gateway answers the same key with other parameters by an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreatePayment {
    /// The payment attempt; the idempotency key is made from it.
    pub attempt_id: Uuid,
    pub order_id: Uuid,
    /// The order number that the customer knows.
    pub order_number: String,
    /// The total to be captured.
    pub amount: Money,
    /// Everything that makes up `amount`: goods, and shipping and tax as separate lines. Lines that do not sum to
    /// `amount` are left out, and the page shows one line with the order number.
    pub lines: Vec<PaymentLine>,
    pub customer_email: Option<String>,
    pub customer_name: Option<String>,
    /// As the customer wrote it.
    pub customer_phone: Option<String>,
    /// Where the browser goes after paying. Stripe fills in the literal `{CHECKOUT_SESSION_ID}`. A gateway with one
    /// address for all outcomes gets this one.
    pub success_url: String,
    pub cancel_url: String,
    /// When the attempt was recorded, in unix seconds: fixed, so that repeats are equal. Limits on `expires_at` count
    /// from here.
    pub attempt_created_at: i64,
    /// When the page should close, in unix seconds; moved into the limits of the gateway.
    pub expires_at: i64,
}

/// An open payment page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostedPayment {
    /// The gateway's reference of it, such as `cs_…`.
    pub reference: String,
    /// Where to send the customer.
    pub redirect_url: String,
    /// When the gateway will close it, in unix seconds.
    pub expires_at: Option<i64>,
}

/// The state of a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PaymentState {
    /// The customer can still pay; a declined try leaves it here.
    Open,
    /// The customer has finished and the money has not arrived yet, or the gateway used a word that this version does
    /// not know.
    Processing,
    /// The money was captured.
    Captured,
    /// It was tried and failed; it can't be paid any more.
    Failed,
    /// Closed before it was paid; it can't be paid any more.
    Expired,
    /// The customer has agreed, and the merchant must take the money: [`crate::Gateway::finish_payment`].
    AwaitsFinish,
}

impl PaymentState {
    /// The word for logs and metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Processing => "processing",
            Self::Captured => "captured",
            Self::Failed => "failed",
            Self::Expired => "expired",
            Self::AwaitsFinish => "awaits_finish",
        }
    }
}

/// A gateway's view of a payment. Nothing in it has been compared with our records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentView {
    /// The payment page, such as `cs_…`; absent if an event concerns the money movement only.
    pub reference: Option<String>,
    /// The money movement, such as `pi_…`, to which refunds refer. Absent until the customer pays.
    pub payment_reference: Option<String>,
    pub state: PaymentState,
    /// If captured, the captured amount, otherwise the requested one.
    pub amount: Money,
    /// The attempt id that we sent along, if it is one of ours.
    pub our_attempt: Option<Uuid>,
    /// The order id that we sent along, if it is one of ours.
    pub our_order: Option<Uuid>,
    /// The last failure. An open page may have one: the customer can try again there.
    pub failure_reason: Option<FailureReason>,
}

/// The references that identify a captured payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentName {
    /// [`PaymentView::reference`].
    pub page_reference: String,
    /// [`PaymentView::payment_reference`].
    pub payment_reference: String,
    /// It was not paid before this time, in unix seconds.
    pub since: i64,
}

/// The result of a request to close a payment page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expired {
    /// It can't be paid any more, and no money was taken.
    Closed,
    /// The customer paid first.
    AlreadyPaid(PaymentView),
    /// The customer agreed first, and the money has not arrived yet (a bank debit): wait for the event.
    StillProcessing(PaymentView),
    /// No money was taken so far, and this gateway can't close a page: it may still be paid. Such a payment is late.
    LeftOpen,
}
