//! A customer's bank takes money back, or asks about it: operators see each turn, whether its message comes or not.

use haat_sandbox::paystack;
use haat_sandbox::stripe::{Accusation, DisputeStatus};
use haat_tests::{Purchase, Sale, Till};
use serde_json::{Value, json};
use shared::payments::Provider;

use super::reconciling::reconciled;

/// What operators see, oldest first: the order and the state of the dispute.
async fn seen(sale: &Sale) -> Vec<(Value, String)> {
    let listed = sale.admin.get("/api/admin/incidents").await.data()["results"].clone();
    let turn = |one: &Value| {
        assert_eq!(one["kind"], "dispute", "{one}");
        (one["order_id"].clone(), one["detail"]["state"].as_str().expect("a state").to_owned())
    };
    let mut turns: Vec<_> = listed.as_array().expect("a list").iter().map(turn).collect();
    turns.reverse();
    turns
}

#[tokio::test]
async fn paystacks_dispute_is_shown_with_its_date_and_its_end() {
    let purchase = Purchase::paid(Till::Paystack).await;
    let page = purchase.page().await;
    let dispute = purchase.world.sandbox.open_paystack_dispute(&page, None).expect("it is paid");
    purchase.world.work().await;
    assert_eq!(purchase.world.incidents().await, ["dispute"]);
    let listed = purchase.admin.get("/api/admin/incidents").await.data()["results"][0].clone();
    assert_eq!(listed["order_id"], json!(purchase.order), "{listed}");
    assert!(is_time(&listed["detail"]["evidence_due_by"]), "{listed}");
    assert_eq!(listed["detail"]["amount"]["amount"], "500.00", "{listed}");

    purchase.world.sandbox.rule_paystack_dispute(dispute, paystack::Ruling::Declined).expect("it is open");
    purchase.world.work().await;
    assert_eq!(purchase.world.incidents().await, ["dispute", "dispute"], "its end is told too");
    purchase.world.books_balance().await;
}

#[tokio::test]
async fn stripes_dispute_is_shown_from_its_beginning_to_its_end() {
    for (verdict, word) in [(DisputeStatus::Won, "won"), (DisputeStatus::Lost, "lost")] {
        let sale = Sale::paid().await;
        let (bank, payment) = (sale.world.sandbox.stripe_bank(), sale.at_gateway().expect("it is paid").id);
        let dispute = bank.dispute(&payment, Accusation::Fraudulent, None).expect("not disputed before");
        sale.world.work().await;
        let turn = |state: &str| (json!(sale.order), state.to_owned());
        assert_eq!(seen(&sale).await, [turn("open")]);
        let incident = sale.admin.get("/api/admin/incidents").await.data()["results"][0].clone();
        assert_eq!(incident["detail"]["reason"], "fraudulent", "{incident}");
        assert!(is_time(&incident["detail"]["evidence_due_by"]), "{incident}");

        assert!(bank.turn_dispute(&dispute, verdict));
        sale.world.work().await;
        assert_eq!(seen(&sale).await, [turn("open"), turn(word)]);
        assert_eq!(sale.status().await, "paid", "the books stay as they are");
        sale.world.books_balance().await;
    }
}

#[tokio::test]
async fn a_dispute_whose_messages_are_lost_is_found_in_the_list_once() {
    let sale = Sale::paid().await;
    sale.world.lose_webhooks();
    let payment = sale.at_gateway().expect("it is paid").id;
    sale.world
        .sandbox
        .stripe_bank()
        .dispute(&payment, Accusation::General, None)
        .expect("not disputed before");
    for _ in 0..2 {
        reconciled(&sale.world, Provider::Stripe).await;
        assert_eq!(seen(&sale).await, [(json!(sale.order), "open".to_owned())]);
    }
    sale.world.books_balance().await;
}

/// A time as all times in JSON are written.
fn is_time(value: &Value) -> bool {
    value.as_str().is_some_and(|text| chrono::DateTime::parse_from_rfc3339(text).is_ok())
}
