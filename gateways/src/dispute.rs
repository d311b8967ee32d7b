//! Chargebacks in neutral words: a customer's bank takes the money back, unless the merchant is right.

use money::Money;

/// Where a dispute stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DisputeState {
    /// An inquiry: no money has moved.
    Warning,
    /// The money is gone for now; evidence is awaited or looked at. Also for words this version does not know.
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

/// What is disputed. It is shown to people and never booked, so one that can't be read as money is shown as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DisputedAmount {
    Money(Money),
    /// The gateway's own number and currency, as `500000 isk`: the currency, or what it is divided into, is not known.
    AsTold(String),
}

impl DisputedAmount {
    /// `told` stands for what could not be read.
    pub(crate) fn of<E>(money: Result<Money, E>, told: impl FnOnce() -> String) -> Self {
        money.map_or_else(|_| Self::AsTold(told()), Self::Money)
    }
}

/// What a gateway says about a dispute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DisputeView {
    /// The gateway's name for it, as `dp_…`.
    pub reference: String,
    /// [`crate::PaymentView::payment_reference`] of the disputed payment, if it was named.
    pub payment_reference: Option<String>,
    /// [`crate::PaymentView::reference`] of it, if it was named.
    pub page_reference: Option<String>,
    pub state: DisputeState,
    pub amount: DisputedAmount,
    /// The gateway's word for why.
    pub reason: Option<String>,
    /// Until when evidence is taken, unix seconds.
    pub due_by: Option<i64>,
}
