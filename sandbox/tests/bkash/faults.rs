//! Faults on demand: whether the effect happened, and how a caller finds out. bKash has no
//! idempotency keys, so he has to ask.

use haat_sandbox::bkash::{Call, Envelope, Order, When};
use haat_sandbox::{Fault, FaultKind, Rule};
use serde_json::json;

use crate::hook::until;
use crate::shop::{BASE, REFUND_STATUS_V2, REFUND_V2, json_of, open_shop, v2_refund};

fn order(call: Call, when: When, envelope: Envelope, code: &str) -> Order {
    Order { call, when, envelope, code: code.into(), times: 1 }
}

#[tokio::test]
async fn an_execute_without_an_answer_has_happened_or_not() {
    let shop = open_shop().await;
    let path = format!("{BASE}/execute");
    for (fault, happened, answered, text) in [
        (FaultKind::CutBefore, false, 0, ""),
        (FaultKind::CutAfter, true, 0, ""),
        (FaultKind::Error500Before, false, 500, "Internal server error"),
        (FaultKind::Error500After, true, 500, "Internal server error"),
        (FaultKind::Error500Stored, true, 500, "Internal server error"),
        (FaultKind::RateLimit, false, 429, "Too Many Requests"),
        (FaultKind::InUse409, false, 200, "2029"),
    ] {
        let payment = shop.confirmed().await;
        shop.sandbox.faults().add(Rule::on_request("POST", &path, fault, 1));
        let answer = shop.post(&path).json(&json!({"paymentID": payment})).send().await;
        if let Ok(answer) = answer {
            let status = answer.status().as_u16();
            let body = json_of(answer).await;
            let told = body["message"].as_str().or(body["statusCode"].as_str());
            assert_eq!((status, told), (answered, Some(text)), "{fault:?}");
        } else {
            assert_eq!(answered, 0, "{fault:?}");
        }
        let status = if happened { "Completed" } else { "Initiated" };
        assert_eq!(shop.query(&payment).await["transactionStatus"], status, "{fault:?}");
    }
}

#[tokio::test]
async fn a_late_answer_is_one_whose_effect_came_first() {
    let shop = open_shop().await;
    shop.listen().await;
    let path = format!("{BASE}/execute");
    let late = Fault { kind: FaultKind::SlowReply, ms: 60_000 };
    shop.sandbox.faults().add(Rule::on_request("POST", &path, late, 1));
    let payment = shop.confirmed().await;
    let hasty = shop.post(&path).json(&json!({"paymentID": payment}));
    let hasty = hasty.timeout(std::time::Duration::from_millis(300)).send().await;
    assert!(hasty.unwrap_err().is_timeout());
    assert_eq!(shop.delivered("Notification").await.len(), 1);
    assert_eq!(shop.execute(&payment).await["statusCode"], "2117");
}

#[tokio::test]
async fn a_slow_call_happens_late_even_if_nobody_waits() {
    let shop = open_shop().await;
    let payment = shop.confirmed().await;
    let path = format!("{BASE}/execute");
    let hasty = shop.post(&path).json(&json!({"paymentID": payment})).header("x-sandbox-fault", "slow:300");
    let hasty = hasty.timeout(std::time::Duration::from_millis(100)).send().await;
    assert!(hasty.unwrap_err().is_timeout());
    assert_eq!(shop.query(&payment).await["transactionStatus"], "Initiated");
    until(|| shop.sandbox.bkash().completed_count() > 0).await;
    assert_eq!(shop.query(&payment).await["transactionStatus"], "Completed");
}

#[tokio::test]
async fn any_envelope_can_be_had_before_or_after_the_effect() {
    let shop = open_shop().await;
    let payment = shop.confirmed().await;
    let path = format!("{BASE}/execute");
    for (envelope, code, status, field, value) in [
        (Envelope::Status, "2003", 200, "statusCode", "2003"),
        (Envelope::Error, "2020", 400, "errorCode", "2020"),
        (Envelope::Refund, "2072", 400, "externalCode", "2072"),
        (Envelope::Gateway, "401", 401, "message", "The incoming token has expired"),
        (Envelope::Status, "2999", 200, "statusCode", "2999"),
    ] {
        shop.sandbox.order_bkash_answer(order(Call::Execute, When::Before, envelope, code)).unwrap();
        let answer = shop.post(&path).json(&json!({"paymentID": payment})).send().await.unwrap();
        assert_eq!(answer.status(), status);
        assert_eq!(json_of(answer).await[field], value);
    }
    assert_eq!(shop.sandbox.bkash().completed_count(), 0);
    shop.sandbox.order_bkash_answer(order(Call::Execute, When::After, Envelope::Gateway, "504")).unwrap();
    let answer = shop.post(&path).json(&json!({"paymentID": payment})).send().await.unwrap();
    assert_eq!(answer.status(), 504);
    assert_eq!(json_of(answer).await["message"], "Endpoint request timed out");
    assert_eq!(shop.query(&payment).await["transactionStatus"], "Completed");
}

#[tokio::test]
async fn a_refund_without_an_answer_is_found_in_the_status() {
    let shop = open_shop().await;
    let (payment, trx) = shop.paid_with("01770618575").await;
    shop.sandbox.faults().add(Rule::on_request("POST", REFUND_V2, FaultKind::CutAfter, 1));
    let lost = shop.post(REFUND_V2).json(&v2_refund(&payment, &trx, "100")).send().await;
    assert!(lost.is_err());
    let asked = json!({"paymentId": payment, "trxId": trx});
    let status = json_of(shop.ask_v2(REFUND_STATUS_V2, &asked).await).await;
    assert_eq!(status["refundTransactions"].as_array().unwrap().len(), 1);
    // Whoever sends again without asking pays twice.
    shop.ask_v2(REFUND_V2, &v2_refund(&payment, &trx, "100")).await;
    assert_eq!(shop.sandbox.bkash().refunded()["BDT"], 20_000);
}

#[tokio::test]
async fn the_certificate_can_be_hard_to_get() {
    let shop = open_shop().await;
    shop.sandbox.faults().add(Rule::on_request("GET", "/sns/*", FaultKind::Error500Before, 1));
    let url = shop.url("/sns/?Action=Nothing");
    assert_eq!(shop.client.get(&url).send().await.unwrap().status(), 500);
    assert_eq!(shop.client.get(&url).send().await.unwrap().status(), 400);
}
