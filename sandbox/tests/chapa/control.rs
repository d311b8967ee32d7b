//! The control API and the pages, as scripts and people use them. All of it goes over HTTP,
//! without the library. Also that memory stays bounded.

use haat_sandbox::Config;
use serde_json::{Value, json};

use crate::shop::{json_of, open_shop, start};

#[tokio::test]
async fn a_script_can_play_customer_and_bank() {
    let shop = open_shop().await;
    let url = |path: &str| format!("{}/control/{path}", shop.sandbox.url());
    let post = |path: &str, body: Value| shop.client.post(url(path)).json(&body).send();
    shop.open_page("ord-1").await;
    let pay =
        |payment: &str, outcome: &str| post("chapa/pay", json!({"payment": payment, "outcome": outcome}));
    assert_eq!(json_of(pay("ord-1", "decline").await.unwrap()).await["result"], "declined");
    assert_eq!(json_of(pay("ord-1", "leave").await.unwrap()).await["result"], "left");
    let paid = json_of(pay("ord-1", "0900123456").await.unwrap()).await;
    assert_eq!(paid, json!({"result": "done", "redirect": "https://shop.example/thanks?order=1"}));
    let reference = shop.sandbox.chapa().payment("ord-1").unwrap().reference;
    assert_eq!(pay(&reference, "pay").await.unwrap().status(), 409);
    assert_eq!(pay("ord-2", "pay").await.unwrap().status(), 404);
    assert_eq!(pay("ord-1", "steal").await.unwrap().status(), 400);

    let refund = json_of(shop.refund(&reference, &[("amount", "100")]).await).await;
    let path = format!("chapa/refunds/{}", refund["data"]["ref_id"].as_str().unwrap());
    assert_eq!(post(&path, json!({"status": "reversed"})).await.unwrap().status(), 204);
    assert_eq!(post(&path, json!({"status": "lost"})).await.unwrap().status(), 400);
    assert_eq!(post("chapa/refunds/M1", json!({"status": "reversed"})).await.unwrap().status(), 404);
    shop.transfer("payout-1", "0911111111").await;
    let path = "chapa/transfers/payout-1";
    assert_eq!(post(path, json!({"status": "failed"})).await.unwrap().status(), 204);
    assert_eq!(post("chapa/transfers/p", json!({"status": "failed"})).await.unwrap().status(), 404);

    post("webhooks/flush", json!({})).await.unwrap();
    let state: Value = shop.client.get(url("state")).send().await.unwrap().json().await.unwrap();
    let state = &state["chapa"];
    assert_eq!((&state["initialized"], &state["paid"]), (&1.into(), &1.into()));
    assert_eq!((&state["captured"]["ETB"], &state["refunded"]["ETB"]), (&40_000.into(), &0.into()));
    assert_eq!(state["transferred"]["ETB"], 0);
    let payment = &state["payments"][0];
    assert_eq!((&payment["tx_ref"], &payment["captured"]), (&"ord-1".into(), &40_000.into()));
    assert_eq!(state["transfers"][0]["status"], "failed");
    let event = state["events"][0]["id"].as_str().unwrap();
    assert_eq!(post("webhooks/resend", json!({"event": event})).await.unwrap().status(), 202);
}

#[tokio::test]
async fn the_endpoint_can_be_turned() {
    let shop = open_shop().await;
    let url = format!("{}/control/webhook/chapa", shop.sandbox.url());
    assert_eq!(shop.client.delete(&url).send().await.unwrap().status(), 204);
    shop.paid_with("ord-1", "0900123456").await;
    assert_eq!(shop.deliveries().await.len(), 0);
    let hook = json!({"url": format!("{}/hook", shop.url), "secrets": ["other"]});
    assert_eq!(shop.client.put(&url).json(&hook).send().await.unwrap().status(), 204);
    shop.paid_with("ord-2", "0900123456").await;
    let told = shop.deliveries().await;
    assert_eq!(told[0].header("x-chapa-signature"), crate::shop::hmac("other", &told[0].body));
}

#[tokio::test]
async fn the_pages_are_there() {
    let shop = open_shop().await;
    let mut order = shop.order("ord-<1>");
    order["customization"] = Value::Null;
    let made = json_of(shop.initialize(&order).await).await;
    let page = made["data"]["checkout_url"].as_str().unwrap();
    let html = shop.client.get(page).send().await.unwrap().text().await.unwrap();
    assert!(html.contains("400.00 ETB") && html.contains("0900123456") && html.contains("ord-&lt;1&gt;"));
    let index = shop.client.get(shop.sandbox.url()).send().await.unwrap().text().await.unwrap();
    assert!(index.contains("ord-&lt;1&gt;") && index.contains(page) && index.contains("/control/chapa/pay"));
    let wrong = shop.click(page, "12").await;
    assert_eq!(wrong.status(), 400);
    let nowhere = format!("{}/chapa/checkout/payment/none", shop.sandbox.url());
    assert_eq!(shop.client.get(&nowhere).send().await.unwrap().status(), 404);
    assert_eq!(shop.click(&nowhere, "0900123456").await.status(), 404);
    shop.sandbox.stop().await;
}

#[tokio::test]
async fn the_oldest_payments_are_forgotten_but_not_their_sums() {
    let shop = start(Config { keep: 3, ..Config::default() }).await;
    let first = shop.paid_with("ord-0", "0900123456").await;
    shop.refund(&first, &[("amount", "1"), ("reference", "rf-1")]).await;
    shop.sandbox.settle_all();
    shop.paid_with("ord-1", "0900000002").await;
    for number in 2..9 {
        shop.open_page(&format!("ord-{number}")).await;
    }
    let kept: Vec<_> = shop.sandbox.chapa().payments(100).into_iter().map(|seen| seen.tx_ref).collect();
    assert_eq!(kept.len(), 3, "{kept:?}");
    assert_eq!(shop.verify("ord-0").await.status(), 404);
    assert_eq!(shop.verify("ord-8").await.status(), 404);
    assert!(shop.sandbox.chapa().refunds_of("ord-0").is_empty());
    assert_eq!(shop.sandbox.chapa().refunded()["ETB"], 100);
    assert_eq!(shop.sandbox.chapa().initialized_count(), 9);
}

#[tokio::test]
async fn many_refunds_of_one_payment_are_forgotten_too() {
    let shop = start(Config { keep: 3, ..Config::default() }).await;
    let payment = shop.paid_with("ord-1", "0900123456").await;
    for number in 0..9 {
        let reference = format!("rf-{number}");
        let made = shop.refund(&payment, &[("amount", "1"), ("reference", &reference)]).await;
        assert_eq!(made.status(), 200);
        shop.transfer(&format!("payout-{number}"), "0911111111").await;
    }
    assert_eq!(shop.sandbox.chapa().refunds_of("ord-1").len(), 3);
    assert_eq!(shop.sandbox.chapa().transfers(100).len(), 3);
    assert_eq!(shop.sandbox.chapa().payment("ord-1").unwrap().refunded, 900);
}
