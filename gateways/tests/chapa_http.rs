//! The Chapa adapter against a server that answers, refuses, forgets, falls silent and hangs up.

mod chapa;
mod stub;

use std::time::{Duration, Instant};

use chapa::*;
use gateways::chapa::{Chapa, ChapaConfig};
use gateways::{CallError, CallErrorKind, Expired, Gateway, HostedPayment, PaymentState, Sent};
use serde_json::{Value, json};
use stub::{Reply, Seen, Stub, nobody, serve_and_cut};
use uuid::Uuid;

async fn creating(script: Vec<Reply>) -> (Result<HostedPayment, CallError>, Vec<Seen>) {
    let (stub, chapa) = given(script).await;
    (chapa.create_payment(&context(), &payment()).await, stub.seen())
}

#[tokio::test]
async fn a_page_is_opened_under_the_attempts_name_with_our_key_and_our_trace() {
    let (hosted, seen) = creating(vec![opened()]).await;
    let expected = HostedPayment { reference: page(1), redirect_url: PAGE.to_owned(), expires_at: None };
    assert_eq!(hosted, Ok(expected));
    assert_eq!(steps(&seen), ["POST /v1/transaction/initialize"]);
    assert_eq!(seen[0].header("authorization"), Some("Bearer CHASECK_TEST-hush"));
    assert_eq!(seen[0].header("content-type"), Some("application/json"));
    assert_eq!(seen[0].header("accept"), Some("application/json"));
    assert_eq!(seen[0].header("traceparent"), context().traceparent.as_deref());
    let body: Value = serde_json::from_str(&seen[0].body).expect("JSON");
    assert_eq!((&body["amount"], &body["currency"]), (&json!("400.00"), &json!("ETB")));
    assert_eq!((&body["tx_ref"], &body["phone_number"]), (&json!(page(1)), &json!("0912345678")));
}

#[tokio::test]
async fn a_lost_page_is_replaced_by_the_next() {
    let (hosted, seen) = creating(vec![used(), unpaid(), used(), unknown(), opened()]).await;
    assert_eq!(hosted.expect("the third page").reference, page(3));
    let verify = |number| format!("GET /v1/transaction/verify/{}", page(number));
    let open = || "POST /v1/transaction/initialize".to_owned();
    assert_eq!(steps(&seen), [open(), verify(1), open(), verify(2), open()]);
}

#[tokio::test]
async fn a_lost_page_that_was_paid_is_not_asked_for_again() {
    let (hosted, seen) = creating(vec![used(), yes(charge("success"))]).await;
    let hosted = hosted.expect("where the customer goes after paying");
    assert_eq!((hosted.reference, hosted.redirect_url), (page(1), "https://shop.example/paid".to_owned()));
    assert_eq!(seen.len(), 2);
}

#[tokio::test]
async fn pages_are_not_replaced_for_ever() {
    let script = (0..20).flat_map(|_| [used(), unpaid()]).collect();
    let (hosted, seen) = creating(script).await;
    let error = hosted.expect_err("nine are enough");
    assert!(error.outcome_unknown() && !error.is_retryable(), "{error}");
    assert_eq!(seen.len(), 18);
}

#[tokio::test]
async fn a_lost_page_that_can_not_be_looked_up_now_stays_unknown() {
    for (reply, retryable) in [(Reply::status(503), true), (no(401, "Authorization required"), false)] {
        let (hosted, seen) = creating(vec![used(), reply]).await;
        let error = hosted.expect_err("no answer about the first page");
        assert_eq!((error.outcome_unknown(), error.is_retryable()), (true, retryable), "{error}");
        assert_eq!(seen.len(), 2);
    }
}

#[tokio::test]
async fn each_refusal_of_a_page_has_its_kind() {
    use CallErrorKind::{Auth, Forbidden, Refused, Retry, Unknown};
    let by_field = json!({"message": {"email": ["validation.email"]}, "status": "failed", "data": null});
    let table = [
        (Reply::json(400, &by_field), Refused, false),
        (no(400, "Invalid currency, currency is not supported"), Refused, false),
        (no(401, "Invalid API Key or User doesn't exist"), Auth, false),
        (no(404, "Payments through API is disabled, please contact us"), Forbidden, false),
        (Reply::status(429).with("retry-after", "7"), Retry, false),
        (Reply::status(500), Unknown, true),
        (Reply::status(302).with("location", "https://elsewhere.example/"), Unknown, true),
        (Reply::Answer(200, vec![], "<html>".to_owned()), Unknown, true),
        (yes(json!({})), Unknown, true),
        (Reply::json(200, &json!({"status": "halfway", "data": {"checkout_url": PAGE}})), Unknown, true),
        (no(200, "words nobody has seen"), Refused, false),
    ];
    for (reply, kind, unknown) in table {
        let (hosted, seen) = creating(vec![reply.clone()]).await;
        let error = hosted.expect_err("no page");
        assert_eq!((error.kind, error.outcome_unknown(), seen.len()), (kind, unknown, 1), "{reply:?}");
        if kind == Retry {
            assert_eq!(error.retry_after, Some(Duration::from_secs(7)));
        }
    }
}

