//! The control API and the pages, as scripts and people use them; and that memory stays bounded.
//! All of it goes over HTTP.

use haat_sandbox::{BkashConfig, Config, Sandbox};
use serde_json::{Value, json};

use crate::shop::{mugs, mugs_but, open_shop};

#[tokio::test]
async fn a_script_can_play_payer_bank_and_bad_luck() {
    let shop = open_shop().await;
    let url = |path: &str| format!("{}/control/{path}", shop.sandbox.url());
    let post = |path: &str, body: Value| shop.client.post(url(path)).json(&body).send();

    let payment = shop.created(&mugs()).await;
    let paid = post("bkash/pay", json!({"payment": "ord_1", "outcome": "01770618575"})).await.unwrap();
    let paid: Value = paid.json().await.unwrap();
    assert_eq!(paid["result"], "done");
    assert!(paid["redirect"].as_str().unwrap().contains("status=success"));
    for (body, status) in [
        (json!({"payment": payment, "outcome": "pay"}), 409),
        (json!({"payment": "none", "outcome": "pay"}), 404),
        (json!({"payment": payment, "outcome": "steal"}), 400),
        (json!({"payment": payment}), 400),
    ] {
        assert_eq!(post("bkash/pay", body).await.unwrap().status(), status);
    }
    let order = json!({"call": "execute", "when": "after", "envelope": "gateway", "code": "504"});
    assert_eq!(post("bkash/answers", order.clone()).await.unwrap().status(), 201);
    let path = "/v1.2.0-beta/tokenized/checkout/execute";
    let lost = shop.post(path).json(&json!({"paymentID": payment})).send().await.unwrap();
    assert_eq!(lost.status(), 504);
    assert_eq!(post("bkash/answers", order).await.unwrap().status(), 201);
    assert_eq!(shop.client.delete(url("bkash/answers")).send().await.unwrap().status(), 204);
    for nonsense in [
        json!({"call": "fly", "envelope": "status", "code": "2003"}),
        json!({"call": "execute", "envelope": "gateway", "code": "2003"}),
        json!({"call": "execute", "envelope": "status", "code": "2003", "times": 0}),
    ] {
        assert_eq!(post("bkash/answers", nonsense).await.unwrap().status(), 400);
    }

    let trx = shop.query(&payment).await["trxID"].clone();
    let refund = crate::shop::v1_refund(&payment, trx.as_str().unwrap(), "100");
    let refund = shop.ask("/payment/refund", &refund).await;
    let refund = format!("bkash/refunds/{}", refund["refundTrxID"].as_str().unwrap());
    assert_eq!(post(&refund, json!({"status": "failed"})).await.unwrap().status(), 204);
    assert_eq!(post("bkash/refunds/NONE", json!({"status": "failed"})).await.unwrap().status(), 404);

    let state: Value = shop.client.get(url("state")).send().await.unwrap().json().await.unwrap();
    assert_eq!(
        (&state["bkash"]["captured"]["BDT"], &state["bkash"]["refunded"]["BDT"]),
        (&json!(50_050), &json!(0))
    );
    let seen = &state["bkash"]["payments"][0];
    assert_eq!((&seen["reference"], &seen["captured"]), (&json!("ord_1"), &json!(50_050)));
    assert_eq!((&seen["refunded"], &seen["trx_id"]), (&json!(0), &trx));
    assert_eq!(post("bkash/tokens/expire", json!({})).await.unwrap().status(), 204);
    assert_eq!(shop.post(path).json(&json!({})).send().await.unwrap().status(), 401);
}

#[tokio::test]
async fn an_endpoint_is_set_without_secrets_and_asked_again() {
    let shop = open_shop().await;
    let url = |path: &str| format!("{}/control/{path}", shop.sandbox.url());
    let again = || shop.client.post(url("bkash/subscribe")).send();
    assert_eq!(again().await.unwrap().status(), 404);
    let put = |body: Value| shop.client.put(url("webhook/bkash")).json(&body).send();
    assert_eq!(put(json!({"url": "shop"})).await.unwrap().status(), 400);
    assert_eq!(put(json!({"url": shop.hook})).await.unwrap().status(), 204);
    assert_eq!(again().await.unwrap().status(), 202);
    let asked = shop.delivered("SubscriptionConfirmation").await;
    assert_eq!(asked.len(), 2);
    let latest = shop.sandbox.bkash().events().pop().unwrap().id;
    for asked in asked {
        let status = if asked.text("MessageId") == latest { 200 } else { 400 };
        assert_eq!(shop.client.get(asked.text("SubscribeURL")).send().await.unwrap().status(), status);
    }
    assert_eq!(shop.sandbox.bkash().subscription(), "confirmed");
    assert_eq!(shop.client.delete(url("webhook/bkash")).send().await.unwrap().status(), 204);
    assert_eq!(shop.sandbox.bkash().subscription(), "absent");
    shop.paid_with("01770618575").await;
    assert_eq!(shop.delivered("Notification").await.len(), 0);
}

#[tokio::test]
async fn the_front_page_shows_payments_and_wallets() {
    let shop = open_shop().await;
    let payment = shop.created(&mugs()).await;
    let index = shop.client.get(shop.sandbox.url()).send().await.unwrap().text().await.unwrap();
    assert!(index.contains(&payment) && index.contains("01823074817") && index.contains("sandbox_secret"));
    shop.sandbox.stop().await;
}

#[tokio::test]
async fn what_is_finished_is_forgotten_in_time() {
    let bkash = BkashConfig::default();
    let config = Config { keep: 2, bkash, ..Config::default() };
    let sandbox = Sandbox::start(config).await.unwrap();
    let mut shop = open_shop().await;
    shop.sandbox = sandbox;
    shop.token = shop.granted().await;
    let mut made = Vec::new();
    for number in 0..4 {
        let invoice = mugs_but(&json!({"merchantInvoiceNumber": format!("ord_{number}")}));
        let payment = shop.created(&invoice).await;
        shop.click(&payment, "01770618575").await;
        made.push((shop.execute(&payment).await["trxID"].clone(), payment));
    }
    assert_eq!(shop.sandbox.bkash().payments(10).len(), 2);
    assert!(shop.sandbox.bkash().payment("ord_0").is_none());
    assert_eq!(shop.code("/payment/status", &json!({"paymentID": made[0].1})).await, "2002");
    assert_eq!(shop.code("/general/searchTransaction", &json!({"trxID": made[0].0})).await, "2033");
    assert_eq!(shop.sandbox.bkash().captured()["BDT"], 4 * 50_050);
}
