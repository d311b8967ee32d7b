//! The table of refusals.

use serde_json::{Value, json};

use super::*;
use crate::http_client::Effect;

fn words() -> Vec<String> {
    crate::chapa::ChapaConfig::new("CHASECK_TEST-x".into(), vec![]).duplicate_words
}

fn answer(status: u16, body: &str, effect: Effect) -> Answer {
    Answer { status, headers: http::HeaderMap::new(), body: body.as_bytes().to_vec(), effect }
}

fn saying(status: u16, message: &Value) -> CallError {
    let body = json!({"message": message, "status": "failed", "data": null}).to_string();
    open(&answer(status, &body, Effect::Changes), &words()).expect_err("a refusal")
}

#[test]
fn each_text_has_its_meaning() {
    use CallErrorKind::{Auth, Forbidden, Refused, Retry};
    let table = [
        (400, "Transaction reference has been used before", Refused, Some(DUPLICATE)),
        (400, "Reference number has been used before", Refused, Some(DUPLICATE)),
        (200, "Transaction reference has been used before", Refused, Some(DUPLICATE)),
        (409, "Duplicate tx_ref", Refused, Some(DUPLICATE)),
        (404, "Payment not paid yet", Refused, Some(NOT_PAID)),
        (404, "Invalid transaction or Transaction not found", Refused, Some(NOT_FOUND)),
        (400, "Transaction not found for this reference", Refused, Some(NOT_FOUND)),
        (400, "This transaction reference has already been refunded", Refused, Some(ALREADY_REFUNDED)),
        (401, "Invalid API Key or User doesn't exist", Auth, Some("invalid_key")),
        (400, "Invalid API Key or User doesn't exist", Auth, Some("invalid_key")),
        (401, "Live secret keys can't be used to verify a test transaction", Auth, Some("key_of_other_mode")),
        (404, "Payments through API is disabled, please contact us", Forbidden, Some("api_disabled")),
        (
            401,
            "Transfer hours are Mon-Sat from 08:30 AM - 04:30 PM only",
            Retry,
            Some("outside_transfer_hours"),
        ),
        (401, "Bank Code is incorrect", Refused, Some("unknown_bank")),
        (400, "Insufficient Balance", Retry, Some("insufficient_balance")),
        (400, "Refunds can only be processed in live mode", Refused, Some("live_mode_only")),
        (400, "Invalid currency, currency is not supported", Refused, Some("unsupported_currency")),
        (400, "Payment link already expired", Refused, Some(PAGE_CLOSED)),
        (422, "words nobody has seen", Refused, None),
        (200, "words nobody has seen", Refused, None),
        (401, "words nobody has seen", Auth, None),
        (403, "words nobody has seen", Forbidden, None),
    ];
    for (status, text, kind, code) in table {
        let error = saying(status, &text.into());
        assert_eq!((error.kind, error.code.as_deref()), (kind, code), "{status} {text}");
        assert_eq!((error.sent, error.http_status), (Sent::Yes, Some(status)), "{status} {text}");
        assert!(!error.outcome_unknown(), "{status} {text}");
    }
}

#[test]
fn no_text_turns_a_maybe_into_a_no() {
    for status in [302, 408, 500, 502, 503, 504] {
        for text in ["Transaction reference has been used before", "Invalid API Key", "Payment not paid yet"]
        {
            let error = saying(status, &text.into());
            assert!(error.outcome_unknown() && error.is_retryable(), "{status} {text}");
        }
    }
    let limited = saying(429, &"Too many requests".into());
    assert_eq!((limited.kind, limited.sent), (CallErrorKind::Retry, Sent::Yes));
}

#[test]
fn a_read_is_never_of_unknown_outcome() {
    for status in [200, 302, 400, 401, 403, 404, 408, 429, 500, 503] {
        for body in ["", "<html>", r#"{"message":"x","status":"failed"}"#, "[]"] {
            let result = data::<Value>(&answer(status, body, Effect::Reads), &words());
            assert!(!result.expect_err("no data").outcome_unknown(), "{status} {body}");
        }
    }
}

#[test]
fn a_change_that_succeeded_unreadably_may_have_happened() {
    for body in ["", "<html>", "[]"] {
        let error = open(&answer(200, body, Effect::Changes), &words()).expect_err("no envelope");
        assert!(error.outcome_unknown(), "{body}");
    }
}

#[test]
fn a_message_is_a_text_or_texts_by_field() {
    let error =
        saying(400, &json!({"tx_ref": ["validation.unique"], "amount": ["validation.required", "x"]}));
    assert_eq!(error.code.as_deref(), Some(DUPLICATE));
    assert!(error.message.contains("amount: validation.required, x; tx_ref: validation.unique"), "{error}");
    let error = saying(400, &json!({"email": "validation.email"}));
    assert_eq!(error.code.as_deref(), Some("invalid_field"));
    for odd in [json!(null), json!(7), json!([["a"], {"b": null}])] {
        assert_eq!(saying(400, &odd).kind, CallErrorKind::Refused, "{odd}");
    }
}

#[test]
fn the_words_for_a_used_reference_are_a_setting() {
    let body = json!({"message": "This reference is spent", "status": "failed"}).to_string();
    let answer = answer(400, &body, Effect::Changes);
    let error = |words: &[String]| open(&answer, words).expect_err("a refusal");
    assert!(!is_duplicate(&error(&words())));
    assert!(is_duplicate(&error(&["is spent".to_owned()])));
}

#[test]
fn logs_get_no_secret_no_address_and_no_number() {
    let text =
        "Invalid API Key CHASECK_TEST-hush of ada@example.test, call 0912345678 or +251-912-345-678, see AP1";
    let error = saying(401, &text.into());
    for word in ["hush", "ada@", "0912345678", "912-345"] {
        assert!(!error.to_string().contains(word), "{error}");
    }
    assert!(error.message.contains("AP1"));
    assert_eq!(error.customer_message, None);
    let long = saying(400, &"word ".repeat(1000).into());
    assert!(long.message.len() < 400);
}
