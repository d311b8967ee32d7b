//! Pages opened, looked at and left open; and every way in which an answer can fail to come.

use std::time::{Duration, Instant};

use gateways::{CallError, CallErrorKind, CreatePayment, Expired, Gateway, PaymentState, Sent};
use serde_json::json;

use super::*;
use crate::stub::{nobody, serve_and_cut};

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
    let error = paystack(nobody().await, PATIENT).create_payment(&context(), &payment()).await;
    let error = error.expect_err("closed");
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
async fn neither_key_nor_customer_is_in_errors_or_debug() {
    let echo = "Bad key sk_test_hush, customer a@example.com, account 0123456789";
    let (error, _) = creating(vec![no(400, echo, Some("invalid_params"))]).await;
    let (_, paystack) = told([]).await;
    let shown = format!("{error} {error:?} {paystack:?}");
    for private in ["hush", "example.com", "0123456789"] {
        assert!(!shown.contains(private), "{shown}");
    }
}
