//! The vectors, and that nothing can be changed in them.

use http::HeaderValue;
use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::bkash::certificates::key_of;

const TOPIC: &str = "arn:aws:sns:ap-southeast-1:111122223333:bkash-test";

pub(in crate::bkash) fn vectors() -> Vec<Value> {
    let text = include_str!("../../../fixtures/bkash_webhooks.json");
    let file: Value = serde_json::from_str(text).expect("the file is JSON");
    file["vectors"].as_array().expect("a list").clone()
}

fn text<'a>(vector: &'a Value, field: &str) -> &'a str {
    vector[field].as_str().expect("a text")
}

fn config() -> BkashConfig {
    let mut config = crate::bkash::config::tests::config();
    config.topic_arns = vec![TOPIC.to_owned()];
    config
}

fn headers(vector: &Value) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let kind = vector["headers"][KIND_HEADER].as_str().expect("a text");
    headers.insert(KIND_HEADER, HeaderValue::from_str(kind).expect("a word"));
    headers
}

fn verdict(vector: &Value, body: &str, config: &BkashConfig) -> Result<(), WebhookError> {
    let key = key_of(text(vector, "certificate_pem").as_bytes(), &[]).expect("a certificate");
    Candidate::read(&headers(vector), body.as_bytes(), config)?.verify(&key)
}

/// The body of a vector with one field changed.
fn changed(vector: &Value, field: &str, value: Value) -> String {
    let mut body: Value = serde_json::from_str(text(vector, "body")).expect("a message");
    body[field] = value;
    body.to_string()
}

#[test]
fn the_vectors_get_their_verdicts() {
    let vectors = vectors();
    assert_eq!(vectors.len(), 4);
    for vector in &vectors {
        let verdict = verdict(vector, text(vector, "body"), &config());
        match text(vector, "expect") {
            "accept" => assert_eq!(verdict, Ok(()), "{}", text(vector, "name")),
            "reject:signature" => assert_eq!(verdict, Err(WebhookError::NoMatch), "{}", text(vector, "name")),
            other => panic!("an unknown verdict: {other}"),
        }
    }
}

#[test]
fn what_is_not_in_order_is_refused_before_anybody_is_called() {
    let vectors = vectors();
    let vector = &vectors[2];
    let cases = [
        ("TopicArn", "arn:aws:sns:ap-southeast-1:111122223333:another"),
        ("Type", "Notification"),
        ("Type", "Surprise"),
        ("SignatureVersion", "3"),
        ("Signature", "*"),
        ("SigningCertURL", "http://sns.ap-southeast-1.amazonaws.com/x.pem"),
        ("SigningCertURL", "https://sns.ap-southeast-1.amazonaws.com/x.pem?y=1"),
        ("SigningCertURL", "https://sns.ap-southeast-1.amazonaws.com/x.txt"),
        ("SigningCertURL", "https://sns.ap-southeast-1.amazonaws.com:8443/x.pem"),
        ("SigningCertURL", "https://a:b@sns.ap-southeast-1.amazonaws.com/x.pem"),
        ("SigningCertURL", "https://sns.ap-southeast-1.amazonaws.com.evil.example/x.pem"),
        ("SigningCertURL", "https://evil.example/sns.ap-southeast-1.amazonaws.com/x.pem"),
        ("SigningCertURL", "https://sns.a.b.amazonaws.com/x.pem"),
        ("SigningCertURL", "https://sns.us-east-1.amazonaws.com/x.pem"),
        ("SigningCertURL", "https://sns.s3-ap-southeast-1.amazonaws.com/x.pem"),
        ("SigningCertURL", "https://sns.ap-southeast-1.amazonaws.com.cn/x.pem"),
        ("SubscribeURL", "https://sns.us-east-1.amazonaws.com/?Action=ConfirmSubscription"),
        ("SigningCertURL", "https://sns.x.amazonaws.com/x.pem"),
        ("SubscribeURL", "https://evil.example/"),
    ];
    for (field, value) in cases {
        let body = changed(vector, field, value.into());
        let error = Candidate::read(&headers(vector), body.as_bytes(), &config()).expect_err(value);
        assert!(matches!(error, WebhookError::Malformed(_)), "{value}: {error:?}");
    }
    let body = changed(vector, "Signature", Value::Null);
    let error = Candidate::read(&headers(vector), body.as_bytes(), &config()).expect_err("unsigned");
    assert_eq!(error, WebhookError::MissingSignature);
    let mut config = config();
    config.topic_arns.clear();
    assert!(Candidate::read(&headers(vector), text(vector, "body").as_bytes(), &config).is_err());
}

