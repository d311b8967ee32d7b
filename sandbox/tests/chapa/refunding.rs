//! Refunds: how much may be given back, and what may become of it. They take their time, and may
//! be reversed after they were taken on.

use std::time::Duration;

use haat_sandbox::chapa::{RefundBy, RefundVerdict};
use serde_json::json;

use crate::hook::until;
use crate::shop::{json_of, open_shop, open_shop_with, refusal};

#[tokio::test]
async fn a_refund_goes_from_initiated_over_processing_to_refunded() {
    let shop = open_shop().await;
    let payment = shop.paid_with("ord-1", "0900123456").await;
    let form = [("amount", "150.50"), ("reason", "one mug"), ("reference", "rf-1"), ("meta[line]", "2")];
    let made = json_of(shop.refund(&payment, &form).await).await;
    assert_eq!(made["status"], "success");
    let made = &made["data"];
    assert_eq!((&made["amount"], &made["status"]), (&"150.50".into(), &"initiated".into()));
    assert_eq!(made["payment_reference"], payment.as_str());
    let ref_id = made["ref_id"].as_str().unwrap();

    shop.sandbox.advance(Duration::from_secs(1801));
    assert_eq!(shop.refund_status(ref_id).await, "processing");
    shop.sandbox.advance(Duration::from_secs(1801));
    assert_eq!(shop.refund_status(ref_id).await, "refunded");
    let told = shop.delivered("charge.refunded").await;
    assert_eq!(told.len(), 1);
    let event = told[0].event();
    assert_eq!((&event["amount"], &event["status"]), (&"150.50".into(), &"refunded".into()));
    assert_eq!((&event["tx_ref"], &event["meta"]), (&"ord-1".into(), &json!({"line": "2"})));
    assert_eq!(shop.sandbox.chapa().refunded()["ETB"], 15_050);
    assert_eq!(shop.sandbox.chapa().payment(&payment).unwrap().refunded, 15_050);
}

#[tokio::test]
async fn no_more_is_refunded_than_was_paid() {
    let shop = open_shop().await;
    let payment = shop.paid_with("ord-1", "0900123456").await;
    assert_eq!(shop.refund(&payment, &[("amount", "300")]).await.status(), 200);
    refusal(shop.refund(&payment, &[("amount", "100.01")]).await, 400).await;
    let rest = json_of(shop.refund(&payment, &[]).await).await;
    assert_eq!(rest["data"]["amount"], "100");
    refusal(shop.refund(&payment, &[]).await, 400).await;
    assert_eq!(shop.sandbox.chapa().refunded()["ETB"], 40_000);
    assert_eq!(shop.sandbox.chapa().refunds_of("ord-1").len(), 2);
}

#[tokio::test]
async fn a_reference_refunds_once() {
    let shop = open_shop().await;
    let payment = shop.paid_with("ord-1", "0900123456").await;
    let form = [("amount", "10"), ("reference", "rf-1")];
    assert_eq!(shop.refund(&payment, &form).await.status(), 200);
    refusal(shop.refund(&payment, &form).await, 400).await;
    assert_eq!(shop.sandbox.chapa().refunded()["ETB"], 1000);
}

#[tokio::test]
async fn a_refund_is_found_by_our_reference_where_that_is_allowed() {
    for (by_ours, status) in [(false, 404), (true, 200)] {
        let shop = open_shop_with(|chapa| chapa.refund_verify_by_ours = by_ours).await;
        let payment = shop.paid_with("ord-1", "0900123456").await;
        shop.refund(&payment, &[("reference", "rf-1")]).await;
        assert_eq!(shop.get("/v1/refund/rf-1/verify").send().await.unwrap().status(), status);
    }
}

