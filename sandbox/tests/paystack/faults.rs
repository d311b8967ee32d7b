//! Faults that strike requests: whether the effect happened, and how a caller finds out. There are no
//! idempotency keys: the reference says it.

use std::time::Duration;

use haat_sandbox::{Fault, FaultKind, Rule};
use serde_json::json;

use crate::hook::until;
use crate::shop::{PAYS, bad, open_shop, order};

#[tokio::test]
async fn a_lost_answer_leaves_a_duplicate_reference() {
    for (fault, happened) in [
        (FaultKind::Error500Before, false),
        (FaultKind::Error500After, true),
        (FaultKind::Error500Stored, true),
        (FaultKind::CutBefore, false),
        (FaultKind::CutAfter, true),
    ] {
        let shop = open_shop().await;
        shop.read("/balance").await;
        shop.sandbox.faults().add(Rule::on_request("POST", "/transaction/initialize", fault, 1));
        let lost = shop.post("/transaction/initialize", &order("ord-1")).send().await;
        match lost {
            Ok(response) => assert_eq!(bad(response, 500).await["type"], "api_error"),
            Err(error) => assert!(error.status().is_none() && error.is_request(), "{error:?}"),
        }
        assert_eq!(shop.sandbox.paystack().initialized_count(), u64::from(happened), "{fault:?}");
        let again = shop.post("/transaction/initialize", &order("ord-1")).send().await.unwrap();
        assert_eq!(again.status(), if happened { 400 } else { 200 }, "{fault:?}");
        assert_eq!(shop.sandbox.paystack().initialized_count(), 1);
    }
}

#[tokio::test]
async fn a_lost_refund_is_found_in_the_list() {
    let shop = open_shop().await;
    shop.paid_with("ord-1", PAYS).await;
    let body = json!({"transaction": "ord-1", "amount": 100, "merchant_note": "ref_1"});
    let cut = shop.post("/refund", &body).header("x-sandbox-fault", "cut_after").send().await;
    assert!(cut.is_err());
    let list = shop.read("/refund").await;
    assert_eq!((&list[0]["merchant_note"], &list[0]["amount"]), (&json!("ref_1"), &json!(100)));
}

#[tokio::test]
async fn limits_do_nothing() {
    let shop = open_shop().await;
    let with =
        |fault: &str| shop.post("/transaction/initialize", &order("ord-1")).header("x-sandbox-fault", fault);
    bad(with("rate_limit").send().await.unwrap(), 429).await;
    let repeated = bad(with("in_use_409").send().await.unwrap(), 400).await;
    assert_eq!(repeated["code"], "duplicate_reference");
    bad(with("earthquake").send().await.unwrap(), 400).await;
    assert_eq!(shop.sandbox.paystack().initialized_count(), 0);
}

#[tokio::test]
async fn a_caller_without_patience_cannot_undo_a_slow_request() {
    let shop = open_shop().await;
    let slow = Rule::on_request("POST", "/transaction/*", Fault { kind: FaultKind::Slow, ms: 300 }, 1);
    shop.sandbox.faults().add(slow);
    let hasty = shop.post("/transaction/initialize", &order("ord-1")).timeout(Duration::from_millis(100));
    assert!(hasty.send().await.unwrap_err().is_timeout());
    until(|| shop.sandbox.paystack().initialized_count() > 0).await;
    assert_eq!(shop.verify("ord-1").await["status"], "abandoned");
}
