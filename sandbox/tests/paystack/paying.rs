//! What customers do on the payment page, and what the shop hears of it; also which transactions
//! cannot be made at all.

use std::time::Duration;

use haat_sandbox::paystack::{Outcome, PaystackConfig, UnknownReference};
use haat_sandbox::{Closed, Config, Next, Sandbox};
use serde_json::json;

use crate::hook::until;
use crate::shop::{KEY, PAYS, bad, open_shop, open_shop_with, order};

#[tokio::test]
async fn a_payment_sends_the_customer_back_and_tells_the_shop() {
    let shop = open_shop().await;
    let made = shop.call("/transaction/initialize", &order("ord-1")).await;
    let code = made["access_code"].as_str().unwrap();
    let url = format!("{}/paystack/checkout/{code}", shop.sandbox.url());
    assert_eq!(made["authorization_url"], url);
    assert_eq!(made["reference"], "ord-1");
    assert_eq!(shop.verify("ord-1").await["status"], "abandoned");
    let html = shop.client.get(&url).send().await.unwrap().text().await.unwrap();
    assert!(html.contains("5000.00 NGN") && html.contains("4084080000001803"));

    let back = shop.click(code, "4084 0840 8408 4081").await;
    assert_eq!(back.status(), 303);
    assert_eq!(back.headers()["location"], "https://shop.example/back?shop=7&trxref=ord-1&reference=ord-1");
    let seen = shop.verify("ord-1").await;
    assert_eq!((&seen["status"], &seen["amount"]), (&json!("success"), &json!(500_000)));
    assert_eq!((&seen["currency"], &seen["domain"]), (&json!("NGN"), &json!("test")));
    assert_eq!((&seen["requested_amount"], &seen["fees"]), (&json!(500_000), &json!(17_500)));
    assert_eq!(seen["metadata"]["order_id"], "ord_1");
    assert_eq!(
        (&seen["authorization"]["last4"], &seen["authorization"]["bin"]),
        (&json!("4081"), &json!("408408"))
    );
    assert!(seen["id"].as_i64().unwrap() > i64::from(u32::MAX));
    assert_eq!(shop.read(&format!("/transaction/{}", seen["id"])).await["reference"], "ord-1");

    let told = shop.deliveries().await;
    assert_eq!(told.len(), 1);
    assert!(told[0].is_signed_with(KEY) && !told[0].is_signed_with("sk_test_other"));
    let event = told[0].event();
    assert_eq!((&event["event"], &event["data"]["reference"]), (&json!("charge.success"), &json!("ord-1")));
    assert_eq!(event.as_object().unwrap().len(), 2);
    assert_eq!(shop.sandbox.paystack().captured()["NGN"], 500_000);
    assert_eq!(shop.sandbox.paystack().balance()["NGN"], 1_000_000_000 + 500_000 - 17_500);
}

#[tokio::test]
async fn a_decline_is_not_the_end_and_nobody_is_told() {
    let shop = open_shop().await;
    let code = shop.initialize("ord-1").await;
    for (card, why) in [
        ("4084080000005408", "Declined"),
        ("insufficient_funds", "Insufficient Funds"),
        ("506066506066506067", "Transaction timed out"),
    ] {
        let page = shop.click(&code, card).await;
        assert_eq!(page.status(), 402);
        assert!(page.text().await.unwrap().contains(why));
        let seen = shop.verify("ord-1").await;
        assert_eq!((&seen["status"], &seen["gateway_response"]), (&json!("failed"), &json!(why)));
        assert_eq!(seen["paid_at"], json!(null));
    }
    assert_eq!(shop.deliveries().await.len(), 0);
    assert_eq!(shop.click(&code, PAYS).await.status(), 303);
    assert_eq!(shop.verify("ord-1").await["log"]["attempts"], 4);
    assert_eq!(shop.click(&code, PAYS).await.status(), 409);
    assert_eq!(shop.sandbox.paystack().charged_count(), 1);
}

