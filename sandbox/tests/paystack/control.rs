//! The control API and the front page, as scripts and people use them. All of it goes over HTTP,
//! without the library.

use serde_json::{Value, json};

use crate::shop::open_shop;

#[tokio::test]
async fn a_script_can_play_customer_and_bank() {
    let shop = open_shop().await;
    let url = |path: &str| format!("{}/control/{path}", shop.sandbox.url());
    let post = |path: &str, body: Value| shop.client.post(url(path)).json(&body).send();

    shop.initialize("ord-1").await;
    let pay =
        |payment: &str, outcome: &str| post("paystack/pay", json!({"payment": payment, "outcome": outcome}));
    assert_eq!(pay("ord-1", "bribe").await.unwrap().status(), 400);
    assert_eq!(pay("ord-2", "pay").await.unwrap().status(), 404);
    let declined: Value = pay("ord-1", "decline").await.unwrap().json().await.unwrap();
    assert_eq!(declined, json!({"result": "declined", "message": "Declined"}));
    let left: Value = pay("ord-1", "leave").await.unwrap().json().await.unwrap();
    assert_eq!(left, json!({"result": "left", "redirect": "https://shop.example/cart"}));
    let paid: Value = pay("ord-1", "4084 0840 8408 4081").await.unwrap().json().await.unwrap();
    assert_eq!(paid["result"], "done");
    assert_eq!(pay("ord-1", "pay").await.unwrap().status(), 409);

    let refund = shop.call("/refund", &json!({"transaction": "ord-1", "amount": 100})).await;
    let path = format!("paystack/refunds/{}", refund["id"]);
    assert_eq!(post(&path, json!({"status": "lost"})).await.unwrap().status(), 400);
    assert_eq!(post(&path, json!({"status": "failed"})).await.unwrap().status(), 204);
    assert_eq!(post(&path, json!({"status": "processed"})).await.unwrap().status(), 409);
    assert_eq!(post("paystack/refunds/1", json!({"status": "failed"})).await.unwrap().status(), 404);

    let opened = post("paystack/disputes", json!({"payment": "ord-1", "amount": 100})).await.unwrap();
    assert_eq!(opened.status(), 201);
    let dispute = opened.json::<Value>().await.unwrap()["dispute"].clone();
    let path = format!("paystack/disputes/{dispute}");
    assert_eq!(post(&path, json!({"ruling": "auto-accepted"})).await.unwrap().status(), 204);
    assert_eq!(post(&path, json!({"ruling": "remind"})).await.unwrap().status(), 409);

    let recipient = shop.recipient("0000000003").await;
    let transfer = json!({"source": "balance", "amount": 1000, "recipient": recipient, "reference": "payout-0000000001"});
    let transfer = shop.call("/transfer", &transfer).await;
    let path = format!("paystack/transfers/{}", transfer["transfer_code"].as_str().unwrap());
    assert_eq!(post(&path, json!({"status": "success"})).await.unwrap().status(), 204);

    post("webhooks/flush", json!({})).await.unwrap();
    let state: Value = shop.client.get(url("state")).send().await.unwrap().json().await.unwrap();
    let state = &state["paystack"];
    assert_eq!((&state["captured"]["NGN"], &state["refunded"]["NGN"]), (&json!(500_000), &json!(100)));
    assert_eq!(state["paid_out"]["NGN"], 1000);
    assert_eq!(
        (&state["payments"][0]["reference"], &state["payments"][0]["refunded"]),
        (&json!("ord-1"), &json!(100))
    );
    let event = state["events"][0]["id"].as_str().unwrap();
    assert_eq!(post("webhooks/resend", json!({"event": event})).await.unwrap().status(), 202);
}

#[tokio::test]
async fn the_front_page_shows_it() {
    let shop = open_shop().await;
    let code = shop.initialize("ord-1").await;
    let index = shop.client.get(shop.sandbox.url()).send().await.unwrap().text().await.unwrap();
    assert!(
        index.contains(&format!("/paystack/checkout/{code}")) && index.contains("5060 6650 6066 5060 67")
    );
    assert!(index.contains("0000000002") && index.contains("/control/paystack/disputes"));
}
