//! Refunds: never more than was taken, pending ones settle, and those that bounce give
//! the money back to the account.

use std::time::Duration;

use haat_sandbox::stripe::{Outcome, Verdict};
use haat_sandbox::{Config, Sandbox};

use crate::hook::until;
use crate::shop::{error, id, json, mugs, open_shop};

#[tokio::test]
async fn refunds_never_exceed_the_charge() {
    let shop = open_shop().await;
    let payment = shop.paid_with("4242424242424242").await;
    assert_eq!(json(shop.refund(&payment, "3000").await).await["status"], "succeeded");
    let refused = error(shop.refund(&payment, "999").await, 400).await;
    assert_eq!(refused["param"], "amount");
    assert_eq!(refused["type"], "invalid_request_error");

    let rest = shop.post("/v1/refunds", &[("payment_intent", &payment)]).send().await.unwrap();
    assert_eq!(json(rest).await["amount"], 998);
    let refused = error(shop.refund(&payment, "1").await, 400).await;
    assert_eq!(refused["code"], "charge_already_refunded");

    let told = shop.delivered("charge.refunded").await;
    assert_eq!(told.len(), 2);
    let full = told.iter().filter(|told| told.event()["data"]["object"]["refunded"] == true).count();
    assert_eq!(full, 1);
    assert_eq!(shop.sandbox.stripe().refunded()["usd"], 3998);
    assert_eq!(shop.sandbox.stripe().refunds_of(&payment).len(), 2);
}

#[tokio::test]
async fn an_unpaid_session_has_nothing_to_refund() {
    let shop = open_shop().await;
    let session = shop.open_session().await;
    shop.click(&session, "4000000000000002").await;
    let payment = shop.sandbox.stripe().payments(1)[0].id.clone();
    assert_eq!(error(shop.refund(&payment, "1").await, 400).await["type"], "invalid_request_error");
}

#[tokio::test]
async fn a_pending_refund_settles() {
    let shop = open_shop().await;
    let payment = shop.paid_with("4000000000007726").await;
    let refund = json(shop.refund(&payment, "500").await).await;
    assert_eq!(refund["status"], "pending");
    assert_eq!(refund["pending_reason"], "processing");
    shop.sandbox.advance(Duration::from_secs(3601));
    let path = format!("/v1/refunds/{}", refund["id"].as_str().unwrap());
    assert_eq!(shop.read(&path).await["status"], "succeeded");
    let told = shop.delivered("refund.updated").await;
    assert_eq!(told[0].event()["data"]["object"]["status"], "succeeded");
}

#[tokio::test]
async fn a_refund_that_bounces_can_be_made_again() {
    let shop = open_shop().await;
    let payment = shop.paid_with("4000000000005126").await;
    let refund = json(shop.refund(&payment, "3998").await).await;
    assert_eq!(refund["status"], "succeeded");
    shop.sandbox.settle_all();
    let seen = shop.read(&format!("/v1/refunds/{}", refund["id"].as_str().unwrap())).await;
    assert_eq!(seen["status"], "failed");
    assert_eq!(seen["failure_reason"], "expired_or_canceled_card");
    assert!(seen["failure_balance_transaction"].as_str().unwrap().starts_with("txn_"));
    assert_eq!(shop.delivered("refund.failed").await.len(), 1);
    assert_eq!(shop.sandbox.stripe().refunded()["usd"], 0);
    assert_eq!(shop.refund(&payment, "3998").await.status(), 200);
}

#[tokio::test]
async fn any_refund_can_be_made_to_fail() {
    let shop = open_shop().await;
    let payment = shop.paid_with("4242424242424242").await;
    let refund = json(shop.refund(&payment, "100").await).await;
    assert!(shop.sandbox.force_refund(refund["id"].as_str().unwrap(), Verdict::Failed));
    assert!(!shop.sandbox.force_refund("re_none", Verdict::Failed));
    assert_eq!(shop.sandbox.stripe().refunds_of(&payment)[0].status, "failed");
    let charge = refund["charge"].as_str().unwrap();
    assert_eq!(shop.read(&format!("/v1/charges/{charge}")).await["amount_refunded"], 0);
}