#[tokio::test]
async fn whoever_leaves_may_come_back() {
    let shop = open_shop().await;
    let code = shop.initialize("ord-1").await;
    let back = shop.click(&code, "leave").await;
    assert_eq!(back.headers()["location"], "https://shop.example/cart");
    assert_eq!(shop.verify("ord-1").await["status"], "abandoned");
    shop.sandbox.advance(Duration::from_secs(30 * 24 * 3600));
    assert_eq!(shop.click(&code, PAYS).await.status(), 303);
    assert_eq!(shop.verify("ord-1").await["status"], "success");
}

#[tokio::test]
async fn money_that_takes_its_time() {
    let shop = open_shop().await;
    for (reference, method, first, then, told) in [
        ("ord-1", "async_succeeds", "ongoing", "success", 1),
        ("ord-2", "async_fails", "processing", "failed", 0),
    ] {
        let before = shop.deliveries().await.len();
        let seen = shop.paid_with(reference, method).await;
        assert_eq!((&seen["status"], &seen["fees"]), (&json!(first), &json!(null)));
        let code = shop.sandbox.paystack().payment(reference).unwrap().access_code.unwrap();
        assert_eq!(shop.click(&code, PAYS).await.status(), 409);
        shop.sandbox.advance(Duration::from_secs(3601));
        assert_eq!(shop.verify(reference).await["status"], then);
        assert_eq!(shop.deliveries().await.len() - before, told);
    }
    assert_eq!(shop.sandbox.paystack().captured()["NGN"], 500_000);
}

#[tokio::test]
async fn a_part_is_a_success_with_another_amount() {
    let shop = open_shop().await;
    let seen = shop.paid_with("ord-1", "pay_part").await;
    assert_eq!(seen["status"], "success");
    assert_eq!((&seen["amount"], &seen["requested_amount"]), (&json!(250_000), &json!(500_000)));
    assert_eq!(shop.sandbox.paystack().captured()["NGN"], 250_000);
}

#[tokio::test]
async fn a_reference_is_used_once() {
    let shop = open_shop().await;
    shop.initialize("ord-1").await;
    let refused = shop.refused("/transaction/initialize", &order("ord-1"), 400).await;
    assert_eq!(
        (&refused["code"], &refused["type"]),
        (&json!("duplicate_reference"), &json!("validation_error"))
    );
    assert_eq!(refused["message"], "Duplicate Transaction Reference");
    assert!(refused["meta"]["nextStep"].is_string());
    assert_eq!(shop.sandbox.paystack().initialized_count(), 1);
    let mut without = order("");
    without["reference"] = json!(null);
    let made = shop.call("/transaction/initialize", &without).await;
    assert_eq!(made["reference"].as_str().unwrap().len(), 10);
}

#[tokio::test]
async fn an_unknown_reference_has_two_answers() {
    let shop = open_shop().await;
    let unknown = shop.get("/transaction/verify/nobody").send().await.unwrap();
    assert_eq!(bad(unknown, 404).await, json!({"status": false, "message": "Entity not found"}));

    let unknown_reference = UnknownReference::BadRequest400;
    let shop = open_shop_with(PaystackConfig { unknown_reference, ..PaystackConfig::default() }).await;
    let unknown = shop.get("/transaction/verify/nobody").send().await.unwrap();
    assert_eq!(bad(unknown, 400).await["message"], "Transaction reference not found");
}

#[tokio::test]
async fn the_key_is_checked() {
    let shop = open_shop().await;
    let url = format!("{}/paystack/balance", shop.sandbox.url());
    let invalid = json!({"status": false, "message": "Invalid key"});
    assert_eq!(bad(shop.client.get(&url).send().await.unwrap(), 401).await, invalid);
    let stranger = shop.client.get(&url).bearer_auth("sk_test_sandbox").send().await.unwrap();
    assert_eq!(bad(stranger, 401).await, invalid);
    let basic = shop.client.get(&url).basic_auth(KEY, Some("")).send().await.unwrap();
    assert_eq!(bad(basic, 401).await, invalid);
}

