//! What the customer can do on the payment page: the test cards, methods that settle later, and
//! walking away. The table is what the page, the index and the README show. The API takes the same
//! as `payment_method`, by Stripe's names for its test methods.

use super::dispute::Accusation;
use super::model::Decline;
use crate::payment_page::Choice;

/// What happens after the customer has paid: to refunds of the payment, or by the bank's doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Course {
    Plain,
    /// Refunds start `pending` and succeed when they settle.
    RefundPends,
    /// Refunds start `pending` and fail when they settle.
    RefundPendsAndFails,
    /// Refunds are reported `succeeded` and fail when they settle.
    RefundBounces,
    /// Refunds wait for the customer's bank details, which come when they settle.
    RefundNeedsDetails,
    /// The payment is disputed when it settles.
    Disputed(Accusation),
    /// The bank warns of fraud when it settles.
    Warned,
    /// The money is available at once.
    Available,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Pay,
    PayRefundPends,
    PayRefundPendsAndFails,
    PayRefundBounces,
    PayRefundNeedsDetails,
    PayAvailable,
    PayDisputed,
    PayNotReceived,
    PayInquiry,
    PayWarned,
    /// The bank wants to know the customer, and does.
    Authenticate,
    /// The bank wants to know the customer, who fails to prove himself.
    AuthenticationFails,
    Decline,
    InsufficientFunds,
    /// Complete but unpaid, paid when it settles.
    PayLater,
    /// Complete but unpaid, failed when it settles.
    FailLater,
    Leave,
}

pub const CHOICES: [Choice<Outcome>; 17] = [
    card(Outcome::Pay, "pay", "4242424242424242", "4242 4242 4242 4242", "Payment succeeds"),
    card(
        Outcome::Decline,
        "decline",
        "4000000000000002",
        "4000 0000 0000 0002",
        "Declined; the session stays open for another try",
    ),
    card(
        Outcome::InsufficientFunds,
        "insufficient_funds",
        "4000000000009995",
        "4000 0000 0000 9995",
        "Declined for insufficient funds; the session stays open",
    ),
    card(
        Outcome::Authenticate,
        "authenticate",
        "4000002500003155",
        "4000 0025 0000 3155",
        "3-D Secure is asked for and passed; payment succeeds",
    ),
    way(
        Outcome::AuthenticationFails,
        "authentication_fails",
        "3-D Secure that is failed",
        "Nothing is taken; the session stays open",
    ),
    card(
        Outcome::PayRefundPends,
        "refund_pending",
        "4000000000007726",
        "4000 0000 0000 7726",
        "Payment succeeds; a refund starts pending and succeeds later",
    ),
    card(
        Outcome::PayRefundBounces,
        "refund_fails",
        "4000000000005126",
        "4000 0000 0000 5126",
        "Payment succeeds; a refund is reported succeeded and fails later",
    ),
    way(
        Outcome::PayRefundPendsAndFails,
        "refund_pending_fails",
        "A closed bank account",
        "Payment succeeds; a refund starts pending and fails later",
    ),
    way(
        Outcome::PayRefundNeedsDetails,
        "refund_requires_action",
        "A method that cannot take money back",
        "Payment succeeds; a refund waits for bank details and succeeds later",
    ),
    card(
        Outcome::PayDisputed,
        "dispute",
        "4000000000000259",
        "4000 0000 0000 0259",
        "Payment succeeds; disputed as fraudulent a little later",
    ),
    card(
        Outcome::PayNotReceived,
        "dispute_not_received",
        "4000000000002685",
        "4000 0000 0000 2685",
        "Payment succeeds; disputed as not received a little later",
    ),
    card(
        Outcome::PayInquiry,
        "inquiry",
        "4000000000001976",
        "4000 0000 0000 1976",
        "Payment succeeds; the bank inquires a little later, no money leaves",
    ),
    card(
        Outcome::PayWarned,
        "fraud_warning",
        "4000000000005423",
        "4000 0000 0000 5423",
        "Payment succeeds; an early fraud warning comes a little later",
    ),
    card(
        Outcome::PayAvailable,
        "available",
        "4000000000000077",
        "4000 0000 0000 0077",
        "Payment succeeds; the money is available at once, whatever the setting",
    ),
    way(
        Outcome::PayLater,
        "async_succeeds",
        "Bank debit that goes through",
        "Complete but unpaid, paid a little later",
    ),
    way(
        Outcome::FailLater,
        "async_fails",
        "Bank debit that bounces",
        "Complete but unpaid, failed a little later",
    ),
    way(Outcome::Leave, "leave", "Leave without paying", "Back to the shop; the session stays open"),
];

