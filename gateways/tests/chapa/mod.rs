//! What the stories about Chapa have in common: the adapter, its requests, and Chapa's answers.

use std::time::Duration;

use gateways::chapa::{Chapa, ChapaConfig};
use gateways::{
    BankAccount, CallContext, CreatePayment, CreateRefund, CreateTransfer, Payee, RefundName, RefundReason,
    Secret,
};
use money::Money;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use uuid::Uuid;

use crate::stub::{Reply, Seen, Stub};

pub mod others;
pub mod refunds;

pub const PATIENT: Duration = Duration::from_secs(20);
pub const IMPATIENT: Duration = Duration::from_millis(200);
pub const PAGE: &str = "https://checkout.chapa.co/checkout/payment/1";

pub fn attempt() -> Uuid {
    Uuid::from_u128(1)
}

pub fn page(number: u32) -> String {
    if number == 1 { attempt().to_string() } else { format!("{}-{number}", attempt()) }
}

pub fn config(base_url: String, timeout: Duration) -> ChapaConfig {
    let secrets = vec![Secret::from("hook_hush")];
    ChapaConfig { base_url, timeout, ..ChapaConfig::new(Secret::from("CHASECK_TEST-hush"), secrets) }
}

pub fn chapa(base_url: String) -> Chapa {
    Chapa::new(config(base_url, PATIENT)).expect("a good configuration")
}

/// Answers in this order, and the adapter that gets them.
pub async fn given(script: impl IntoIterator<Item = Reply>) -> (Stub, Chapa) {
    let (stub, address) = Stub::serve(script).await;
    (stub, chapa(format!("{address}/v1")))
}

pub fn context() -> CallContext {
    let traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    CallContext { traceparent: Some(traceparent.to_owned()), now: 1_767_225_600 }
}

pub fn etb(minor: i64) -> Money {
    Money::from_minor_units(minor, "ETB".parse().expect("a known code")).expect("a small amount")
}

pub fn payment() -> CreatePayment {
    CreatePayment {
        attempt_id: attempt(),
        order_id: Uuid::from_u128(2),
        order_number: "H-1001".to_owned(),
        amount: etb(40_000),
        lines: vec![],
        customer_email: Some("abebe@example.test".to_owned()),
        customer_name: Some("Abebe Bikila".to_owned()),
        customer_phone: Some("+251 912 345 678".to_owned()),
        success_url: "https://shop.example/paid".to_owned(),
        cancel_url: "https://shop.example/cart".to_owned(),
        attempt_created_at: 1_767_225_600,
        expires_at: 1_767_229_200,
    }
}

pub fn refund_id() -> Uuid {
    Uuid::from_u128(9)
}

pub fn refund_name(reference: Option<&str>) -> RefundName {
    RefundName {
        refund_id: refund_id(),
        reference: reference.map(str::to_owned),
        page_reference: page(1),
        payment_reference: "AP634JFwnYlc".to_owned(),
        amount: etb(500),
        others: Vec::new(),
    }
}

pub fn refund() -> CreateRefund {
    CreateRefund {
        name: refund_name(None),
        order_id: Uuid::from_u128(2),
        reason: RefundReason::RequestedByCustomer,
    }
}

pub fn transfer() -> CreateTransfer {
    CreateTransfer {
        transfer_id: Uuid::from_u128(11),
        payee: Payee::Account(BankAccount {
            holder: "Sara Potter".to_owned(),
            number: "1000123456789".to_owned(),
            bank_code: "855".to_owned(),
        }),
        amount: etb(150_000),
        reason: "Week 1".to_owned(),
        payment_reference: None,
    }
}

pub fn yes(data: Value) -> Reply {
    Reply::json(200, &json!({"message": "words", "status": "success", "data": data}))
}

pub fn no(status: u16, message: &str) -> Reply {
    Reply::json(status, &json!({"message": message, "status": "failed", "data": null}))
}

pub fn used() -> Reply {
    no(400, "Transaction reference has been used before")
}

pub fn unpaid() -> Reply {
    Reply::json(404, &json!({"message": "Payment not paid yet", "status": null, "data": null}))
}

pub fn unknown() -> Reply {
    no(404, "Invalid transaction or Transaction not found")
}

pub fn opened() -> Reply {
    yes(json!({"checkout_url": PAGE}))
}

pub fn charge(status: &str) -> Value {
    json!({"currency": "ETB", "amount": 400, "charge": "12", "mode": "live", "status": status,
        "reference": "AP634JFwnYlc", "tx_ref": page(1), "meta": {"order_id": Uuid::from_u128(2)}})
}

pub fn refund_data(status: &str) -> Value {
    json!({"amount": "5.00", "currency": "ETB", "ref_id": "RF1", "payment_reference": "AP634JFwnYlc",
        "status": status})
}

pub fn steps(seen: &[Seen]) -> Vec<String> {
    seen.iter().map(|seen| format!("{} {}", seen.method, seen.uri)).collect()
}

/// Gives every connection the same answer, after a while: of real time, as the deadline over a socket is.
pub async fn serve_slowly(answer: String, pause: Duration) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = format!("http://{}", listener.local_addr().expect("it is bound"));
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = [0; 16_384];
            let _ = stream.read(&mut request).await;
            tokio::time::sleep(pause).await;
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    address
}
