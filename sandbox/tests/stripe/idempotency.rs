//! Idempotency keys: what is replayed, what is refused, and what leaves the key free.
//! Each rule is one of those Stripe documents for its `Idempotency-Key` header.

use haat_sandbox::{FaultKind, Rule};

use crate::shop::{error, json, mugs, open_shop};

#[tokio::test]
async fn the_same_key_gives_the_same_session() {
    let shop = open_shop().await;
    let first = json(shop.checkout("k").send().await.unwrap()).await;
    let second = shop.checkout("k").send().await.unwrap();
    assert_eq!(second.headers()["idempotent-replayed"], "true");
    assert_eq!(second.headers()["idempotency-key"], "k");
    assert_eq!(json(second).await, first);
    assert_eq!(shop.sandbox.stripe().session_count(), 1);
}

#[tokio::test]
async fn the_same_key_with_another_body_is_refused() {
    let shop = open_shop().await;
    shop.checkout("k").send().await.unwrap();
    let mut form = mugs();
    form.push(("customer_email", "a@example.com"));
    let other = shop.post("/v1/checkout/sessions", &form).header("idempotency-key", "k");
    assert_eq!(error(other.send().await.unwrap(), 400).await["type"], "idempotency_error");
    let other = shop.post("/v1/refunds", &[("payment_intent", "pi_1")]).header("idempotency-key", "k");
    assert_eq!(error(other.send().await.unwrap(), 400).await["type"], "idempotency_error");
}

#[tokio::test]
async fn a_failed_validation_leaves_the_key_free() {
    let shop = open_shop().await;
    let wrong = shop.post("/v1/checkout/sessions", &mugs()[1..]).header("idempotency-key", "k");
    assert_eq!(error(wrong.send().await.unwrap(), 400).await["code"], "parameter_missing");
    let right = shop.checkout("k").send().await.unwrap();
    assert_eq!(right.status(), 200);
    assert!(!right.headers().contains_key("idempotent-replayed"));
}

#[tokio::test]
async fn a_refusal_that_ran_is_replayed() {
    let shop = open_shop().await;
    let refund = || shop.post("/v1/refunds", &[("payment_intent", "pi_none")]).header("idempotency-key", "k");
    assert_eq!(error(refund().send().await.unwrap(), 404).await["code"], "resource_missing");
    let again = refund().send().await.unwrap();
    assert_eq!(again.headers()["idempotent-replayed"], "true");
    assert_eq!(again.status(), 404);
}

#[tokio::test]
async fn while_the_first_runs_the_second_meets_a_conflict() {
    let shop = open_shop().await;
    shop.sandbox.faults().add(Rule::on_request("POST", "/v1/*", FaultKind::Slow, 2));
    let (one, two) = tokio::join!(shop.checkout("k").send(), shop.checkout("k").send());
    let (one, two) = (one.unwrap(), two.unwrap());
    let (won, lost) = if one.status() == 200 { (one, two) } else { (two, one) };
    assert_eq!(won.status(), 200);
    assert_eq!(error(lost, 409).await["code"], "idempotency_key_in_use");
    assert_eq!(shop.sandbox.stripe().session_count(), 1);
}

#[tokio::test]
async fn after_a_day_a_key_starts_anew() {
    let shop = open_shop().await;
    shop.checkout("k").send().await.unwrap();
    shop.sandbox.advance(std::time::Duration::from_secs(24 * 3600 + 1));
    let later = shop.checkout("k").send().await.unwrap();
    assert!(!later.headers().contains_key("idempotent-replayed"));
    assert_eq!(shop.sandbox.stripe().session_count(), 2);
}
