//! The Stripe adapter against a server that answers, refuses, falls silent and hangs up.

mod stripe;
mod stub;

use std::time::Duration;

use gateways::stripe::{Stripe, StripeConfig};
use gateways::{
    CallContext, CallError, CallErrorKind, CreatePayment, CreateRefund, CreateTransfer, Expired, Gateway,
    Payee, PaymentState, RefundName, RefundReason, RefundState, Secret, Sent, TransferState, Transfers,
};
use money::Money;
use serde_json::{Value, json};
use stub::{Reply, Stub, nobody, serve_and_cut};
use uuid::Uuid;

const PATIENT: Duration = Duration::from_secs(20);
const IMPATIENT: Duration = Duration::from_millis(150);

/// An adapter for the address, patient or not, with waits too short to notice.
fn stripe(base_url: String, max_retries: u32, timeout: Duration) -> Stripe {
    let secrets = vec![Secret::from("whsec_x")];
    Stripe::new(StripeConfig {
        base_url,
        timeout,
        max_retries,
        retry_base: Duration::from_millis(1),
        ..StripeConfig::new(Secret::from("sk_test_x"), secrets)
    })
    .expect("a good configuration")
}

fn context() -> CallContext {
    let traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    CallContext { traceparent: Some(traceparent.to_owned()), now: 1_767_225_600 }
}

fn usd(cents: i64) -> Money {
    Money::from_minor_units(cents, "USD".parse().expect("a known code")).expect("a small amount")
}

fn payment() -> CreatePayment {
    CreatePayment {
        attempt_id: Uuid::from_u128(1),
        order_id: Uuid::from_u128(2),
        order_number: "H-1001".to_owned(),
        amount: usd(4999),
        lines: vec![],
        customer_email: None,
        customer_name: None,
        customer_phone: None,
        success_url: "https://shop.example/paid?sid={CHECKOUT_SESSION_ID}".to_owned(),
        cancel_url: "https://shop.example/cart".to_owned(),
        attempt_created_at: 1_767_225_600,
        expires_at: 1_767_229_200,
    }
}

/// The id of a refund made at the time of [`context`].
fn refund_id() -> Uuid {
    uuid::Builder::from_unix_timestamp_millis(1_767_225_600_000, &[7; 10]).into_uuid()
}

fn refund() -> CreateRefund {
    CreateRefund {
        name: refund_name(None),
        order_id: Uuid::from_u128(2),
        reason: RefundReason::RequestedByCustomer,
    }
}

fn refund_name(reference: Option<&str>) -> RefundName {
    RefundName {
        refund_id: refund_id(),
        reference: reference.map(str::to_owned),
        page_reference: "cs_1".to_owned(),
        payment_reference: "pi_1".to_owned(),
        amount: usd(500),
        others: Vec::new(),
    }
}

fn session(status: &str, payment_status: &str) -> Value {
    json!({
        "id": "cs_1", "status": status, "payment_status": payment_status, "amount_total": 4999, "currency": "usd",
        "url": "https://checkout.stripe.com/c/pay/cs_1", "expires_at": 1_767_229_200, "payment_intent": null,
        "client_reference_id": Uuid::from_u128(1),
    })
}

fn refund_object(id: &str, refund_id: Uuid, status: &str) -> Value {
    json!({"id": id, "status": status, "amount": 500, "currency": "usd", "metadata": {"refund_id": refund_id}})
}

fn error_body(kind: &str, code: &str) -> Value {
    json!({"error": {"type": kind, "code": code, "message": "words"}})
}

/// What `create_payment` says of these replies, and how many requests it took.
async fn creating(script: Vec<Reply>, max_retries: u32) -> (CallError, usize) {
    let (stub, address) = Stub::serve(script).await;
    let error = stripe(address, max_retries, PATIENT).create_payment(&context(), &payment()).await;
    (error.expect_err("no session in the script"), stub.seen().len())
}

#[tokio::test]
async fn a_payment_page_is_opened_with_our_key_our_version_and_our_trace() {
    let (stub, address) = Stub::serve([Reply::json(200, &session("open", "unpaid"))]).await;
    let hosted = stripe(address, 2, PATIENT).create_payment(&context(), &payment()).await.expect("a page");
    assert_eq!(hosted.reference, "cs_1");
    assert_eq!(hosted.redirect_url, "https://checkout.stripe.com/c/pay/cs_1");
    assert_eq!(hosted.expires_at, Some(1_767_229_200));
    let seen = stub.seen().remove(0);
    assert_eq!((seen.method.as_str(), seen.uri.path()), ("POST", "/v1/checkout/sessions"));
    let key = format!("{}:create", Uuid::from_u128(1));
    assert_eq!(seen.header("idempotency-key"), Some(key.as_str()));
    assert_eq!(seen.header("stripe-version"), Some("2026-10-28.endive"));
    assert_eq!(seen.header("authorization"), Some("Bearer sk_test_x"));
    assert_eq!(seen.header("content-type"), Some("application/x-www-form-urlencoded"));
    assert_eq!(seen.header("traceparent"), context().traceparent.as_deref());
    assert!(seen.header("user-agent").is_some_and(|agent| agent.starts_with("haat/")));
    assert!(seen.body.contains("sid%3D%7BCHECKOUT_SESSION_ID%7D"), "{}", seen.body);
}

