//! What the customer can do on the payment page: the test numbers, wallets that take their time, and
//! walking away. The tables are what the page, the index and the README show.

use crate::payment_page::Choice;

/// What happens to refunds of a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Course {
    /// Initiated, processing, refunded.
    Refunded,
    /// Initiated, processing, reversed: the customer gets nothing.
    Reversed,
    /// Initiated and processing, until the control API decides.
    Undecided,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Pay,
    PayByCard,
    PayRefundReverses,
    PayRefundStays,
    Decline,
    InsufficientFunds,
    /// The transaction is over, unpaid.
    Fail,
    /// Pending, paid when it settles.
    PayLater,
    /// Pending, failed when it settles.
    FailLater,
    Leave,
}

pub const CHOICES: [Choice<Outcome>; 10] = [
    Choice {
        outcome: Outcome::Pay,
        name: "pay",
        number: Some("0900123456"),
        label: "telebirr 0900 123 456",
        effect: "Payment succeeds",
    },
    Choice {
        outcome: Outcome::PayByCard,
        name: "pay_card",
        number: Some("4242424242424242"),
        label: "Card 4242 4242 4242 4242",
        effect: "Payment succeeds",
    },
    Choice {
        outcome: Outcome::Decline,
        name: "decline",
        number: Some("4000000000000002"),
        label: "Card 4000 0000 0000 0002",
        effect: "Declined; the page stays open, verify still says not paid yet",
    },
    Choice {
        outcome: Outcome::InsufficientFunds,
        name: "insufficient_funds",
        number: Some("4000000000009995"),
        label: "Card 4000 0000 0000 9995",
        effect: "Declined for insufficient funds; the page stays open",
    },
    Choice {
        outcome: Outcome::Fail,
        name: "fail",
        number: Some("0900000001"),
        label: "telebirr 0900 000 001",
        effect: "The transaction fails for good; back to the shop",
    },
    Choice {
        outcome: Outcome::PayLater,
        name: "async_succeeds",
        number: Some("0900000002"),
        label: "telebirr 0900 000 002",
        effect: "Pending, paid a little later",
    },
    Choice {
        outcome: Outcome::FailLater,
        name: "async_fails",
        number: Some("0900000003"),
        label: "telebirr 0900 000 003",
        effect: "Pending, failed a little later",
    },
    Choice {
        outcome: Outcome::PayRefundReverses,
        name: "refund_reversed",
        number: Some("0900000004"),
        label: "telebirr 0900 000 004",
        effect: "Payment succeeds; a refund ends reversed",
    },
    Choice {
        outcome: Outcome::PayRefundStays,
        name: "refund_stays",
        number: Some("0900000005"),
        label: "telebirr 0900 000 005",
        effect: "Payment succeeds; a refund stays processing until the control API decides",
    },
    Choice {
        outcome: Outcome::Leave,
        name: "leave",
        number: None,
        label: "Leave without paying",
        effect: "Nothing happens; the page stays open",
    },
];

impl Outcome {
    /// What the page says to a card that is declined.
    pub fn decline(self) -> Option<&'static str> {
        match self {
            Self::Decline => Some("Your card was declined."),
            Self::InsufficientFunds => Some("Your card has insufficient funds."),
            Self::Pay
            | Self::PayByCard
            | Self::PayRefundReverses
            | Self::PayRefundStays
            | Self::Fail
            | Self::PayLater
            | Self::FailLater
            | Self::Leave => None,
        }
    }

    pub fn course(self) -> Course {
        match self {
            Self::PayRefundReverses => Course::Reversed,
            Self::PayRefundStays => Course::Undecided,
            Self::Pay
            | Self::PayByCard
            | Self::Decline
            | Self::InsufficientFunds
            | Self::Fail
            | Self::PayLater
            | Self::FailLater
            | Self::Leave => Course::Refunded,
        }
    }

    /// Chapa's word for how it was paid; in test mode it says `test`, whatever it was.
    pub fn method(self, mode: &str) -> &'static str {
        match self {
            _ if mode == "test" => "test",
            Self::PayByCard | Self::Decline | Self::InsufficientFunds => "card",
            Self::Pay
            | Self::PayRefundReverses
            | Self::PayRefundStays
            | Self::Fail
            | Self::PayLater
            | Self::FailLater
            | Self::Leave => "telebirr",
        }
    }
}

/// Other things that a number decides: where it stands, and what follows.
pub const NUMBERS: [(&str, &str); 5] = [
    ("a refund whose amount ends in .13", "ends reversed, whatever the payment's number says"),
    ("a refund whose amount ends in .17", "stays processing until the control API decides"),
    ("a transfer to an account that ends in 0002", "fails"),
    ("a transfer to an account that ends in 0003", "is reverted"),
    ("a transfer to an account that ends in 0004", "stays pending until the control API decides"),
];
