//! Payments in neutral words: what we ask for, and what a gateway says has become of it.
//!
//! No gateway's own word appears here but as the detail of [`PaymentView::failure_reason`].

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
/// A repeat of the call must carry equal fields: a gateway answers the same key with other
/// parameters by an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreatePayment {
    /// The payment attempt; the idempotency key is made from it.
    pub attempt_id: Uuid,
    pub order_id: Uuid,
    /// What the customer knows the order by.
    pub order_number: String,
    /// What is to be captured, all included.
    pub amount: Money,
    /// Everything that makes up `amount`: goods, and shipping and tax as lines of their own. Lines that
    /// do not sum to `amount` are left out, and the page shows one line with the order number.
    pub lines: Vec<PaymentLine>,
    pub customer_email: Option<String>,
    pub customer_name: Option<String>,
    /// As the customer wrote it.
    pub customer_phone: Option<String>,
    /// Where the browser goes after paying. The literal `{CHECKOUT_SESSION_ID}` is filled in by Stripe. A gateway that
    /// knows one address for all outcomes is given this one.
    pub success_url: String,
    pub cancel_url: String,
    /// When the attempt was recorded, unix seconds: fixed, so that repeats are equal. Limits on
    /// `expires_at` count from here.
    pub attempt_created_at: i64,
    /// When the page should close, unix seconds; moved into the limits the gateway sets.
    pub expires_at: i64,
}

/// An open payment page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostedPayment {
    /// The gateway's name for it, as `cs_…`.
    pub reference: String,
    /// Where to send the customer.
    pub redirect_url: String,
    /// When the gateway will close it, unix seconds.
    pub expires_at: Option<i64>,
}

/// Where a payment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PaymentState {
    /// The customer can still pay; a declined attempt leaves it here.
    Open,
    /// The customer has done their part and the money is not there yet, or the gateway used a word
    /// this version does not know.
    Processing,
    /// The money is ours.
    Captured,
    /// It was tried and came to nothing; it can't be paid any more.
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

/// What a gateway says about a payment. Nothing in it has been compared with our records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentView {
    /// The payment page, as `cs_…`; absent where an event speaks of the money movement only.
    pub reference: Option<String>,
    /// The money movement, as `pi_…`; what a refund refers to. Absent until the customer pays.
    pub payment_reference: Option<String>,
    pub state: PaymentState,
    /// Captured: what was taken. Otherwise: what is asked for.
    pub amount: Money,
    /// The attempt we sent along, if it is one of ours.
    pub our_attempt: Option<Uuid>,
    /// The order we sent along, if it is one of ours.
    pub our_order: Option<Uuid>,
    /// What went wrong last. An open page may have one: the customer can try again there.
    pub failure_reason: Option<FailureReason>,
}

/// What tells a captured payment from all others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentName {
    /// [`PaymentView::reference`].
    pub page_reference: String,
    /// [`PaymentView::payment_reference`].
    pub payment_reference: String,
    /// It was not paid before this, unix seconds.
    pub since: i64,
}

/// What became of the wish to close a payment page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expired {
    /// It can't be paid any more, and no money was taken.
    Closed,
    /// The customer was faster.
    AlreadyPaid(PaymentView),
    /// The customer was faster and the money is on its way (a bank debit): wait for the event.
    StillProcessing(PaymentView),
    /// Nothing was taken so far, and this gateway has no way to close a page: it may be paid yet. What comes is a late
    /// payment.
    LeftOpen,
}
