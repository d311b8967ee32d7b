//! What bKash, Paystack and Chapa push: a reason to ask, believed only when it is signed, and never a payment by itself.

use haat_sandbox::Next;
use haat_tests::{Answer, CHAPA_SECRET, Fate, PAYSTACK_KEY, Purchase, Till, World};
use hmac::{Hmac, KeyInit, Mac};
use reqwest::Method;
use serde_json::{Value, json};
use sha2::{Sha256, Sha512};
use uuid::Uuid;

fn sha256(secret: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(body);
    hex::encode(mac.finalize().into_bytes())
}

fn sha512(secret: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha512>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(body);
    hex::encode(mac.finalize().into_bytes())
}

async fn push(world: &World, till: Till, headers: &[(&str, &str)], body: impl Into<Vec<u8>>) -> Answer {
    let mut request = world.nobody().request(Method::POST, &format!("/api/webhooks/{}", till.name()));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    Answer::to(request.header("content-type", "application/json").body(body.into())).await
}

/// A message that is genuine but for what it says.
async fn signed(world: &World, till: Till, says: &Value) -> Answer {
    let body = says.to_string();
    match till {
        Till::Paystack => {
            let signature = sha512(PAYSTACK_KEY, body.as_bytes());
            push(world, till, &[("x-paystack-signature", &signature)], body).await
        }
        Till::Chapa => {
            let signature = sha256(CHAPA_SECRET, body.as_bytes());
            push(world, till, &[("x-chapa-signature", &signature)], body).await
        }
        Till::Bkash => unreachable!("bKash's messages are signed by Amazon"),
    }
}

fn success(till: Till, page: &str, amount: i64) -> Value {
    match till {
        Till::Paystack => json!({ "event": "charge.success", "data": {
            "id": 4_099_260_516_i64, "domain": "test", "status": "success", "reference": page, "amount": amount * 100,
            "currency": "NGN", "paid_at": "2026-01-01T00:00:00.000Z", "created_at": "2026-01-01T00:00:00.000Z",
            "channel": "card", "requested_amount": amount * 100, "metadata": "" } }),
        Till::Chapa => json!({
            "event": "charge.success", "currency": "ETB", "amount": format!("{amount}.00"), "charge": "15.00",
            "status": "success", "mode": "test", "reference": "APforged0001", "type": "API", "tx_ref": page,
            "created_at": "2026-01-01T00:00:00.000000Z", "updated_at": "2026-01-01T00:00:00.000000Z",
            "payment_method": "test", "meta": null }),
        Till::Bkash => json!({}),
    }
}

async fn nothing_was_written(world: &World) {
    assert_eq!(world.count("select count(*) from webhook_events").await, 0);
    assert_eq!(world.count("select count(*) from jobs where kind = 'apply_webhook'").await, 0);
    assert!(world.incidents().await.is_empty());
}

#[tokio::test]
async fn what_paystack_did_not_sign_is_refused() {
    let purchase = Purchase::awaiting(Till::Paystack).await;
    let body = success(Till::Paystack, &purchase.page().await, 500).to_string();
    let (other_key, other_body) = (sha512("sk_test_else", body.as_bytes()), sha512(PAYSTACK_KEY, b"{}"));
    let short = sha256(PAYSTACK_KEY, body.as_bytes());
    let zeros = "0".repeat(128);
    for header in ["", &other_key, &other_body, &short, &zeros, "sha512="] {
        let answer =
            push(&purchase.world, Till::Paystack, &[("x-paystack-signature", header)], body.clone()).await;
        assert_eq!(answer.refusal(), (400, "webhook_signature_invalid"), "{header}");
    }
    let answer = push(&purchase.world, Till::Paystack, &[], body.clone()).await;
    assert_eq!(answer.refusal(), (400, "webhook_signature_missing"));
    nothing_was_written(&purchase.world).await;
    assert_eq!(purchase.status().await, "awaiting_payment");
    purchase.world.books_balance().await;
}

/// `chapa-signature` is the same on every delivery: whoever saw one could sign anything with it.
#[tokio::test]
async fn chapas_constant_signature_alone_is_refused() {
    let purchase = Purchase::awaiting(Till::Chapa).await;
    let body = success(Till::Chapa, &purchase.page().await, 500).to_string();
    let constant = sha256(CHAPA_SECRET, CHAPA_SECRET.as_bytes());
    let wrong = sha256("another_hash_0123456789", body.as_bytes());
    let refused: [&[(&str, &str)]; 4] = [
        &[("chapa-signature", &constant)],
        &[("x-chapa-signature", &constant)],
        &[("x-chapa-signature", &constant), ("chapa-signature", &constant)],
        &[("x-chapa-signature", &wrong), ("chapa-signature", &constant)],
    ];
    for headers in refused {
        let answer = push(&purchase.world, Till::Chapa, headers, body.clone()).await;
        assert_eq!(answer.refusal(), (400, "webhook_signature_invalid"), "{headers:?}");
    }
    let answer = push(&purchase.world, Till::Chapa, &[], body.clone()).await;
    assert_eq!(answer.refusal(), (400, "webhook_signature_missing"));
    nothing_was_written(&purchase.world).await;
    assert_eq!(purchase.status().await, "awaiting_payment");
    purchase.world.books_balance().await;
}