#[tokio::test]
async fn money_settles_by_itself_when_its_time_has_come() {
    let settle = Duration::from_millis(20);
    let sandbox = Sandbox::start(Config { settle, ..Config::default() }).await.unwrap();
    let request = reqwest::Client::new().post(format!("{}/stripe/v1/checkout/sessions", sandbox.url()));
    let session = request.bearer_auth("sk_test_sandbox").form(&mugs()).send().await.unwrap();
    let session = json(session).await;
    sandbox.pay(session["id"].as_str().unwrap(), Outcome::PayLater).unwrap();
    // Looking at the captured money does not make it settle: the timekeeper must.
    until(|| !sandbox.stripe().captured().is_empty()).await;
    assert_eq!(sandbox.stripe().captured()["usd"], 3998);
    sandbox.stop().await;
}

#[tokio::test]
async fn a_pending_refund_may_fail() {
    let shop = open_shop().await;
    let payment = shop.paid_with("refund_pending_fails").await;
    let refund = json(shop.refund(&payment, "500").await).await;
    assert_eq!(refund["status"], "pending");
    assert_eq!(shop.sandbox.stripe().refunds_pending(), 1);
    shop.sandbox.settle_all();
    let seen = shop.read(&format!("/v1/refunds/{}", id(&refund))).await;
    assert_eq!(seen["status"], "failed");
    assert_eq!(shop.sandbox.stripe().refunded()["usd"], 0);
    let told = shop.delivered("refund.updated").await;
    assert_eq!(told[0].event()["data"]["previous_attributes"]["status"], "pending");
}

#[tokio::test]
async fn a_refund_that_waits_for_the_customer_can_be_canceled() {
    let shop = open_shop().await;
    let payment = shop.paid_with("refund_requires_action").await;
    let refund = json(shop.refund(&payment, "500").await).await;
    assert_eq!(refund["status"], "requires_action");
    let path = format!("/v1/refunds/{}", id(&refund));
    let gone = shop.call(&format!("{path}/cancel"), &[]).await;
    assert_eq!(gone["status"], "canceled");
    assert_eq!(shop.sandbox.stripe().refunded()["usd"], 0);
    shop.refused(&format!("{path}/cancel"), &[], 400).await;
    shop.sandbox.settle_all();
    assert_eq!(shop.read(&path).await["status"], "canceled");

    let refund = json(shop.refund(&payment, "3998").await).await;
    shop.sandbox.settle_all();
    assert_eq!(shop.read(&format!("/v1/refunds/{}", id(&refund))).await["status"], "succeeded");
    assert_eq!(shop.sandbox.stripe().refunded()["usd"], 3998);
}

#[tokio::test]
async fn only_the_metadata_of_a_refund_can_be_changed() {
    let shop = open_shop().await;
    let payment = shop.paid_with("4242424242424242").await;
    let form = [("payment_intent", payment.as_str()), ("metadata[a]", "1"), ("metadata[b]", "2")];
    let refund = shop.call("/v1/refunds", &form).await;
    let path = format!("/v1/refunds/{}", id(&refund));
    let changed = shop.call(&path, &[("metadata[a]", ""), ("metadata[c]", "3")]).await;
    assert_eq!(changed["metadata"], serde_json::json!({"b": "2", "c": "3"}));
    assert_eq!(shop.call(&path, &[("metadata", "")]).await["metadata"], serde_json::json!({}));
    assert_eq!(shop.refused(&path, &[("amount", "1")], 400).await["code"], "parameter_unknown");
}

#[tokio::test]
async fn a_script_decides_how_a_refund_ends_and_why() {
    let shop = open_shop().await;
    let payment = shop.paid_with("4242424242424242").await;
    let refund = json(shop.refund(&payment, "100").await).await;
    let url = format!("{}/control/stripe/refunds/{}", shop.sandbox.url(), id(&refund));
    let body = serde_json::json!({"status": "failed", "failure_reason": "lost_or_stolen_card"});
    assert_eq!(shop.client.post(&url).json(&body).send().await.unwrap().status(), 204);
    let seen = shop.read(&format!("/v1/refunds/{}", id(&refund))).await;
    assert_eq!(seen["failure_reason"], "lost_or_stolen_card");
    let body = serde_json::json!({"status": "failed", "failure_reason": "bad_luck"});
    assert_eq!(shop.client.post(&url).json(&body).send().await.unwrap().status(), 400);
}
