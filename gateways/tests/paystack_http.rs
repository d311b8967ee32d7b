//! The Paystack adapter against a server that answers, refuses, falls silent and hangs up.

#[expect(dead_code, reason = "the stub serves other adapters too")]
mod stub;

use std::time::{Duration, Instant};

use gateways::paystack::{NewRecipient, Paystack, PaystackConfig, RecipientKind};
use gateways::{
    CallContext, CallError, CallErrorKind, CreatePayment, CreateRefund, CreateTransfer, Expired, Gateway,
    Movement, Payee, PaymentState, RefundName, RefundReason, RefundState, Secret, Sent, TransferName,
    TransferState, Transfers, Window,
};
use money::Money;
use serde_json::{Value, json};
use stub::{Reply, Seen, Stub, serve_and_cut};
use uuid::Uuid;

const PATIENT: Duration = Duration::from_secs(20);
const IMPATIENT: Duration = Duration::from_millis(200);
const ATTEMPT: Uuid = Uuid::from_u128(1);
const ORDER: Uuid = Uuid::from_u128(2);
const PAYOUT: Uuid = Uuid::from_u128(3);

fn paystack(base_url: String, timeout: Duration) -> Paystack {
    let config = PaystackConfig { base_url, timeout, ..PaystackConfig::new(Secret::from("sk_test_hush")) };
    Paystack::new(config).expect("a good configuration")
}

/// An adapter whose server follows the script.
async fn told(script: impl IntoIterator<Item = Reply>) -> (Stub, Paystack) {
    let (stub, address) = Stub::serve(script).await;
    (stub, paystack(address, PATIENT))
}

fn context() -> CallContext {
    let traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    CallContext { traceparent: Some(traceparent.to_owned()), now: 1_767_225_600 }
}

fn naira(kobo: i64) -> Money {
    Money::from_minor_units(kobo, "NGN".parse().expect("a known code")).expect("a small amount")
}

