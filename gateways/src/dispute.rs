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
    pub amount: Money,
    /// The gateway's word for why.
    pub reason: Option<String>,
    /// Until when evidence is taken, unix seconds.
    pub due_by: Option<i64>,
}
