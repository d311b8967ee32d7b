//! Faults that strike requests: whether the effect happened, and what repeating the key
//! gives afterwards.

use haat_sandbox::{ChaosPlan, Fault, FaultKind, Rule};

use crate::hook::within;
use crate::shop::{Shop, error, json, open_shop};

fn strike_next_checkout(shop: &Shop, fault: FaultKind) {
    shop.sandbox.faults().add(Rule::on_request("POST", "/v1/checkout/sessions", fault, 1));
}

#[tokio::test]
async fn a_cut_after_the_effect_loses_only_the_answer() {
    let shop = open_shop().await;
    strike_next_checkout(&shop, FaultKind::CutAfter);
    let lost = shop.checkout("k").send().await.unwrap_err();
    assert!(lost.status().is_none() && lost.is_request(), "{lost:?}");
    let made = shop.sandbox.stripe().sessions(1)[0].id.clone();

    let again = shop.checkout("k").send().await.unwrap();
    assert_eq!(again.headers()["idempotent-replayed"], "true");
    assert_eq!(json(again).await["id"], made.as_str());
    assert_eq!(shop.sandbox.stripe().session_count(), 1);
}

#[tokio::test]
async fn a_cut_before_the_effect_leaves_nothing() {
    let shop = open_shop().await;
    shop.read("/v1/events").await;
    let cut = shop.checkout("k").header("x-sandbox-fault", "cut_before").send().await;
    assert!(cut.unwrap_err().status().is_none());
    assert_eq!(shop.sandbox.stripe().session_count(), 0);
    assert_eq!(shop.checkout("k").send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn the_three_kinds_of_500() {
    let shop = open_shop().await;
    for (fault, made, then) in [
        (FaultKind::Error500Before, 0, 200),
        (FaultKind::Error500After, 1, 200),
        (FaultKind::Error500Stored, 1, 500),
    ] {
        let before = shop.sandbox.stripe().session_count();
        let key = format!("{fault:?}");
        strike_next_checkout(&shop, fault);
        let failed = shop.checkout(&key).send().await.unwrap();
        assert_eq!(error(failed, 500).await["type"], "api_error");
        assert_eq!(shop.sandbox.stripe().session_count(), before + made);
        assert_eq!(shop.checkout(&key).send().await.unwrap().status(), then);
        assert_eq!(shop.sandbox.stripe().session_count(), before + 1);
    }
}

#[tokio::test]
async fn limits_and_conflicts_do_nothing() {
    let shop = open_shop().await;
    strike_next_checkout(&shop, FaultKind::RateLimit);
    let limited = shop.checkout("k").send().await.unwrap();
    assert_eq!(limited.headers()["stripe-should-retry"], "true");
    assert_eq!(error(limited, 429).await["code"], "rate_limit");
    strike_next_checkout(&shop, FaultKind::InUse409);
    assert_eq!(error(shop.checkout("k").send().await.unwrap(), 409).await["code"], "idempotency_key_in_use");
    assert_eq!(shop.sandbox.stripe().session_count(), 0);
}

#[tokio::test]
async fn a_caller_without_patience_cannot_undo_a_slow_request() {
    let shop = open_shop().await;
    let slow = Rule::on_request("POST", "/v1/*", Fault { kind: FaultKind::Slow, ms: 300 }, 1);
    shop.sandbox.faults().add(slow);
    let hasty = shop.checkout("k").timeout(std::time::Duration::from_millis(100)).send().await;
    assert!(hasty.unwrap_err().is_timeout());
    let again = within(async {
        loop {
            let response = shop.checkout("k").send().await.unwrap();
            if response.status() != 409 {
                break response;
            }
        }
    });
    assert_eq!(again.await.headers()["idempotent-replayed"], "true");
    assert_eq!(shop.sandbox.stripe().session_count(), 1);
}

#[tokio::test]
async fn the_same_seed_strikes_the_same_requests() {
    let mut runs = Vec::new();
    for _ in 0..2 {
        let shop = open_shop().await;
        let plan = ChaosPlan::parse(7, "error_500_before=0.3,rate_limit=0.2").unwrap();
        shop.sandbox.faults().unleash(plan).unwrap();
        let mut statuses = Vec::new();
        for _ in 0..30 {
            statuses.push(shop.get("/v1/events").send().await.unwrap().status().as_u16());
        }
        runs.push(statuses);
    }
    assert_eq!(runs[0], runs[1]);
    assert!([200, 429, 500].iter().all(|status| runs[0].contains(status)));
}