#[tokio::test]
async fn what_amazon_did_not_sign_for_bkash_is_refused() {
    let purchase = Purchase::awaiting(Till::Bkash).await;
    let topic = World::sandbox_config().bkash.topic_arn;
    let certificate = format!("{}/bkash/sns/SimpleNotificationService-0.pem", purchase.world.sandbox.url());
    let genuine = json!({
        "Type": "Notification", "MessageId": Uuid::now_v7(), "TopicArn": topic, "Message": "{}",
        "Timestamp": "2026-01-01T00:00:00.000Z", "SignatureVersion": "1", "Signature": "AAAA",
        "SigningCertURL": certificate,
    });
    let changes = [
        ("Signature", json!("AAAA")),
        ("Signature", json!("not base64!")),
        ("Signature", Value::Null),
        ("SignatureVersion", json!("3")),
        ("TopicArn", json!("arn:aws:sns:ap-southeast-1:000000000000:another")),
        ("SigningCertURL", json!("https://sns.evil.example/SimpleNotificationService-0.pem")),
        ("SigningCertURL", json!("https://sns.ap-southeast-1.amazonaws.com.evil.example/a.pem")),
        ("Type", json!("Something")),
    ];
    for (field, value) in changes {
        let mut message = genuine.clone();
        message[field] = value;
        let answer = push(&purchase.world, Till::Bkash, &[], message.to_string()).await;
        assert!(answer.status.is_client_error(), "{message}: {} {}", answer.status, answer.body);
    }
    nothing_was_written(&purchase.world).await;
    purchase.world.books_balance().await;
}

#[tokio::test]
async fn bytes_that_are_no_message_are_refused() {
    let world = World::open().await;
    for till in Till::ALL {
        let bodies: [Vec<u8>; 5] = [
            Vec::new(),
            b"\xff\xfe{}".to_vec(),
            b"{\"event\":\"\0\"}".to_vec(),
            b"[1,2".to_vec(),
            vec![b' '; 1024 * 1024 + 1],
        ];
        for body in bodies {
            let signature = match till {
                Till::Paystack => ("x-paystack-signature", sha512(PAYSTACK_KEY, b"other")),
                Till::Chapa | Till::Bkash => ("x-chapa-signature", sha256(CHAPA_SECRET, b"other")),
            };
            let length = body.len();
            let answer = push(&world, till, &[(signature.0, &signature.1)], body).await;
            assert!(answer.status.is_client_error(), "{till:?} {length}: {} {}", answer.status, answer.body);
        }
    }
    nothing_was_written(&world).await;
    world.books_balance().await;
}

/// Whoever holds the secret may say that an order is paid; the gateway is asked, and says otherwise.
#[tokio::test]
async fn a_signed_message_that_is_not_true_pays_nothing() {
    for till in [Till::Paystack, Till::Chapa] {
        let purchase = Purchase::awaiting(till).await;
        let page = purchase.page().await;
        for amount in [500, 1, 5_000_000] {
            let answer = signed(&purchase.world, till, &success(till, &page, amount)).await;
            assert!(answer.status.is_success() || answer.status.is_client_error(), "{}", answer.body);
        }
        purchase.world.work().await;
        assert_eq!(
            (purchase.captured(), purchase.status().await.as_str()),
            (0, "awaiting_payment"),
            "{till:?}"
        );
        purchase.pay(Fate::Pays).await;
        purchase.world.work().await;
        assert_eq!((purchase.captured(), purchase.status().await.as_str()), (50_000, "paid"), "{till:?}");
        assert!(purchase.world.incidents().await.is_empty());
        purchase.world.books_balance().await;
    }
}

#[tokio::test]
async fn a_signed_message_of_nobodys_payment_is_shown_and_moves_nothing() {
    for till in [Till::Paystack, Till::Chapa] {
        let purchase = Purchase::awaiting(till).await;
        let answer = signed(&purchase.world, till, &success(till, &Uuid::now_v7().to_string(), 500)).await;
        assert_eq!(answer.status.as_u16(), 200, "{}", answer.body);
        purchase.world.work().await;
        assert_eq!(purchase.world.incidents().await, ["unknown_payment"], "{till:?}");
        assert_eq!(purchase.status().await, "awaiting_payment");
        purchase.world.books_balance().await;
    }
}

/// A message of one gateway that names another's page.
#[tokio::test]
async fn a_page_of_another_gateway_is_not_believed() {
    let purchase = Purchase::awaiting(Till::Chapa).await;
    let attempt = purchase.see().await["payment"]["id"].as_str().unwrap().to_owned();
    let answer = signed(&purchase.world, Till::Paystack, &success(Till::Paystack, &attempt, 500)).await;
    assert_eq!(answer.status.as_u16(), 200, "{}", answer.body);
    purchase.world.work().await;
    assert_eq!(purchase.world.incidents().await, ["unknown_payment"]);
    assert_eq!(purchase.status().await, "awaiting_payment");
    purchase.world.books_balance().await;
}

#[tokio::test]
async fn the_same_message_many_times_is_one() {
    for till in [Till::Paystack, Till::Chapa] {
        let purchase = Purchase::awaiting(till).await;
        let page = purchase.page().await;
        purchase.lose_webhooks();
        assert!(matches!(purchase.agree(Fate::Pays).await, Next::Done(_)));
        let told = success(till, &page, 500);
        for _ in 0..5 {
            assert_eq!(signed(&purchase.world, till, &told).await.status.as_u16(), 200);
        }
        purchase.world.work().await;
        assert_eq!(signed(&purchase.world, till, &told).await.status.as_u16(), 200);
        purchase.world.work().await;
        assert_eq!(purchase.world.count("select count(*) from webhook_events").await, 1, "{till:?}");
        assert_eq!(purchase.steps().await, ["pending", "awaiting_payment", "paid"], "{till:?}");
        purchase.world.books_balance().await;
    }
}