fn payment() -> CreatePayment {
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
fn refund_id() -> Uuid {
    uuid::Builder::from_unix_timestamp_millis(1_767_225_600_000, &[7; 10]).into_uuid()
}

fn refund_name(reference: Option<&str>) -> RefundName {
    RefundName {
        refund_id: refund_id(),
        reference: reference.map(str::to_owned),
        page_reference: ATTEMPT.to_string(),
        payment_reference: "302961".to_owned(),
        amount: naira(500),
        others: vec!["11".to_owned()],
    }
}

fn refund() -> CreateRefund {
    CreateRefund { name: refund_name(None), order_id: ORDER, reason: RefundReason::RequestedByCustomer }
}

fn transfer() -> CreateTransfer {
    CreateTransfer {
        transfer_id: PAYOUT,
        payee: Payee::Registered("RCP_1".to_owned()),
        amount: naira(1000),
        reason: "sales of May".to_owned(),
    }
}

fn ok(data: Value) -> Reply {
    Reply::json(200, &json!({"status": true, "message": "words", "data": data}))
}

fn page(rows: Vec<Value>, number: u32, count: u32) -> Reply {
    let meta = json!({"total": 100 * count, "perPage": 100, "page": number, "pageCount": count});
    Reply::json(200, &json!({"status": true, "message": "words", "data": rows, "meta": meta}))
}

fn no(status: u16, message: &str, code: Option<&str>) -> Reply {
    let mut body = json!({"status": false, "message": message});
    if let Some(code) = code {
        body["code"] = json!(code);
        body["type"] = json!("validation_error");
    }
    Reply::json(status, &body)
}

fn duplicate() -> Reply {
    no(400, "Duplicate Transaction Reference", Some("duplicate_reference"))
}

fn opened(reference: &str) -> Reply {
    let address = format!("https://checkout.paystack.com/{reference}");
    ok(json!({"authorization_url": address, "access_code": "x", "reference": reference}))
}

fn transaction(status: &str) -> Value {
    json!({
        "id": 302_961, "status": status, "reference": ATTEMPT, "amount": 500_000, "currency": "NGN",
        "paid_at": "2026-01-01T00:10:00.000Z", "created_at": "2026-01-01T00:00:00.000Z",
        "metadata": {"order_id": ORDER, "attempt_id": ATTEMPT}, "gateway_response": "Approved",
    })
}

fn refund_row(id: u32, status: &str, note: Value) -> Value {
    json!({
        "id": id, "status": status, "amount": 500, "currency": "NGN", "transaction": 302_961,
        "merchant_note": note, "createdAt": "2026-01-01T00:00:10.000Z",
    })
}

fn our_note() -> Value {
    json!(format!("refund {}", refund_id()))
}

fn transfer_row(status: &str) -> Value {
    json!({"id": 5, "transfer_code": "TRF_1", "status": status, "reference": PAYOUT, "amount": 1000, "currency": "NGN"})
}

fn sent(seen: &Seen) -> Value {
    serde_json::from_str(&seen.body).expect("JSON was sent")
}

/// Method and address of all that came.
fn asked(stub: &Stub) -> Vec<String> {
    stub.seen().iter().map(|seen| format!("{} {}", seen.method, seen.uri)).collect()
}

/// The methods of all that came.
fn methods(stub: &Stub) -> Vec<String> {
    stub.seen().iter().map(|seen| seen.method.to_string()).collect()
}

/// What `create_payment` says of these replies, and how many requests it took.
async fn creating(script: Vec<Reply>) -> (CallError, usize) {
    let (stub, paystack) = told(script).await;
    let error = paystack.create_payment(&context(), &payment()).await;
    (error.expect_err("no page in the script"), stub.seen().len())
}

#[tokio::test]
async fn a_page_is_opened_under_the_attempts_name_with_our_key_and_our_trace() {
    let reference = ATTEMPT.to_string();
    let (stub, paystack) = told([opened(&reference)]).await;
    let hosted = paystack.create_payment(&context(), &payment()).await.expect("a page");
    assert_eq!(hosted.reference, reference);
    assert_eq!(hosted.redirect_url, format!("https://checkout.paystack.com/{reference}"));
    assert_eq!(hosted.expires_at, None);
    let seen = stub.seen().remove(0);
    assert_eq!((seen.method.as_str(), seen.uri.path()), ("POST", "/transaction/initialize"));
    assert_eq!(seen.header("authorization"), Some("Bearer sk_test_hush"));
    assert_eq!(seen.header("content-type"), Some("application/json"));
    assert_eq!(seen.header("traceparent"), context().traceparent.as_deref());
    let body = sent(&seen);
    assert_eq!(
        (&body["amount"], &body["currency"], &body["reference"]),
        (&json!(500_000), &json!("NGN"), &json!(reference))
    );
    assert_eq!(body["metadata"]["order_id"], json!(ORDER));
}

#[tokio::test]
async fn without_an_address_of_the_customer_nothing_is_sent() {
    let (stub, paystack) = told([]).await;
    let nobody = CreatePayment { customer_email: None, ..payment() };
    let error = paystack.create_payment(&context(), &nobody).await.expect_err("no address");
    assert_eq!((error.kind, error.sent), (CallErrorKind::Refused, Sent::No));
    assert!(error.message.contains("e-mail"), "{error}");
    assert!(stub.seen().is_empty());
}

#[tokio::test]
async fn a_page_whose_address_was_lost_is_followed_by_another() {
    let second = format!("{ATTEMPT}-2");
    for looked in [ok(transaction("abandoned")), ok(transaction("failed")), no(404, "Entity not found", None)]
    {
        let (stub, paystack) = told([Reply::status(502), duplicate(), looked, opened(&second)]).await;
        let error = paystack.create_payment(&context(), &payment()).await.expect_err("lost");
        assert!(error.outcome_unknown() && error.is_retryable());
        let hosted = paystack.create_payment(&context(), &payment()).await.expect("a page");
        assert_eq!(hosted.reference, second);
        let seen = stub.seen();
        assert_eq!(seen[2].uri.path(), format!("/transaction/verify/{ATTEMPT}"));
        assert_eq!(sent(&seen[3])["reference"], json!(second));
    }
}

#[tokio::test]
async fn no_second_page_is_opened_beside_one_that_is_being_paid() {
    for word in ["success", "reversed", "processing", "pending", "ongoing", "queued", "a-new-word"] {
        let (stub, paystack) = told([duplicate(), ok(transaction(word))]).await;
        let hosted = paystack.create_payment(&context(), &payment()).await.expect("the page there is");
        assert_eq!(hosted.reference, ATTEMPT.to_string(), "{word}");
        let back = format!("https://shop.example/paid?trxref={ATTEMPT}&reference={ATTEMPT}");
        assert_eq!(hosted.redirect_url, back, "{word}");
        assert_eq!(methods(&stub), ["POST", "GET"]);
    }
}

#[tokio::test]
async fn names_are_used_up_in_the_end() {
    let round = || [duplicate(), ok(transaction("abandoned"))];
    let (error, requests) = creating((0..12).flat_map(|_| round()).collect()).await;
    assert_eq!((error.kind, error.code.as_deref()), (CallErrorKind::Refused, Some("duplicate_reference")));
    assert_eq!(requests, 18);
}

#[tokio::test]
async fn each_refusal_has_its_meaning() {
    use CallErrorKind::{Auth, Forbidden, Refused, Retry, Unknown};
    for (reply, kind, retryable, unknown) in [
        (no(400, "Invalid amount", Some("invalid_params")), Refused, false, false),
        (no(401, "Invalid key", None), Auth, false, false),
        (Reply::status(403), Forbidden, false, false),
        (Reply::status(429), Retry, true, false),
        (Reply::status(408), Unknown, true, true),
        (Reply::status(500), Unknown, true, true),
        (no(503, "Down", Some("unknown")), Unknown, true, true),
        (Reply::json(200, &json!({"status": false, "message": "odd"})), Unknown, true, true),
        (ok(json!({"reference": ATTEMPT})), Unknown, true, true),
        (opened("another"), Unknown, true, true),
        (Reply::Answer(200, vec![], "<html>".to_owned()), Unknown, true, true),
        (Reply::Answer(200, vec![], "x".repeat(1024 * 1024 + 1)), Unknown, true, true),
    ] {
        let shown = format!("{reply:?}").chars().take(80).collect::<String>();
        let (error, requests) = creating(vec![reply]).await;
        let facts = (error.kind, error.is_retryable(), error.outcome_unknown(), requests);
        assert_eq!(facts, (kind, retryable, unknown, 1), "{shown}");
        assert!(!format!("{error:?}").contains("hush"));
    }
    let (error, _) = creating(vec![Reply::status(429).with("retry-after", "60")]).await;
    assert_eq!(error.retry_after, Some(Duration::from_secs(60)));
}

#[tokio::test]
async fn silence_is_unknown_for_a_change_and_a_retry_for_a_read() {
    let (_, address) = Stub::serve(vec![Reply::Silence; 2]).await;
    let paystack = paystack(address, IMPATIENT);
    let error = paystack.create_payment(&context(), &payment()).await.expect_err("no answer");
    assert_eq!((error.kind, error.sent), (CallErrorKind::Unknown, Sent::Maybe));
    let error = paystack.find_payment(&context(), "x").await.expect_err("no answer");
    assert_eq!((error.kind, error.sent), (CallErrorKind::Retry, Sent::No));
}

#[tokio::test]
async fn all_requests_of_a_call_share_one_deadline() {
    let (stub, address) = Stub::serve([duplicate(), Reply::Silence, Reply::Silence]).await;
    let started = Instant::now();
    let error = paystack(address, IMPATIENT).create_payment(&context(), &payment()).await;
    let error = error.expect_err("no answer");
    assert!(!error.outcome_unknown() && error.is_retryable(), "a look changes nothing");
    assert!(started.elapsed() < IMPATIENT * 3, "{:?}", started.elapsed());
    assert_eq!(stub.seen().len(), 2);
}

#[tokio::test]
async fn a_cut_connection_is_unknown() {
    let cut_body: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{\"status\":";
    for bytes in [b"" as &[u8], cut_body] {
        let address = serve_and_cut(bytes).await;
        let error = paystack(address, PATIENT).create_payment(&context(), &payment()).await;
        let error = error.expect_err("cut short");
        assert_eq!((error.kind, error.sent), (CallErrorKind::Unknown, Sent::Maybe), "{error}");
    }
}

#[tokio::test]
async fn without_a_connection_nothing_was_sent() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = format!("http://{}", listener.local_addr().expect("it is bound"));
    drop(listener);
    let error = paystack(address, PATIENT).create_payment(&context(), &payment()).await.expect_err("closed");
    assert_eq!((error.kind, error.sent), (CallErrorKind::Retry, Sent::No));
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let (stub, elsewhere) = Stub::serve([]).await;
    let elsewhere: &'static str = elsewhere.leak();
    let (error, requests) = creating(vec![Reply::status(307).with("location", elsewhere)]).await;
    assert_eq!((error.kind, requests), (CallErrorKind::Unknown, 1));
    assert!(stub.seen().is_empty());
}

#[tokio::test]
async fn a_payment_is_what_verify_says() {
    let (stub, paystack) = told([ok(transaction("success"))]).await;
    let view = paystack.find_payment(&context(), &ATTEMPT.to_string()).await.expect("a view");
    assert_eq!((view.state, view.amount), (PaymentState::Captured, naira(500_000)));
    assert_eq!((view.our_attempt, view.our_order), (Some(ATTEMPT), Some(ORDER)));
    assert_eq!(view.payment_reference.as_deref(), Some("302961"));
    assert_eq!(asked(&stub), [format!("GET /transaction/verify/{ATTEMPT}")]);
}

#[tokio::test]
async fn what_paystack_does_not_know_is_missing_in_both_its_ways() {
    for reply in [no(404, "Entity not found", None), no(400, "Transaction reference not found", None)] {
        let (_, paystack) = told([reply]).await;
        let error = paystack.find_payment(&context(), "x").await.expect_err("missing");
        assert!(error.is_missing() && !error.is_retryable());
    }
    let (_, paystack) = told([Reply::status(404)]).await;
    assert!(!paystack.find_payment(&context(), "x").await.expect_err("a stranger's 404").is_missing());
}

#[tokio::test]
async fn a_reference_can_not_change_the_path() {
    let (stub, paystack) = told([]).await;
    for reference in ["", "../refund", "..", "x?y=1", "x/y", "é"] {
        let error = paystack.find_payment(&context(), reference).await.expect_err("not one of ours");
        assert_eq!((error.kind, error.sent), (CallErrorKind::Refused, Sent::No));
        let error = paystack.find_refund(&context(), &refund_name(Some(reference))).await;
        assert_eq!(error.expect_err("not an id").sent, Sent::No);
    }
    assert!(stub.seen().is_empty());
}

#[tokio::test]
async fn a_page_is_left_open_unless_it_was_paid() {
    for (word, expected) in [
        ("success", "paid"),
        ("reversed", "paid"),
        ("processing", "processing"),
        ("a-new-word", "processing"),
        ("abandoned", "left open"),
        ("ongoing", "left open"),
        ("failed", "left open"),
    ] {
        let (stub, paystack) = told([ok(transaction(word))]).await;
        let answer = match paystack.expire_payment(&context(), &ATTEMPT.to_string()).await {
            Ok(Expired::Closed) => "closed",
            Ok(Expired::AlreadyPaid(_)) => "paid",
            Ok(Expired::StillProcessing(_)) => "processing",
            Ok(Expired::LeftOpen) => "left open",
            Err(error) => error.kind.as_str(),
        };
        assert_eq!(answer, expected, "{word}");
        assert_eq!(methods(&stub), ["GET"]);
    }
    assert!(!paystack("http://127.0.0.1:9".to_owned(), PATIENT).capabilities().closes_pages);
}

#[tokio::test]
async fn a_refund_is_looked_for_and_then_made_with_our_note() {
    let made = json!({
        "id": 12, "status": "pending", "amount": 500, "currency": "NGN",
        "transaction": {"id": 302_961, "reference": ATTEMPT, "amount": 500_000},
    });
    let others =
        vec![refund_row(11, "processed", Value::Null), json!({"id": 9, "transaction": 7, "amount": 500})];
    let (stub, paystack) = told([page(others, 1, 1), ok(made)]).await;
    let view = paystack.create_refund(&context(), &refund()).await.expect("a refund");
    assert_eq!((view.reference.as_str(), view.state), ("12", RefundState::Pending));
    assert_eq!((view.our_refund, view.amount), (Some(refund_id()), naira(500)));
    let look = "GET /refund?perPage=100&page=1&from=2025-12-31T23:00:00.000Z&transaction=302961";
    assert_eq!(asked(&stub), [look, "POST /refund"]);
    let body = sent(&stub.seen()[1]);
    let expected =
        json!({"transaction": "302961", "amount": 500, "currency": "NGN", "merchant_note": our_note()});
    assert_eq!(body, expected);
}

#[tokio::test]
async fn a_refund_that_was_made_already_is_not_made_again() {
    let by_note = vec![
        page(vec![refund_row(14, "processed", Value::Null)], 1, 2),
        page(vec![refund_row(12, "processing", our_note())], 2, 2),
    ];
    let by_elimination = vec![page(vec![refund_row(12, "processing", Value::Null)], 1, 1)];
    let uncounted = vec![ok(json!([refund_row(12, "processing", Value::Null)])), ok(json!([]))];
    for script in [by_note, by_elimination, uncounted] {
        let (stub, paystack) = told(script).await;
        let view = paystack.create_refund(&context(), &refund()).await.expect("the refund there is");
        assert_eq!((view.reference.as_str(), view.our_refund), ("12", Some(refund_id())));
        assert!(methods(&stub).iter().all(|method| method == "GET"));
    }
}

#[tokio::test]
async fn a_refund_whose_answer_was_lost_is_unknown_and_found_later() {
    for lost in [Reply::status(504), Reply::Answer(200, vec![], "{".to_owned()), ok(json!({"id": 12}))] {
        let found = page(vec![refund_row(12, "processed", our_note())], 1, 1);
        let (stub, paystack) = told([page(vec![], 1, 0), lost, found]).await;
        let error = paystack.create_refund(&context(), &refund()).await.expect_err("lost");
        assert!(error.outcome_unknown() && error.is_retryable());
        let view = paystack.find_refund(&context(), &refund_name(None)).await.expect("an answer");
        assert_eq!(view.map(|view| view.state), Some(RefundState::Succeeded));
        assert_eq!(methods(&stub), ["GET", "POST", "GET"]);
    }
}

#[tokio::test]
async fn a_look_that_fails_sends_nothing_and_refuses_nothing() {
    for reply in [
        no(400, "Invalid filter", Some("invalid_params")),
        no(404, "Entity not found", None),
        Reply::status(500),
        ok(json!({"rows": []})),
        page(vec![json!({"id": 12, "transaction": 302_961, "amount": "much"})], 1, 1),
    ] {
        let (stub, paystack) = told([reply]).await;
        let error = paystack.create_refund(&context(), &refund()).await.expect_err("nothing was learned");
        assert_eq!(error.kind, CallErrorKind::Retry, "{error}");
        assert!(!error.outcome_unknown());
        assert_eq!(methods(&stub), ["GET"]);
    }
    let endless = |_| page(vec![json!({"id": 9, "transaction": 7})], 1, 99);
    let (stub, paystack) = told((0..30).map(endless)).await;
    let error = paystack.create_refund(&context(), &refund()).await.expect_err("too many");
    assert_eq!((error.kind, stub.seen().len()), (CallErrorKind::Retry, 20));
}

#[tokio::test]
async fn a_refused_refund_is_looked_for_once_more_before_the_refusal_is_believed() {
    let refused = || no(400, "Refund amount is more than the transaction amount", Some("invalid_params"));
    let (_, paystack) = told([page(vec![], 1, 0), refused(), page(vec![], 1, 0)]).await;
    let error = paystack.create_refund(&context(), &refund()).await.expect_err("refused");
    assert_eq!((error.kind, error.sent), (CallErrorKind::Refused, Sent::Yes));
    let late = page(vec![refund_row(12, "pending", our_note())], 1, 1);
    let (_, paystack) = told([page(vec![], 1, 0), refused(), late]).await;
    let view = paystack.create_refund(&context(), &refund()).await.expect("an earlier try was carried out");
    assert_eq!(view.reference, "12");
}

#[tokio::test]
async fn a_refund_is_found_by_its_id() {
    let (stub, paystack) =
        told([ok(refund_row(12, "needs-attention", Value::Null)), no(404, "Refund not found", None)]).await;
    let view = paystack.find_refund(&context(), &refund_name(Some("12"))).await.expect("an answer");
    assert_eq!(view.map(|view| view.state), Some(RefundState::NeedsAction));
    assert_eq!(paystack.find_refund(&context(), &refund_name(Some("12"))).await, Ok(None));
    assert_eq!(asked(&stub)[0], "GET /refund/12");
}

#[tokio::test]
async fn a_window_is_read_list_by_list_and_page_by_page() {
    let window = Window { from: 1_767_225_600, until: 1_767_229_200 };
    let late = json!({"id": 1, "status": "success", "reference": "x", "amount": 1, "currency": "NGN",
        "paid_at": "2026-01-01T01:00:00.000Z"});
    let unreadable = json!({"id": 2, "status": "success", "reference": "x", "amount": 1, "currency": "EGP"});
    let dispute = json!({"id": 5, "status": "pending", "refund_amount": 7, "currency": "NGN",
        "createdAt": "2026-01-01T00:00:00.000Z", "transaction": {"id": 302_961, "reference": ATTEMPT}});
    let (stub, paystack) = told([
        page(vec![late, unreadable], 1, 2),
        page(vec![transaction("success")], 2, 2),
        page(vec![refund_row(12, "processed", our_note())], 1, 1),
        page(vec![dispute], 1, 1),
    ])
    .await;
    let mut cursor = None;
    let mut seen = Vec::new();
    loop {
        let page = paystack.list_transactions(&context(), window, cursor.as_deref()).await.expect("a page");
        seen.extend(page.transactions);
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(seen.len(), 3);
    assert!(matches!(&seen[0].what, Movement::Payment(view) if view.our_attempt == Some(ATTEMPT)));
    assert_eq!((seen[0].at, seen[0].id.as_str()), (1_767_226_200, "302961"), "when it was paid");
    let Movement::Refund { view, payment_reference } = &seen[1].what else { panic!("{:?}", seen[1]) };
    assert_eq!((view.our_refund, payment_reference.as_deref()), (Some(refund_id()), Some("302961")));
    assert!(
        matches!(&seen[2].what, Movement::Dispute(view) if view.page_reference == Some(ATTEMPT.to_string()))
    );
    let times = "&from=2026-01-01T00:00:00.000Z&to=2026-01-01T01:00:00.000Z";
    let asked = asked(&stub);
    assert_eq!(
        asked[1],
        "GET /transaction?perPage=100&page=2&from=2025-12-31T00:00:00.000Z&to=2026-01-01T01:00:00.000Z"
    );
    assert_eq!(
        asked[2..],
        [format!("GET /refund?perPage=100&page=1{times}"), format!("GET /dispute?perPage=100&page=1{times}")]
    );
    let error = paystack.list_transactions(&context(), window, Some("evt_1")).await.expect_err("no cursor");
    assert_eq!(error.sent, Sent::No);
}

#[tokio::test]
async fn a_transfer_is_looked_for_and_then_sent_under_our_name() {
    let unknown = no(404, "Transfer not found", None);
    let (stub, paystack) = told([unknown, ok(transfer_row("pending"))]).await;
    let view = paystack.create_transfer(&context(), &transfer()).await.expect("a transfer");
    assert_eq!((view.state, view.amount), (TransferState::Pending, naira(1000)));
    assert_eq!((view.reference, view.our_transfer), (PAYOUT.to_string(), Some(PAYOUT)));
    assert_eq!(asked(&stub), [format!("GET /transfer/verify/{PAYOUT}"), "POST /transfer".to_owned()]);
    let expected = json!({
        "source": "balance", "amount": 1000, "currency": "NGN", "recipient": "RCP_1", "reference": PAYOUT,
        "reason": "sales of May",
    });
    assert_eq!(sent(&stub.seen()[1]), expected);
    let (stub, paystack) = told([ok(transfer_row("success"))]).await;
    let view = paystack.create_transfer(&context(), &transfer()).await.expect("the transfer there is");
    assert_eq!((view.state, methods(&stub)), (TransferState::Succeeded, vec!["GET".to_owned()]));
}

#[tokio::test]
async fn a_transfer_without_a_clear_answer_is_asked_after_and_never_sent_twice() {
    let unknown = || no(404, "Transfer not found", None);
    let taken = || no(400, "Reference already exists", Some("duplicate_reference"));
    for answer in [Reply::status(500), taken()] {
        let (stub, paystack) = told([unknown(), answer, ok(transfer_row("otp"))]).await;
        let view = paystack.create_transfer(&context(), &transfer()).await.expect("it was carried out");
        assert_eq!(view.state, TransferState::NeedsAction);
        assert_eq!(methods(&stub), ["GET", "POST", "GET"]);
    }
    let (_, paystack) = told([unknown(), Reply::status(500), unknown()]).await;
    let error = paystack.create_transfer(&context(), &transfer()).await.expect_err("it may arrive yet");
    assert!(error.outcome_unknown());
    let (_, paystack) = told([unknown(), taken(), unknown()]).await;
    let error = paystack.create_transfer(&context(), &transfer()).await.expect_err("refused");
    assert_eq!(error.kind, CallErrorKind::Refused);
    let (stub, paystack) = told([Reply::status(404)]).await;
    let error = paystack.create_transfer(&context(), &transfer()).await.expect_err("a stranger's 404");
    assert_eq!((error.kind, methods(&stub)), (CallErrorKind::Retry, vec!["GET".to_owned()]));
}

#[tokio::test]
async fn a_transfer_is_found_or_not_and_never_taken_back() {
    let (_, paystack) = told([ok(transfer_row("reversed")), no(404, "Transfer not found", None)]).await;
    let paystack: Box<dyn Transfers> = Box::new(paystack);
    let name = TransferName { transfer_id: PAYOUT, reference: None };
    let view = paystack.find_transfer(&context(), &name).await.expect("an answer");
    assert_eq!(view.map(|view| view.state), Some(TransferState::Reversed));
    assert_eq!(paystack.find_transfer(&context(), &name).await, Ok(None));
    let back = gateways::ReverseTransfer { reversal_id: PAYOUT, name, amount: naira(1) };
    assert_eq!(paystack.reverse_transfer(&context(), &back).await.expect_err("never").sent, Sent::No);
}

#[tokio::test]
async fn a_recipient_gets_its_code_and_prints_no_account() {
    let (stub, paystack) =
        told([Reply::json(201, &json!({"status": true, "data": {"recipient_code": "RCP_1"}}))]).await;
    let recipient = NewRecipient {
        kind: RecipientKind::Nuban,
        name: "Jane".to_owned(),
        account_number: "0123456789".to_owned(),
        bank_code: "057".to_owned(),
        currency: "NGN".parse().expect("a known code"),
    };
    assert_eq!(paystack.create_recipient(&context(), &recipient).await.as_deref(), Ok("RCP_1"));
    assert_eq!(sent(&stub.seen()[0])["type"], json!("nuban"));
    let shown = format!("{recipient:?}");
    assert!(!shown.contains("0123456789") && !shown.contains("Jane"), "{shown}");
}

#[tokio::test]
async fn neither_key_nor_customer_is_in_errors_or_debug() {
    let echo = "Bad key sk_test_hush, customer a@example.com, account 0123456789";
    let (error, _) = creating(vec![no(400, echo, Some("invalid_params"))]).await;
    let (_, paystack) = told([]).await;
    let shown = format!("{error} {error:?} {paystack:?}");
    for private in ["hush", "example.com", "0123456789"] {
        assert!(!shown.contains(private), "{shown}");
    }
}
