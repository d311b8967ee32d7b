//! Disputes and early fraud warnings: money leaves when a bank says so, and comes back when the
//! merchant wins; the books of both sides follow.

use std::time::Duration;

use haat_sandbox::stripe::{Accusation, DisputeStatus};
use serde_json::Value;

use crate::shop::{Shop, error, id, ids, json, open_shop};

const PAID: i64 = 3998;
const CHARGE_FEE: i64 = PAID * 29 / 1000 + 30;
const DISPUTE_FEE: i64 = 1500;

async fn disputed(shop: &Shop, card: &str) -> Value {
    let payment = shop.paid_with(card).await;
    shop.sandbox.settle_all();
    let listed = shop.read(&format!("/v1/disputes?payment_intent={payment}")).await;
    listed["data"][0].clone()
}

fn balance(shop: &Shop) -> i64 {
    shop.sandbox.stripe().balance(None).available["usd"]
}

#[tokio::test]
async fn a_dispute_takes_the_money_and_blocks_refunds() {
    let shop = open_shop().await;
    let dispute = disputed(&shop, "4000000000000259").await;
    assert_eq!((&dispute["status"], &dispute["reason"]), (&"needs_response".into(), &"fraudulent".into()));
    assert_eq!(dispute["amount"], PAID);
    assert_eq!(dispute["balance_transactions"][0]["net"], -PAID - DISPUTE_FEE);
    assert_eq!(dispute["balance_transactions"][0]["reporting_category"], "dispute");
    assert_eq!(dispute["evidence_details"]["has_evidence"], false);
    assert!(dispute["evidence_details"]["due_by"].as_i64().unwrap() > shop.sandbox.now());
    assert_eq!(balance(&shop), -CHARGE_FEE - DISPUTE_FEE);
    assert_eq!(shop.sandbox.stripe().disputed()["usd"], PAID);

    let payment = dispute["payment_intent"].as_str().unwrap();
    let refused = error(shop.refund(payment, "100").await, 400).await;
    assert_eq!(refused["code"], "charge_disputed");
    let charge = shop.read(&format!("/v1/charges/{}", dispute["charge"].as_str().unwrap())).await;
    assert_eq!(charge["disputed"], true);
    assert_eq!(shop.sandbox.stripe().payment(payment).unwrap().disputed, PAID);
    for kind in ["charge.dispute.created", "charge.dispute.funds_withdrawn"] {
        assert_eq!(shop.delivered(kind).await[0].event()["data"]["object"]["id"], dispute["id"]);
    }
}

#[tokio::test]
async fn winning_evidence_brings_the_money_back() {
    let shop = open_shop().await;
    let dispute = disputed(&shop, "4000000000002685").await;
    assert_eq!(dispute["reason"], "product_not_received");
    let path = format!("/v1/disputes/{}", id(&dispute));
    let saved = shop.call(&path, &[("evidence[customer_name]", "Ada"), ("submit", "false")]).await;
    assert_eq!(
        (&saved["status"], &saved["evidence"]["customer_name"]),
        (&"needs_response".into(), &"Ada".into())
    );
    let sent = shop.call(&path, &[("evidence[uncategorized_text]", "winning_evidence")]).await;
    assert_eq!(sent["status"], "under_review");
    assert_eq!(sent["evidence_details"]["submission_count"], 1);
    shop.refused(&path, &[("evidence[receipt]", "file_1")], 400).await;
    shop.sandbox.settle_all();
    let won = shop.read(&path).await;
    assert_eq!(won["status"], "won");
    assert_eq!(won["balance_transactions"][1]["amount"], PAID);
    assert_eq!(balance(&shop), PAID - CHARGE_FEE - DISPUTE_FEE);
    assert_eq!(shop.sandbox.stripe().disputed()["usd"], 0);
    let closed = shop.delivered("charge.dispute.closed").await;
    assert_eq!(closed[0].event()["data"]["previous_attributes"]["status"], "under_review");
    assert_eq!(shop.delivered("charge.dispute.funds_reinstated").await.len(), 1);
    shop.refused(&format!("{path}/close"), &[], 400).await;
}

#[tokio::test]
async fn whoever_gives_in_or_says_nothing_loses() {
    let shop = open_shop().await;
    let conceded = disputed(&shop, "4000000000000259").await;
    let conceded = shop.call(&format!("/v1/disputes/{}/close", id(&conceded)), &[]).await;
    assert_eq!(conceded["status"], "lost");
    let silent = disputed(&shop, "4000000000000259").await;
    shop.sandbox.advance(Duration::from_secs(9 * 24 * 3600 + 1));
    let silent = shop.read(&format!("/v1/disputes/{}", id(&silent))).await;
    assert_eq!((&silent["status"], &silent["evidence_details"]["past_due"]), (&"lost".into(), &true.into()));
    // One that waits for evidence again waits as long again.
    assert!(shop.sandbox.stripe_bank().turn_dispute(id(&conceded), DisputeStatus::AppealNeedsResponse));
    shop.sandbox.advance(Duration::from_secs(9 * 24 * 3600 + 1));
    assert_eq!(shop.read(&format!("/v1/disputes/{}", id(&conceded))).await["status"], "lost");
    let losing = disputed(&shop, "4000000000000259").await;
    let path = format!("/v1/disputes/{}", id(&losing));
    shop.call(&path, &[("evidence[uncategorized_text]", "losing_evidence")]).await;
    shop.sandbox.settle_all();
    assert_eq!(shop.read(&path).await["status"], "lost");
    assert_eq!(shop.sandbox.stripe().disputed()["usd"], 3 * PAID);
    assert_eq!(shop.delivered("charge.dispute.closed").await.len(), 4);
}

