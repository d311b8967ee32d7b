//! Why a payment failed, in words that all gateways share.
//!
//! The list is closed, so that a shop can show a text for each. A gateway's own word is stored with it, for operators.

/// Why a payment failed, as far as it matters to the customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FailureCode {
    /// The bank or the wallet declined without a reason.
    Declined,
    InsufficientFunds,
    /// The customer could not be authenticated: a wrong PIN, an expired code, or 3-D Secure failed.
    AuthenticationFailed,
    /// The card or the wallet can't be used: a wrong number, an expired card, or another kind of wallet.
    InvalidDetails,
    /// The gateway considers it a repetition of a payment made a moment ago.
    RepeatedTooSoon,
    /// The customer left the page.
    Abandoned,
    /// The page expired.
    Expired,
    /// The gateway does not accept this amount or this currency.
    AmountNotSupported,
    /// Our settings, our key or our permissions are wrong: operators must act.
    Misconfigured,
    /// Refused for another reason. Also used for an answer that we can't use.
    Refused,
}

impl FailureCode {
    /// Every code.
    pub const ALL: &'static [Self] = &[
        Self::Declined,
        Self::InsufficientFunds,
        Self::AuthenticationFailed,
        Self::InvalidDetails,
        Self::RepeatedTooSoon,
        Self::Abandoned,
        Self::Expired,
        Self::AmountNotSupported,
        Self::Misconfigured,
        Self::Refused,
    ];
}

/// A code with the gateway's own word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailureReason {
    pub code: FailureCode,
    /// Such as `do_not_honor` or `2023`. Safe for logs, and for operators only.
    pub detail: Option<String>,
}

impl FailureReason {
    pub(crate) fn new(code: FailureCode, detail: impl Into<String>) -> Self {
        Self { code, detail: Some(detail.into()) }
    }

    /// A code without a word of the gateway.
    pub(crate) fn of(code: FailureCode) -> Self {
        Self { code, detail: None }
    }
}

/// The code for a free text, for gateways without codes. A text that says nothing known is a plain decline.
pub(crate) fn told_by(text: &str) -> FailureCode {
    let text = text.to_ascii_lowercase();
    let says = |parts: &[&str]| parts.iter().any(|part| text.contains(part));
    let mut words = text.split(|letter: char| !letter.is_alphanumeric());
    if says(&["insufficient", "not enough"]) {
        FailureCode::InsufficientFunds
    } else if says(&["authenticat"]) || words.any(|word| matches!(word, "pin" | "otp" | "3ds" | "3d")) {
        FailureCode::AuthenticationFailed
    } else if says(&[
        "expired card",
        "invalid card",
        "incorrect card",
        "cvv",
        "invalid account",
        "not permitted",
    ]) {
        FailureCode::InvalidDetails
    } else if says(&["cancel", "abandon", "not completed"]) {
        FailureCode::Abandoned
    } else {
        FailureCode::Declined
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn free_texts_are_told_apart_and_anything_else_is_a_decline() {
        for (text, code) in [
            ("Declined", FailureCode::Declined),
            ("Insufficient Funds", FailureCode::InsufficientFunds),
            ("Incorrect PIN", FailureCode::AuthenticationFailed),
            ("Declined in shopping mode", FailureCode::Declined),
            ("3DS authentication failed", FailureCode::AuthenticationFailed),
            ("Expired card", FailureCode::InvalidDetails),
            ("Transaction timed out", FailureCode::Declined),
            ("failed/cancelled", FailureCode::Abandoned),
            ("", FailureCode::Declined),
        ] {
            assert_eq!(told_by(text), code, "{text}");
        }
    }
}
