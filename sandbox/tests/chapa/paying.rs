//! What customers do on the payment page, and what the shop hears of it; also which transactions
//! cannot be made at all.

use std::time::Duration;

use haat_sandbox::chapa::{Outcome, Style};
use haat_sandbox::{Closed, Next};
use serde_json::json;

use crate::shop::{SECRET, hmac, json_of, open_shop, open_shop_with, refusal};

const NOT_YET: &str = "Payment not paid yet";

#[tokio::test]
async fn a_paid_order_is_verified_pushed_and_called_back() {
    let shop = open_shop().await;
    let page = shop.open_page("ord-1").await;
    assert!(page.starts_with(&format!("{}/chapa/checkout/payment/", shop.sandbox.url())));
    assert_eq!(refusal(shop.verify("ord-1").await, 404).await, NOT_YET);

    let back = shop.click(&page, "0900 123 456").await;
    assert_eq!(back.status(), 303);
    assert_eq!(back.headers()["location"], "https://shop.example/thanks?order=1");

    let seen = json_of(shop.verify("ord-1").await).await;
    assert_eq!((&seen["message"], &seen["status"]), (&"Payment details".into(), &"success".into()));
    let seen = &seen["data"];
    assert_eq!(seen["status"], "success");
    assert_eq!((&seen["amount"], &seen["charge"]), (&"400".into(), &"12".into()));
    assert_eq!(
        (&seen["mode"], &seen["method"], &seen["tx_ref"]),
        (&"test".into(), &"test".into(), &"ord-1".into())
    );
    assert_eq!(seen["meta"], json!({"order_id": "ord-1"}));
    let reference = seen["reference"].as_str().unwrap();
    assert!(reference.starts_with("AP") && reference.len() == 12, "{reference}");

    let told = shop.delivered("charge.success").await;
    assert_eq!(told.len(), 1);
    let event = told[0].event();
    assert_eq!((&event["amount"], &event["status"]), (&"400.00".into(), &"success".into()));
    assert_eq!((&event["reference"], &event["mobile"]), (&reference.into(), &"0912345678".into()));
    assert_eq!(told[0].header("x-chapa-signature"), hmac(SECRET, &told[0].body));
    assert_eq!(told[0].header("chapa-signature"), hmac(SECRET, SECRET.as_bytes()));

    let called = shop.callbacks(1).await;
    assert_eq!(called, [format!("shop=1&trx_ref=ord-1&ref_id={reference}&status=success")]);
    assert_eq!(shop.sandbox.chapa().captured()["ETB"], 40_000);
    assert_eq!(shop.sandbox.chapa().balance()["ETB"], 100_000_000_000 + 40_000 - 1200);
}

#[tokio::test]
async fn a_declined_card_leaves_the_page_open() {
    let shop = open_shop().await;
    let page = shop.open_page("ord-1").await;
    let declined = shop.click(&page, "4000000000009995").await;
    assert_eq!(declined.status(), 402);
    assert!(declined.text().await.unwrap().contains("insufficient funds"));
    assert_eq!(refusal(shop.verify("ord-1").await, 404).await, NOT_YET);
    assert_eq!(shop.click(&page, "4242424242424242").await.status(), 303);
    assert_eq!(shop.click(&page, "4242424242424242").await.status(), 409);
    assert_eq!(shop.sandbox.chapa().captured()["ETB"], 40_000);
    assert_eq!(shop.deliveries().await.len(), 1);
}

#[tokio::test]
async fn a_failed_payment_is_over() {
    let shop = open_shop().await;
    let page = shop.open_page("ord-1").await;
    assert_eq!(
        shop.click(&page, "0900000001").await.headers()["location"],
        "https://shop.example/thanks?order=1"
    );
    assert_eq!(json_of(shop.verify("ord-1").await).await["data"]["status"], "failed");
    let told = shop.delivered("charge.failed/cancelled").await;
    assert_eq!(told[0].event()["status"], "failed");
    assert!(shop.callbacks(1).await[0].ends_with("status=failed"));
    assert_eq!(shop.click(&page, "0900123456").await.status(), 410);
    assert_eq!(shop.sandbox.pay_chapa("ord-1", Outcome::Pay), Err(Closed::Expired));
    assert!(shop.sandbox.chapa().captured().is_empty());
}

#[tokio::test]
async fn a_wallet_may_take_its_time() {
    let shop = open_shop().await;
    for (tx_ref, number, status, event) in [
        ("ord-1", "0900000002", "success", "charge.success"),
        ("ord-2", "0900000003", "failed", "charge.failed/cancelled"),
    ] {
        shop.paid_with(tx_ref, number).await;
        assert_eq!(json_of(shop.verify(tx_ref).await).await["data"]["status"], "pending");
        assert_eq!(shop.delivered(event).await.len(), 0);
        shop.sandbox.advance(Duration::from_secs(3601));
        assert_eq!(json_of(shop.verify(tx_ref).await).await["data"]["status"], status);
        assert_eq!(shop.delivered(event).await.len(), 1);
    }
    assert_eq!(shop.sandbox.chapa().captured()["ETB"], 40_000);
}

