//! The table of refusals.

use proptest::prelude::*;

use super::*;

const DEEDS: [Deed; 5] = [Deed::Create, Deed::Execute, Deed::Refund, Deed::Read, Deed::Token];

fn answer(status: u16, body: &str, deed: Deed) -> Answer {
    let headers = http::HeaderMap::new();
    Answer { status, headers, body: body.as_bytes().to_vec(), effect: deed.effect() }
}

fn code(code: &str) -> String {
    serde_json::json!({"statusCode": code, "statusMessage": "words"}).to_string()
}

#[test]
fn each_answer_has_its_meaning_for_what_was_asked() {
    use CallErrorKind::{Auth, Forbidden, Refused, Retry, Unknown};
    let v2 = r#"{"internalCode":"x","externalCode":"2072","errorMessageEn":"Amount","errorMessageBn":"ঢাকা"}"#;
    // status, body, then the kind for create, execute, refund, read
    let cases = [
        (200, code("2117"), [Refused, Unknown, Unknown, Refused]),
        (200, code("2023"), [Refused, Refused, Refused, Refused]),
        (200, code("2003"), [Retry, Unknown, Unknown, Retry]),
        (200, code("503"), [Retry, Unknown, Unknown, Retry]),
        (200, code("2029"), [Refused, Refused, Retry, Refused]),
        (200, code("2001"), [Auth; 4]),
        (200, code("2079"), [Auth; 4]),
        (200, code("2067"), [Forbidden; 4]),
        (200, code("2056"), [Refused; 4]),
        (200, code("9999"), [Refused, Unknown, Unknown, Retry]),
        (200, code("02056"), [Refused, Unknown, Unknown, Retry]),
        (400, v2.to_owned(), [Refused; 4]),
        (200, r#"{"errorCode":"2001","errorMessage":"Invalid App Key"}"#.to_owned(), [Auth; 4]),
        (500, code("0000"), [Unknown, Unknown, Unknown, Retry]),
        (200, "{}".to_owned(), [Unknown, Unknown, Unknown, Retry]),
        (200, "<html>".to_owned(), [Unknown, Unknown, Unknown, Retry]),
        (401, r#"{"message":"Unauthorized"}"#.to_owned(), [Auth; 4]),
        (403, r#"{"message":"Forbidden"}"#.to_owned(), [Forbidden; 4]),
        (429, r#"{"message":"Too Many Requests"}"#.to_owned(), [Retry; 4]),
        (504, r#"{"message":"Endpoint request timed out"}"#.to_owned(), [Unknown, Unknown, Unknown, Retry]),
        (307, String::new(), [Unknown, Unknown, Unknown, Retry]),
    ];
    for (status, body, kinds) in cases {
        for (deed, kind) in DEEDS.into_iter().zip(kinds) {
            let error = accepted(&answer(status, &body, deed), deed).expect_err("a refusal");
            assert_eq!(error.kind, kind, "{status} {body} {deed:?}");
            assert_eq!(error.outcome_unknown(), kind == Unknown, "{status} {body} {deed:?}");
            assert_eq!(error.http_status, Some(status));
        }
    }
}

#[test]
fn a_token_is_refused_for_our_credentials_unless_bkash_is_ill() {
    let kind =
        |body: &str| accepted(&answer(200, body, Deed::Token), Deed::Token).map_err(|error| error.kind);
    assert_eq!(kind(&code("9999")), Err(CallErrorKind::Auth));
    assert_eq!(kind(&code("2003")), Err(CallErrorKind::Retry));
    assert_eq!(kind(&code("0000")), Ok(()));
}

#[test]
fn only_what_the_customer_may_know_is_for_the_customer() {
    let said = |body: &str| {
        let error = accepted(&answer(200, body, Deed::Execute), Deed::Execute).expect_err("a refusal");
        (error.code, error.customer_message)
    };
    let (code_2023, message) = said(r#"{"statusCode":2023,"statusMessage":"Insufficient Balance"}"#);
    assert_eq!((code_2023.as_deref(), message.as_deref()), (Some("2023"), Some("Insufficient Balance")));
    let (code_2029, message) = said(&code("2029"));
    assert_eq!(code_2029.as_deref(), Some("2029"));
    assert!(message.is_some_and(|message| message.contains("wait some minutes")));
    assert_eq!(said(&code("2065")).1, None);
    assert_eq!(said(r#"{"statusCode":"2023"}"#).1, None);
}

#[test]
fn each_code_means_something_to_the_customer() {
    for (code, meaning) in [
        ("2023", FailureCode::InsufficientFunds),
        ("2014", FailureCode::AuthenticationFailed),
        ("2058", FailureCode::InvalidDetails),
        ("2037", FailureCode::Declined),
        ("2029", FailureCode::RepeatedTooSoon),
        ("2069", FailureCode::Abandoned),
        ("2006", FailureCode::AmountNotSupported),
        ("2001", FailureCode::Misconfigured),
        ("2049", FailureCode::Misconfigured),
        ("9999", FailureCode::Refused),
    ] {
        assert_eq!(failure(code), meaning, "{code}");
    }
}

#[test]
fn an_expired_token_is_recognised() {
    let cases = [
        (401, r#"{"message":"Unauthorized"}"#, true),
        (401, "", true),
        (403, r#"{"message":"The incoming token has expired"}"#, true),
        (200, r#"{"statusCode":"2079","statusMessage":"Invalid app token"}"#, true),
        (403, r#"{"message":"Forbidden"}"#, false),
        (401, r#"{"errorCode":"2067","errorMessage":"No permission"}"#, false),
        (200, r#"{"message":"The incoming token has expired"}"#, false),
    ];
    for (status, body, expected) in cases {
        assert_eq!(token_refused(&answer(status, body, Deed::Read)), expected, "{status} {body}");
    }
}

#[test]
fn what_is_logged_names_no_customer_and_no_key() {
    let words =
        "wallet 01770618575 of a@b.example with 4f6o0cjiki2rfm34kfdadl1eqq and eyJraWQiOiJmalhJQmwx failed";
    let body = serde_json::json!({"statusCode": "2009", "statusMessage": words}).to_string();
    let error = accepted(&answer(200, &body, Deed::Execute), Deed::Execute).expect_err("a refusal");
    assert_eq!(error.message, "HTTP 200 2009: wallet [hidden] of [hidden] with [hidden] and [hidden] failed");
}

proptest! {
    #[test]
    fn an_unknown_code_never_rules_out_that_money_moved(number in 2_120_u32..=99_999, status in 200_u16..=599) {
        prop_assume!(number != 2127);
        let body = code(&number.to_string());
        for deed in [Deed::Execute, Deed::Refund] {
            let error = accepted(&answer(status, &body, deed), deed).expect_err("a refusal");
            prop_assert!(error.outcome_unknown());
        }
    }

    #[test]
    fn nothing_but_0000_is_accepted(body in "\\PC{0,80}", status in 200_u16..=599) {
        for deed in DEEDS {
            prop_assert!(accepted(&answer(status, &body, deed), deed).is_err());
        }
    }
}