const fn card(
    outcome: Outcome,
    name: &'static str,
    number: &'static str,
    label: &'static str,
    effect: &'static str,
) -> Choice<Outcome> {
    Choice { outcome, name, number: Some(number), label, effect }
}

const fn way(
    outcome: Outcome,
    name: &'static str,
    label: &'static str,
    effect: &'static str,
) -> Choice<Outcome> {
    Choice { outcome, name, number: None, label, effect }
}

/// Stripe's names for its test methods. Any outcome is also `pm_sandbox_<outcome>`.
const METHODS: [(&str, Outcome); 16] = [
    ("pm_card_visa", Outcome::Pay),
    ("pm_card_mastercard", Outcome::Pay),
    ("pm_card_chargeDeclined", Outcome::Decline),
    ("pm_card_visa_chargeDeclined", Outcome::Decline),
    ("pm_card_chargeDeclinedInsufficientFunds", Outcome::InsufficientFunds),
    ("pm_card_visa_chargeDeclinedInsufficientFunds", Outcome::InsufficientFunds),
    ("pm_card_authenticationRequired", Outcome::Authenticate),
    ("pm_card_pendingRefund", Outcome::PayRefundPends),
    ("pm_card_refundFail", Outcome::PayRefundBounces),
    ("pm_card_createDispute", Outcome::PayDisputed),
    ("pm_card_createDisputeProductNotReceived", Outcome::PayNotReceived),
    ("pm_card_createDisputeInquiry", Outcome::PayInquiry),
    ("pm_card_createIssuerFraudRecord", Outcome::PayWarned),
    ("pm_card_bypassPending", Outcome::PayAvailable),
    ("pm_usBankAccount_success", Outcome::PayLater),
    ("pm_usBankAccount_noAccount", Outcome::FailLater),
];

const UNKNOWN_CUSTOMER: Decline = Decline {
    kind: "invalid_request_error",
    code: "payment_intent_authentication_failure",
    decline_code: None,
    message: "The provided PaymentMethod has failed authentication.",
};

impl Outcome {
    pub fn of_method(id: &str) -> Option<Self> {
        let named = METHODS.iter().find(|(name, _)| *name == id).map(|(_, outcome)| *outcome);
        let ours = || {
            let name = id.strip_prefix("pm_sandbox_")?;
            CHOICES.iter().find(|choice| choice.name == name && name != "leave").map(|choice| choice.outcome)
        };
        named.or_else(ours)
    }

    pub fn decline(self) -> Option<Decline> {
        let card = |decline_code, message| {
            let decline_code = Some(decline_code);
            Some(Decline { kind: "card_error", code: "card_declined", decline_code, message })
        };
        match self {
            Self::Decline => card("generic_decline", "Your card was declined."),
            Self::InsufficientFunds => card("insufficient_funds", "Your card has insufficient funds."),
            Self::AuthenticationFails => Some(UNKNOWN_CUSTOMER),
            Self::Pay
            | Self::PayRefundPends
            | Self::PayRefundPendsAndFails
            | Self::PayRefundBounces
            | Self::PayRefundNeedsDetails
            | Self::PayAvailable
            | Self::PayDisputed
            | Self::PayNotReceived
            | Self::PayInquiry
            | Self::PayWarned
            | Self::Authenticate
            | Self::PayLater
            | Self::FailLater
            | Self::Leave => None,
        }
    }

    /// Whether the customer must prove himself first.
    pub fn is_challenged(self) -> bool {
        matches!(self, Self::Authenticate | Self::AuthenticationFails)
    }

    pub fn course(self) -> Course {
        match self {
            Self::PayRefundPends => Course::RefundPends,
            Self::PayRefundPendsAndFails => Course::RefundPendsAndFails,
            Self::PayRefundBounces => Course::RefundBounces,
            Self::PayRefundNeedsDetails => Course::RefundNeedsDetails,
            Self::PayAvailable => Course::Available,
            Self::PayDisputed => Course::Disputed(Accusation::Fraudulent),
            Self::PayNotReceived => Course::Disputed(Accusation::ProductNotReceived),
            Self::PayInquiry => Course::Disputed(Accusation::Inquiry),
            Self::PayWarned => Course::Warned,
            Self::Pay
            | Self::Authenticate
            | Self::AuthenticationFails
            | Self::Decline
            | Self::InsufficientFunds
            | Self::PayLater
            | Self::FailLater
            | Self::Leave => Course::Plain,
        }
    }
}
