//! What customers do on the payment page, and what the shop hears of it; also which
//! sessions cannot be made at all.

use std::time::Duration;

use haat_sandbox::Closed;
use haat_sandbox::stripe::Outcome;

use crate::shop::{NEXT_SECRET, SECRET, error, json, mugs, open_shop};

#[tokio::test]
async fn a_paid_session_sends_the_customer_back_and_tells_the_shop() {
    let shop = open_shop().await;
    let session = shop.open_session().await;
    let back = shop.click(&session, "4242 4242 4242 4242").await;
    assert_eq!(back.status(), 303);
    assert_eq!(back.headers()["location"], format!("https://shop.example/paid?sid={session}"));

    let seen = shop.read(&format!("/v1/checkout/sessions/{session}?expand[]=payment_intent")).await;
    assert_eq!(seen["status"], "complete");
    assert_eq!(seen["payment_status"], "paid");
    assert_eq!(seen["amount_total"], 3998);
    assert_eq!(seen["payment_intent"]["status"], "succeeded");
    assert_eq!(seen["payment_intent"]["metadata"]["order_id"], "ord_1");

    let told = shop.delivered("checkout.session.completed").await;
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].event()["data"]["object"]["id"], session.as_str());
    for secret in [SECRET, NEXT_SECRET] {
        let at = told[0].verified_by(secret).unwrap();
        assert!((shop.sandbox.now() - at).abs() < 60);
    }
    assert!(told[0].verified_by("whsec_other").is_none());
    assert_eq!(shop.delivered("payment_intent.succeeded").await.len(), 1);
    assert_eq!(shop.sandbox.stripe().captured()["usd"], 3998);
}

#[tokio::test]
async fn a_declined_card_leaves_the_session_open() {
    let shop = open_shop().await;
    let session = shop.open_session().await;
    let page = shop.click(&session, "4000000000009995").await;
    assert_eq!(page.status(), 402);
    let html = page.text().await.unwrap();
    assert!(html.contains("insufficient funds") && html.contains("Mug &lt;blue&gt;"));
    let told = shop.delivered("payment_intent.payment_failed").await;
    let decline = &told[0].event()["data"]["object"]["last_payment_error"];
    assert_eq!(decline["decline_code"], "insufficient_funds");
    assert_eq!(shop.sandbox.stripe().charged_count(), 0);

    assert_eq!(shop.click(&session, "4242424242424242").await.status(), 303);
    assert_eq!(shop.sandbox.stripe().charged_count(), 1);
    assert_eq!(shop.click(&session, "4242424242424242").await.status(), 409);
    assert_eq!(shop.sandbox.stripe().charged_count(), 1);
}

#[tokio::test]
async fn leaving_goes_back_to_the_cart() {
    let shop = open_shop().await;
    let session = shop.open_session().await;
    let back = shop.click(&session, "leave").await;
    assert_eq!(back.headers()["location"], "https://shop.example/cart");
    assert_eq!(shop.sandbox.stripe().sessions(1)[0].status, "open");
}

#[tokio::test]
async fn a_debit_is_complete_first_and_paid_later() {
    let shop = open_shop().await;
    for (card, event, status, paid) in [
        ("async_succeeds", "checkout.session.async_payment_succeeded", "succeeded", "paid"),
        ("async_fails", "checkout.session.async_payment_failed", "requires_payment_method", "unpaid"),
    ] {
        let session = shop.open_session().await;
        assert_eq!(shop.click(&session, card).await.status(), 303);
        let path = format!("/v1/checkout/sessions/{session}?expand[]=payment_intent");
        let seen = shop.read(&path).await;
        assert_eq!((&seen["status"], &seen["payment_status"]), (&"complete".into(), &"unpaid".into()));
        assert_eq!(seen["payment_intent"]["status"], "processing");

        shop.sandbox.advance(Duration::from_secs(3601));
        let seen = shop.read(&path).await;
        assert_eq!(seen["payment_status"], paid);
        assert_eq!(seen["payment_intent"]["status"], status);
        assert_eq!(shop.delivered(event).await.len(), 1);
    }
    assert_eq!(shop.sandbox.stripe().captured()["usd"], 3998);
}

#[tokio::test]
async fn a_session_expires_by_itself_or_by_request() {
    let shop = open_shop().await;
    let session = shop.open_session().await;
    shop.sandbox.advance(Duration::from_secs(24 * 3600));
    assert_eq!(shop.delivered("checkout.session.expired").await.len(), 1);
    assert_eq!(shop.click(&session, "4242424242424242").await.status(), 410);
    assert_eq!(shop.sandbox.pay(&session, Outcome::Pay), Err(Closed::Expired));
    let again = shop.post(&format!("/v1/checkout/sessions/{session}/expire"), &[]).send().await.unwrap();
    assert_eq!(error(again, 400).await["type"], "invalid_request_error");

    let session = shop.open_session().await;
    let expired = shop.post(&format!("/v1/checkout/sessions/{session}/expire"), &[]).send().await.unwrap();
    assert_eq!(json(expired).await["status"], "expired");
    assert_eq!(shop.delivered("checkout.session.expired").await.len(), 2);
}

#[tokio::test]
async fn expiry_lies_between_half_an_hour_and_a_day() {
    let shop = open_shop().await;
    let now = shop.sandbox.now();
    for (at, allowed) in [(now + 1700, false), (now + 3600, true), (now + 90_000, false)] {
        let at = at.to_string();
        let mut form = mugs();
        form.push(("expires_at", &at));
        let response = shop.post("/v1/checkout/sessions", &form).send().await.unwrap();
        if allowed {
            assert_eq!(json(response).await["expires_at"].to_string(), at);
        } else {
            assert_eq!(error(response, 400).await["param"], "expires_at");
        }
    }
}

#[tokio::test]
async fn shipping_is_part_of_the_total() {
    let shop = open_shop().await;
    let mut form = mugs();
    let rate = "shipping_options[0][shipping_rate_data]";
    let names = ["[display_name]", "[type]", "[fixed_amount][amount]", "[fixed_amount][currency]"];
    let names = names.map(|name| format!("{rate}{name}"));
    form.extend(names.iter().map(String::as_str).zip(["Post", "fixed_amount", "500", "usd"]));
    let session = json(shop.post("/v1/checkout/sessions", &form).send().await.unwrap()).await;
    assert_eq!(session["amount_total"], 4498);
    assert_eq!(session["total_details"]["amount_shipping"], 500);
}

#[tokio::test]
async fn what_stripe_does_not_know_is_refused() {
    let shop = open_shop().await;
    let mut form = mugs();
    form.push(("line_items[0][colour]", "blue"));
    let refused = shop.post("/v1/checkout/sessions", &form).send().await.unwrap();
    assert!(refused.headers()["request-id"].to_str().unwrap().starts_with("req_"));
    let refused = error(refused, 400).await;
    assert_eq!(refused["code"], "parameter_unknown");
    assert_eq!(refused["param"], "line_items[0][colour]");

    let url = format!("{}/stripe/v1/events", shop.sandbox.url());
    let stranger = shop.client.get(&url).bearer_auth("sk_test_wrong").send().await.unwrap();
    assert_eq!(error(stranger, 401).await["type"], "invalid_request_error");
    let basic = shop.client.get(&url).basic_auth("sk_test_sandbox", Some("")).send().await.unwrap();
    assert_eq!(basic.status(), 200);
    assert_eq!(
        error(shop.get("/v1/nothing").send().await.unwrap(), 404).await["type"],
        "invalid_request_error"
    );
}
