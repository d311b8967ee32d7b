//! Payouts: money to the own bank, which may not take it; automatic ones say what they settle, so that
//! the balance transactions add up.

use haat_sandbox::stripe::PayoutStatus;

use crate::shop::{id, open_shop};

#[tokio::test]
async fn a_payout_goes_its_way_to_the_bank() {
    let shop = open_shop().await;
    shop.sandbox.stripe_bank().top_up(None, 5000, "usd");
    let form = [("amount", "4000"), ("currency", "usd"), ("statement_descriptor", "MUGS")];
    let payout = shop.call("/v1/payouts", &form).await;
    assert_eq!(
        (&payout["status"], &payout["reconciliation_status"]),
        (&"pending".into(), &"not_applicable".into())
    );
    assert_eq!(shop.refused("/v1/payouts", &form, 400).await["code"], "balance_insufficient");
    shop.sandbox.settle_all();
    let path = format!("/v1/payouts/{}", id(&payout));
    assert_eq!(shop.read(&path).await["status"], "paid");
    shop.refused(&format!("{path}/cancel"), &[], 400).await;
    assert!(shop.sandbox.stripe_bank().turn_payout(id(&payout), PayoutStatus::Failed));
    let failed = shop.read(&path).await;
    assert_eq!((&failed["status"], &failed["failure_code"]), (&"failed".into(), &"could_not_process".into()));
    assert_eq!(shop.sandbox.stripe().balance(None).available["usd"], 5000);
    for kind in ["payout.created", "payout.updated", "payout.paid", "payout.failed"] {
        assert_eq!(shop.delivered(kind).await.len(), 1, "{kind}");
    }
    let pending = shop.call("/v1/payouts", &form).await;
    let gone = shop.call(&format!("/v1/payouts/{}/cancel", id(&pending)), &[]).await;
    assert_eq!(gone["status"], "canceled");
    assert_eq!(shop.read("/v1/payouts?status=canceled").await["data"][0]["id"], pending["id"]);
    assert_eq!(shop.get("/v1/payouts?status=lost").send().await.unwrap().status(), 400);
    let long =
        [("amount", "1"), ("currency", "usd"), ("statement_descriptor", "a descriptor that is too long")];
    assert_eq!(shop.refused("/v1/payouts", &long, 400).await["param"], "statement_descriptor");
}

#[tokio::test]
async fn an_automatic_payout_is_the_sum_of_what_it_settles() {
    let shop = open_shop().await;
    let payment = shop.paid_with("4242424242424242").await;
    shop.refund(&payment, "1000").await;
    let client = &shop.client;
    let url = format!("{}/control/stripe/payouts", shop.sandbox.url());
    let pay_out = || client.post(&url).json(&serde_json::json!({"currency": "usd"})).send();
    assert_eq!(pay_out().await.unwrap().status(), 201);
    assert_eq!(pay_out().await.unwrap().status(), 409);
    let payout = shop.read("/v1/payouts").await["data"][0].clone();
    let settled = shop.read(&format!("/v1/balance_transactions?payout={}", id(&payout))).await;
    let settled = settled["data"].as_array().unwrap();
    let net = |kind: &str| -> i64 {
        let fits = settled.iter().filter(|one| (one["type"] == "payout") == (kind == "payout"));
        fits.map(|one| one["net"].as_i64().unwrap()).sum()
    };
    assert_eq!((settled.len(), net("payout")), (3, -payout["amount"].as_i64().unwrap()));
    assert_eq!(net("rest"), payout["amount"].as_i64().unwrap());
    shop.sandbox.settle_all();
    assert_eq!(shop.delivered("payout.reconciliation_completed").await.len(), 1);
}