#[tokio::test]
async fn silence_is_unknown_for_a_change_and_a_retry_for_a_read() {
    let (_, address) = Stub::serve(vec![Reply::Silence; 3]).await;
    let chapa = Chapa::new(config(address, IMPATIENT)).expect("a good configuration");
    let error = chapa.create_payment(&context(), &payment()).await.expect_err("no answer");
    assert_eq!((error.kind, error.sent), (CallErrorKind::Unknown, Sent::Maybe));
    let error = chapa.create_refund(&context(), &refund()).await.expect_err("no answer");
    assert_eq!((error.kind, error.sent), (CallErrorKind::Unknown, Sent::Maybe));
    let error = chapa.find_payment(&context(), &page(1)).await.expect_err("no answer");
    assert_eq!((error.kind, error.sent), (CallErrorKind::Retry, Sent::No));
}

#[tokio::test]
async fn one_deadline_holds_for_all_requests_of_a_call() {
    let (stub, address) = Stub::serve([used(), Reply::Silence]).await;
    let chapa = Chapa::new(config(address, IMPATIENT)).expect("a good configuration");
    let started = Instant::now();
    let error = chapa.create_payment(&context(), &payment()).await.expect_err("the second is silent");
    assert!(error.outcome_unknown(), "{error}");
    assert!(started.elapsed() < IMPATIENT * 5, "{:?}", started.elapsed());
    assert_eq!(stub.seen().len(), 2);
}

#[tokio::test]
async fn slow_answers_do_not_add_up() {
    let body = r#"{"message":"Transaction reference has been used before","status":"failed"}"#;
    let head = format!("HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: {}", body.len());
    let address = serve_slowly(format!("{head}\r\n\r\n{body}"), IMPATIENT / 2).await;
    let chapa = Chapa::new(config(address, IMPATIENT)).expect("a good configuration");
    let started = Instant::now();
    let error = chapa.create_payment(&context(), &payment()).await.expect_err("eighteen answers take longer");
    assert!(error.outcome_unknown() && error.is_retryable(), "{error}");
    assert!(started.elapsed() < IMPATIENT * 4, "{:?}", started.elapsed());
}

