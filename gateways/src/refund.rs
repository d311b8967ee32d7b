//! Refunds in neutral words: what we ask for, and what a gateway says has become of it.
//!
//! Whether a refund may be asked for at all is decided by the caller, before.

use money::Money;
use uuid::Uuid;

/// Why money goes back, in the words gateways know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RefundReason {
    RequestedByCustomer,
    Duplicate,
    Fraudulent,
    /// None of these; the gateway is not told.
    Other,
}

/// What tells a refund from all others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundName {
    /// Our refund; the idempotency key is made from it. Version 7, whose time tells when the key began.
    pub refund_id: Uuid,
    /// [`RefundView::reference`], once it is known.
    pub reference: Option<String>,
    /// [`crate::PaymentView::reference`] of the captured payment.
    pub page_reference: String,
    /// [`crate::PaymentView::payment_reference`] of it.
    pub payment_reference: String,
    pub amount: Money,
    /// [`RefundView::reference`] of the other refunds of the payment that we know: where a gateway does not carry our
    /// id, one that is none of these must be this.
    pub others: Vec<String>,
}

/// Money to be paid back. A repeat of the call must carry equal fields, but for [`RefundName::others`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateRefund {
    pub name: RefundName,
    pub order_id: Uuid,
    pub reason: RefundReason,
}

/// Where a refund stands. `Succeeded` is not the end: a bank may send it back, and it becomes `Failed`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RefundState {
    /// On its way, or the gateway used a word this version does not know.
    Pending,
    Succeeded,
    /// The money is back with us.
    Failed,
    Cancelled,
    /// The customer must do something first, as give bank details.
    NeedsAction,
}

impl RefundState {
    /// The word for logs and metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::NeedsAction => "needs_action",
        }
    }
}

/// What a gateway says about a refund.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundView {
    /// The gateway's name for it, as `re_…`.
    pub reference: String,
    pub state: RefundState,
    pub amount: Money,
    /// The refund we sent along; absent for one made by hand at the gateway.
    pub our_refund: Option<Uuid>,
    /// The gateway's word for what went wrong, as `expired_or_canceled_card`.
    pub failure_reason: Option<String>,
}