#[tokio::test]
async fn a_repeat_is_the_same_request_to_the_byte() {
    let script = [
        Reply::status(500),
        Reply::json(409, &error_body("invalid_request_error", "lock_timeout")),
        Reply::json(200, &session("open", "unpaid")).with("idempotent-replayed", "true"),
    ];
    let (stub, address) = Stub::serve(script).await;
    stripe(address, 2, PATIENT).create_payment(&context(), &payment()).await.expect("a page");
    let seen = stub.seen();
    assert_eq!(seen.len(), 3);
    for repeat in &seen[1..] {
        assert_eq!(repeat.body, seen[0].body);
        assert_eq!(repeat.header("idempotency-key"), seen[0].header("idempotency-key"));
    }
}

#[tokio::test]
async fn silence_is_unknown_for_a_change_and_a_retry_for_a_read() {
    let (_, address) = Stub::serve(vec![Reply::Silence; 2]).await;
    let stripe = stripe(address, 2, IMPATIENT);
    let error = stripe.create_refund(&context(), &refund()).await.expect_err("no answer");
    assert_eq!((error.kind, error.sent), (CallErrorKind::Unknown, Sent::Maybe));
    let error = stripe.find_payment(&context(), "cs_1").await.expect_err("no answer");
    assert_eq!((error.kind, error.sent), (CallErrorKind::Retry, Sent::No));
}

