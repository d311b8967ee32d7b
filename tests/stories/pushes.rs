//! Messages of bKash, Paystack and Chapa: a reason to ask, accepted only when signed, and no proof of payment.

use std::time::Duration;

use haat_sandbox::Next;
use haat_tests::{Answer, CHAPA_SECRET, Fate, PAYSTACK_KEY, Purchase, Till, World, tag};
use hmac::Hmac;
use serde_json::{Value, json};
use sha2::{Sha256, Sha512};
use uuid::Uuid;

fn sha256(secret: &str, body: &[u8]) -> String {
    hex::encode(tag::<Hmac<Sha256>>(secret.as_bytes(), body))
}

fn sha512(secret: &str, body: &[u8]) -> String {
    hex::encode(tag::<Hmac<Sha512>>(secret.as_bytes(), body))
}

/// A message that is genuine but for what it says.
async fn signed(world: &World, till: Till, says: &Value) -> Answer {
    let body = says.to_string();
    match till {
        Till::Paystack => {
            let signature = sha512(PAYSTACK_KEY, body.as_bytes());
            world.deliver(till.name(), &[("x-paystack-signature", &signature)], body).await
        }
        Till::Chapa => {
            let signature = sha256(CHAPA_SECRET, body.as_bytes());
            world.deliver(till.name(), &[("x-chapa-signature", &signature)], body).await
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
        Till::Bkash => unreachable!("bKash's messages are signed by Amazon"),
    }
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
            purchase.world.deliver("paystack", &[("x-paystack-signature", header)], body.clone()).await;
        assert_eq!(answer.refusal(), (400, "webhook_signature_invalid"), "{header}");
    }
    let answer = purchase.world.deliver("paystack", &[], body.clone()).await;
    assert_eq!(answer.refusal(), (400, "webhook_signature_missing"));
    purchase.world.nothing_was_taken_in().await;
    assert_eq!(purchase.status().await, "awaiting_payment");
    purchase.world.books_balance().await;
}

/// `chapa-signature` is the same on every delivery: anyone who has seen one could sign any message with it.
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
        let answer = purchase.world.deliver("chapa", headers, body.clone()).await;
        assert_eq!(answer.refusal(), (400, "webhook_signature_invalid"), "{headers:?}");
    }
    let answer = purchase.world.deliver("chapa", &[], body.clone()).await;
    assert_eq!(answer.refusal(), (400, "webhook_signature_missing"));
    purchase.world.nothing_was_taken_in().await;
    assert_eq!(purchase.status().await, "awaiting_payment");
    purchase.world.books_balance().await;
}

#[tokio::test]
async fn what_amazon_did_not_sign_for_bkash_is_refused() {
    // Without this header the body is not read.
    const KIND: [(&str, &str); 1] = [("x-amz-sns-message-type", "Notification")];
    let purchase = Purchase::paid(Till::Bkash).await;
    let taken_in = "select body from webhook_events where gateway = 'bkash' order by id limit 1";
    let body: String = sqlx::query_scalar(taken_in).fetch_one(&purchase.world.pool).await.expect("a message");
    let genuine: Value = serde_json::from_str(&body).expect("JSON");
    let count = "select count(*) from webhook_events";
    let before = purchase.world.count(count).await;
    let changes = [
        ("MessageId", json!(Uuid::now_v7())),
        ("Message", json!("{}")),
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
        let answer = purchase.world.deliver("bkash", &KIND, message.to_string()).await;
        assert!(answer.status.is_client_error(), "{message}: {} {}", answer.status, answer.body);
    }
    assert_eq!(
        purchase.world.deliver("bkash", &KIND, body).await.status,
        200,
        "as it was signed, it is believed"
    );
    assert_eq!(purchase.world.count(count).await, before, "and known");
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
            let answer = world.deliver(till.name(), &[(signature.0, &signature.1)], body).await;
            assert!(answer.status.is_client_error(), "{till:?} {length}: {} {}", answer.status, answer.body);
        }
    }
    world.nothing_was_taken_in().await;
    world.books_balance().await;
}

/// A holder of the secret may say that an order is paid; the gateway is asked, and says otherwise.
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
        // Another question about the same payment waits a little.
        purchase.world.pass(Duration::from_secs(20));
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
        purchase.world.lose_webhooks();
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
