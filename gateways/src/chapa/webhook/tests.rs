//! The vectors, and everything that must not pass.

use hmac::Mac;
use http::{HeaderMap, HeaderValue};
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
    header_name: String,
    header: String,
    body: String,
    expect: String,
}

fn sign(secret: &Secret, body: &[u8]) -> [u8; 32] {
    let mac: Hmac<Sha256> = crate::signature::mac(secret, &[body]);
    mac.finalize().into_bytes().into()
}

fn vectors() -> Vec<Vector> {
    let text = include_str!("../../../fixtures/chapa_webhooks.json");
    serde_json::from_str::<Fixtures>(text).expect("the fixture file").vectors
}

fn headers(name: &'static str, value: &[u8]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(name, HeaderValue::from_bytes(value).expect("a header value"));
    headers
}

fn secrets(texts: &[&str]) -> Vec<Secret> {
    texts.iter().map(|&text| Secret::from(text)).collect()
}

#[test]
fn every_vector_has_its_verdict() {
    let vectors = vectors();
    assert_eq!(vectors.len(), 2);
    for vector in vectors {
        let name: &'static str = vector.header_name.leak();
        let verdict = verify(
            &headers(name, vector.header.as_bytes()),
            vector.body.as_bytes(),
            &secrets(&[&vector.secret]),
        );
        let as_expected = match vector.expect.as_str() {
            "accept" => verdict == Ok(()),
            "do_not_rely" => matches!(verdict, Err(WebhookError::Malformed(_))),
            other => panic!("{}: no such verdict: {other}", vector.name),
        };
        assert!(as_expected, "{}: {verdict:?}", vector.name);
    }
}

#[test]
fn the_constant_signature_is_worth_nothing_anywhere() {
    let secret = "hook_x";
    let constant = hex::encode(sign(&Secret::from(secret), secret.as_bytes()));
    let alone = verify(&headers(CONSTANT_HEADER, constant.as_bytes()), b"{}", &secrets(&[secret]));
    let error = alone.expect_err("it signs no body");
    assert!(error.to_string().contains("x-chapa-signature is required"), "{error}");
    let moved = verify(&headers(HEADER, constant.as_bytes()), b"{}", &secrets(&[secret]));
    assert_eq!(moved, Err(WebhookError::NoMatch));
}

#[test]
fn while_a_secret_is_changed_either_will_do() {
    let signature = hex::encode(sign(&Secret::from("hook_old"), b"{}"));
    let good = headers(HEADER, signature.as_bytes());
    assert_eq!(verify(&good, b"{}", &secrets(&["hook_new", "hook_old"])), Ok(()));
    let another_body = verify(&good, b"{ }", &secrets(&["hook_new", "hook_old"]));
    assert_eq!(another_body, Err(WebhookError::NoMatch));
    assert_eq!(verify(&good, b"{}", &secrets(&["hook_new"])), Err(WebhookError::NoMatch));
    assert_eq!(verify(&good, b"{}", &[]), Err(WebhookError::NoMatch));
}

#[test]
fn a_header_that_is_none_is_malformed() {
    let secrets = secrets(&["hook_x"]);
    assert_eq!(verify(&HeaderMap::new(), b"{}", &secrets), Err(WebhookError::MissingSignature));
    let short = "0".repeat(63);
    let long = "0".repeat(66);
    let foreign = format!("{}é", "0".repeat(62));
    for case in ["", "hello", &short, &long, &"x".repeat(64), &foreign] {
        let verdict = verify(&headers(HEADER, case.as_bytes()), b"{}", &secrets);
        assert!(matches!(verdict, Err(WebhookError::Malformed(_))), "{case}: {verdict:?}");
    }
    let signature = hex::encode(sign(&secrets[0], b"{}"));
    let mut twice = headers(HEADER, signature.as_bytes());
    twice.append(HEADER, HeaderValue::from_str(&signature).expect("hex"));
    assert_eq!(verify(&twice, b"{}", &secrets), Err(WebhookError::Malformed("sent twice")));
}

proptest! {
    #[test]
    fn no_header_passes_without_the_secret(value in "[0-9a-f]{64}", body in ".*") {
        let verdict = verify(&headers(HEADER, value.as_bytes()), body.as_bytes(), &secrets(&["hook_x"]));
        prop_assert_eq!(verdict, Err(WebhookError::NoMatch));
    }

    #[test]
    fn what_is_signed_passes_and_one_changed_bit_does_not(
        body in proptest::collection::vec(any::<u8>(), 1..200),
        at in 0_usize..200,
        bit in 0_u8..8,
        secret in "[ -~]{1,80}",
    ) {
        let secrets = secrets(&[&secret]);
        let signature = sign(&secrets[0], &body);
        let signed = headers(HEADER, hex::encode(signature).as_bytes());
        prop_assert_eq!(verify(&signed, &body, &secrets), Ok(()));
        let mut changed = body.clone();
        changed[at % body.len()] ^= 1 << bit;
        prop_assert_eq!(verify(&signed, &changed, &secrets), Err(WebhookError::NoMatch));
        let mut forged = signature;
        forged[at % 32] ^= 1 << bit;
        let forged = headers(HEADER, hex::encode(forged).as_bytes());
        prop_assert_eq!(verify(&forged, &body, &secrets), Err(WebhookError::NoMatch));
    }
}
