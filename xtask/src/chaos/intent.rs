//! What customers want of an order once it is placed, and how often.

/// What a customer is going to do with an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Intent {
    Pay,
    PaySlowly,
    Decline,
    Leave,
    CancelUnpaid,
    CancelWhilePaying,
    CancelPaid,
    RefundInParts,
    RefundRace,
    Cash,
    CashThenCancel,
}

pub const INTENTS: [(u64, Intent); 11] = [
    (28, Intent::Pay),
    (4, Intent::PaySlowly),
    (6, Intent::Decline),
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
    pub fn payment_method(self) -> &'static str {
        match self {
            Self::Cash | Self::CashThenCancel => "cash_on_delivery",
            Self::Pay
            | Self::PaySlowly
            | Self::Decline
            | Self::Leave
            | Self::CancelUnpaid
            | Self::CancelWhilePaying
            | Self::CancelPaid
            | Self::RefundInParts
            | Self::RefundRace => "stripe",
        }
    }
}
