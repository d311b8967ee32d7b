//! Money that does not pay its order: it is shown to operators and refunded automatically.

use haat_sandbox::stripe::Outcome;
use haat_tests::{Sale, event};
use serde_json::{Value, json};
use uuid::Uuid;

/// The customer has paid, and what the gateway says of it is changed on the way by a story.
async fn paid_otherwise(sale: &Sale, change: impl FnOnce(&mut Value)) {
    let page = sale.page().await;
    sale.world.lose_webhooks();
    sale.pay(Outcome::Pay).await;
    let mut session = sale.world.session(&page);
    change(&mut session);
    sale.world.push(&event("checkout.session.completed", &session)).await;
}

#[tokio::test]
async fn another_amount_goes_back_and_the_order_still_waits() {
    let sale = Sale::awaiting().await;
    paid_otherwise(&sale, |session| session["amount_total"] = json!(3299)).await;
    sale.world.work().await;

    assert_eq!(sale.status().await, "awaiting_payment");
    assert_eq!(sale.stock().await, [(5, 2), (5, 1)]);
    assert_eq!(sale.world.incidents().await, ["amount_mismatch"]);
    assert_eq!(sale.refunds().await, ["succeeded"]);
    assert_eq!(sale.refunds_at_gateway()[0].amount, 3299);
    assert_eq!(sale.owed().await, ["0.00", "0.00", "0.00"]);
    sale.world.books_balance().await;

    sale.world.work_past_the_hold().await;
    assert_eq!(sale.status().await, "expired");
    sale.world.books_balance().await;
}

#[tokio::test]
async fn another_currency_goes_back() {
    let sale = Sale::awaiting().await;
    // A refund names no currency at the gateway: all that was charged goes back.
    paid_otherwise(&sale, |session| session["currency"] = json!("eur")).await;
    sale.world.work().await;
    assert_eq!(sale.status().await, "awaiting_payment");
    assert!(sale.world.incidents().await.contains(&"amount_mismatch".to_owned()));
    assert_eq!(sale.refunds_at_gateway().iter().map(|refund| refund.amount).collect::<Vec<_>>(), [3300]);
    assert_eq!(sale.owed().await, ["0.00", "0.00", "0.00"]);
    sale.world.books_balance().await;
}

/// The order's currency has no decimals, the received one has: all readers can read it, and everything continues.
#[tokio::test]
async fn a_capture_in_a_currency_of_more_decimals_leaves_the_order_readable() {
    let sale = Sale::awaiting().await;
    for sql in [
        "update orders set currency = 'JPY'",
        "update payments set currency = 'JPY'",
        "update order_items set unit_price = 12 where unit_price = 12.5",
        "update vendor_orders set total = 24, commission = 2 where total = 25",
        "update vendor_orders set commission = 1 where total = 8",
        "update orders set total = 32",
        "update payments set amount = 32",
    ] {
        sqlx::query(sql).execute(&sale.world.pool).await.expect(sql);
    }
    paid_otherwise(&sale, |session| session["amount_total"] = json!(1050)).await;
    sale.world.work().await;

    for reader in [&sale.customer, &sale.admin, &sale.pots.owner] {
        let seen = reader.see(sale.order).await;
        assert_eq!(
            (&seen["status"], &seen["total"]["currency"]),
            (&json!("awaiting_payment"), &json!("JPY"))
        );
    }
    let refund = sale.see().await["refunds"][0].clone();
    assert_eq!(refund["amount"], json!({ "amount": "10.50", "currency": "USD" }));
    let stream = sale.customer.get(&format!("/api/orders/{}", sale.order)).await;
    assert_eq!(stream.status.as_u16(), 200);
    sale.world.books_balance().await;

    sale.world.work_past_the_hold().await;
    assert_eq!(sale.status().await, "expired");
    assert_eq!(sale.stock().await, [(5, 0), (5, 0)]);
    sale.world.books_balance().await;
}