#[tokio::test]
async fn an_inquiry_costs_nothing_and_ends_with_a_refund() {
    let shop = open_shop().await;
    let inquiry = disputed(&shop, "4000000000001976").await;
    assert_eq!(inquiry["status"], "warning_needs_response");
    assert_eq!(inquiry["is_charge_refundable"], true);
    assert_eq!(balance(&shop), PAID - CHARGE_FEE);
    let payment = inquiry["payment_intent"].as_str().unwrap();
    assert_eq!(shop.refund(payment, "3998").await.status(), 200);
    let path = format!("/v1/disputes/{}", id(&inquiry));
    assert_eq!(shop.read(&path).await["status"], "warning_closed");

    let inquiry = disputed(&shop, "4000000000001976").await;
    let path = format!("/v1/disputes/{}", id(&inquiry));
    let sent = shop.call(&path, &[("evidence[uncategorized_text]", "escalate_inquiry_evidence")]).await;
    assert_eq!(sent["status"], "warning_under_review");
    shop.sandbox.settle_all();
    assert_eq!(shop.read(&path).await["status"], "needs_response");
    assert_eq!(shop.delivered("charge.dispute.funds_withdrawn").await.len(), 1);
}

#[tokio::test]
async fn a_test_may_be_the_bank() {
    let shop = open_shop().await;
    let payment = shop.paid_with("4242424242424242").await;
    shop.refund(&payment, "998").await;
    let bank = shop.sandbox.stripe_bank();
    let dispute = bank.dispute("ord_1", Accusation::Duplicate, Some(500)).unwrap();
    assert_eq!(bank.dispute(&payment, Accusation::General, None), None);
    for (to, held) in [
        (DisputeStatus::Lost, 500),
        (DisputeStatus::AppealNeedsResponse, 500),
        (DisputeStatus::Won, 0),
        (DisputeStatus::Won, 0),
    ] {
        assert!(bank.turn_dispute(&dispute, to));
        assert_eq!(shop.sandbox.stripe().disputed()["usd"], held);
    }
    assert!(!bank.turn_dispute("dp_none", DisputeStatus::Won));
    let again = bank.dispute(&payment, Accusation::General, None).unwrap();
    let seen = shop.sandbox.stripe().disputes_of(&payment);
    assert_eq!((seen.len(), seen[1].amount, seen[1].id.as_str()), (2, 3000, again.as_str()));
    let listed = shop.read("/v1/disputes?limit=1&expand[]=data.charge").await;
    assert_eq!(ids(&listed), [again.as_str()]);
    assert_eq!(listed["data"][0]["charge"]["disputed"], true);
}

#[tokio::test]
async fn a_script_may_be_the_bank() {
    let shop = open_shop().await;
    let payment = shop.paid_with("4242424242424242").await;
    let post = |path: &str, body: Value| {
        shop.client.post(format!("{}/control/stripe/{path}", shop.sandbox.url())).json(&body).send()
    };
    let made = post("disputes", serde_json::json!({"payment": payment, "reason": "inquiry"})).await.unwrap();
    assert_eq!(made.status(), 201);
    let dispute = json(made).await["dispute"].as_str().unwrap().to_owned();
    let again = post("disputes", serde_json::json!({"payment": payment})).await.unwrap();
    assert_eq!(again.status(), 409);
    let path = format!("disputes/{dispute}");
    assert_eq!(post(&path, serde_json::json!({"status": "needs_response"})).await.unwrap().status(), 204);
    assert_eq!(post(&path, serde_json::json!({"status": "sad"})).await.unwrap().status(), 400);
    assert_eq!(post("disputes/dp_0", serde_json::json!({"status": "won"})).await.unwrap().status(), 404);
    let wrong = post("disputes", serde_json::json!({"payment": payment, "amount": 0})).await.unwrap();
    assert_eq!(wrong.status(), 400);
    assert_eq!(shop.sandbox.stripe().disputed()["usd"], PAID);
}

#[tokio::test]
async fn a_fraud_warning_is_moot_after_a_full_refund() {
    let shop = open_shop().await;
    let payment = shop.paid_with("4000000000005423").await;
    shop.sandbox.settle_all();
    let path = format!("/v1/radar/early_fraud_warnings?payment_intent={payment}");
    let warning = shop.read(&path).await["data"][0].clone();
    assert_eq!(
        (&warning["object"], &warning["actionable"]),
        (&"radar.early_fraud_warning".into(), &true.into())
    );
    let told = shop.delivered("radar.early_fraud_warning.created").await;
    assert_eq!(told[0].event()["data"]["object"]["charge"], warning["charge"]);
    shop.refund(&payment, "1000").await;
    assert_eq!(shop.read(&path).await["data"][0]["actionable"], true);
    shop.refund(&payment, "2998").await;
    let one = shop.read(&format!("/v1/radar/early_fraud_warnings/{}", id(&warning))).await;
    assert_eq!(one["actionable"], false);
    assert_eq!(shop.delivered("radar.early_fraud_warning.updated").await.len(), 1);

    let plain = shop.paid_with("4242424242424242").await;
    assert!(shop.sandbox.stripe_bank().warn(&plain).is_some());
    assert!(shop.sandbox.stripe_bank().warn(&plain).is_none());
}
