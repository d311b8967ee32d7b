//! What the customer can do on the payment page: the test cards, methods that settle later, and
//! walking away. The table is what the page, the index and the README show.

use super::model::Decline;
use crate::payment_page::Choice;

/// What happens when the customer pays, and later to refunds of the payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Course {
    Plain,
    /// Refunds start `pending` and succeed when they settle.
    RefundPends,
    /// Refunds are reported `succeeded` and fail when they settle.
    RefundBounces,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Pay,
    PayRefundPends,
    PayRefundBounces,
    Decline,
    InsufficientFunds,
    /// Complete but unpaid, paid when it settles.
    PayLater,
    /// Complete but unpaid, failed when it settles.
    FailLater,
    Leave,
}

pub const CHOICES: [Choice<Outcome>; 8] = [
    Choice {
        outcome: Outcome::Pay,
        name: "pay",
        number: Some("4242424242424242"),
        label: "4242 4242 4242 4242",
        effect: "Payment succeeds",
    },
    Choice {
        outcome: Outcome::Decline,
        name: "decline",
        number: Some("4000000000000002"),
        label: "4000 0000 0000 0002",
        effect: "Declined; the session stays open for another try",
    },
    Choice {
        outcome: Outcome::InsufficientFunds,
        name: "insufficient_funds",
        number: Some("4000000000009995"),
        label: "4000 0000 0000 9995",
        effect: "Declined for insufficient funds; the session stays open",
    },
    Choice {
        outcome: Outcome::PayRefundPends,
        name: "refund_pending",
        number: Some("4000000000007726"),
        label: "4000 0000 0000 7726",
        effect: "Payment succeeds; a refund starts pending and succeeds later",
    },
    Choice {
        outcome: Outcome::PayRefundBounces,
        name: "refund_fails",
        number: Some("4000000000005126"),
        label: "4000 0000 0000 5126",
        effect: "Payment succeeds; a refund is reported succeeded and fails later",
    },
    Choice {
        outcome: Outcome::PayLater,
        name: "async_succeeds",
        number: None,
        label: "Bank debit that goes through",
        effect: "Complete but unpaid, paid a little later",
    },
    Choice {
        outcome: Outcome::FailLater,
        name: "async_fails",
        number: None,
        label: "Bank debit that bounces",
        effect: "Complete but unpaid, failed a little later",
    },
    Choice {
        outcome: Outcome::Leave,
        name: "leave",
        number: None,
        label: "Leave without paying",
        effect: "Back to the shop; the session stays open",
    },
];

impl Outcome {
    pub fn decline(self) -> Option<Decline> {
        match self {
            Self::Decline => Some(Decline {
                code: "card_declined",
                decline_code: "generic_decline",
                message: "Your card was declined.",
            }),
            Self::InsufficientFunds => Some(Decline {
                code: "card_declined",
                decline_code: "insufficient_funds",
                message: "Your card has insufficient funds.",
            }),
            Self::Pay
            | Self::PayRefundPends
            | Self::PayRefundBounces
            | Self::PayLater
            | Self::FailLater
            | Self::Leave => None,
        }
    }

    pub fn course(self) -> Course {
        match self {
            Self::PayRefundPends => Course::RefundPends,
            Self::PayRefundBounces => Course::RefundBounces,
            Self::Pay
            | Self::Decline
            | Self::InsufficientFunds
            | Self::PayLater
            | Self::FailLater
            | Self::Leave => Course::Plain,
        }
    }
}
