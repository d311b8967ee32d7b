//! Messages of SNS, whose certificate is fetched, kept, and only from where it may be.

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use gateways::bkash::Bkash;
use gateways::{EventBody, Gateway, GatewayEvent, PaymentState, WebhookError};
use http::{HeaderMap, HeaderValue};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{NOW, bkash};
use crate::stub::{Reply, Stub};

const TOPIC: &str = "arn:aws:sns:ap-southeast-1:111122223333:bkash-test";

fn vectors() -> Vec<Value> {
    let file: Value = serde_json::from_str(include_str!("../../fixtures/bkash_webhooks.json")).expect("JSON");
    file["vectors"].as_array().expect("a list").clone()
}

fn certificate(pem: impl Into<String>) -> Reply {
    Reply::Answer(200, vec![], pem.into())
}

fn vector_certificate() -> Reply {
    certificate(vectors()[0]["certificate_pem"].as_str().expect("a text"))
}

/// A vector whose certificate is at the stub: its address is not signed.
fn message(index: usize, address: &str) -> Value {
    let body = vectors()[index]["body"].as_str().map(str::to_owned).expect("a text");
    let mut body: Value = serde_json::from_str(&body).expect("a message");
    body["SigningCertURL"] = format!("{address}/x.pem").into();
    body
}

fn adapter(address: &str) -> Bkash {
    bkash(address, |config| {
        config.topic_arns = vec![TOPIC.to_owned()];
        config.certificate_origin = Some(address.to_owned());
    })
}

async fn reading(bkash: &Bkash, message: &Value) -> Result<GatewayEvent, WebhookError> {
    let mut headers = HeaderMap::new();
    let kind = message["Type"].as_str().expect("a text");
    headers.insert("x-amz-sns-message-type", HeaderValue::from_str(kind).expect("a word"));
    let event = bkash.read_webhook(&headers, message.to_string().as_bytes(), NOW).await?;
    Ok(event.into_inner())
}

#[tokio::test]
async fn both_signature_versions_are_believed_with_one_fetch() {
    let (stub, address) = Stub::serve([vector_certificate()]).await;
    let bkash = adapter(&address);
    for index in [0, 1] {
        let event = reading(&bkash, &message(index, &address)).await.expect("genuine");
        assert_eq!(event.id, "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324");
        assert_eq!(event.created, 1_767_247_201);
        let EventBody::Payment(view) = event.body else { panic!("not a payment") };
        assert_eq!(
            (view.state, view.payment_reference.as_deref()),
            (PaymentState::Processing, Some("4VXX012345"))
        );
        assert_eq!(view.amount.to_string(), "500.50 BDT");
    }
    assert_eq!(reading(&bkash, &message(3, &address)).await, Err(WebhookError::NoMatch));
    assert_eq!(stub.seen().len(), 1);
}

#[tokio::test]
async fn a_certificate_that_can_not_be_had_is_asked_for_again() {
    let elsewhere = Reply::status(302).with("location", "https://sns.us-east-1.amazonaws.com/x.pem");
    let broken = certificate("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    for reply in [Reply::status(503), elsewhere, broken, certificate(""), certificate("x".repeat(100_000))] {
        let (stub, address) = Stub::serve([reply.clone(), vector_certificate()]).await;
        let bkash = adapter(&address);
        let error = reading(&bkash, &message(0, &address)).await.expect_err("no certificate");
        assert!(matches!(error, WebhookError::Unverifiable(_)), "{error:?}");
        reading(&bkash, &message(0, &address)).await.expect("the next delivery");
        assert_eq!(stub.seen().len(), 2);
    }
}

#[tokio::test]
async fn a_certificate_that_is_not_there_was_made_up() {
    for status in [400, 403, 404, 410] {
        let (_, address) = Stub::serve([Reply::status(status)]).await;
        let error = reading(&adapter(&address), &message(0, &address)).await.expect_err("no certificate");
        assert!(matches!(error, WebhookError::Malformed(_)), "{error:?}");
    }
}

