//! From the payment page to the books.

use std::time::Duration;

use haat_sandbox::stripe::Outcome;
use haat_tests::{Sale, World};

#[tokio::test]
async fn an_order_from_two_shops_is_paid_and_booked() {
    let sale = Sale::awaiting().await;
    assert_eq!(sale.stock().await, [(5, 2), (5, 1)]);

    sale.pay(Outcome::Pay).await;
    sale.world.work().await;

    assert_eq!(sale.steps().await, ["pending", "awaiting_payment", "paid"]);
    assert_eq!(sale.stock().await, [(3, 0), (4, 0)]);
    assert_eq!(sale.world.sandbox.stripe().captured()["usd"], 3300);
    assert_eq!(sale.owed().await, ["22.50", "7.20", "3.30"]);
    sale.world.books_balance().await;
}

#[tokio::test]
async fn a_declined_card_leaves_the_page_open_and_says_why() {
    let sale = Sale::awaiting().await;
    let page = sale.page().await;

    sale.pay(Outcome::InsufficientFunds).await;
    sale.world.work().await;

    let seen = sale.see().await;
    assert_eq!(seen["status"], "awaiting_payment");
    assert_eq!(seen["payment"]["status"], "open");
    assert_eq!(seen["payment"]["failure"], "insufficient_funds");
    assert_eq!(sale.page().await, page);

    sale.pay(Outcome::Pay).await;
    sale.world.work().await;
    let seen = sale.see().await;
    assert_eq!(seen["status"], "paid");
    assert_eq!(seen["payment"]["failure"], serde_json::Value::Null);
    sale.world.books_balance().await;
}

#[tokio::test]
async fn looking_again_and_again_is_no_news() {
    for card in [Outcome::Decline, Outcome::PayLater] {
        let sale = Sale::awaiting().await;
        sale.pay(card).await;
        sale.world.work_for(Duration::from_secs(300)).await;
        let told = sale.see().await;
        sale.world.work_for(Duration::from_secs(20 * 60)).await;
        assert_eq!(sale.see().await, told, "{card:?}");
        sale.world.books_balance().await;
    }
}

#[tokio::test]
async fn who_leaves_the_page_may_come_back() {
    let sale = Sale::awaiting().await;
    sale.pay(Outcome::Leave).await;
    sale.world.work().await;
    assert_eq!(sale.status().await, "awaiting_payment");

    sale.pay(Outcome::Pay).await;
    sale.world.work().await;
    assert_eq!(sale.status().await, "paid");
    sale.world.books_balance().await;
}

#[tokio::test]
async fn a_bank_debit_pays_when_its_money_comes() {
    let sale = Sale::awaiting().await;
    sale.pay(Outcome::PayLater).await;
    sale.world.work().await;
    assert_eq!(sale.see().await["payment"]["status"], "processing");
    assert_eq!(sale.status().await, "awaiting_payment");

    // The hold has ended, and the payment in progress is waited for.
    sale.world.work_past_the_hold().await;
    assert_eq!(sale.status().await, "awaiting_payment");
    assert_eq!(sale.stock().await, [(5, 2), (5, 1)]);

    sale.world.sandbox.settle_all();
    sale.world.work().await;
    assert_eq!(sale.status().await, "paid");
    sale.world.books_balance().await;
}

#[tokio::test]
async fn a_bank_debit_that_bounces_pays_nothing() {
    let sale = Sale::awaiting().await;
    sale.pay(Outcome::FailLater).await;
    sale.world.work().await;
    sale.world.sandbox.settle_all();
    sale.world.work().await;
    let seen = sale.see().await;
    assert_eq!((&seen["status"], &seen["payment"]["status"]), (&"awaiting_payment".into(), &"failed".into()));

    sale.world.work_past_the_hold().await;
    assert_eq!(sale.status().await, "expired");
    assert_eq!(sale.stock().await, [(5, 0), (5, 0)]);
    assert!(sale.world.sandbox.stripe().captured().is_empty());
    sale.world.books_balance().await;
}

#[tokio::test]
async fn a_bank_debit_that_bounces_after_the_hold_lets_the_order_expire() {
    let sale = Sale::awaiting().await;
    sale.pay(Outcome::FailLater).await;
    sale.world.work_past_the_hold().await;
    assert_eq!(sale.status().await, "awaiting_payment");

    sale.world.sandbox.settle_all();
    sale.world.work_for(Duration::from_secs(120)).await;
    assert_eq!(sale.status().await, "expired");
    sale.world.books_balance().await;
}

#[tokio::test]
async fn yen_have_no_cents() {
    let world = World::open().await;
    let shop = world.shop("Pots").await;
    let bowl = shop.sells_in(&world, ("1200", "JPY"), "Bowl", 3).await;
    let (ada, admin) = (world.customer().await, world.admin().await);

    let order = ada.order("stripe", &[(bowl.variant, 2)]).await;
    world.work().await;
    world.sandbox.pay(&ada.payment_page(order).await, Outcome::Pay).expect("the page is open");
    world.work().await;

    assert_eq!(ada.status(order).await, "paid");
    assert_eq!(world.sandbox.stripe().captured()["jpy"], 2400);
    let half = serde_json::json!({ "amount": { "amount": "1199", "currency": "JPY" } });
    let answer = admin.refund(order, half).await;
    assert_eq!(answer.status.as_u16(), 202, "{}", answer.body);
    world.work().await;
    assert_eq!(world.sandbox.stripe().refunded()["jpy"], 1199);
    world.books_balance().await;

    let sen = serde_json::json!({ "amount": { "amount": "1.50", "currency": "JPY" } });
    assert!(admin.refund(order, sen).await.status.is_client_error());
    let dollars = serde_json::json!({ "amount": { "amount": "1.00", "currency": "USD" } });
    let answer = admin.refund(order, dollars).await;
    assert_eq!(answer.refusal(), (422, "other_currency"));
    world.books_balance().await;
}
