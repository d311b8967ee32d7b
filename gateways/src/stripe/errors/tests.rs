//! The table of refusals.

use http::{HeaderMap, HeaderValue};

use super::*;
use crate::http_client::Effect;

fn error(status: u16, advice: Option<&'static str>, body: &str, effect: Effect) -> CallError {
    let mut headers = HeaderMap::new();
    headers.insert("request-id", HeaderValue::from_static("req_1"));
    if let Some(word) = advice {
        headers.insert("stripe-should-retry", HeaderValue::from_static(word));
    }
    classify(&Answer { status, headers, body: body.as_bytes().to_vec(), effect })
}

fn body(kind: &str, code: &str) -> String {
    serde_json::json!({"error": {"type": kind, "code": code, "message": "words"}}).to_string()
}

#[test]
fn each_status_has_its_meaning() {
    use CallErrorKind::{Auth, Forbidden, Refused, Retry, Unknown};
    let invalid = body("invalid_request_error", "parameter_missing");
    let reused = body("idempotency_error", "");
    let in_use = body("idempotency_error", "idempotency_key_in_use");
    let limited = body("invalid_request_error", "rate_limit");
    let lock = body("invalid_request_error", "lock_timeout");
    let none = "<html>";
    let (yes, no) = (Some("true"), Some("false"));
    // status, Stripe-Should-Retry, body, kind, is_retryable, outcome_unknown
    let table = [
        (400, None, invalid.as_str(), Refused, false, false),
        (400, yes, &invalid, Retry, true, false),
        (400, None, &limited, Retry, true, false),
        (400, None, &reused, Unknown, false, true),
        (401, None, none, Auth, false, false),
        (402, None, none, Refused, false, false),
        (403, None, none, Forbidden, false, false),
        (404, None, none, Refused, false, false),
        (408, None, none, Unknown, true, true),
        (409, None, &lock, Retry, true, false),
        (409, yes, &lock, Retry, true, false),
        (409, no, &lock, Refused, false, false),
        (409, None, &in_use, Unknown, true, true),
        (424, None, none, Retry, true, false),
        (424, no, none, Refused, false, false),
        (429, None, none, Retry, true, false),
        (429, no, none, Retry, true, false),
        (500, None, none, Unknown, true, true),
        (500, yes, none, Unknown, true, true),
        (500, no, none, Unknown, false, true),
        (502, None, none, Unknown, true, true),
        (503, None, none, Unknown, true, true),
        (504, None, none, Unknown, true, true),
        (302, None, none, Unknown, true, true),
    ];
    for (status, advice, text, kind, retryable, unknown) in table {
        let error = error(status, advice, text, Effect::Changes);
        let facts = (error.kind, error.is_retryable(), error.outcome_unknown());
        assert_eq!(facts, (kind, retryable, unknown), "{status} {advice:?} {text}");
        assert_eq!((error.http_status, error.request_id.as_deref()), (Some(status), Some("req_1")));
    }
}

#[test]
fn a_read_is_never_of_unknown_outcome() {
    for status in [302, 400, 401, 403, 404, 408, 409, 424, 429, 500, 503] {
        let error = error(status, None, &body("idempotency_error", ""), Effect::Reads);
        assert!(!error.outcome_unknown(), "{status}");
    }
}

#[test]
fn a_decline_tells_the_customer_and_the_log_apart() {
    let text = r#"{"error":{"type":"card_error","code":"card_declined","decline_code":"insufficient_funds",
        "message":"Your card has insufficient funds.","payment_intent":{"id":"pi_1"}}}"#;
    let error = error(402, None, text, Effect::Changes);
    assert_eq!(error.code.as_deref(), Some("insufficient_funds"));
    assert_eq!(error.customer_message.as_deref(), Some("Your card has insufficient funds."));
    assert!(error.message.starts_with("HTTP 402 card_error card_declined insufficient_funds"));
}

#[test]
fn logs_get_no_secret_and_no_address() {
    let text = serde_json::json!({"error": {"type": "invalid_request_error", "message":
        "Invalid API Key provided: sk_test_abc for ada@example.test, card 4242424242424242, see pi_123"}});
    let error = error(401, None, &text.to_string(), Effect::Changes);
    for word in ["sk_test_abc", "ada@example.test", "4242424242424242"] {
        assert!(!error.message.contains(word), "{}", error.message);
    }
    assert!(error.message.contains("pi_123"));
    assert_eq!(error.customer_message, None);
}

#[test]
fn a_later_error_does_not_rule_out_an_earlier_try() {
    let unknown = error(500, None, "", Effect::Changes);
    let limited = error(429, None, "", Effect::Changes).after(Some(&unknown));
    assert_eq!((limited.kind, limited.sent), (CallErrorKind::Unknown, Sent::Maybe));
    let auth = error(401, None, "", Effect::Changes).after(Some(&unknown));
    assert!(auth.kind == CallErrorKind::Auth && auth.outcome_unknown());
    // The answer stored under the key: the earlier try had this very end.
    let declined = error(402, None, "", Effect::Changes).after(Some(&unknown));
    assert!(!declined.outcome_unknown());
    let clean = error(429, None, "", Effect::Changes).after(Some(&limited.clone().after(None)));
    assert!(clean.outcome_unknown());
    assert!(!error(429, None, "", Effect::Changes).after(None).outcome_unknown());
}
