//! Refunds in neutral words: our requests, and the gateway's view of the result.
//!
//! The caller decides beforehand whether a refund may be requested at all.

use money::Money;
use uuid::Uuid;

/// The reason of a refund, in the words that gateways know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RefundReason {
    RequestedByCustomer,
    Duplicate,
    Fraudulent,
    /// None of these; the gateway is not told.
    Other,
}

/// The references that distinguish a refund from all others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundName {
    /// Our refund; the idempotency key is made from it. Version 7: its time shows how old the key is.
    pub refund_id: Uuid,
    /// [`RefundView::reference`], once it is known.
    pub reference: Option<String>,
    /// [`crate::PaymentView::reference`] of the captured payment.
    pub page_reference: String,
    /// [`crate::PaymentView::payment_reference`] of it.
    pub payment_reference: String,
    pub amount: Money,
    /// [`RefundView::reference`] of the other known refunds of the payment. If a gateway does not return our id, a
    /// refund that is none of these must be this one.
    pub others: Vec<String>,
}

/// Money to be paid back. A repeat of the call must have equal fields, except for [`RefundName::others`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateRefund {
    pub name: RefundName,
    pub order_id: Uuid,
    pub reason: RefundReason,
}

/// The state of a refund. `Succeeded` is not final: a bank may return the money, and it becomes `Failed`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RefundState {
    /// In progress, or the gateway used a word that this version does not know.
    Pending,
    Succeeded,
    /// The money is back with us.
    Failed,
    Cancelled,
    /// The customer must do something first, such as give bank details.
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

/// A gateway's view of a refund.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundView {
    /// The gateway's reference of it, such as `re_…`.
    pub reference: String,
    pub state: RefundState,
    pub amount: Money,
    /// The refund id that we sent along; absent for a refund made by hand at the gateway.
    pub our_refund: Option<Uuid>,
    /// The gateway's word for the failure, such as `expired_or_canceled_card`.
    pub failure_reason: Option<String>,
}