#[tokio::test]
async fn a_cut_connection_is_unknown() {
    let cut_body: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{\"status\":";
    let garbage: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{]";
    for bytes in [b"" as &[u8], cut_body, garbage] {
        let chapa = chapa(serve_and_cut(bytes).await);
        let error = chapa.create_payment(&context(), &payment()).await.expect_err("cut short");
        assert_eq!((error.kind, error.sent), (CallErrorKind::Unknown, Sent::Maybe), "{error}");
        let error = chapa.create_refund(&context(), &refund()).await.expect_err("cut short");
        assert_eq!((error.kind, error.sent), (CallErrorKind::Unknown, Sent::Maybe), "{error}");
        let error = chapa.find_payment(&context(), "x").await.expect_err("cut short");
        assert!(error.is_retryable() && !error.outcome_unknown(), "{error}");
    }
}

#[tokio::test]
async fn without_a_connection_nothing_was_sent() {
    let error = chapa(nobody().await).create_payment(&context(), &payment()).await.expect_err("closed");
    assert_eq!((error.kind, error.sent), (CallErrorKind::Retry, Sent::No));
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let (elsewhere, address) = Stub::serve([]).await;
    let address: &'static str = address.leak();
    let (hosted, seen) = creating(vec![Reply::status(307).with("location", address)]).await;
    assert!(hosted.expect_err("no page").outcome_unknown());
    assert_eq!((seen.len(), elsewhere.seen().len()), (1, 0));
}

#[tokio::test]
async fn a_huge_answer_is_not_read() {
    let huge = Reply::Answer(200, vec![], "x".repeat(2 * 1024 * 1024));
    let (hosted, _) = creating(vec![huge.clone()]).await;
    assert!(hosted.expect_err("too large").outcome_unknown());
    let (_, chapa) = given([huge]).await;
    let error = chapa.find_payment(&context(), &page(1)).await.expect_err("too large");
    assert_eq!(error.kind, CallErrorKind::Retry);
}

#[tokio::test]
async fn a_payment_is_read_by_its_page() {
    let (stub, chapa) = given([yes(charge("success"))]).await;
    let view = chapa.find_payment(&context(), &page(1)).await.expect("a view");
    assert_eq!((view.state, view.amount), (PaymentState::Captured, etb(40_000)));
    assert_eq!((view.our_attempt, view.our_order), (Some(attempt()), Some(Uuid::from_u128(2))));
    assert_eq!(view.reference, Some(page(1)));
    assert_eq!(view.payment_reference.as_deref(), Some("AP634JFwnYlc"));
    assert_eq!(steps(&stub.seen()), [format!("GET /v1/transaction/verify/{}", page(1))]);
}

#[tokio::test]
async fn a_404_is_missing_only_if_it_says_so() {
    for open in [unpaid(), Reply::status(404), no(404, "words nobody has seen")] {
        let (_, chapa) = given([open.clone()]).await;
        let view = chapa.finish_payment(&context(), &page(2)).await.expect("a view");
        assert_eq!((view.state, view.reference), (PaymentState::Open, Some(page(2))), "{open:?}");
        assert_eq!((view.our_attempt, view.amount), (Some(attempt()), etb(0)));
    }
    let (_, chapa) = given([unknown()]).await;
    let error = chapa.find_payment(&context(), &page(1)).await.expect_err("unknown there");
    assert!(error.is_missing() && error.kind == CallErrorKind::Refused, "{error}");
    let (_, chapa) = given([no(404, "Payments through API is disabled")]).await;
    let error = chapa.find_payment(&context(), &page(1)).await.expect_err("an alarm");
    assert_eq!(error.kind, CallErrorKind::Forbidden);
}

#[tokio::test]
async fn other_states_are_told_as_they_are() {
    use PaymentState::{Failed, Open, Processing};
    for (word, state) in [("pending", Open), ("failed/cancelled", Failed), ("reconciling", Processing)] {
        let (_, chapa) = given([yes(charge(word))]).await;
        let view = chapa.find_payment(&context(), &page(1)).await.expect("a view");
        assert_eq!((view.state, view.amount), (state, etb(40_000)), "{word}");
    }
    let (_, chapa) = given([yes(json!({"status": "success", "amount": "many", "currency": "ETB"}))]).await;
    let error = chapa.find_payment(&context(), &page(1)).await.expect_err("money without an amount");
    assert_eq!(error.kind, CallErrorKind::Retry);
}

#[tokio::test]
async fn a_reference_can_not_change_the_path() {
    let (stub, chapa) = given([]).await;
    for reference in ["", "..", "../refund", "a?x=1", "a/b", "é"] {
        let error = chapa.find_payment(&context(), reference).await.expect_err("not a name");
        assert_eq!((error.kind, error.sent), (CallErrorKind::Refused, Sent::No));
        let error = chapa.expire_payment(&context(), reference).await.expect_err("not a name");
        assert_eq!(error.sent, Sent::No);
    }
    assert!(stub.seen().is_empty());
}

#[tokio::test]
async fn without_the_endpoint_a_page_is_left_open_or_found_paid() {
    let (stub, chapa) = given([unpaid(), yes(charge("failed")), yes(charge("success")), unknown()]).await;
    assert!(!chapa.capabilities().closes_pages);
    assert_eq!(chapa.expire_payment(&context(), &page(1)).await, Ok(Expired::LeftOpen));
    assert_eq!(chapa.expire_payment(&context(), &page(1)).await, Ok(Expired::LeftOpen));
    let paid = chapa.expire_payment(&context(), &page(1)).await;
    assert!(matches!(paid, Ok(Expired::AlreadyPaid(view)) if view.amount == etb(40_000)));
    assert!(chapa.expire_payment(&context(), &page(1)).await.expect_err("unknown there").is_missing());
    assert!(stub.seen().iter().all(|seen| seen.method.as_str() == "GET"));
}

#[tokio::test]
async fn with_the_endpoint_a_page_is_closed_unless_the_customer_was_faster() {
    let refused = || no(400, "Only active transactions can be cancelled");
    let cases = [
        (vec![yes(Value::Null)], "Closed", 1),
        (vec![no(400, "Payment link already expired"), unpaid()], "Closed", 2),
        (vec![refused(), yes(charge("cancelled"))], "Closed", 2),
        (vec![refused(), yes(charge("success"))], "AlreadyPaid", 2),
        (vec![refused(), yes(charge("reconciling"))], "StillProcessing", 2),
        (vec![refused(), yes(charge("failed"))], "Closed", 2),
        (vec![no(400, "not now"), yes(charge("failed"))], "LeftOpen", 2),
        (vec![refused(), unpaid()], "LeftOpen", 2),
    ];
    for (script, expected, requests) in cases {
        let (stub, address) = Stub::serve(script.clone()).await;
        let config = ChapaConfig { cancel_endpoint: true, ..config(address, PATIENT) };
        let chapa = Chapa::new(config).expect("a good configuration");
        assert!(chapa.capabilities().closes_pages);
        let expired = chapa.expire_payment(&context(), &page(1)).await.expect("an outcome");
        assert!(format!("{expired:?}").starts_with(expected), "{script:?}: {expired:?}");
        let seen = stub.seen();
        assert_eq!(steps(&seen)[0], format!("PUT /transaction/cancel/{}", page(1)));
        assert_eq!(seen.len(), requests, "{script:?}");
    }
    let (_, address) = Stub::serve([Reply::status(500)]).await;
    let config = ChapaConfig { cancel_endpoint: true, ..config(address, PATIENT) };
    let chapa = Chapa::new(config).expect("a good configuration");
    assert!(chapa.expire_payment(&context(), &page(1)).await.expect_err("no answer").outcome_unknown());
}
