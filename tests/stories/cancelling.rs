//! Cancelling an order, at every point of its way.

use haat_sandbox::stripe::Outcome;
use haat_sandbox::{FaultKind, Rule};
use haat_tests::{Sale, World, line};
use serde_json::json;

#[tokio::test]
async fn before_anything_was_done() {
    let sale = Sale::placed().await;
    assert!(sale.cancel().await.status.is_success());
    sale.world.work().await;
    assert_eq!(sale.steps().await, ["pending", "cancelled"]);
    assert_eq!(sale.stock().await, [(5, 0), (5, 0)]);
    assert_eq!(sale.world.sandbox.stripe().session_count(), 0);
    sale.world.books_balance().await;
}

#[tokio::test]
async fn before_the_payment_page_is_open() {
    let sale = Sale::placed().await;
    let reserve = sale.world.take_due().await;
    sale.world.run(&reserve[0]).await;
    assert_eq!(sale.see().await["payment"]["status"], "creating");
    assert!(sale.cancel().await.status.is_success());
    sale.world.work().await;

    assert_eq!(sale.status().await, "cancelled");
    let open =
        sale.world.sandbox.stripe().sessions(10).into_iter().filter(|session| session.status == "open");
    assert_eq!(open.count(), 0);
    sale.world.books_balance().await;
}

#[tokio::test]
async fn while_payment_is_awaited() {
    let sale = Sale::awaiting().await;
    let page = sale.page().await;
    let answer = sale.cancel().await;
    assert_eq!(answer.data()["status"], "cancelled");
    assert_eq!(sale.stock().await, [(5, 0), (5, 0)]);

    sale.world.work().await;
    assert_eq!(sale.world.session(&page)["status"], "expired");
    assert!(sale.world.sandbox.pay(&page, Outcome::Pay).is_err());
    sale.world.work_past_the_hold().await;
    assert_eq!(sale.steps().await, ["pending", "awaiting_payment", "cancelled"]);
    sale.world.books_balance().await;
}

#[tokio::test]
async fn a_confirmed_order() {
    let sale = Sale::placed_in(World::open().await, "cash_on_delivery").await;
    sale.world.work().await;
    assert_eq!(sale.status().await, "confirmed");
    assert!(sale.cancel().await.status.is_success());
    sale.world.work().await;
    assert_eq!(sale.status().await, "cancelled");
    assert_eq!(sale.stock().await, [(5, 0), (5, 0)]);
    sale.world.books_balance().await;
}

#[tokio::test]
async fn a_paid_order_is_refunded_and_restocked() {
    let sale = Sale::paid().await;
    assert!(sale.cancel().await.status.is_success());
    sale.world.work().await;
    assert_eq!(sale.steps().await, ["pending", "awaiting_payment", "paid", "cancelled", "refunded"]);
    assert_eq!(sale.stock().await, [(5, 0), (5, 0)]);
    assert_eq!(sale.world.sandbox.stripe().refunded()["usd"], 3300);
    assert_eq!(sale.owed().await, ["0.00", "0.00", "0.00"]);
    sale.world.books_balance().await;
}

#[tokio::test]
async fn twice_is_once() {
    let sale = Sale::paid().await;
    let (one, other) = tokio::join!(sale.cancel(), sale.cancel());
    assert!(one.status.is_success() && other.status.is_success());
    sale.world.work().await;
    assert!(sale.cancel().await.status.is_success(), "also after the money is back");
    sale.world.work().await;
    assert_eq!(sale.refunds().await, ["succeeded"]);
    assert_eq!(sale.refunds_at_gateway().len(), 1);
    sale.world.books_balance().await;
}

#[tokio::test]
async fn while_all_its_money_is_on_its_way_back() {
    let sale = Sale::paid_by(Outcome::PayRefundPends).await;
    sale.refunded(json!({})).await;
    assert_eq!(sale.refunds().await, ["pending"]);
    assert_eq!(sale.cancel().await.data()["status"], "cancelled");
    sale.world.sandbox.settle_all();
    sale.world.work().await;
    assert_eq!(sale.status().await, "refunded");
    assert_eq!(sale.refunds_at_gateway().len(), 1);
    sale.world.books_balance().await;
}

