//! What the stories are made of: requests of ours and answers of Paystack's.

use std::time::Duration;

use gateways::paystack::{Paystack, PaystackConfig};
use gateways::{
    CallContext, CreatePayment, CreateRefund, CreateTransfer, Payee, RefundName, RefundReason, Secret,
};
use money::Money;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::stub::{Reply, Seen, Stub};

mod lists;
mod payments;
mod refunds;
mod transfers;

pub const PATIENT: Duration = Duration::from_secs(20);
pub const IMPATIENT: Duration = Duration::from_millis(200);
pub const ATTEMPT: Uuid = Uuid::from_u128(1);
pub const ORDER: Uuid = Uuid::from_u128(2);
pub const PAYOUT: Uuid = Uuid::from_u128(3);

pub fn paystack(base_url: String, timeout: Duration) -> Paystack {
    let config = PaystackConfig { base_url, timeout, ..PaystackConfig::new(Secret::from("sk_test_hush")) };
    Paystack::new(config).expect("a good configuration")
}

/// An adapter whose server follows the script.
pub async fn told(script: impl IntoIterator<Item = Reply>) -> (Stub, Paystack) {
    let (stub, address) = Stub::serve(script).await;
    (stub, paystack(address, PATIENT))
}

pub fn context() -> CallContext {
    let traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    CallContext { traceparent: Some(traceparent.to_owned()), now: 1_767_225_600 }
}

pub fn naira(kobo: i64) -> Money {
    Money::from_minor_units(kobo, "NGN".parse().expect("a known code")).expect("a small amount")
}

pub fn payment() -> CreatePayment {
    CreatePayment {
        attempt_id: ATTEMPT,
        order_id: ORDER,
        order_number: "H-1001".to_owned(),
        amount: naira(500_000),
        lines: vec![],
        customer_email: Some("a@example.com".to_owned()),
        customer_name: None,
        customer_phone: None,
        success_url: "https://shop.example/paid".to_owned(),
        cancel_url: "https://shop.example/cart".to_owned(),
        attempt_created_at: 1_767_225_600,
        expires_at: 1_767_229_200,
    }
}

/// The id of a refund decided at the time of [`context`].
pub fn refund_id() -> Uuid {
    uuid::Builder::from_unix_timestamp_millis(1_767_225_600_000, &[7; 10]).into_uuid()
}

pub fn refund_name(reference: Option<&str>) -> RefundName {
    RefundName {
        refund_id: refund_id(),
        reference: reference.map(str::to_owned),
        page_reference: ATTEMPT.to_string(),
        payment_reference: "302961".to_owned(),
        amount: naira(500),
        others: vec!["11".to_owned()],
    }
}

pub fn refund() -> CreateRefund {
    CreateRefund { name: refund_name(None), order_id: ORDER, reason: RefundReason::RequestedByCustomer }
}

pub fn transfer() -> CreateTransfer {
    CreateTransfer {
        transfer_id: PAYOUT,
        payee: Payee::Registered("RCP_1".to_owned()),
        amount: naira(1000),
        reason: "sales of May".to_owned(),
        payment_reference: None,
    }
}

pub fn ok(data: Value) -> Reply {
    Reply::json(200, &json!({"status": true, "message": "words", "data": data}))
}

pub fn page(rows: Vec<Value>, number: u32, count: u32) -> Reply {
    let meta = json!({"total": 100 * count, "perPage": 100, "page": number, "pageCount": count});
    Reply::json(200, &json!({"status": true, "message": "words", "data": rows, "meta": meta}))
}

pub fn no(status: u16, message: &str, code: Option<&str>) -> Reply {
    let mut body = json!({"status": false, "message": message});
    if let Some(code) = code {
        body["code"] = json!(code);
        body["type"] = json!("validation_error");
    }
    Reply::json(status, &body)
}

pub fn duplicate() -> Reply {
    no(400, "Duplicate Transaction Reference", Some("duplicate_reference"))
}

pub fn opened(reference: &str) -> Reply {
    let address = format!("https://checkout.paystack.com/{reference}");
    ok(json!({"authorization_url": address, "access_code": "x", "reference": reference}))
}

pub fn transaction(status: &str) -> Value {
    json!({
        "id": 302_961, "status": status, "reference": ATTEMPT, "amount": 500_000, "currency": "NGN",
        "paid_at": "2026-01-01T00:10:00.000Z", "created_at": "2026-01-01T00:00:00.000Z",
        "metadata": {"order_id": ORDER, "attempt_id": ATTEMPT}, "gateway_response": "Approved",
    })
}

pub fn refund_row(id: u32, status: &str, note: Value) -> Value {
    json!({
        "id": id, "status": status, "amount": 500, "currency": "NGN", "transaction": 302_961,
        "merchant_note": note, "createdAt": "2026-01-01T00:00:10.000Z",
    })
}

pub fn our_note() -> Value {
    json!(format!("refund {}", refund_id()))
}

pub fn transfer_row(status: &str) -> Value {
    json!({"id": 5, "transfer_code": "TRF_1", "status": status, "reference": PAYOUT, "amount": 1000, "currency": "NGN"})
}

pub fn sent(seen: &Seen) -> Value {
    serde_json::from_str(&seen.body).expect("JSON was sent")
}

/// Method and address of all that came.
pub fn asked(stub: &Stub) -> Vec<String> {
    stub.seen().iter().map(|seen| format!("{} {}", seen.method, seen.uri)).collect()
}

/// The methods of all that came.
pub fn methods(stub: &Stub) -> Vec<String> {
    stub.seen().iter().map(|seen| seen.method.to_string()).collect()
}
