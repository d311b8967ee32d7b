//! The control API and the pages, as scripts and people use them. All of it goes over HTTP,
//! without the library.

use serde_json::{Value, json};

use crate::shop::open_shop;

#[tokio::test]
async fn a_script_can_play_customer_bank_and_bad_luck() {
    let shop = open_shop().await;
    let url = |path: &str| format!("{}/control/{path}", shop.sandbox.url());
    let post = |path: &str, body: Value| shop.client.post(url(path)).json(&body).send();

    let rule = json!({"match": {"method": "POST", "path": "/v1/refunds"}, "fault": "error_500_before"});
    assert_eq!(post("faults", rule).await.unwrap().status(), 201);
    for nonsense in [
        json!({"fault": "earthquake"}),
        json!({"fault": "cut_after", "match": {"event": "charge.succeeded"}}),
        json!({"fault": "webhook_lost", "match": {"path": "/v1/refunds"}}),
    ] {
        assert_eq!(post("faults", nonsense).await.unwrap().status(), 400);
    }

    let session = shop.open_session().await;
    let paid = post("stripe/pay", json!({"session": session, "outcome": "pay"})).await.unwrap();
    assert_eq!(paid.json::<Value>().await.unwrap()["result"], "done");
    let named = post("stripe/pay", json!({"payment": "ord_1", "outcome": "pay"})).await.unwrap();
    assert_eq!(named.status(), 409);
    let again = post("stripe/pay", json!({"session": session, "outcome": "pay"})).await.unwrap();
    assert_eq!(again.status(), 409);

    let payment = shop.sandbox.stripe().payments(1)[0].id.clone();
    assert_eq!(shop.refund(&payment, "100").await.status(), 500);
    let refund = crate::shop::json(shop.refund(&payment, "100").await).await;
    let path = format!("stripe/refunds/{}", refund["id"].as_str().unwrap());
    assert_eq!(post(&path, json!({"status": "failed"})).await.unwrap().status(), 204);

    post("webhooks/flush", json!({})).await.unwrap();
    let state: Value = shop.client.get(url("state")).send().await.unwrap().json().await.unwrap();
    assert_eq!(state["stripe"]["sessions"], 1);
    assert_eq!(state["stripe"]["captured"]["usd"], 3998);
    assert_eq!(state["stripe"]["payment_intents"][0]["refunded"], 0);
    assert_eq!(state["stripe"]["payment_intents"][0]["client_reference_id"], "ord_1");
    assert_eq!(state["stripe"]["balance"]["available"]["usd"], 3998 - (3998 * 29 / 1000 + 30));
    assert_eq!(state["faults"]["struck"], 1);
    let event = state["stripe"]["events"][0]["id"].as_str().unwrap();
    assert_eq!(post("webhooks/resend", json!({"event": event})).await.unwrap().status(), 202);
}

#[tokio::test]
async fn without_an_endpoint_nothing_is_outstanding() {
    let shop = open_shop().await;
    let url = |gateway: &str| format!("{}/control/webhook/{gateway}", shop.sandbox.url());
    shop.refuse_webhooks(1000);
    shop.paid_with("4242424242424242").await;
    assert_eq!(shop.client.delete(url("stripe")).send().await.unwrap().status(), 204);
    while shop.sandbox.deliver_pending_webhooks().await > 0 {}
    assert_eq!(shop.deliveries().await.len(), 0);

    let put = |gateway: &str, body: Value| shop.client.put(url(gateway)).json(&body).send();
    let hook = json!({"url": "http://127.0.0.1:9/hook", "secrets": ["whsec_a"]});
    assert_eq!(put("stripe", hook.clone()).await.unwrap().status(), 204);
    assert_eq!(put("strip", hook).await.unwrap().status(), 404);
    for wrong in [json!({"url": "http://127.0.0.1:9/hook"}), json!({"url": "shop", "secrets": ["whsec_a"]})] {
        assert_eq!(put("stripe", wrong).await.unwrap().status(), 400);
    }
}

#[tokio::test]
async fn the_pages_are_there() {
    let shop = open_shop().await;
    let session = shop.open_session().await;
    let index = shop.client.get(shop.sandbox.url()).send().await.unwrap().text().await.unwrap();
    assert!(index.contains(&session) && index.contains("cut_after") && index.contains("4242"));
    let page = shop.client.get(format!("{}/stripe/pay/{session}", shop.sandbox.url())).send().await.unwrap();
    let html = page.text().await.unwrap();
    assert!(html.contains("39.98 USD") && html.contains("4000000000007726"));
    let live = shop.client.get(format!("{}/health/live", shop.sandbox.url())).send().await.unwrap();
    assert_eq!(live.status(), 200);
    shop.sandbox.stop().await;
}
