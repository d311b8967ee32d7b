//! Why an attempt failed, in the words of customers' frontends and the database.

use serde::{Deserialize, Serialize};

/// Why a payment failed, as far as it matters to the customer. The list is closed; the shop chooses the texts.
///
/// - `declined`: the bank or the wallet declined without a reason. Try another card, wallet or gateway.
/// - `insufficient_funds`: not enough money, or a limit of the card or wallet is reached.
/// - `authentication_failed`: a wrong PIN, an expired code, or 3-D Secure failed. Try again.
/// - `invalid_details`: a wrong number, an expired card, or a wallet of another kind. Check the details.
/// - `repeated_too_soon`: the gateway saw the same payment a moment ago. Wait some minutes.
/// - `abandoned`: the customer left the page. Offer to pay again.
/// - `expired`: the page expired, or it was closed unpaid. Offer to pay again while the order waits.
/// - `replaced`: the customer started another attempt instead.
/// - `amount_not_supported`: the gateway does not take this amount or currency. Offer another gateway.
/// - `misconfigured`: the shop's settings at the gateway are wrong. Offer another gateway; operators must act.
/// - `gateway_unavailable`: the gateway could not be reached. Offer another gateway, or try later.
/// - `refused`: refused for another reason. Offer another gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, sqlx::Type, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[schema(as = PaymentFailure)]
pub enum FailureCode {
    Declined,
    InsufficientFunds,
    AuthenticationFailed,
    InvalidDetails,
    RepeatedTooSoon,
    Abandoned,
    Expired,
    Replaced,
    AmountNotSupported,
    Misconfigured,
    GatewayUnavailable,
    Refused,
}

impl FailureCode {
    /// Every code, in the order of the documents. The check `payments_failure_code_known` has the same words.
    pub const ALL: &'static [Self] = &[
        Self::Declined,
        Self::InsufficientFunds,
        Self::AuthenticationFailed,
        Self::InvalidDetails,
        Self::RepeatedTooSoon,
        Self::Abandoned,
        Self::Expired,
        Self::Replaced,
        Self::AmountNotSupported,
        Self::Misconfigured,
        Self::GatewayUnavailable,
        Self::Refused,
    ];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Declined => "declined",
            Self::InsufficientFunds => "insufficient_funds",
            Self::AuthenticationFailed => "authentication_failed",
            Self::InvalidDetails => "invalid_details",
            Self::RepeatedTooSoon => "repeated_too_soon",
            Self::Abandoned => "abandoned",
            Self::Expired => "expired",
            Self::Replaced => "replaced",
            Self::AmountNotSupported => "amount_not_supported",
            Self::Misconfigured => "misconfigured",
            Self::GatewayUnavailable => "gateway_unavailable",
            Self::Refused => "refused",
        }
    }
}

/// A code, and the gateway's own word for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    pub code: FailureCode,
    /// Such as `do_not_honor` or `2023`: shown to operators only.
    pub detail: Option<String>,
}

impl From<FailureCode> for Failure {
    /// Without the gateway's own word.
    fn from(code: FailureCode) -> Self {
        Self { code, detail: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_the_database_and_of_the_document_are_one() {
        for code in FailureCode::ALL {
            assert_eq!(serde_json::to_value(code).expect("a word"), code.as_str());
        }
    }
}
