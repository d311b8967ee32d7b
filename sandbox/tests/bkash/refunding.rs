//! Refunds by both APIs: never more than was taken, pending ones settle, and those that fail give
//! the money back to the merchant.

use std::time::Duration;

use haat_sandbox::BkashConfig;
use haat_sandbox::bkash::{RefundApis, Verdict};
use serde_json::json;

use crate::shop::{
    BASE, REFUND_STATUS_V2, REFUND_V2, json_of, mugs, open_shop, open_shop_with, v1_refund, v2_refund,
};

const V1: &str = "/payment/refund";

#[tokio::test]
async fn the_first_api_refunds_once_and_tells_of_it_at_the_same_path() {
    let shop = open_shop().await;
    let (payment, trx) = shop.paid_with("01770618575").await;
    let question = json!({"paymentID": payment, "trxID": trx});
    assert_eq!(shop.code(V1, &question).await, "2033");
    let refund = shop.ask(V1, &v1_refund(&payment, &trx, "100.5")).await;
    assert_eq!(refund["transactionStatus"], "Completed");
    assert_eq!((&refund["amount"], &refund["originalTrxID"]), (&json!("100.5"), &json!(trx)));
    assert_eq!(shop.ask(V1, &question).await, refund);
    assert_eq!(shop.code(V1, &v1_refund(&payment, &trx, "1")).await, "2034");
    assert_eq!(shop.sandbox.bkash().refunded()["BDT"], 10_050);
    let found = shop.ask("/general/searchTransaction", &json!({"trxID": refund["refundTrxID"]})).await;
    assert_eq!((&found["transactionType"], &found["amount"]), (&json!("Refund"), &json!("100.5")));
}

#[tokio::test]
async fn the_second_api_refunds_in_parts_and_never_too_much() {
    let shop = open_shop().await;
    let (payment, trx) = shop.paid_with("01770618575").await;
    for amount in ["300", "200.00"] {
        let response = shop.ask_v2(REFUND_V2, &v2_refund(&payment, &trx, amount)).await;
        assert_eq!(response.status(), 200);
        let refund = json_of(response).await;
        assert_eq!(
            (&refund["refundAmount"], &refund["refundTransactionStatus"]),
            (&json!(amount), &json!("Completed"))
        );
        assert!(!refund["completedTime"].as_str().unwrap().contains("GMT"));
    }
    assert_eq!(shop.refused_v2(&v2_refund(&payment, &trx, "0.51")).await, "2072");
    shop.ask_v2(REFUND_V2, &v2_refund(&payment, &trx, "0.50")).await;
    assert_eq!(shop.refused_v2(&v2_refund(&payment, &trx, "0.01")).await, "2034");

    let asked = json!({"paymentId": payment, "trxId": trx});
    let status = json_of(shop.ask_v2(REFUND_STATUS_V2, &asked).await).await;
    assert_eq!(status["originalTrxAmount"], "500.50");
    let amounts: Vec<_> = status["refundTransactions"].as_array().unwrap().iter().collect();
    assert_eq!(amounts.len(), 3);
    assert_eq!(amounts[1]["refundAmount"], "200.00");
    assert_eq!(shop.sandbox.bkash().payment(&payment).unwrap().refunded, 50_050);
    assert_eq!(shop.query(&payment).await["maxRefundableAmount"], "0.00");
}

#[tokio::test]
async fn ten_parts_are_the_most() {
    let shop = open_shop().await;
    let (payment, trx) = shop.paid_with("01770618575").await;
    for _ in 0..10 {
        assert_eq!(shop.ask_v2(REFUND_V2, &v2_refund(&payment, &trx, "1")).await.status(), 200);
    }
    assert_eq!(shop.refused_v2(&v2_refund(&payment, &trx, "1")).await, "2080");
}

#[tokio::test]
async fn what_is_not_paid_or_not_named_rightly_is_not_refunded() {
    let shop = open_shop().await;
    let waiting = shop.created(&mugs()).await;
    let (payment, trx) = shop.paid_with("01770618575").await;
    for (body, code) in [
        (v2_refund(&waiting, &trx, "1"), "2127"),
        (v2_refund("TR0011none", &trx, "1"), "2002"),
        (v2_refund(&payment, "NONE", "1"), "2077"),
        (v2_refund(&payment, &trx, "0"), "2072"),
        (json!({"paymentId": payment, "trxId": trx, "refundAmount": "1", "reason": "r"}), "2073"),
        (json!({"paymentId": payment, "trxId": trx, "refundAmount": "1", "sku": "s"}), "2078"),
        (json!({"paymentId": payment, "trxId": trx, "sku": "s", "reason": "r"}), "2065"),
        (
            json!({"paymentId": payment, "trxId": trx, "refundAmount": "1", "sku": "s".repeat(256), "reason": "r"}),
            "2075",
        ),
    ] {
        assert_eq!(shop.refused_v2(&body).await, code, "{body}");
    }
    assert_eq!(shop.sandbox.bkash().refunded()["BDT"], 0);
}

