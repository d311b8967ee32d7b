//! Chargebacks in neutral words: a customer's bank takes the money back, unless the merchant wins the dispute.

use money::Money;

/// The state of a dispute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DisputeState {
    /// An inquiry: no money has moved.
    Warning,
    /// The money is gone for now; evidence is awaited or examined. Also used for words that this version does not know.
    Open,
    /// The money came back.
    Won,
    /// The money stays with the customer.
    Lost,
}

impl DisputeState {
    /// The word for logs and for operators.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::Open => "open",
            Self::Won => "won",
            Self::Lost => "lost",
        }
    }
}

/// The disputed amount. It is shown to people and never booked, so an amount that can't be read as money is shown as
/// the gateway sent it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DisputedAmount {
    Money(Money),
    /// The gateway's own number and currency, such as `500000 isk`: the currency, or its minor unit, is not known.
    AsTold(String),
}

impl DisputedAmount {
    /// `told` is the text for an amount that could not be read.
    pub(crate) fn of<E>(money: Result<Money, E>, told: impl FnOnce() -> String) -> Self {
        money.map_or_else(|_| Self::AsTold(told()), Self::Money)
    }
}

/// A gateway's view of a dispute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DisputeView {
    /// The gateway's reference of it, such as `dp_…`.
    pub reference: String,
    /// [`crate::PaymentView::payment_reference`] of the disputed payment, if it was given.
    pub payment_reference: Option<String>,
    /// [`crate::PaymentView::reference`] of it, if it was given.
    pub page_reference: Option<String>,
    pub state: DisputeState,
    pub amount: DisputedAmount,
    /// The gateway's word for the reason.
    pub reason: Option<String>,
    /// Deadline for evidence, in unix seconds.
    pub due_by: Option<i64>,
}
