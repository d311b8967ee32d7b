//! One order and several gateways: when another page may be opened, and that it replaces the one before.

use std::time::Duration;

use haat_sandbox::{paystack, stripe};
use haat_tests::{BY_STRIPE, Fate, Purchase, Sale, TO_STRIPE, Till, World, attempt};
use serde_json::json;
use uuid::Uuid;

#[tokio::test]
async fn another_gateway_in_place_of_a_page_that_is_open() {
    for till in Till::ALL {
        let purchase = Purchase::awaiting(till).await;
        let answer = purchase.wish(TO_STRIPE).await;
        assert_eq!(answer.status.as_u16(), 202, "{}", answer.body);
        assert_eq!(answer.header("location"), format!("/api/orders/{}", purchase.order));
        purchase.world.work().await;
        assert_eq!(
            purchase.attempts().await,
            [attempt(till.name(), "expired"), attempt(BY_STRIPE, "open")],
            "{till:?}"
        );
        let seen = purchase.see().await;
        assert_eq!(
            (&seen["payment"]["gateway"], &seen["payment_method"]),
            (&json!(BY_STRIPE), &json!(BY_STRIPE))
        );

        purchase.pay_by_stripe().await;
        purchase.world.work().await;
        assert_eq!((purchase.status().await.as_str(), purchase.captured()), ("paid", 0), "{till:?}");
        assert!(purchase.world.incidents().await.is_empty());
        purchase.world.books_balance().await;
    }
}

#[tokio::test]
async fn from_stripe_to_each_of_the_others() {
    for till in Till::ALL {
        let purchase = Purchase::placed_in(World::open().await, till, BY_STRIPE).await;
        purchase.world.work().await;
        assert_eq!(purchase.wish(till.pay_path()).await.status.as_u16(), 202);
        purchase.world.work().await;
        purchase.pay(Fate::Pays).await;
        purchase.world.work().await;
        assert_eq!((purchase.status().await.as_str(), purchase.captured()), ("paid", 50_000), "{till:?}");
        let old = purchase.page_at(BY_STRIPE).await.expect("it had one");
        assert_eq!(purchase.world.session(&old)["status"], "expired", "closed at the gateway too");
        purchase.world.books_balance().await;
    }
}

#[tokio::test]
async fn an_attempt_that_failed_is_tried_again_anywhere() {
    for (path, gateway) in [(Till::Paystack.pay_path(), "paystack"), (TO_STRIPE, BY_STRIPE)] {
        let purchase = Purchase::awaiting(Till::Paystack).await;
        let page = purchase.page().await;
        purchase.world.sandbox.pay_paystack(&page, paystack::Outcome::Decline).expect("the page is open");
        purchase.world.work_for(Duration::from_secs(180)).await;
        assert_eq!(purchase.status().await, "awaiting_payment");

        assert_eq!(purchase.wish(path).await.status.as_u16(), 202);
        purchase.world.work().await;
        if gateway == BY_STRIPE {
            purchase.pay_by_stripe().await;
        } else {
            purchase.pay(Fate::Pays).await;
        }
        purchase.world.work().await;
        assert_eq!(purchase.status().await, "paid", "{gateway}: {:?}", purchase.attempts().await);
        assert!(purchase.world.incidents().await.is_empty());
        purchase.world.books_balance().await;
    }
}

#[tokio::test]
async fn an_order_of_somebody_else_is_no_order() {
    let purchase = Purchase::awaiting(Till::Paystack).await;
    let eve = purchase.world.customer().await;
    for path in [Till::Bkash.pay_path(), Till::Paystack.pay_path(), Till::Chapa.pay_path(), TO_STRIPE] {
        for order in [purchase.order, Uuid::now_v7()] {
            let answer = eve.post(path, json!({ "order_id": order })).await;
            assert_eq!(answer.refusal(), (404, "order_not_found"), "{path}");
        }
        let answer = purchase.world.nobody().post(path, json!({ "order_id": purchase.order })).await;
        assert_eq!(answer.status.as_u16(), 401, "{path}");
    }
    assert_eq!(purchase.wish("/api/payment/paypal/pay").await.refusal().0, 404);
    assert_eq!(purchase.attempts().await.len(), 1);
    purchase.world.books_balance().await;
}

#[tokio::test]
async fn an_order_that_does_not_wait_is_not_paid_again() {
    let sale = Sale::placed().await;
    let wish = json!({ "order_id": sale.order });
    let early = sale.customer.post(TO_STRIPE, wish.clone()).await;
    assert_eq!(early.refusal(), (409, "order_wrong_status"), "nothing is reserved yet");
    sale.world.work().await;
    sale.pay(stripe::Outcome::Pay).await;
    sale.world.work().await;
    for path in [TO_STRIPE, Till::Paystack.pay_path()] {
        assert_eq!(sale.customer.post(path, wish.clone()).await.refusal(), (409, "order_wrong_status"));
    }
    sale.world.books_balance().await;
}

#[tokio::test]
async fn an_order_whose_hold_is_nearly_over_is_not_payable_anew() {
    let purchase = Purchase::awaiting(Till::Chapa).await;
    purchase.world.pass(Duration::from_secs(29 * 60 + 1));
    assert_eq!(purchase.wish(TO_STRIPE).await.refusal(), (409, "hold_ends"));
    assert_eq!(purchase.attempts().await, [attempt("chapa", "open")]);
    purchase.world.books_balance().await;
}

#[tokio::test]
async fn money_on_its_way_is_waited_for() {
    let sale = Sale::awaiting().await;
    sale.pay(stripe::Outcome::PayLater).await;
    sale.world.work().await;
    for path in [TO_STRIPE, Till::Paystack.pay_path()] {
        let answer = sale.customer.post(path, json!({ "order_id": sale.order })).await;
        assert_eq!(answer.refusal(), (409, "payment_on_its_way"), "{path}");
    }
    sale.world.sandbox.settle_all();
    sale.world.work().await;
    assert_eq!(sale.status().await, "paid");
    assert_eq!(sale.world.count("select count(*) from payments").await, 1);
    sale.world.books_balance().await;
}

#[tokio::test]
async fn money_that_does_not_arrive_leaves_the_order_payable() {
    let purchase = Purchase::awaiting(Till::Paystack).await;
    let page = purchase.page().await;
    purchase.world.sandbox.pay_paystack(&page, paystack::Outcome::FailLater).expect("the page is open");
    purchase.world.work_for(Duration::from_secs(180)).await;
    assert_eq!(purchase.wish(TO_STRIPE).await.refusal(), (409, "payment_on_its_way"));
    purchase.settled().await;
    purchase.world.work_for(Duration::from_secs(180)).await;
    assert_eq!(purchase.see().await["payment"]["status"], "failed");
    assert_eq!(purchase.wish(TO_STRIPE).await.status.as_u16(), 202);
    purchase.world.work().await;
    purchase.pay_by_stripe().await;
    purchase.world.work().await;
    assert_eq!((purchase.status().await.as_str(), purchase.captured()), ("paid", 0));
    purchase.world.books_balance().await;
}