#[tokio::test]
async fn currencies_and_their_units_are_settings() {
    let shop = open_shop().await;
    let mut abidjan = order("ord-1");
    abidjan["currency"] = json!("XOF");
    let refused = shop.refused("/transaction/initialize", &abidjan, 400).await;
    assert_eq!(refused["message"], "Currency not supported by merchant");

    let francs = || vec!["XOF".to_owned()];
    for (whole_currencies, shown) in [(vec![], "5000.00 XOF"), (francs(), "500000 XOF")] {
        let config = PaystackConfig { currencies: francs(), whole_currencies, ..PaystackConfig::default() };
        let shop = open_shop_with(config).await;
        let made = shop.call("/transaction/initialize", &abidjan).await;
        let page = shop.client.get(made["authorization_url"].as_str().unwrap()).send().await.unwrap();
        assert!(page.text().await.unwrap().contains(shown));
        shop.sandbox.pay_paystack("ord-1", Outcome::Pay).unwrap();
        assert_eq!(shop.sandbox.paystack().captured()["XOF"], 500_000);
    }
}

#[tokio::test]
async fn a_test_may_play_the_customer_itself() {
    let shop = open_shop().await;
    shop.initialize("ord-1").await;
    assert_eq!(shop.sandbox.pay_paystack("ord-1", Outcome::Decline), Ok(Next::Declined("Declined")));
    let id = shop.sandbox.paystack().payment("ord-1").unwrap().id.to_string();
    let done = shop.sandbox.pay_paystack(&id, Outcome::Pay);
    assert!(matches!(done, Ok(Next::Done(url)) if url.ends_with("trxref=ord-1&reference=ord-1")));
    assert_eq!(shop.sandbox.pay_paystack("ord-1", Outcome::Pay), Err(Closed::Complete));
    assert_eq!(shop.sandbox.pay_paystack("ord-2", Outcome::Pay), Err(Closed::NoSuch));
    let seen = shop.sandbox.paystack().payment("ord-1").unwrap();
    assert_eq!((seen.status, seen.captured, seen.refunded), ("success", 500_000, 0));
}

#[tokio::test]
async fn without_a_way_back_there_is_a_page() {
    let shop = open_shop().await;
    let bare = json!({"email": "ada@example.com", "amount": "5000"});
    let made = shop.call("/transaction/initialize", &bare).await;
    let back = shop.click(made["access_code"].as_str().unwrap(), PAYS).await;
    let location = back.headers()["location"].to_str().unwrap().to_owned();
    assert!(location.contains("/paystack/paid?trxref="));
    assert_eq!(shop.client.get(location).send().await.unwrap().status(), 200);
    let seen = shop.verify(made["reference"].as_str().unwrap()).await;
    assert_eq!((&seen["metadata"], &seen["currency"]), (&json!(""), &json!("NGN")));
}

#[tokio::test]
async fn money_settles_by_itself_when_its_time_has_come() {
    let settle = Duration::from_millis(20);
    let sandbox = Sandbox::start(Config { settle, ..Config::default() }).await.unwrap();
    let url = format!("{}/paystack/transaction/initialize", sandbox.url());
    let request = reqwest::Client::new().post(url).bearer_auth(KEY).json(&order("ord-1"));
    assert_eq!(request.send().await.unwrap().status(), 200);
    sandbox.pay_paystack("ord-1", Outcome::PayLater).unwrap();
    // Looking at the captured money does not make it settle: the timekeeper must.
    until(|| !sandbox.paystack().captured().is_empty()).await;
    sandbox.stop().await;
}

#[tokio::test]
async fn old_payments_are_forgotten_when_there_are_too_many() {
    let sandbox = Sandbox::start(Config { keep: 5, ..Config::default() }).await.unwrap();
    let url = format!("{}/paystack/transaction", sandbox.url());
    let client = reqwest::Client::new();
    for number in 0..12 {
        let body = order(&format!("ord-{number}"));
        client.post(format!("{url}/initialize")).bearer_auth(KEY).json(&body).send().await.unwrap();
        sandbox.pay_paystack(&format!("ord-{number}"), Outcome::Pay).unwrap();
    }
    assert_eq!(sandbox.paystack().payments(100).len(), 5);
    assert_eq!(sandbox.paystack().captured()["NGN"], 12 * 500_000);
    assert_eq!(sandbox.paystack().events().len(), 5);
    let first = client.get(format!("{url}/verify/ord-0")).bearer_auth(KEY).send().await.unwrap();
    assert_eq!(bad(first, 404).await["message"], "Entity not found");
}
