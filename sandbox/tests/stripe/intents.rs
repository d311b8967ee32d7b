//! PaymentIntents that a merchant makes and confirms over the API, with test methods in the place of
//! a customer; also capturing later and canceling.

use haat_sandbox::stripe::Outcome;
use haat_sandbox::{Closed, Next};

use crate::shop::{Shop, error, id, ids, json, mugs, open_shop, text};

fn form<'a>(method: &'a str, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut form =
        vec![("amount", "2000"), ("currency", "usd"), ("payment_method", method), ("confirm", "true")];
    form.extend(more);
    form
}

async fn status(shop: &Shop, payment: &str) -> String {
    text(&shop.read(&format!("/v1/payment_intents/{payment}")).await, "status")
}

#[tokio::test]
async fn an_intent_is_made_given_a_method_and_confirmed() {
    let shop = open_shop().await;
    let made = shop
        .call("/v1/payment_intents", &[("amount", "2000"), ("currency", "usd"), ("transfer_group", "g")])
        .await;
    assert_eq!(made["status"], "requires_payment_method");
    let path = format!("/v1/payment_intents/{}", id(&made));
    let refused = shop.refused(&format!("{path}/confirm"), &[], 400).await;
    assert_eq!(refused["code"], "payment_intent_unexpected_state");
    let changed = shop
        .call(&path, &[("amount", "2500"), ("payment_method", "pm_card_visa"), ("metadata[a]", "b")])
        .await;
    assert_eq!((&changed["status"], &changed["amount"]), (&"requires_confirmation".into(), &2500.into()));
    let paid = shop.call(&format!("{path}/confirm"), &[]).await;
    assert_eq!((&paid["status"], &paid["amount_received"]), (&"succeeded".into(), &2500.into()));
    let again = shop.refused(&format!("{path}/confirm"), &[], 400).await;
    assert_eq!(again["payment_intent"]["status"], "succeeded");
    shop.refused(&path, &[("amount", "1")], 400).await;
    let told = shop.delivered("payment_intent.succeeded").await;
    assert!(told[0].event()["request"]["id"].as_str().unwrap().starts_with("req_"));
    assert_eq!(shop.sandbox.stripe().captured()["usd"], 2500);
    assert_eq!(shop.refund(id(&made), "500").await.status(), 200);
    assert_eq!(shop.sandbox.stripe().payment(id(&made)).unwrap().refunded, 500);
}

#[tokio::test]
async fn a_declined_card_is_an_error_that_names_the_payment() {
    let shop = open_shop().await;
    for (method, decline) in [
        ("pm_card_chargeDeclined", "generic_decline"),
        ("pm_card_chargeDeclinedInsufficientFunds", "insufficient_funds"),
    ] {
        let refused = shop.refused("/v1/payment_intents", &form(method, &[]), 402).await;
        assert_eq!((&refused["type"], &refused["code"]), (&"card_error".into(), &"card_declined".into()));
        assert_eq!(refused["decline_code"], decline);
        assert!(refused["charge"].as_str().unwrap().starts_with("ch_"));
        let payment = &refused["payment_intent"];
        assert_eq!(payment["status"], "requires_payment_method");
        assert_eq!(payment["last_payment_error"]["decline_code"], decline);
        let path = format!("/v1/payment_intents/{}/confirm", id(payment));
        assert_eq!(shop.call(&path, &[("payment_method", "pm_card_visa")]).await["status"], "succeeded");
        let charges = shop.read(&format!("/v1/charges?payment_intent={}", id(payment))).await;
        let statuses: Vec<_> =
            charges["data"].as_array().unwrap().iter().map(|one| one["status"].clone()).collect();
        assert_eq!(statuses, ["succeeded", "failed"]);
    }
    let unknown = shop.refused("/v1/payment_intents", &form("pm_card_gold", &[]), 400).await;
    assert_eq!((&unknown["code"], &unknown["param"]), (&"resource_missing".into(), &"payment_method".into()));
}