#[tokio::test]
async fn a_reversed_refund_can_be_made_again() {
    let shop = open_shop().await;
    let by_number = shop.paid_with("ord-1", "0900000004").await;
    let by_amount = shop.paid_with("ord-2", "0900123456").await;
    for (payment, amount) in [(by_number, "400"), (by_amount, "20.13")] {
        let made = json_of(shop.refund(&payment, &[("amount", amount)]).await).await;
        shop.sandbox.settle_all();
        assert_eq!(shop.refund_status(made["data"]["ref_id"].as_str().unwrap()).await, "reversed");
        assert_eq!(shop.refund(&payment, &[]).await.status(), 200);
    }
    // The second of the first order, made with the same number, is reversed too.
    assert_eq!(shop.delivered("charge.reversed").await.len(), 3);
    assert_eq!(shop.sandbox.chapa().refunded()["ETB"], 40_000);
}

#[tokio::test]
async fn a_refund_that_stays_waits_for_a_verdict() {
    let shop = open_shop().await;
    let payment = shop.paid_with("ord-1", "0900000005").await;
    let made = json_of(shop.refund(&payment, &[]).await).await;
    let ref_id = made["data"]["ref_id"].as_str().unwrap();
    shop.sandbox.settle_all();
    assert_eq!(shop.refund_status(ref_id).await, "processing");
    assert_eq!(shop.sandbox.chapa().refunds_pending(), 1);
    assert!(shop.sandbox.force_chapa_refund(ref_id, RefundVerdict::Refunded));
    assert_eq!(shop.refund_status(ref_id).await, "refunded");
    assert!(shop.sandbox.force_chapa_refund(ref_id, RefundVerdict::Reversed));
    assert_eq!(shop.refund_status(ref_id).await, "reversed");
    assert!(!shop.sandbox.force_chapa_refund("M1", RefundVerdict::Reversed));
    assert_eq!(shop.sandbox.chapa().refunded()["ETB"], 0);
}

#[tokio::test]
async fn only_a_paid_transaction_is_refunded_and_only_by_chapas_reference() {
    let shop = open_shop().await;
    shop.open_page("ord-1").await;
    let open = shop.sandbox.chapa().payment("ord-1").unwrap().reference;
    refusal(shop.refund(&open, &[]).await, 400).await;
    shop.paid_with("ord-2", "0900123456").await;
    refusal(shop.refund("ord-2", &[]).await, 404).await;
    refusal(shop.get("/v1/refund/M1/verify").send().await.unwrap(), 404).await;

    let other = open_shop_with(|chapa| chapa.refund_by = RefundBy::TxRef).await;
    let payment = other.paid_with("ord-1", "0900123456").await;
    refusal(other.refund(&payment, &[]).await, 404).await;
    assert_eq!(other.refund("ord-1", &[]).await.status(), 200);
}

#[tokio::test]
async fn refunds_need_live_mode_and_a_balance_where_that_is_asked() {
    let strict = open_shop_with(|chapa| chapa.refund_live_only = true).await;
    let payment = strict.paid_with("ord-1", "0900123456").await;
    let refused = refusal(strict.refund(&payment, &[]).await, 400).await;
    assert_eq!(refused, "Refunds can only be processed in live mode");

    // Chapa keeps its fee: what is left of one payment does not cover its refund.
    let poor = open_shop_with(|chapa| chapa.balance = 0).await;
    let payment = poor.paid_with("ord-1", "0900123456").await;
    assert_eq!(refusal(poor.refund(&payment, &[]).await, 400).await, "Insufficient Balance");
    assert_eq!(poor.refund(&payment, &[("amount", "388")]).await.status(), 200);
}

#[tokio::test]
async fn money_settles_by_itself_when_its_time_has_come() {
    let config =
        haat_sandbox::Config { settle: Duration::from_millis(20), ..haat_sandbox::Config::default() };
    let shop = crate::shop::start(config).await;
    let payment = shop.paid_with("ord-1", "0900000002").await;
    // Looking does not make it settle: the timekeeper must.
    until(|| !shop.sandbox.chapa().captured().is_empty()).await;
    shop.refund(&payment, &[]).await;
    until(|| shop.sandbox.chapa().refunds_of("ord-1")[0].status == "refunded").await;
    shop.sandbox.stop().await;
}
