//! The end of a hold: only a page that can't be paid any more lets the order expire.

use std::time::Duration;

use haat_sandbox::stripe::Outcome;
use haat_sandbox::{FaultKind, Rule};
use haat_tests::{Sale, World};

#[tokio::test]
async fn who_does_not_pay_in_time_gives_the_stock_back() {
    let sale = Sale::awaiting().await;
    let page = sale.page().await;

    sale.world.work_for(Duration::from_secs(29 * 60)).await;
    assert_eq!(sale.status().await, "awaiting_payment");
    sale.world.work_for(Duration::from_secs(2 * 60)).await;

    assert_eq!(sale.steps().await, ["pending", "awaiting_payment", "expired"]);
    assert_eq!(sale.stock().await, [(5, 0), (5, 0)]);
    assert_eq!(sale.world.session(&page)["status"], "expired");
    assert!(sale.world.sandbox.pay(&page, Outcome::Pay).is_err());
    assert_eq!(sale.see().await["payment"]["redirect_url"], serde_json::Value::Null);
    sale.world.books_balance().await;
}

#[tokio::test]
async fn the_length_of_a_hold_is_a_setting() {
    let world = World::with(&[("HAAT_HOLD_SECONDS", "60")]).await;
    let sale = Sale::placed_in(world, "stripe").await;
    sale.world.work().await;
    sale.world.work_for(Duration::from_secs(61)).await;
    assert_eq!(sale.status().await, "expired");
    sale.world.books_balance().await;
}

#[tokio::test]
async fn who_pays_in_the_last_moment_is_served_though_the_message_is_lost() {
    let sale = Sale::awaiting().await;
    sale.world.lose_webhooks();
    sale.world.work_for(Duration::from_secs(30 * 60 - 1)).await;
    sale.pay(Outcome::Pay).await;
    sale.world.work_for(Duration::from_secs(1)).await;

    assert_eq!(sale.status().await, "paid");
    assert_eq!(sale.stock().await, [(3, 0), (4, 0)]);
    sale.world.books_balance().await;
}

#[tokio::test]
async fn while_the_gateway_is_away_nobody_knows_and_the_stock_is_kept() {
    let sale = Sale::awaiting().await;
    let page = sale.page().await;
    let away = Rule::on_request("POST", "/v1/checkout/sessions/*/expire", FaultKind::Error500Before, 1_000);
    sale.world.sandbox.faults().add(away);
    sale.world.work_past_the_hold().await;
    assert_eq!(sale.status().await, "awaiting_payment");
    assert_eq!(sale.stock().await, [(5, 2), (5, 1)]);

    // It comes back, and the customer was faster.
    sale.world.sandbox.pay(&page, Outcome::Pay).expect("still open");
    sale.world.sandbox.faults().clear();
    sale.world.work_for(Duration::from_secs(60)).await;
    assert_eq!(sale.status().await, "paid");
    sale.world.books_balance().await;
}

#[tokio::test]
async fn a_page_that_was_never_told_to_us_is_closed_too() {
    let sale = Sale::placed().await;
    let unanswered = Rule::on_request("POST", "/v1/checkout/sessions", FaultKind::CutAfter, 1_000);
    sale.world.sandbox.faults().add(unanswered);
    sale.world.work().await;
    assert_eq!(sale.see().await["payment"]["status"], "unknown");
    sale.world.sandbox.faults().clear();
    sale.world.skip("create_payment").await; // no question is sent before the hold ends

    sale.world.work_past_the_hold().await;
    assert_eq!(sale.status().await, "expired");
    let sessions = sale.world.sandbox.stripe().sessions(10);
    assert_eq!(sessions.len(), 1);
    assert_eq!(sessions[0].status, "expired");
    sale.world.books_balance().await;
}

#[tokio::test]
async fn an_order_paid_in_cash_does_not_expire() {
    let sale = Sale::placed_in(World::open().await, "cash_on_delivery").await;
    sale.world.work_past_the_hold().await;
    assert_eq!(sale.status().await, "confirmed");
    assert_eq!(sale.world.sandbox.stripe().session_count(), 0);
    sale.world.books_balance().await;
}