#[tokio::test]
async fn nobody_is_called_for_a_stranger() {
    let (stub, address) = Stub::serve([]).await;
    let (_, other) = Stub::serve([]).await;
    let bkash = adapter(&address);
    let mut wrong_topic = message(0, &address);
    wrong_topic["TopicArn"] = "arn:aws:sns:ap-southeast-1:111122223333:another".into();
    for bad in [wrong_topic, message(0, &other), message(0, "file://"), json!({"Type": "Notification"})] {
        let error = reading(&bkash, &bad).await.expect_err("not in order");
        assert!(matches!(error, WebhookError::Malformed(_)), "{error:?}");
    }
    assert!(stub.seen().is_empty());
}

#[tokio::test]
async fn a_subscription_is_confirmed_once_it_is_believed() {
    let key = KeyPair::generate(KeySize::Rsa2048).expect("a key");
    let confirmation = |address: &str| {
        let subscribe = format!("{address}/?Action=ConfirmSubscription&Token=t");
        let signed = format!(
            "Message\nyou\nMessageId\nm1\nSubscribeURL\n{subscribe}\nTimestamp\n2026-01-01T06:00:01.000Z\n\
             Token\nt\nTopicArn\n{TOPIC}\nType\nSubscriptionConfirmation\n"
        );
        let mut signature = vec![0; key.public_modulus_len()];
        let random = SystemRandom::new();
        key.sign(&RSA_PKCS1_SHA256, &random, signed.as_bytes(), &mut signature).expect("a signature");
        json!({
            "Type": "SubscriptionConfirmation", "MessageId": "m1", "TopicArn": TOPIC, "Message": "you",
            "Timestamp": "2026-01-01T06:00:01.000Z", "Token": "t", "SubscribeURL": subscribe,
            "SignatureVersion": "2", "Signature": STANDARD.encode(signature),
            "SigningCertURL": format!("{address}/own.pem"),
        })
    };
    let (stub, address) = Stub::serve([certificate(pem(&key)), Reply::status(500), Reply::status(200)]).await;
    let bkash = adapter(&address);
    let error = reading(&bkash, &confirmation(&address)).await.expect_err("not confirmed");
    assert!(matches!(error, WebhookError::Unverifiable(_)), "{error:?}");
    let event = reading(&bkash, &confirmation(&address)).await.expect("genuine");
    assert_eq!((event.id.as_str(), event.body), ("m1", EventBody::Other));
    let seen = stub.seen();
    assert_eq!(seen.len(), 3);
    assert!(seen[2].uri.query().is_some_and(|query| query.contains("Action=ConfirmSubscription")));

    let mut forged = confirmation(&address);
    forged["SubscribeURL"] = format!("{address}/?Action=Evil").into();
    assert_eq!(reading(&bkash, &forged).await, Err(WebhookError::NoMatch));
    assert_eq!(stub.seen().len(), 3);
}

#[tokio::test]
async fn what_comes_back_names_our_attempt() {
    let bkash = bkash("http://127.0.0.1:9", |_| ());
    let mut stored = message(0, "http://127.0.0.1:9");
    let notice = json!({"trxID": "BK1", "amount": "1", "merchantInvoiceNumber": Uuid::from_u128(1)});
    stored["Message"] = notice.to_string().into();
    let event = bkash.parse_stored(&stored.to_string());
    let EventBody::Payment(view) = event.body else { panic!("not a payment") };
    assert_eq!(view.our_attempt, Some(Uuid::from_u128(1)));
}

fn der(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let length = u16::try_from(content.len()).expect("short").to_be_bytes();
    [&[tag, 0x82, length[0], length[1]], content.as_slice()].concat()
}

fn short(tag: u8, content: &[u8]) -> Vec<u8> {
    [&[tag, u8::try_from(content.len()).expect("short")], content].concat()
}

/// The least certificate there is around a key; nobody looks at its own signature.
fn pem(key: &KeyPair) -> String {
    let spki: PublicKeyX509Der<'_> = key.public_key().as_der().expect("a key");
    let sha256_rsa = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b];
    let algorithm = short(0x30, &[short(0x06, &sha256_rsa), short(0x05, &[])].concat());
    let name = short(0x30, &[]);
    let times = [short(0x17, b"250101000000Z"), short(0x17, b"450101000000Z")].concat();
    let version = short(0xa0, &short(0x02, &[2]));
    let serial = short(0x02, &[1]);
    let body = der(0x30, &[&version, &serial, &algorithm, &name, &short(0x30, &times), &name, spki.as_ref()]);
    let whole = der(0x30, &[&body, &algorithm, &short(0x03, &[0, 1])]);
    format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", STANDARD.encode(whole))
}
