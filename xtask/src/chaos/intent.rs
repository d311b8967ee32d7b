//! What customers want of an order once it is placed, and how often.

/// What a customer is going to do with an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Intent {
    Pay,
    PaySlowly,
    Decline,
    /// Pays after all, at another page: of the same gateway or another.
    PayElsewhere,
    Leave,
    CancelUnpaid,
    CancelWhilePaying,
    CancelPaid,
    RefundInParts,
    RefundRace,
    Cash,
    CashThenCancel,
}

pub const INTENTS: [(u64, Intent); 12] = [
    (28, Intent::Pay),
    (4, Intent::PaySlowly),
    (6, Intent::Decline),
    (14, Intent::PayElsewhere),
    (8, Intent::Leave),
    (8, Intent::CancelUnpaid),
    (8, Intent::CancelWhilePaying),
    (6, Intent::CancelPaid),
    (8, Intent::RefundInParts),
    (8, Intent::RefundRace),
    (10, Intent::Cash),
    (6, Intent::CashThenCancel),
];

impl Intent {
    pub fn is_cash(self) -> bool {
        match self {
            Self::Cash | Self::CashThenCancel => true,
            Self::Pay
            | Self::PaySlowly
            | Self::Decline
            | Self::PayElsewhere
            | Self::Leave
            | Self::CancelUnpaid
            | Self::CancelWhilePaying
            | Self::CancelPaid
            | Self::RefundInParts
            | Self::RefundRace => false,
        }
    }
}