#[tokio::test]
async fn after_a_part_was_refunded_the_rest_follows() {
    let sale = Sale::paid().await;
    sale.refunded(line(1, 1, true)).await;
    assert!(sale.cancel().await.status.is_success());
    sale.world.work().await;
    assert_eq!(sale.status().await, "refunded");
    assert_eq!(sale.stock().await, [(5, 0), (5, 0)]);
    assert_eq!(sale.world.sandbox.stripe().refunded()["usd"], 3300);
    sale.world.books_balance().await;
}

/// The goods never left, but a refund made by hand says nothing about them: a person counts the stock.
#[tokio::test]
async fn an_order_that_was_paid_back_by_hand_is_cancelled_and_not_paid_back_again() {
    let sale = Sale::paid().await;
    sale.world.lose_webhooks();
    sale.refund_by_hand(None).await;
    assert!(sale.cancel().await.status.is_success());
    sale.world.work_for(std::time::Duration::from_secs(60)).await;

    assert_eq!(sale.steps().await, ["pending", "awaiting_payment", "paid", "cancelled", "refunded"]);
    assert_eq!(sale.refunds().await, ["failed", "succeeded"]);
    assert_eq!(sale.world.incidents().await, ["refund_failed"]);
    assert_eq!(sale.world.sandbox.stripe().refunded()["usd"], 3300);
    assert_eq!(sale.stock().await, [(3, 0), (4, 0)], "nothing came back");
    sale.world.books_balance().await;
}

#[tokio::test]
async fn an_order_of_somebody_else_is_not_there() {
    let sale = Sale::awaiting().await;
    let stranger = sale.world.customer().await;
    assert_eq!(stranger.cancel(sale.order).await.refusal().0, 404);
    assert_eq!(sale.pots.owner.cancel(sale.order).await.refusal().0, 403);
    assert_eq!(sale.status().await, "awaiting_payment");
    let path = format!("/api/orders/{}/cancel", sale.order);
    let reason = json!({ "reason": "fraud" });
    assert!(sale.admin.post(&path, reason).await.status.is_success());
    let seen = sale.see().await;
    let last = seen["history"].as_array().expect("a history").last().expect("steps").clone();
    assert_eq!((&last["status"], &last["note"]), (&"cancelled".into(), &"fraud".into()));
    sale.world.work().await;
    sale.world.books_balance().await;
}

#[tokio::test]
async fn what_is_over_is_not_cancelled() {
    let sale = Sale::awaiting().await;
    sale.world.work_past_the_hold().await;
    assert_eq!(sale.cancel().await.refusal(), (409, "order_wrong_status"));

    let shipped = Sale::paid().await;
    // Shipping comes with another issue; its status is known today.
    for table in ["orders", "vendor_orders", "order_history"] {
        let sql = format!("update {table} set status = 'shipped' where status = 'paid'");
        sqlx::query(sqlx::AssertSqlSafe(sql)).execute(&shipped.world.pool).await.expect("shipped");
    }
    assert_eq!(shipped.cancel().await.refusal(), (409, "order_wrong_status"));
    assert_eq!(
        shipped.world.jobs("queued").await,
        2,
        "nothing but the look at the page and the end of the hold"
    );
    sale.world.books_balance().await;
    shipped.world.books_balance().await;
}

#[tokio::test]
async fn while_the_gateway_is_away() {
    let sale = Sale::awaiting().await;
    let page = sale.page().await;
    let away = Rule::on_request("POST", "/v1/checkout/sessions/*/expire", FaultKind::CutBefore, 1_000);
    sale.world.sandbox.faults().add(away);
    assert!(sale.cancel().await.status.is_success());
    sale.world.work().await;
    assert_eq!(sale.stock().await, [(5, 0), (5, 0)]);

    // The page is still open, and the customer pays the cancelled order.
    sale.world.sandbox.pay(&page, Outcome::Pay).expect("still open");
    sale.world.sandbox.faults().clear();
    sale.world.work_for(std::time::Duration::from_secs(300)).await;
    assert_eq!(sale.status().await, "cancelled");
    assert_eq!(sale.world.sandbox.stripe().refunded()["usd"], 3300);
    sale.world.books_balance().await;
}
