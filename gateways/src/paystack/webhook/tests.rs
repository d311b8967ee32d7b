//! The vectors, each with the verdict of another implementation, and what an attacker would try.

use hmac::Mac;
use http::HeaderValue;
use proptest::prelude::*;
use serde::Deserialize;

use super::*;
use crate::Secret;

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
    expect: String,
}

fn sign(key: &Secret, body: &[u8]) -> [u8; 64] {
    let mac: Hmac<Sha512> = crate::signature::mac(key, &[body]);
    mac.finalize().into_bytes().into()
}

fn vectors() -> Vec<Vector> {
    let text = include_str!("../../../fixtures/paystack_webhooks.json");
    serde_json::from_str::<Fixtures>(text).expect("the fixture file").vectors
}

fn config(key: &str) -> PaystackConfig {
    PaystackConfig::new(Secret::from(key))
}

fn headers(value: &[u8]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(HEADER, HeaderValue::from_bytes(value).expect("a header value"));
    headers
}

#[test]
fn every_vector_has_its_verdict() {
    let vectors = vectors();
    assert_eq!(vectors.len(), 4);
    for vector in vectors {
        let verdict =
            verify(&headers(vector.header.as_bytes()), vector.body.as_bytes(), &config(&vector.secret));
        let expected = match vector.expect.as_str() {
            "accept" | "either" => Ok(()),
            "reject" => Err(WebhookError::NoMatch),
            other => panic!("{}: no such verdict: {other}", vector.name),
        };
        assert_eq!(verdict, expected, "{}", vector.name);
    }
}

#[test]
fn while_the_key_is_changed_either_will_do() {
    let vector = vectors().remove(0);
    let mut config = config("sk_test_new");
    let check =
        |config: &PaystackConfig| verify(&headers(vector.header.as_bytes()), vector.body.as_bytes(), config);
    assert_eq!(check(&config), Err(WebhookError::NoMatch));
    config.former_keys.push(Secret::new(vector.secret.clone()));
    assert_eq!(check(&config), Ok(()));
    config.former_keys.push(Secret::from("sk_test_oldest"));
    assert_eq!(check(&config), Ok(()), "whichever comes first");
}

#[test]
fn a_header_that_is_none_is_malformed() {
    let config = config("sk_test_x");
    assert_eq!(verify(&HeaderMap::new(), b"{}", &config), Err(WebhookError::MissingSignature));
    let good = hex::encode(sign(&config.secret_key, b"{}"));
    let (short, long) = (good[..126].to_owned(), format!("{good}00"));
    let padded = format!(" {good}");
    for case in ["", "garbage", &short, &long, &padded, "é"] {
        let verdict = verify(&headers(case.as_bytes()), b"{}", &config);
        assert!(matches!(verdict, Err(WebhookError::Malformed(_))), "{case}: {verdict:?}");
    }
    let mut twice = headers(good.as_bytes());
    twice.append(HEADER, HeaderValue::from_str(&good).expect("hex"));
    assert_eq!(verify(&twice, b"{}", &config), Err(WebhookError::Malformed("sent twice")));
}

proptest! {
    #[test]
    fn no_header_passes_without_the_key(value in "[ -~]{0,200}|[0-9a-f]{128}", body in ".*") {
        prop_assert!(verify(&headers(value.as_bytes()), body.as_bytes(), &config("sk_test_x")).is_err());
    }

    #[test]
    fn what_is_signed_passes_and_one_changed_bit_does_not(
        body in proptest::collection::vec(any::<u8>(), 1..200),
        at in 0_usize..200,
        bit in 0_u32..8,
        digit in 0_usize..64,
    ) {
        let config = config("sk_test_x");
        let mut signature = sign(&config.secret_key, &body);
        let signed = headers(hex::encode(signature).as_bytes());
        prop_assert_eq!(verify(&signed, &body, &config), Ok(()));
        let mut changed = body.clone();
        changed[at % body.len()] ^= 1 << bit;
        prop_assert_eq!(verify(&signed, &changed, &config), Err(WebhookError::NoMatch));
        signature[digit] ^= 1 << bit;
        let forged = headers(hex::encode(signature).as_bytes());
        prop_assert_eq!(verify(&forged, &body, &config), Err(WebhookError::NoMatch));
    }
}
