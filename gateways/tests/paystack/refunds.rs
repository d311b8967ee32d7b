//! Refunds: looked for, made once, found again.

use gateways::paystack::RefundFilter;
use gateways::{CallErrorKind, Gateway, RefundState, Sent};

use super::*;

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
async fn the_undocumented_filter_can_be_left_out() {
    let (stub, base_url) = Stub::serve([page(vec![refund_row(12, "pending", our_note())], 1, 1)]).await;
    let config = PaystackConfig {
        base_url,
        refund_filter: RefundFilter::Time,
        ..PaystackConfig::new(Secret::from("sk_test_x"))
    };
    let paystack = Paystack::new(config).expect("a good configuration");
    let found = paystack.find_refund(&context(), &refund_name(None)).await.expect("an answer");
    assert!(found.is_some());
    assert_eq!(asked(&stub), ["GET /refund?perPage=100&page=1&from=2025-12-31T23:00:00.000Z"]);
}

#[tokio::test]
async fn a_refund_whose_id_is_known_is_never_made_again() {
    let known = CreateRefund { name: refund_name(Some("12")), ..refund() };
    let (stub, paystack) = told([ok(refund_row(12, "processed", Value::Null))]).await;
    let view = paystack.create_refund(&context(), &known).await.expect("the refund there is");
    assert_eq!((view.reference.as_str(), asked(&stub)), ("12", vec!["GET /refund/12".to_owned()]));
}