#[tokio::test]
async fn an_order_with_a_capture_in_another_currency_can_be_cancelled() {
    let sale = Sale::awaiting().await;
    paid_otherwise(&sale, |session| session["currency"] = json!("eur")).await;
    sale.world.work().await;
    let refund = sale.see().await["refunds"][0].clone();
    assert_eq!(refund["amount"], json!({ "amount": "33.00", "currency": "EUR" }));
    assert!(sale.cancel().await.status.is_success());
    assert_eq!((sale.status().await.as_str(), sale.stock().await), ("cancelled", [(5, 0), (5, 0)]));
    sale.world.books_balance().await;
}

/// An endpoint with an older version of the API: its amount may be in another currency, in which the buyer paid. The
/// gateway is asked in our version.
#[tokio::test]
async fn an_event_of_another_api_version_only_makes_us_ask() {
    let sale = Sale::awaiting().await;
    let page = sale.page().await;
    sale.world.lose_webhooks();
    sale.pay(Outcome::Pay).await;
    let mut session = sale.world.session(&page);
    session["currency"] = json!("eur");
    session["amount_total"] = json!(3046);
    let mut told = event("checkout.session.completed", &session);
    told["api_version"] = json!("2024-06-20");
    sale.world.push(&told).await;
    sale.world.work().await;

    assert_eq!(sale.status().await, "paid");
    assert!(sale.world.incidents().await.is_empty());
    assert_eq!(sale.refunds().await, Vec::<String>::new());
    sale.world.books_balance().await;
}

#[tokio::test]
async fn a_wrong_amount_that_is_found_at_the_end_of_the_hold_does_not_hold_stock_for_ever() {
    let sale = Sale::awaiting().await;
    sale.world.lose_webhooks();
    // As if the gateway had taken a dollar less than requested.
    sqlx::query("update payments set amount = 34").execute(&sale.world.pool).await.expect("asked for more");
    sale.world.skip("poll_payment").await; // no question is sent before the hold ends
    sale.pay(Outcome::Pay).await;

    sale.world.work_past_the_hold().await;
    assert_eq!(sale.status().await, "expired");
    assert_eq!(sale.stock().await, [(5, 0), (5, 0)]);
    assert_eq!(sale.world.sandbox.stripe().refunded()["usd"], 3300);
    sale.world.books_balance().await;
}

#[tokio::test]
async fn a_second_payment_of_a_paid_order_goes_back() {
    let sale = Sale::paid().await;
    // A second attempt, as a later version may allow, and its money.
    let attempt = Uuid::now_v7();
    sqlx::query(
        "insert into payments (id, order_id, gateway, status, currency, amount, reference, closes_at, created_at, updated_at)
         select $1, order_id, gateway, 'expired', currency, amount, 'cs_test_second', closes_at, created_at, updated_at from payments",
    )
    .bind(attempt)
    .execute(&sale.world.pool)
    .await
    .expect("a second attempt");
    let second = json!({
        "id": "cs_test_second", "object": "checkout.session", "status": "complete", "payment_status": "paid",
        "amount_total": 3300, "currency": "usd", "payment_intent": "pi_second",
        "client_reference_id": attempt, "metadata": { "order_id": sale.order, "attempt_id": attempt },
    });
    sale.world.push(&event("checkout.session.completed", &second)).await;
    sale.world.drain().await;

    assert_eq!(sale.status().await, "paid");
    assert!(sale.world.incidents().await.contains(&"surplus_capture".to_owned()));
    assert_eq!(sale.world.count("select count(*) from payments where status = 'captured'").await, 1);
    assert_eq!(sale.world.count("select count(*) from refunds where amount = 33").await, 1);
    assert_eq!(sale.owed().await, ["22.50", "7.20", "3.30"]);
    sale.world.books_balance().await;
}

