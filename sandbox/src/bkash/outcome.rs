//! What the payer can do on the payment page. The first eight wallets are those of bKash's public
//! sandbox; the rest are this sandbox's own. The table is what the page, the index and the README show.

use crate::payment_page::Choice;

/// What follows when the merchant executes, and later when he refunds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Course {
    Plain,
    /// Executing is refused with this code.
    ExecuteRefused(&'static str),
    /// Refunds start `Pending` and complete when they settle.
    RefundPends,
    /// Refunds start `Pending` and fail when they settle.
    RefundFails,
    /// Refunds are refused: the merchant's balance does not cover them.
    RefundRefused,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Pay,
    /// As `Pay`, from this wallet: bKash refuses the same amount from the same wallet for a while.
    PayFrom(&'static str),
    InsufficientFunds,
    DebitBlocked,
    PayRefundPends,
    PayRefundFails,
    PayRefundRefused,
    WrongPin,
    Decline,
    Leave,
}

const fn wallet(
    outcome: Outcome,
    name: &'static str,
    number: &'static str,
    effect: &'static str,
) -> Choice<Outcome> {
    Choice { outcome, name, number: Some(number), label: number, effect }
}

const fn act(
    outcome: Outcome,
    name: &'static str,
    label: &'static str,
    effect: &'static str,
) -> Choice<Outcome> {
    Choice { outcome, name, number: None, label, effect }
}

const CONFIRMS: &str = "The payer confirms; executing takes the money";

pub const CHOICES: [Choice<Outcome>; 14] = [
    wallet(Outcome::Pay, "pay", "01770618575", CONFIRMS),
    wallet(Outcome::PayFrom("01929918378"), "pay_2", "01929918378", CONFIRMS),
    wallet(Outcome::PayFrom("01770618576"), "pay_3", "01770618576", CONFIRMS),
    wallet(Outcome::PayFrom("01877722345"), "pay_4", "01877722345", CONFIRMS),
    wallet(Outcome::PayFrom("01619777282"), "pay_5", "01619777282", CONFIRMS),
    wallet(Outcome::PayFrom("01619777283"), "pay_6", "01619777283", CONFIRMS),
    wallet(
        Outcome::InsufficientFunds,
        "insufficient_funds",
        "01823074817",
        "The payer confirms; executing is refused with 2023, insufficient balance",
    ),
    wallet(
        Outcome::DebitBlocked,
        "debit_blocked",
        "01823074818",
        "The payer confirms; executing is refused with 2037, the account may not be debited",
    ),
    wallet(
        Outcome::PayRefundPends,
        "refund_pending",
        "01700000001",
        "Pays; a refund starts Pending and completes later",
    ),
    wallet(
        Outcome::PayRefundFails,
        "refund_fails",
        "01700000002",
        "Pays; a refund starts Pending and fails later",
    ),
    wallet(
        Outcome::PayRefundRefused,
        "refund_refused",
        "01700000003",
        "Pays; a refund is refused with 2023: the merchant's balance is too low",
    ),
    act(Outcome::WrongPin, "wrong_pin", "Wrong PIN", "Another try; the third time, back with status=failure"),
    act(Outcome::Decline, "decline", "The wallet declines", "Back to the shop with status=failure"),
    act(Outcome::Leave, "leave", "Leave without paying", "Back to the shop with status=cancel"),
];

impl Outcome {
    /// The payer's number.
    pub fn wallet(self) -> &'static str {
        if let Self::PayFrom(wallet) = self {
            return wallet;
        }
        let choice = CHOICES.iter().find(|choice| choice.outcome == self);
        choice.and_then(|choice| choice.number).unwrap_or("01770618575")
    }

    pub fn course(self) -> Course {
        match self {
            Self::InsufficientFunds => Course::ExecuteRefused("2023"),
            Self::DebitBlocked => Course::ExecuteRefused("2037"),
            Self::PayRefundPends => Course::RefundPends,
            Self::PayRefundFails => Course::RefundFails,
            Self::PayRefundRefused => Course::RefundRefused,
            Self::Pay | Self::PayFrom(_) | Self::WrongPin | Self::Decline | Self::Leave => Course::Plain,
        }
    }
}