#[tokio::test]
async fn a_customer_may_have_to_prove_himself() {
    let shop = open_shop().await;
    let back = ("return_url", "https://shop.example/back?o=1");
    for (click, result, then) in [
        ("authenticate", "succeeded", "succeeded"),
        ("authentication_fails", "failed", "requires_payment_method"),
    ] {
        let asked = shop.call("/v1/payment_intents", &form("pm_card_authenticationRequired", &[back])).await;
        assert_eq!(asked["status"], "requires_action");
        let url = asked["next_action"]["redirect_to_url"]["url"].as_str().unwrap();
        let page = shop.client.get(url).send().await.unwrap().text().await.unwrap();
        assert!(page.contains("20.00 USD") && page.contains("3-D Secure"));
        let nothing = shop.client.post(url).form(&[("card", "4242424242424242")]).send().await.unwrap();
        assert_eq!(nothing.status(), 400);
        let sent = shop.client.post(url).form(&[("card", click)]).send().await.unwrap();
        assert_eq!(sent.status(), 303);
        let location = sent.headers()["location"].to_str().unwrap();
        let start = format!("https://shop.example/back?o=1&payment_intent={}&", id(&asked));
        assert!(location.starts_with(&start) && location.ends_with(&format!("redirect_status={result}")));
        assert_eq!(status(&shop, id(&asked)).await, then);
        assert_eq!(shop.client.get(url).send().await.unwrap().status(), 404);
    }
    let session = shop.open_session().await;
    assert_eq!(shop.click(&session, "authentication_fails").await.status(), 402);
    assert_eq!(shop.click(&session, "4000 0025 0000 3155").await.status(), 303);
    assert_eq!(shop.delivered("payment_intent.requires_action").await.len(), 4);
}

#[tokio::test]
async fn held_money_is_captured_in_part_or_released() {
    let shop = open_shop().await;
    let manual = form("pm_card_visa", &[("capture_method", "manual")]);
    let held = shop.call("/v1/payment_intents", &manual).await;
    assert_eq!((&held["status"], &held["amount_capturable"]), (&"requires_capture".into(), &2000.into()));
    assert!(shop.sandbox.stripe().captured().is_empty());
    let path = format!("/v1/payment_intents/{}", id(&held));
    let refused = shop.refused(&format!("{path}/capture"), &[("amount_to_capture", "2001")], 400).await;
    assert_eq!(refused["code"], "amount_too_large");
    let paid = shop.call(&format!("{path}/capture"), &[("amount_to_capture", "1500")]).await;
    assert_eq!((&paid["status"], &paid["amount_received"]), (&"succeeded".into(), &1500.into()));
    shop.refused(&format!("{path}/capture"), &[], 400).await;
    assert_eq!(error(shop.refund(id(&held), "1501").await, 400).await["param"], "amount");
    assert_eq!(shop.delivered("charge.captured").await.len(), 1);

    let held = shop.call("/v1/payment_intents", &manual).await;
    let path = format!("/v1/payment_intents/{}/cancel", id(&held));
    let gone = shop.call(&path, &[("cancellation_reason", "abandoned")]).await;
    assert_eq!((&gone["status"], &gone["cancellation_reason"]), (&"canceled".into(), &"abandoned".into()));
    shop.refused(&path, &[], 400).await;
    assert_eq!(shop.delivered("payment_intent.canceled").await.len(), 1);
    assert_eq!(shop.sandbox.stripe().captured()["usd"], 1500);
}

#[tokio::test]
async fn a_session_may_capture_later() {
    let shop = open_shop().await;
    let mut form = mugs();
    form.push(("payment_intent_data[capture_method]", "manual"));
    let session = shop.call("/v1/checkout/sessions", &form).await;
    assert_eq!(shop.click(id(&session), "4242424242424242").await.status(), 303);
    let path = format!("/v1/checkout/sessions/{}", id(&session));
    let seen = shop.read(&path).await;
    assert_eq!((&seen["status"], &seen["payment_status"]), (&"complete".into(), &"unpaid".into()));
    let payment = seen["payment_intent"].as_str().unwrap();
    shop.call(&format!("/v1/payment_intents/{payment}/capture"), &[]).await;
    assert_eq!(shop.read(&path).await["payment_status"], "paid");
}