/// Expires the order although the customer has just paid: the message comes too late.
async fn expired_but_paid(sale: &Sale) -> Value {
    let page = sale.page().await;
    sale.world.work_past_the_hold().await;
    assert_eq!(sale.status().await, "expired");
    let mut session = sale.world.session(&page);
    session["status"] = json!("complete");
    session["payment_status"] = json!("paid");
    session["payment_intent"] = json!("pi_late");
    event("checkout.session.completed", &session)
}

#[tokio::test]
async fn a_late_payment_is_served_while_there_is_stock() {
    let sale = Sale::awaiting().await;
    let late = expired_but_paid(&sale).await;
    sale.world.push(&late).await;
    sale.world.work().await;

    assert_eq!(sale.steps().await, ["pending", "awaiting_payment", "expired", "paid"]);
    assert_eq!(sale.stock().await, [(3, 0), (4, 0)]);
    assert_eq!(sale.owed().await, ["22.50", "7.20", "3.30"]);
    assert!(sale.world.incidents().await.is_empty());
    sale.world.books_balance().await;
}

#[tokio::test]
async fn a_late_payment_goes_back_when_the_stock_is_gone() {
    let sale = Sale::awaiting().await;
    let late = expired_but_paid(&sale).await;
    let other = sale.world.customer().await;
    other.order("cash_on_delivery", &[(sale.mug.variant, 4)]).await;
    sale.world.work().await;

    sale.world.push(&late).await;
    sale.world.drain().await;
    assert_eq!(sale.status().await, "expired");
    assert_eq!(sale.stock().await, [(5, 4), (5, 0)]);
    assert!(sale.world.incidents().await.contains(&"surplus_capture".to_owned()));
    assert_eq!(sale.world.count("select count(*) from refunds where amount = 33").await, 1);
    sale.world.books_balance().await;
}

#[tokio::test]
async fn who_pays_and_cancels_at_once_gets_the_money_back() {
    let sale = Sale::awaiting().await;
    sale.pay(Outcome::Pay).await; // the message is on its way
    assert!(sale.cancel().await.status.is_success());
    sale.world.work().await;

    assert_eq!(sale.status().await, "cancelled");
    assert_eq!(sale.stock().await, [(5, 0), (5, 0)]);
    assert_eq!(sale.refunds().await, ["succeeded"]);
    assert_eq!(sale.world.sandbox.stripe().refunded()["usd"], 3300);
    assert_eq!(sale.owed().await, ["0.00", "0.00", "0.00"]);
    sale.world.books_balance().await;
}

#[tokio::test]
async fn who_pays_and_cancels_gets_the_money_back_though_the_message_is_lost() {
    let sale = Sale::awaiting().await;
    sale.world.lose_webhooks();
    sale.pay(Outcome::Pay).await;
    assert!(sale.cancel().await.status.is_success());
    sale.world.work().await;

    assert_eq!(sale.status().await, "cancelled");
    assert_eq!(sale.world.sandbox.stripe().refunded()["usd"], 3300);
    sale.world.books_balance().await;
}

#[tokio::test]
async fn money_that_pays_nothing_and_comes_back_can_be_sent_again() {
    let sale = Sale::awaiting().await;
    sale.pay(Outcome::PayRefundBounces).await;
    assert!(sale.cancel().await.status.is_success());
    sale.world.work().await;
    assert_eq!(sale.refunds().await, ["succeeded"]);
    sale.world.sandbox.settle_all();
    sale.world.work().await;
    assert_eq!(sale.refunds().await, ["failed"]);
    assert_eq!(sale.world.incidents().await, ["refund_failed", "surplus_capture"]);
    sale.world.books_balance().await;

    let part = json!({ "amount": { "amount": "1.00", "currency": "USD" } });
    assert_eq!(sale.refund(part).await.refusal(), (409, "order_not_paid"));
    sale.refunded(json!({})).await;
    assert_eq!(sale.refunds().await, ["failed", "succeeded"]);
    assert_eq!(sale.refund(json!({})).await.refusal(), (409, "order_not_paid"));
    assert_eq!(sale.status().await, "cancelled");
    sale.world.books_balance().await;
}
