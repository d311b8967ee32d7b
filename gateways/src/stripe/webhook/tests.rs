//! The vectors, each with the verdict of Stripe's own libraries, and what an attacker would try.

use http::HeaderValue;
use proptest::prelude::*;
use serde::Deserialize;

use super::*;

#[derive(Deserialize)]
struct Fixtures {
    vectors: Vec<Vector>,
}

#[derive(Deserialize)]
struct Vector {
    name: String,
    secret: String,
    body: String,
    header: String,
    now: i64,
    tolerance: i64,
    expect: String,
}

fn vectors() -> Vec<Vector> {
    let text = include_str!("../../../fixtures/stripe_webhooks.json");
    serde_json::from_str::<Fixtures>(text).expect("the fixture file").vectors
}

fn vector(name: &str) -> Vector {
    vectors().into_iter().find(|vector| vector.name == name).expect("a vector of that name")
}

fn config(secrets: &[&str]) -> StripeConfig {
    let secrets = secrets.iter().map(|&secret| Secret::from(secret)).collect();
    StripeConfig::new(Secret::from("sk_test_x"), secrets)
}

fn headers(value: &[u8]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(HEADER, HeaderValue::from_bytes(value).expect("a header value"));
    headers
}

fn check(vector: &Vector, config: &StripeConfig) -> Result<(), WebhookError> {
    verify(&headers(vector.header.as_bytes()), vector.body.as_bytes(), vector.now, config)
}

#[test]
fn every_vector_has_its_verdict() {
    let vectors = vectors();
    assert_eq!(vectors.len(), 7);
    for vector in vectors {
        let mut config = config(&[&vector.secret]);
        config.webhook_tolerance_secs = vector.tolerance;
        config.webhook_future_secs = None;
        let verdict = check(&vector, &config);
        let as_expected = match vector.expect.as_str() {
            "accept" | "accept_by_sdk" => verdict == Ok(()),
            "reject:timestamp" => matches!(verdict, Err(WebhookError::TooOld(_))),
            "reject:signature" => verdict == Err(WebhookError::NoMatch),
            other => panic!("{}: no such verdict: {other}", vector.name),
        };
        assert!(as_expected, "{}: {verdict:?}", vector.name);
    }
}

#[test]
fn by_default_the_future_is_bounded_too() {
    let vector = vector("stripe_future_timestamp_sdk_accepts");
    let config = config(&[&vector.secret]);
    assert_eq!(check(&vector, &config), Err(WebhookError::InFuture(10_000)));
    let at_the_edge = Vector { now: vector.now + 10_000 - 300, ..vector };
    assert_eq!(check(&at_the_edge, &config), Ok(()));
    let beyond = Vector { now: at_the_edge.now - 1, ..at_the_edge };
    assert_eq!(check(&beyond, &config), Err(WebhookError::InFuture(301)));
}

#[test]
fn while_a_secret_is_rolled_either_signature_and_either_secret_will_do() {
    let vector = vector("stripe_ok_compact");
    let wrong = "0".repeat(64);
    let good = vector.header.split_once("v1=").expect("a signature").1;
    let header = format!("t=1767225600,v0={good},v1={wrong},v1={good}");
    let config = config(&["whsec_new", &vector.secret]);
    assert_eq!(verify(&headers(header.as_bytes()), vector.body.as_bytes(), vector.now, &config), Ok(()));
    let only_v0 = format!("t=1767225600,v0={good}");
    let verdict = verify(&headers(only_v0.as_bytes()), vector.body.as_bytes(), vector.now, &config);
    assert_eq!(verdict, Err(WebhookError::Malformed("no v1 signature")));
    let bad_first =
        verify(&headers(format!("t=1767225600,v1={wrong}").as_bytes()), b"x", vector.now, &config);
    assert_eq!(bad_first, Err(WebhookError::NoMatch));
}

#[test]
fn a_header_that_is_none_is_malformed() {
    let config = config(&["whsec_x"]);
    assert_eq!(verify(&HeaderMap::new(), b"{}", 0, &config), Err(WebhookError::MissingSignature));
    let too_long = format!("t=1,v1={}", "a".repeat(MAX_HEADER_BYTES));
    let cases: [&[u8]; 9] = [
        b"",
        b",,,=",
        b"garbage",
        b"v1=00",
        b"t=1",
        b"t=-1,v1=00",
        b"t=,v1=00",
        b"t=1,t=2,v1=00",
        too_long.as_bytes(),
    ];
    for case in cases {
        let verdict = verify(&headers(case), b"{}", 0, &config);
        assert!(matches!(verdict, Err(WebhookError::Malformed(_))), "{verdict:?}");
    }
    let foreign = verify(&headers("t=1,v1=é".as_bytes()), b"{}", 0, &config);
    assert_eq!(foreign, Err(WebhookError::Malformed("not ASCII")));
    let mut twice = headers(b"t=1,v1=00");
    twice.append(HEADER, HeaderValue::from_static("t=1,v1=00"));
    assert_eq!(verify(&twice, b"{}", 0, &config), Err(WebhookError::Malformed("sent twice")));
}

proptest! {
    #[test]
    fn no_header_passes_without_the_secret(value in "[ -~]{0,200}", body in ".*", now in any::<i64>()) {
        prop_assert!(verify(&headers(value.as_bytes()), body.as_bytes(), now, &config(&["whsec_x"])).is_err());
    }

    #[test]
    fn what_is_signed_passes_and_one_changed_byte_does_not(
        body in proptest::collection::vec(any::<u8>(), 1..200),
        at in 0_usize..200,
        now in 0_i64..4_000_000_000,
    ) {
        let config = config(&["whsec_x"]);
        let signature = sign(&Secret::from("whsec_x"), &now.to_string(), &body);
        let headers = headers(format!("t={now},v1={signature}").as_bytes());
        prop_assert_eq!(verify(&headers, &body, now, &config), Ok(()));
        let mut changed = body.clone();
        changed[at % body.len()] ^= 1;
        prop_assert_eq!(verify(&headers, &changed, now, &config), Err(WebhookError::NoMatch));
    }
}