#[tokio::test]
async fn who_leaves_may_come_back() {
    let shop = open_shop().await;
    let page = shop.open_page("ord-1").await;
    let left = shop.client.post(&page).form(&[("outcome", "leave")]).send().await.unwrap();
    assert_eq!(left.status(), 200);
    assert_eq!(shop.sandbox.chapa().payment("ord-1").unwrap().status, "open");
    assert_eq!(shop.client.get(&page).send().await.unwrap().status(), 200);
    assert_eq!(shop.deliveries().await.len(), 0);
}

#[tokio::test]
async fn without_a_return_address_there_is_a_receipt() {
    let shop = open_shop().await;
    let order = json!({"amount": 19.99, "currency": "USD", "tx_ref": "ord-1"});
    assert_eq!(shop.initialize(&order).await.status(), 200);
    let Ok(Next::Done(receipt)) = shop.sandbox.pay_chapa("ord-1", Outcome::Pay) else { panic!("not paid") };
    let html = shop.client.get(receipt).send().await.unwrap().text().await.unwrap();
    let reference = shop.sandbox.chapa().payment("ord-1").unwrap().reference;
    assert!(html.contains("19.99 USD") && html.contains(&reference));
    assert_eq!(shop.sandbox.chapa().captured()["USD"], 1999);
}

#[tokio::test]
async fn a_tx_ref_is_taken_once() {
    let shop = open_shop().await;
    shop.open_page("ord-1").await;
    let again = shop.initialize(&shop.order("ord-1")).await;
    assert_eq!(refusal(again, 400).await, "Transaction reference has been used before");
    assert_eq!(shop.sandbox.chapa().initialized_count(), 1);
    let unknown = refusal(shop.verify("ord-2").await, 404).await;
    assert_eq!(unknown, "Invalid transaction or Transaction not found");
}

#[tokio::test]
async fn a_cancelled_link_takes_no_payment() {
    let shop = open_shop().await;
    let page = shop.open_page("ord-1").await;
    let cancel = || shop.call(reqwest::Method::PUT, "/v1/transaction/cancel/ord-1").send();
    assert_eq!(json_of(cancel().await.unwrap()).await["status"], "success");
    assert_eq!(shop.click(&page, "0900123456").await.status(), 410);
    assert_eq!(json_of(shop.verify("ord-1").await).await["data"]["status"], "failed");
    assert_eq!(shop.delivered("charge.failed/cancelled").await.len(), 1);
    refusal(cancel().await.unwrap(), 400).await;

    let without = open_shop_with(|chapa| chapa.cancel = false).await;
    without.open_page("ord-1").await;
    let cancel = without.call(reqwest::Method::PUT, "/v1/transaction/cancel/ord-1").send();
    refusal(cancel.await.unwrap(), 404).await;
}

#[tokio::test]
async fn amounts_come_as_texts_and_as_numbers() {
    let shop = open_shop_with(|chapa| chapa.amounts = Style::Random).await;
    shop.paid_with("ord-1", "0900123456").await;
    let mut shapes = Vec::new();
    for _ in 0..40 {
        shapes.push(json_of(shop.verify("ord-1").await).await["data"]["amount"].take());
    }
    assert!(shapes.contains(&json!("400")) && shapes.contains(&json!(400)), "{shapes:?}");
}

#[tokio::test]
async fn a_live_key_says_how_it_was_paid() {
    let shop = open_shop_with(|chapa| chapa.key = "CHASECK-live".into()).await;
    let stranger = shop.verify("ord-1").await;
    assert_eq!(refusal(stranger, 401).await, "Invalid API Key or User doesn't exist");
    let url = format!("{}/chapa/v1/transaction/initialize", shop.sandbox.url());
    let made = shop.client.post(url).bearer_auth("CHASECK-live").json(&shop.order("ord-1")).send();
    assert_eq!(made.await.unwrap().status(), 200);
    shop.sandbox.pay_chapa("ord-1", Outcome::PayByCard).unwrap();
    let event = shop.delivered("charge.success").await[0].event();
    assert_eq!((&event["mode"], &event["payment_method"]), (&"live".into(), &"card".into()));
}

#[tokio::test]
async fn words_and_names_that_are_open_are_settings() {
    let shop = open_shop_with(|chapa| {
        chapa.failed_word = "failed/cancelled".into();
        chapa.callback_name = "tx_ref".into();
        chapa.duplicate_text = "used".into();
    })
    .await;
    let page = shop.open_page("ord-1").await;
    shop.click(&page, "0900000001").await;
    assert_eq!(json_of(shop.verify("ord-1").await).await["data"]["status"], "failed/cancelled");
    assert_eq!(shop.delivered("charge.failed/cancelled").await[0].event()["status"], "failed/cancelled");
    let called = shop.callbacks(1).await;
    assert!(called[0].contains("&tx_ref=ord-1&") && called[0].ends_with("status=failed%2Fcancelled"));
    assert_eq!(refusal(shop.initialize(&shop.order("ord-1")).await, 400).await, "used");
}