#[test]
fn the_simulator_is_trusted_only_where_it_was_named() {
    let amazon = "sns.ap-southeast-1.amazonaws.com";
    let simulated = "http://sandbox:9000/sns/x.pem";
    assert!(Place { amazon, simulator: None }.trusts(simulated).is_none());
    let place = Place { amazon, simulator: Some("http://sandbox:9000") };
    assert!(place.trusts(simulated).is_some());
    for other in ["http://sandbox:9001/x.pem", "https://sandbox:9000/x.pem", "http://sandbox.evil:9000/x.pem"]
    {
        assert!(place.trusts(other).is_none(), "{other}");
    }
}

#[test]
fn a_certificate_of_amazons_is_made_out_to_sns() {
    let pem = text(&vectors()[0], "certificate_pem").as_bytes().to_vec();
    assert!(key_of(&pem, &names("sns.ap-southeast-1.amazonaws.com")).is_none(), "it is a test's");
    assert!(key_of(&pem, &[]).is_some());
    let expected =
        ["sns.amazonaws.com", "sns.eu-south-1.amazonaws.com", "sns-signing.eu-south-1.amazonaws.com"];
    assert_eq!(names("sns.eu-south-1.amazonaws.com"), expected);
}

#[test]
fn a_topic_has_one_host() {
    let cases = [
        (TOPIC, Some("sns.ap-southeast-1.amazonaws.com")),
        ("arn:aws-cn:sns:cn-north-1:111122223333:x", Some("sns.cn-north-1.amazonaws.com.cn")),
        ("arn:aws:sns:a.evil:111122223333:x", None),
        ("arn:aws:sns:x:111122223333:x", None),
        ("arn:aws:sqs:ap-southeast-1:111122223333:x", None),
        ("arn:aws:sns:ap-southeast-1:1:x", None),
        ("arn:aws:sns:ap-southeast-1:111122223333:", None),
        ("arn:elsewhere:sns:ap-southeast-1:111122223333:x", None),
    ];
    for (arn, host) in cases {
        assert_eq!(sns_host(arn).as_deref(), host, "{arn}");
    }
}

proptest! {
    #[test]
    fn no_signed_field_can_be_changed(index in 0_usize..3, field in 0_usize..5, value in "\\PC{0,40}") {
        let vectors = vectors();
        let vector = &vectors[index];
        let field = ["Message", "MessageId", "Subject", "Timestamp", "Token"][field];
        let before: Value = serde_json::from_str(text(vector, "body")).expect("a message");
        prop_assume!(before[field] != Value::String(value.clone()));
        // Each kind leaves one of these unsigned, and nothing reads it there.
        let signed = if index == 2 { field != "Subject" } else { field != "Token" };
        let verdict = verdict(vector, &changed(vector, field, value.into()), &config());
        prop_assert_eq!(verdict, if signed { Err(WebhookError::NoMatch) } else { Ok(()) });
    }

    #[test]
    fn no_byte_of_the_signature_can_be_changed(index in 0_usize..3, at in 0_usize..256, bit in 0_u8..8) {
        let vectors = vectors();
        let vector = &vectors[index];
        let body: Value = serde_json::from_str(text(vector, "body")).expect("a message");
        let mut signature = STANDARD.decode(body["Signature"].as_str().expect("a text")).expect("base64");
        signature[at] ^= 1 << bit;
        let body = changed(vector, "Signature", STANDARD.encode(signature).into());
        prop_assert_eq!(verdict(vector, &body, &config()), Err(WebhookError::NoMatch));
    }
}
