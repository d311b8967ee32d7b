//! What the stories share: an adapter for an address, and bKash's answers.

mod payments;
mod refunds;
mod tokens;
mod webhooks;

use std::sync::Arc;
use std::time::Duration;

use gateways::bkash::{Bkash, BkashConfig, Credentials};
use gateways::{CallContext, CreatePayment, LocalShelf, Secret};
use money::Money;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::stub::{Reply, Seen};

/// A minute after the payments here were made.
const NOW: i64 = 1_762_072_202;
const IMPATIENT: Duration = Duration::from_millis(900);
/// Longer than bKash may be at work on a request without an answer.
const SETTLED: Duration = Duration::from_mins(2);
const BASE: &str = "/v1.2.0-beta/tokenized/checkout";

fn context() -> CallContext {
    CallContext { traceparent: None, now: NOW }
}

fn bdt(poisha: i64) -> Money {
    Money::from_minor_units(poisha, "BDT".parse().expect("a known code")).expect("a small amount")
}

/// An adapter with a shelf of its own.
fn bkash(address: &str, change: impl FnOnce(&mut BkashConfig)) -> Bkash {
    bkash_with(Arc::default(), address, change)
}

fn bkash_with(shelf: Arc<LocalShelf>, address: &str, change: impl FnOnce(&mut BkashConfig)) -> Bkash {
    let credentials = Credentials {
        username: Secret::from("hush-username"),
        password: Secret::from("hush-password"),
        app_key: Secret::from("hush-key"),
        app_secret: Secret::from("hush-secret"),
    };
    let mut config = BkashConfig::new(credentials, shelf);
    config.base_url = format!("{address}/v1.2.0-beta");
    change(&mut config);
    // Who is impatient is so with executions too.
    config.execute_timeout = config.execute_timeout.min(config.timeout);
    Bkash::new(config).expect("a good configuration")
}

fn payment() -> CreatePayment {
    CreatePayment {
        attempt_id: Uuid::from_u128(1),
        order_id: Uuid::from_u128(2),
        order_number: "H-1001".to_owned(),
        amount: bdt(50_050),
        lines: vec![],
        customer_email: None,
        customer_name: None,
        customer_phone: None,
        success_url: "https://shop.example/pay/bkash".to_owned(),
        cancel_url: "https://shop.example/cart".to_owned(),
        attempt_created_at: NOW,
        expires_at: NOW + 1800,
    }
}

fn ok(body: &Value) -> Reply {
    Reply::json(200, body)
}

fn grant(token: &str) -> Reply {
    ok(&json!({
        "statusCode": "0000", "statusMessage": "Successful", "id_token": token, "token_type": "Bearer",
        "expires_in": 3600, "refresh_token": format!("{token}-refresh"),
    }))
}

fn code(code: &str) -> Reply {
    ok(&json!({"statusCode": code, "statusMessage": "words"}))
}

fn page() -> Value {
    json!({
        "statusCode": "0000", "statusMessage": "Successful", "paymentID": "TR1",
        "bkashURL": "https://sandbox.payment.bkash.com/?paymentId=TR1",
        "paymentCreateTime": "2025-11-02T14:29:02:166 GMT+0600", "transactionStatus": "Initiated",
        "amount": "500.50", "currency": "BDT", "merchantInvoiceNumber": Uuid::from_u128(1),
    })
}

fn status(word: &str, verified: &str) -> Reply {
    let mut body = page();
    body["transactionStatus"] = word.into();
    body["verificationStatus"] = verified.into();
    body["merchantInvoice"] = body["merchantInvoiceNumber"].take();
    if word == "Completed" {
        body["trxID"] = "BK1".into();
    }
    ok(&body)
}

fn executed() -> Reply {
    let mut body = page();
    body["transactionStatus"] = "Completed".into();
    body["trxID"] = "BK1".into();
    ok(&body)
}

/// The last parts of the addresses that were called.
fn paths(seen: &[Seen]) -> Vec<String> {
    let last = |seen: &Seen| seen.uri.path().rsplit('/').next().unwrap_or_default().to_owned();
    seen.iter().map(last).collect()
}

fn body(seen: &Seen) -> Value {
    serde_json::from_str(&seen.body).expect("requests are JSON")
}
