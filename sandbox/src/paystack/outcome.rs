//! What the customer can do on the payment page: the vendor's test cards, methods that settle later,
//! walking away; and what that means for refunds and for charging the saved card again. The table is
//! what the page, the index and the README show.

use super::model::Status;
use crate::payment_page::Choice;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Pay,
    Decline,
    InsufficientFunds,
    TimeOut,
    PayRefundFails,
    PayRefundNeedsAttention,
    /// Half of the amount arrives.
    PayPart,
    /// Pays now; charging the saved card again is declined.
    PaySavedDeclines,
    /// Pays now; charging the saved card again takes its time.
    PaySavedPends,
    /// `ongoing`, paid when it settles.
    PayLater,
    /// `processing`, failed when it settles.
    FailLater,
    Leave,
}

/// How refunds of a transaction go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefundCourse {
    Plain,
    Fails,
    NeedsAttention,
}

/// How charging a saved card again goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recharge {
    Works,
    Declines,
    Pends,
}

pub const CHOICES: [Choice<Outcome>; 12] = [
    choice(
        Outcome::Pay,
        "pay",
        Some("4084084084084081"),
        "4084 0840 8408 4081",
        "Payment succeeds; refunds go through pending and processing to processed",
    ),
    choice(
        Outcome::Decline,
        "decline",
        Some("4084080000005408"),
        "4084 0800 0000 5408",
        "Declined; the transaction is failed and can be tried again",
    ),
    choice(
        Outcome::InsufficientFunds,
        "insufficient_funds",
        Some("4084080000009995"),
        "4084 0800 0000 9995",
        "Declined for insufficient funds; the transaction is failed and can be tried again",
    ),
    choice(
        Outcome::TimeOut,
        "timeout",
        Some("506066506066506067"),
        "5060 6650 6066 5060 67",
        "The bank does not answer; the transaction is failed and can be tried again",
    ),
    choice(
        Outcome::PayRefundFails,
        "refund_fails",
        Some("4084080000001803"),
        "4084 0800 0000 1803",
        "Payment succeeds; a refund fails",
    ),
    choice(
        Outcome::PayRefundNeedsAttention,
        "refund_needs_attention",
        Some("4084080000001902"),
        "4084 0800 0000 1902",
        "Payment succeeds; a refund stops at needs-attention until it is retried with an account",
    ),
    choice(
        Outcome::PaySavedDeclines,
        "saved_card_declines",
        Some("4084080000002001"),
        "4084 0800 0000 2001",
        "Payment succeeds; charge_authorization with the saved card is failed",
    ),
    choice(
        Outcome::PaySavedPends,
        "saved_card_pends",
        Some("4084080000002002"),
        "4084 0800 0000 2002",
        "Payment succeeds; charge_authorization with the saved card is pending and succeeds later",
    ),
    choice(
        Outcome::PayPart,
        "pay_part",
        None,
        "Bank transfer of half the amount",
        "success, but amount is half of requested_amount",
    ),
    choice(
        Outcome::PayLater,
        "async_succeeds",
        None,
        "Bank transfer that arrives later",
        "Back in the shop while ongoing, success a little later",
    ),
    choice(
        Outcome::FailLater,
        "async_fails",
        None,
        "Bank debit that bounces",
        "Back in the shop while processing, failed a little later; no webhook tells",
    ),
    choice(
        Outcome::Leave,
        "leave",
        None,
        "Leave without paying",
        "To the metadata's cancel_action, if there is one; the transaction stays abandoned and payable",
    ),
];

const fn choice(
    outcome: Outcome,
    name: &'static str,
    number: Option<&'static str>,
    label: &'static str,
    effect: &'static str,
) -> Choice<Outcome> {
    Choice { outcome, name, number, label, effect }
}

impl Outcome {
    /// What the bank says to an attempt that fails at once.
    pub fn refusal(self) -> Option<&'static str> {
        match self {
            Self::Decline => Some("Declined"),
            Self::InsufficientFunds => Some("Insufficient Funds"),
            Self::TimeOut => Some("Transaction timed out"),
            Self::Pay
            | Self::PayRefundFails
            | Self::PayRefundNeedsAttention
            | Self::PayPart
            | Self::PaySavedDeclines
            | Self::PaySavedPends
            | Self::PayLater
            | Self::FailLater
            | Self::Leave => None,
        }
    }

    /// The state until it settles, for what does not settle at once.
    pub fn under_way(self) -> Option<Status> {
        match self {
            Self::PayLater => Some(Status::Ongoing),
            Self::FailLater => Some(Status::Processing),
            Self::Pay
            | Self::Decline
            | Self::InsufficientFunds
            | Self::TimeOut
            | Self::PayRefundFails
            | Self::PayRefundNeedsAttention
            | Self::PayPart
            | Self::PaySavedDeclines
            | Self::PaySavedPends
            | Self::Leave => None,
        }
    }

    pub fn channel(self) -> &'static str {
        match self {
            Self::PayPart | Self::PayLater => "bank_transfer",
            Self::FailLater => "bank",
            Self::Pay
            | Self::Decline
            | Self::InsufficientFunds
            | Self::TimeOut
            | Self::PayRefundFails
            | Self::PayRefundNeedsAttention
            | Self::PaySavedDeclines
            | Self::PaySavedPends
            | Self::Leave => "card",
        }
    }

    /// The number of the card that stands for it.
    pub fn card(self) -> Option<&'static str> {
        CHOICES.iter().find(|choice| choice.outcome == self).and_then(|choice| choice.number)
    }

    pub fn refund_course(self) -> RefundCourse {
        if self == Self::PayRefundFails {
            RefundCourse::Fails
        } else if self == Self::PayRefundNeedsAttention {
            RefundCourse::NeedsAttention
        } else {
            RefundCourse::Plain
        }
    }

    pub fn recharge(self) -> Recharge {
        if self == Self::PaySavedDeclines {
            Recharge::Declines
        } else if self == Self::PaySavedPends {
            Recharge::Pends
        } else {
            Recharge::Works
        }
    }
}
