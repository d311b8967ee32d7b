//! The table of refusals.

use super::*;

fn error(status: u16, body: &str, effect: Effect) -> CallError {
    classify(&Answer { status, headers: http::HeaderMap::new(), body: body.as_bytes().to_vec(), effect })
}

fn coded(kind: &str, code: &str) -> String {
    serde_json::json!({
        "status": false, "message": "words", "meta": {"nextStep": "read"}, "type": kind, "code": code,
    })
    .to_string()
}

fn plain(message: &str) -> String {
    serde_json::json!({"status": false, "message": message}).to_string()
}

#[test]
fn each_status_has_its_meaning() {
    use CallErrorKind::{Auth, Forbidden, Refused, Retry, Unknown};
    let invalid = coded("validation_error", "invalid_params");
    let duplicate = coded("validation_error", "duplicate_reference");
    let processor = coded("processor_error", "unknown");
    let key = plain("Invalid key");
    let none = "<html>";
    // status, body, kind, is_retryable, outcome_unknown
    let table = [
        (400, invalid.as_str(), Refused, false, false),
        (400, &duplicate, Refused, false, false),
        (400, &processor, Refused, false, false),
        (400, none, Refused, false, false),
        (401, &key, Auth, false, false),
        (401, none, Auth, false, false),
        (403, none, Forbidden, false, false),
        (404, &plain("Entity not found"), Refused, false, false),
        (408, none, Unknown, true, true),
        (422, &plain("Refund is not in needs-attention"), Refused, false, false),
        (429, none, Retry, true, false),
        (500, &coded("api_error", "unknown"), Unknown, true, true),
        (502, none, Unknown, true, true),
        (504, none, Unknown, true, true),
        (302, none, Unknown, true, true),
    ];
    for (status, text, kind, retryable, unknown) in table {
        let changing = error(status, text, Effect::Changes);
        let facts = (changing.kind, changing.is_retryable(), changing.outcome_unknown());
        assert_eq!(facts, (kind, retryable, unknown), "{status} {text}");
        let reading = error(status, text, Effect::Reads);
        assert!(!reading.outcome_unknown(), "{status} {text}");
    }
}

#[test]
fn what_paystack_does_not_know_is_missing_in_both_its_ways() {
    for (status, body) in [
        (404, plain("Entity not found")),
        (404, coded("validation_error", "transaction_not_found")),
        (400, plain("Transaction reference not found")),
        (400, coded("validation_error", "transaction_not_found")),
    ] {
        let error = error(status, &body, Effect::Reads);
        assert!(error.is_missing() && !error.is_retryable(), "{status} {body}");
        assert!(error.message.starts_with(&format!("HTTP {status}")), "{error}");
    }
    let other = error(400, &coded("validation_error", "invalid_params"), Effect::Reads);
    assert!(!other.is_missing());
}

#[test]
fn a_strangers_404_is_not_paystacks() {
    for body in ["", "404 page not found", "{}", "{\"status\":true}"] {
        let error = error(404, body, Effect::Reads);
        assert!(!error.is_missing() && error.is_retryable(), "{body}");
    }
}

#[test]
fn a_duplicate_is_known_by_its_code_or_where_none_is_by_its_message() {
    assert!(is_duplicate(&error(400, &coded("validation_error", "duplicate_reference"), Effect::Changes)));
    assert!(is_duplicate(&error(400, &plain("Duplicate Transaction Reference"), Effect::Changes)));
    let other = serde_json::json!({
        "status": false, "message": "Duplicate Transaction Reference", "code": "invalid_params",
    });
    assert!(!is_duplicate(&error(400, &other.to_string(), Effect::Changes)));
}

#[test]
fn nothing_private_reaches_the_logs() {
    let message =
        "Invalid key sk_test_hush for jane@example.com account 0123456789, card 4084-0840-8408-4081, HTTP 3";
    let told = error(400, &plain(message), Effect::Changes);
    for private in ["hush", "jane", "0123456789", "4084"] {
        assert!(!told.to_string().contains(private), "{told}");
    }
    assert!(told.message.contains("HTTP 3"));
    let long = error(400, &plain(&"x".repeat(5000)), Effect::Changes);
    assert!(long.message.len() < 400);
}

#[test]
fn a_refused_currency_is_no_wrong_setting_whatever_its_status() {
    use FailureCode::{AmountNotSupported, Misconfigured};
    for (status, message, meant) in [
        (400, "Currency not supported by merchant", AmountNotSupported),
        (403, "Currency not supported by merchant", AmountNotSupported),
        (403, "You are not permitted to do this", Misconfigured),
        (401, "Invalid key", Misconfigured),
    ] {
        assert_eq!(
            error(status, &plain(message), Effect::Changes).failure,
            Some(meant),
            "{status} {message}"
        );
    }
}