#[tokio::test]
async fn a_cut_connection_is_unknown() {
    let cut_body: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{\"id\":";
    let garbage: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{]";
    for bytes in [b"" as &[u8], cut_body, garbage] {
        let address = serve_and_cut(bytes).await;
        let error = stripe(address, 1, PATIENT).create_payment(&context(), &payment()).await;
        let error = error.expect_err("cut short");
        assert_eq!((error.kind, error.sent), (CallErrorKind::Unknown, Sent::Maybe), "{error}");
        assert!(error.is_retryable());
    }
}

#[tokio::test]
async fn without_a_connection_nothing_was_sent() {
    let error =
        stripe(nobody().await, 1, PATIENT).create_payment(&context(), &payment()).await.expect_err("closed");
    assert_eq!((error.kind, error.sent), (CallErrorKind::Retry, Sent::No));
}

#[tokio::test]
async fn tries_end_and_stripes_advice_is_followed_both_ways() {
    let (error, requests) = creating(vec![Reply::status(500); 9], 2).await;
    assert_eq!((error.kind, requests), (CallErrorKind::Unknown, 3));

    let (error, requests) =
        creating(vec![Reply::status(500).with("stripe-should-retry", "false"); 9], 2).await;
    assert!(error.outcome_unknown() && !error.is_retryable());
    assert_eq!(requests, 1);

    let (error, requests) =
        creating(vec![Reply::status(400).with("stripe-should-retry", "true"); 9], 1).await;
    assert_eq!((error.kind, requests), (CallErrorKind::Retry, 2));

    let (error, requests) =
        creating(vec![Reply::status(429).with("stripe-should-retry", "false"); 9], 2).await;
    assert_eq!((error.kind, requests), (CallErrorKind::Retry, 1));
}

#[tokio::test]
async fn a_wait_beyond_the_deadline_is_left_to_the_caller() {
    let limited = Reply::status(429).with("retry-after", "60").with("request-id", "req_1");
    let (error, requests) = creating(vec![limited; 3], 2).await;
    assert_eq!((error.kind, error.sent, requests), (CallErrorKind::Retry, Sent::Yes, 1));
    assert_eq!(error.retry_after, Some(Duration::from_secs(60)));
    assert_eq!(error.request_id.as_deref(), Some("req_1"));
}

#[tokio::test]
async fn a_bare_429_is_repeated() {
    let (error, requests) = creating(vec![Reply::status(429); 9], 2).await;
    assert_eq!((error.kind, requests), (CallErrorKind::Retry, 3));
}

#[tokio::test]
async fn a_refusal_is_not_repeated() {
    let declined = Reply::json(402, &error_body("card_error", "card_declined"));
    let (error, requests) = creating(vec![declined], 2).await;
    assert_eq!((error.kind, requests), (CallErrorKind::Refused, 1));
    assert_eq!(error.customer_message.as_deref(), Some("words"));
}

#[tokio::test]
async fn an_error_after_an_unknown_does_not_rule_it_out() {
    let (error, requests) = creating(vec![Reply::status(500), Reply::status(401)], 2).await;
    assert_eq!((error.kind, requests), (CallErrorKind::Auth, 2));
    assert!(error.outcome_unknown());
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let (stub, elsewhere) = Stub::serve([]).await;
    let elsewhere: &'static str = elsewhere.leak();
    let (error, requests) = creating(vec![Reply::status(307).with("location", elsewhere)], 0).await;
    assert_eq!((error.kind, requests), (CallErrorKind::Unknown, 1));
    assert!(stub.seen().is_empty());
}

#[tokio::test]
async fn a_payment_is_read_with_its_intent() {
    let (stub, address) = Stub::serve([Reply::json(200, &session("complete", "paid"))]).await;
    let view = stripe(address, 0, PATIENT).find_payment(&context(), "cs_1").await.expect("a view");
    assert_eq!((view.state, view.amount), (PaymentState::Captured, usd(4999)));
    assert_eq!(view.our_attempt, Some(Uuid::from_u128(1)));
    let seen = stub.seen().remove(0);
    assert_eq!(seen.method.as_str(), "GET");
    assert_eq!(seen.uri.to_string(), "/v1/checkout/sessions/cs_1?expand[]=payment_intent");
    assert_eq!(seen.header("idempotency-key"), None);
}

#[tokio::test]
async fn a_reference_can_not_change_the_path() {
    let (stub, address) = Stub::serve([]).await;
    let stripe = stripe(address, 0, PATIENT);
    for reference in ["", "../refunds", "cs_1?x=1", "cs_1/expire", "cs_é"] {
        let error = stripe.find_payment(&context(), reference).await.expect_err("not an id");
        assert_eq!((error.kind, error.sent), (CallErrorKind::Refused, Sent::No));
    }
    assert!(stub.seen().is_empty());
}

#[tokio::test]
async fn expiring_loses_to_a_customer_who_was_faster() {
    let not_open = || Reply::json(400, &error_body("invalid_request_error", ""));
    let cases = [
        (vec![Reply::json(200, &session("expired", "unpaid"))], "closed"),
        (vec![not_open(), Reply::json(200, &session("expired", "unpaid"))], "closed"),
        (vec![not_open(), Reply::json(200, &session("complete", "paid"))], "paid"),
        (vec![not_open(), Reply::json(200, &session("complete", "unpaid"))], "processing"),
        (vec![not_open(), Reply::json(200, &session("open", "unpaid"))], "refused"),
        (vec![Reply::status(500), not_open(), Reply::json(200, &session("expired", "unpaid"))], "closed"),
    ];
    for (script, expected) in cases {
        let (_, address) = Stub::serve(script).await;
        let answer = match stripe(address, 1, PATIENT).expire_payment(&context(), "cs_1").await {
            Ok(Expired::Closed) => "closed",
            Ok(Expired::AlreadyPaid(_)) => "paid",
            Ok(Expired::StillProcessing(_)) => "processing",
            Ok(Expired::LeftOpen) => "left open",
            Err(error) => error.kind.as_str(),
        };
        assert_eq!(answer, expected);
    }
}

#[tokio::test]
async fn a_refund_is_made_under_its_own_key_and_read_back() {
    let ours = refund_id();
    let pending = Reply::json(200, &refund_object("re_1", ours, "pending"));
    let done = Reply::json(200, &refund_object("re_1", ours, "succeeded"));
    let (stub, address) = Stub::serve([pending, done]).await;
    let stripe = stripe(address, 0, PATIENT);
    let view = stripe.create_refund(&context(), &refund()).await.expect("a refund");
    assert_eq!((view.state, view.our_refund), (RefundState::Pending, Some(ours)));
    let view = stripe.find_refund(&context(), &refund_name(Some("re_1"))).await.expect("an answer");
    assert_eq!(view.map(|view| view.state), Some(RefundState::Succeeded));
    let seen = stub.seen();
    assert_eq!(seen[0].header("idempotency-key"), Some(format!("{ours}:refund").as_str()));
    assert_eq!(seen[1].uri.path(), "/v1/refunds/re_1");
}

#[tokio::test]
async fn a_refund_whose_key_is_too_old_is_looked_for_before_it_is_made() {
    let context = CallContext { now: context().now + 23 * 3600, ..context() };
    let page = |refunds: Vec<Value>| Reply::json(200, &json!({"data": refunds, "has_more": false}));
    let made = refund_object("re_1", refund_id(), "succeeded");

    let (stub, address) = Stub::serve([page(vec![made.clone()])]).await;
    let view = stripe(address, 0, PATIENT).create_refund(&context, &refund()).await.expect("a refund");
    assert_eq!(view.reference, "re_1");
    assert!(stub.seen().iter().all(|seen| seen.method.as_str() == "GET"));

    let (stub, address) = Stub::serve([page(vec![]), Reply::json(200, &made)]).await;
    stripe(address, 0, PATIENT).create_refund(&context, &refund()).await.expect("a refund");
    let methods: Vec<String> = stub.seen().iter().map(|seen| seen.method.to_string()).collect();
    assert_eq!(methods, ["GET", "POST"]);
}

#[tokio::test]
async fn a_refund_is_found_by_our_id_on_a_later_page() {
    let ours = refund_id();
    let page =
        |refund: Value, has_more: bool| Reply::json(200, &json!({"data": [refund], "has_more": has_more}));
    let other = refund_object("re_1", Uuid::from_u128(9), "succeeded");
    let script =
        [page(other.clone(), true), page(refund_object("re_2", ours, "failed"), false), page(other, false)];
    let (stub, address) = Stub::serve(script).await;
    let stripe = stripe(address, 0, PATIENT);
    let found = stripe.find_refund(&context(), &refund_name(None)).await.expect("an answer");
    assert_eq!(
        found.map(|view| (view.reference, view.state)),
        Some(("re_2".to_owned(), RefundState::Failed))
    );
    assert_eq!(stripe.find_refund(&context(), &refund_name(None)).await.expect("an answer"), None);
    let query = stub.seen()[1].uri.query().map(str::to_owned);
    assert_eq!(query.as_deref(), Some("payment_intent=pi_1&limit=100&starting_after=re_1"));
}

#[tokio::test]
async fn what_the_gateway_does_not_know_is_missing() {
    let missing = Reply::json(404, &error_body("invalid_request_error", "resource_missing"));
    let (_, address) = Stub::serve([missing]).await;
    let error = stripe(address, 2, PATIENT).find_payment(&context(), "cs_1").await.expect_err("missing");
    assert!(error.is_missing() && !error.is_retryable());
    assert_eq!(error.code.as_deref(), Some("resource_missing"));
    let missing = Reply::json(404, &error_body("invalid_request_error", "resource_missing"));
    let (_, address) = Stub::serve([missing]).await;
    let refund = stripe(address, 2, PATIENT).find_refund(&context(), &refund_name(Some("re_1"))).await;
    assert_eq!(refund, Ok(None));
}

#[tokio::test]
async fn a_transfer_comes_out_of_the_payments_charge_and_names_itself() {
    let made = json!({"id": "tr_1", "amount": 2000, "amount_reversed": 0, "currency": "usd",
        "metadata": {"transfer_id": refund_id().to_string()}});
    let script = [Reply::json(200, &json!({"id": "pi_1", "latest_charge": "ch_1"})), Reply::json(200, &made)];
    let (stub, base_url) = Stub::serve(script).await;
    let request = CreateTransfer {
        transfer_id: refund_id(),
        payee: Payee::Registered("acct_1".to_owned()),
        amount: usd(2000),
        reason: "sales of May".to_owned(),
        payment_reference: Some("pi_1".to_owned()),
    };
    let stripe = stripe(base_url, 0, PATIENT);
    let view = stripe.create_transfer(&context(), &request).await.expect("a transfer");
    assert_eq!((view.state, view.our_transfer), (TransferState::Succeeded, Some(refund_id())));
    let seen = stub.seen();
    assert_eq!(seen[0].uri.path(), "/v1/payment_intents/pi_1");
    assert_eq!(seen[1].header("idempotency-key"), Some(format!("{}:transfer", refund_id()).as_str()));
    let expected = format!(
        "amount=2000&currency=usd&destination=acct_1&description=sales+of+May\
         &metadata[transfer_id]={}&source_transaction=ch_1",
        refund_id()
    );
    assert_eq!(seen[1].body, expected);
    assert!(seen.iter().all(|seen| seen.header("stripe-account").is_none()));
}

#[tokio::test]
async fn a_connected_account_is_named_with_every_call() {
    let (stub, base_url) = Stub::serve([Reply::status(404), Reply::status(400)]).await;
    let mut config = StripeConfig::new(Secret::from("sk_test_x"), vec![Secret::from("whsec_x")]);
    config.base_url = base_url;
    config.account = Some("acct_1".to_owned());
    let stripe = Stripe::new(config).expect("a good configuration");
    stripe.find_payment(&context(), "cs_1").await.expect_err("unknown");
    stripe.create_payment(&context(), &payment()).await.expect_err("refused");
    let named: Vec<_> =
        stub.seen().iter().map(|seen| seen.header("stripe-account").map(str::to_owned)).collect();
    assert_eq!(named, [Some("acct_1".to_owned()), Some("acct_1".to_owned())]);
}