#[tokio::test]
async fn pending_refunds_end_as_their_wallet_says() {
    let shop = open_shop().await;
    for (wallet, ends, refunded) in [("01700000001", "Completed", 10_000), ("01700000002", "Failed", 10_000)]
    {
        let (payment, trx) = shop.paid_with(wallet).await;
        let refund = json_of(shop.ask_v2(REFUND_V2, &v2_refund(&payment, &trx, "100")).await).await;
        assert_eq!(refund["refundTransactionStatus"], "Pending");
        assert_eq!(shop.sandbox.bkash().refunds_pending(), 1);
        shop.sandbox.settle_all();
        assert_eq!(shop.sandbox.bkash().refunds_of(&payment)[0].status, ends);
        assert_eq!(shop.sandbox.bkash().refunded()["BDT"], refunded);
    }
}

#[tokio::test]
async fn a_pending_refund_settles_in_its_time_and_a_failed_one_may_be_repeated() {
    let shop = open_shop().await;
    let (payment, trx) = shop.paid_with("01700000002").await;
    assert_eq!(shop.ask(V1, &v1_refund(&payment, &trx, "500.50")).await["transactionStatus"], "Pending");
    assert_eq!(shop.code(V1, &v1_refund(&payment, &trx, "500.50")).await, "2034");
    shop.sandbox.advance(Duration::from_secs(3599));
    let question = json!({"paymentID": payment, "trxID": trx});
    assert_eq!(shop.ask(V1, &question).await["transactionStatus"], "Pending");
    shop.sandbox.settle_all();
    assert_eq!(shop.ask(V1, &question).await["transactionStatus"], "Failed");
    assert_eq!(shop.ask(V1, &v1_refund(&payment, &trx, "500.50")).await["transactionStatus"], "Pending");
}

#[tokio::test]
async fn any_refund_can_be_made_to_fail() {
    let shop = open_shop().await;
    let (payment, trx) = shop.paid_with("01770618575").await;
    let refund = shop.ask(V1, &v1_refund(&payment, &trx, "100")).await;
    let refund = refund["refundTrxID"].as_str().unwrap();
    assert!(shop.sandbox.force_bkash_refund(refund, Verdict::Failed));
    assert!(shop.sandbox.force_bkash_refund(refund, Verdict::Succeeded), "known, but over");
    assert!(!shop.sandbox.force_bkash_refund(&trx, Verdict::Failed), "a payment is no refund");
    assert_eq!(shop.sandbox.bkash().refunds_of("ord_1")[0].status, "Failed");
    assert_eq!(shop.sandbox.bkash().refunded()["BDT"], 0);
}

#[tokio::test]
async fn a_merchant_without_money_cannot_refund() {
    let shop = open_shop().await;
    let (payment, trx) = shop.paid_with("01700000003").await;
    assert_eq!(shop.code(V1, &v1_refund(&payment, &trx, "1")).await, "2023");
    assert_eq!(shop.refused_v2(&v2_refund(&payment, &trx, "1")).await, "2023");
}

#[tokio::test]
async fn the_window_closes() {
    let shop = open_shop_with(BkashConfig { refund_days: 15, ..BkashConfig::default() }).await;
    let (payment, trx) = shop.paid_with("01770618575").await;
    shop.sandbox.advance(Duration::from_secs(15 * 24 * 3600 + 1));
    let token = shop.granted().await;
    let request = shop.client.post(shop.url(&format!("{BASE}{V1}"))).header("authorization", token);
    let request = request.header("x-app-key", "sandbox_key").json(&v1_refund(&payment, &trx, "1"));
    assert_eq!(json_of(request.send().await.unwrap()).await["statusCode"], "2071");
}

#[tokio::test]
async fn a_merchant_may_have_only_one_of_the_apis() {
    for (apis, v1, v2) in [(RefundApis::V1, 200, 403), (RefundApis::V2, 403, 200)] {
        let shop = open_shop_with(BkashConfig { refunds: apis, ..BkashConfig::default() }).await;
        let (payment, trx) = shop.paid_with("01770618575").await;
        let first = shop.post(&format!("{BASE}{V1}")).json(&v1_refund(&payment, &trx, "1"));
        assert_eq!(first.send().await.unwrap().status(), v1);
        assert_eq!(shop.ask_v2(REFUND_V2, &v2_refund(&payment, &trx, "1")).await.status(), v2);
    }
}
