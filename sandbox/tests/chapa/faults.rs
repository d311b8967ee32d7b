//! Faults that strike requests: whether the effect happened, and what repeating the request meets.
//! Chapa has no idempotency keys; a reference that is taken is what keeps a repetition harmless.

use haat_sandbox::{Fault, FaultKind, Rule};

use crate::hook::until;
use crate::shop::{Shop, json_of, open_shop, payout, refusal};

const INITIALIZE: &str = "/v1/transaction/initialize";

fn strike(shop: &Shop, path: &str, fault: impl Into<Fault>) {
    shop.sandbox.faults().add(Rule::on_request("POST", path, fault, 1));
}

#[tokio::test]
async fn whatever_is_lost_after_the_effect_has_happened() {
    let shop = open_shop().await;
    for (at, fault) in
        [FaultKind::CutAfter, FaultKind::Error500After, FaultKind::Error500Stored].into_iter().enumerate()
    {
        let order = shop.order(&format!("ord-{at}"));
        strike(&shop, INITIALIZE, fault);
        let lost = shop.post(INITIALIZE, &order).send().await;
        assert!(lost.is_err() || lost.unwrap().status() == 500);
        assert_eq!(shop.sandbox.chapa().initialized_count(), at as u64 + 1);
        refusal(shop.initialize(&order).await, 400).await;
        // The link is lost, but there is one.
        let verified = refusal(shop.verify(&format!("ord-{at}")).await, 404).await;
        assert_eq!(verified, "Payment not paid yet");
    }
}

#[tokio::test]
async fn before_the_effect_nothing_has_happened() {
    let shop = open_shop().await;
    let order = shop.order("ord-1");
    for fault in ["cut_before", "error_500_before", "rate_limit", "in_use_409"] {
        let request = shop.post(INITIALIZE, &order).header("x-sandbox-fault", fault);
        match request.send().await {
            Err(_) => assert_eq!(fault, "cut_before"),
            Ok(answer) => {
                let status = answer.status().as_u16();
                assert!(status == 500 || status == 429 || status == 400, "{fault}: {status}");
                refusal(answer, status).await;
            }
        }
        assert_eq!(shop.sandbox.chapa().initialized_count(), 0);
    }
    assert_eq!(shop.initialize(&order).await.status(), 200);
    let nonsense = shop.post(INITIALIZE, &order).header("x-sandbox-fault", "earthquake");
    refusal(nonsense.send().await.unwrap(), 400).await;
}

#[tokio::test]
async fn a_lost_answer_to_a_refund_or_transfer_is_found_by_its_reference() {
    let shop = open_shop().await;
    let payment = shop.paid_with("ord-1", "0900123456").await;
    let form = [("amount", "10"), ("reference", "rf-1")];
    strike(&shop, "/v1/refund/*", FaultKind::Error500After);
    assert_eq!(shop.refund(&payment, &form).await.status(), 500);
    refusal(shop.refund(&payment, &form).await, 400).await;
    assert_eq!(shop.sandbox.chapa().refunds_of("ord-1").len(), 1);

    strike(&shop, "/v1/transfers", FaultKind::CutAfter);
    let lost = shop.post("/v1/transfers", &payout("payout-1", "0911111111")).send().await;
    assert!(lost.is_err());
    let found = shop.read("/v1/transfers/verify/payout-1").await;
    assert_eq!(found["data"]["status"], "pending");
}

#[tokio::test]
async fn a_caller_without_patience_cannot_undo_a_slow_request() {
    let shop = open_shop().await;
    strike(&shop, INITIALIZE, Fault { kind: FaultKind::Slow, ms: 300 });
    let order = shop.order("ord-1");
    let hasty = shop.post(INITIALIZE, &order).timeout(std::time::Duration::from_millis(100)).send().await;
    assert!(hasty.unwrap_err().is_timeout());
    until(|| shop.sandbox.chapa().initialized_count() == 1).await;
}

#[tokio::test]
async fn a_fault_for_one_gateway_spares_the_other() {
    let shop = open_shop().await;
    let mut rule = Rule::on_request("GET", "/v1/*", FaultKind::Error500Before, 1);
    rule.on.gateway = Some("stripe".into());
    shop.sandbox.faults().add(rule);
    assert_eq!(json_of(shop.get("/v1/banks").send().await.unwrap()).await["message"], "Banks retrieved");
}
