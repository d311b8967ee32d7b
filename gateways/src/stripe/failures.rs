//! Stripe's words for what went wrong as neutral codes. Pure.
//!
//! The words follow <https://docs.stripe.com/declines/codes> and <https://docs.stripe.com/error-codes>.

use super::wire::ErrorDetail;
use crate::{FailureCode, FailureReason};

/// The failure of a PaymentIntent's last try.
pub(super) fn reason(error: &ErrorDetail) -> Option<FailureReason> {
    let word = error.decline_code.as_deref().or(error.code.as_deref())?;
    Some(FailureReason::new(known(word).unwrap_or(FailureCode::Declined), word))
}

/// The subject of a refusal of our call. A refused parameter is our own mistake, or one in our settings.
pub(super) fn of_refusal(status: u16, error: &ErrorDetail) -> FailureCode {
    let words = [error.decline_code.as_deref(), error.code.as_deref()];
    match words.into_iter().flatten().find_map(known) {
        Some(code) => code,
        None if error.kind.as_deref() == Some("card_error") => FailureCode::Declined,
        None if matches!(status, 401 | 403) => FailureCode::Misconfigured,
        None => FailureCode::Refused,
    }
}

fn known(word: &str) -> Option<FailureCode> {
    Some(match word {
        "insufficient_funds" | "withdrawal_count_limit_exceeded" | "card_velocity_exceeded" => {
            FailureCode::InsufficientFunds
        }
        "authentication_required"
        | "authentication_not_handled"
        | "payment_intent_authentication_failure"
        | "incorrect_pin"
        | "invalid_pin"
        | "offline_pin_required"
        | "online_or_offline_pin_required"
        | "pin_try_exceeded" => FailureCode::AuthenticationFailed,
        "expired_card"
        | "incorrect_number"
        | "invalid_number"
        | "incorrect_cvc"
        | "invalid_cvc"
        | "incorrect_zip"
        | "incorrect_address"
        | "invalid_expiry_month"
        | "invalid_expiry_year"
        | "invalid_account"
        | "card_not_supported"
        | "currency_not_supported"
        | "new_account_information_available"
        | "account_number_invalid"
        | "bank_account_unusable" => FailureCode::InvalidDetails,
        "duplicate_transaction" => FailureCode::RepeatedTooSoon,
        "amount_too_small" | "amount_too_large" | "invalid_charge_amount" | "invalid_amount" => {
            FailureCode::AmountNotSupported
        }
        "url_invalid"
        | "api_key_expired"
        | "secret_key_required"
        | "platform_api_key_expired"
        | "testmode_charges_only"
        | "livemode_mismatch"
        | "account_invalid"
        | "parameter_missing"
        | "parameter_unknown"
        | "parameter_invalid_empty"
        | "parameter_invalid_integer"
        | "parameter_invalid_string_blank"
        | "parameter_invalid_string_empty" => FailureCode::Misconfigured,
        "payment_intent_payment_attempt_expired" => FailureCode::Expired,
        "card_declined"
        | "generic_decline"
        | "do_not_honor"
        | "processing_error"
        | "payment_intent_payment_attempt_failed" => FailureCode::Declined,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detail(json: &str) -> ErrorDetail {
        serde_json::from_str(json).expect("an error of Stripe's")
    }

    #[test]
    fn the_most_exact_word_decides_and_is_kept() {
        for (json, code, word) in [
            (
                r#"{"code":"card_declined","decline_code":"insufficient_funds"}"#,
                FailureCode::InsufficientFunds,
                "insufficient_funds",
            ),
            (
                r#"{"code":"card_declined","decline_code":"a_word_of_next_year"}"#,
                FailureCode::Declined,
                "a_word_of_next_year",
            ),
            (r#"{"code":"expired_card"}"#, FailureCode::InvalidDetails, "expired_card"),
            (
                r#"{"code":"payment_intent_authentication_failure"}"#,
                FailureCode::AuthenticationFailed,
                "payment_intent_authentication_failure",
            ),
        ] {
            assert_eq!(reason(&detail(json)), Some(FailureReason::new(code, word)), "{json}");
        }
        assert_eq!(reason(&detail("{}")), None);
    }

    #[test]
    fn a_refused_call_is_about_the_amount_our_settings_or_neither() {
        for (status, json, code) in [
            (
                400,
                r#"{"type":"invalid_request_error","code":"amount_too_small"}"#,
                FailureCode::AmountNotSupported,
            ),
            (400, r#"{"type":"invalid_request_error","code":"url_invalid"}"#, FailureCode::Misconfigured),
            (
                402,
                r#"{"type":"card_error","code":"card_declined","decline_code":"lost_card"}"#,
                FailureCode::Declined,
            ),
            (400, r#"{"type":"invalid_request_error"}"#, FailureCode::Refused),
            (401, "{}", FailureCode::Misconfigured),
        ] {
            assert_eq!(of_refusal(status, &detail(json)), code, "{json}");
        }
    }
}