#[tokio::test]
async fn the_intent_of_an_open_session_is_the_customers() {
    let shop = open_shop().await;
    let session = shop.open_session().await;
    shop.click(&session, "4000000000000002").await;
    let payment = shop.sandbox.stripe().payments(1)[0].id.clone();
    for verb in ["cancel", "confirm"] {
        let refused = shop.refused(&format!("/v1/payment_intents/{payment}/{verb}"), &[], 400).await;
        assert_eq!(refused["code"], "payment_intent_unexpected_state");
    }
}

#[tokio::test]
async fn a_bank_debit_arrives_or_bounces() {
    let shop = open_shop().await;
    let goes = shop.call("/v1/payment_intents", &form("pm_usBankAccount_success", &[])).await;
    let bounces = shop.call("/v1/payment_intents", &form("pm_usBankAccount_noAccount", &[])).await;
    assert_eq!((&goes["status"], &bounces["status"]), (&"processing".into(), &"processing".into()));
    shop.sandbox.settle_all();
    assert_eq!(status(&shop, id(&goes)).await, "succeeded");
    assert_eq!(status(&shop, id(&bounces)).await, "requires_payment_method");
    assert_eq!(shop.sandbox.stripe().captured()["usd"], 2000);
}

#[tokio::test]
async fn intents_and_charges_are_listed() {
    let shop = open_shop().await;
    let mine = shop.call("/v1/payment_intents", &form("pm_card_visa", &[("customer", "cus_1")])).await;
    let other = shop.call("/v1/payment_intents", &form("pm_card_visa", &[("transfer_group", "g")])).await;
    assert_eq!(ids(&shop.read("/v1/payment_intents").await), [id(&other), id(&mine)]);
    assert_eq!(ids(&shop.read("/v1/payment_intents?customer=cus_1").await), [id(&mine)]);
    let charges = shop.read("/v1/charges?transfer_group=g&expand[]=data.payment_intent").await;
    assert_eq!(charges["data"][0]["payment_intent"]["id"], other["id"]);
    let first = shop.read("/v1/charges?limit=1").await;
    let next = shop.read(&format!("/v1/charges?starting_after={}", ids(&first)[0])).await;
    assert_eq!(next["data"][0]["payment_intent"], mine["id"]);
    assert_eq!((&first["has_more"], &next["has_more"]), (&true.into(), &false.into()));
}

#[tokio::test]
async fn a_declined_confirmation_is_replayed_with_its_key() {
    let shop = open_shop().await;
    let declined = form("pm_card_chargeDeclined", &[]);
    let send = || shop.post("/v1/payment_intents", &declined).header("idempotency-key", "k").send();
    let (first, second) = (send().await.unwrap(), send().await.unwrap());
    assert_eq!(second.headers()["idempotent-replayed"], "true");
    assert_eq!(json(first).await, json(second).await);
    assert_eq!(ids(&shop.read("/v1/payment_intents").await).len(), 1);
}

#[tokio::test]
async fn a_customer_may_pay_in_the_shops_own_form() {
    let shop = open_shop().await;
    let plain = [("amount", "2000"), ("currency", "usd"), ("return_url", "https://shop.example/back")];
    let made = shop.call("/v1/payment_intents", &plain).await;
    let pay = |outcome| shop.sandbox.pay(id(&made), outcome);
    assert_eq!(pay(Outcome::Leave), Ok(Next::Left(None)));
    assert!(matches!(pay(Outcome::Decline), Ok(Next::Declined(_))));
    assert!(matches!(pay(Outcome::Pay), Ok(Next::Done(url)) if url.ends_with("redirect_status=succeeded")));
    assert_eq!(pay(Outcome::Pay), Err(Closed::Complete));
    assert_eq!(shop.sandbox.pay("pi_none", Outcome::Pay), Err(Closed::NoSuch));

    let made = shop.call("/v1/payment_intents", &plain).await;
    let url = format!("{}/control/stripe/pay", shop.sandbox.url());
    let body = serde_json::json!({"payment": id(&made), "outcome": "4000000000000259"});
    assert_eq!(shop.client.post(url).json(&body).send().await.unwrap().status(), 200);
    shop.sandbox.settle_all();
    assert_eq!(shop.sandbox.stripe().disputed()["usd"], 2000);
}
