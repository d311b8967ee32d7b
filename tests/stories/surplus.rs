//! Pages that can't be closed and are paid anyway: in addition to another payment, when the order has ended, or in
//! part. Money that pays no order is refunded automatically.

use std::time::Duration;

use haat_sandbox::paystack;
use haat_tests::{BY_STRIPE, Fate, Purchase, TO_STRIPE, Till, attempt};

/// Paystack and Chapa can't close a page: a replaced page can still be paid.
#[tokio::test]
async fn of_two_paid_pages_one_is_kept_and_the_other_goes_back() {
    for till in [Till::Paystack, Till::Chapa] {
        for told in [true, false] {
            let purchase = Purchase::awaiting(till).await;
            purchase.wish(TO_STRIPE).await;
            purchase.world.work().await;
            purchase.pay_by_stripe().await;
            purchase.world.work().await;
            assert_eq!(purchase.status().await, "paid");

            if !told {
                purchase.world.lose_webhooks();
            }
            purchase.pay(Fate::Pays).await;
            purchase.world.work_for(Duration::from_secs(if told { 0 } else { 45 * 60 })).await;
            purchase.settled().await;
            purchase.world.work_for(Duration::from_secs(11 * 60)).await;
            assert_eq!(
                purchase.attempts().await,
                [attempt(till.name(), "surplus"), attempt(BY_STRIPE, "captured")],
                "{till:?} told: {told}"
            );
            assert_eq!(
                (purchase.captured(), purchase.given_back()),
                (50_000, 50_000),
                "{till:?} told: {told}"
            );
            assert_eq!(purchase.world.incidents().await, ["surplus_capture"], "{till:?}");
            assert_eq!((purchase.status().await.as_str(), purchase.stock().await), ("paid", (3, 0)));
            let stripe = purchase.world.sandbox.stripe().refunded();
            assert!(stripe.values().all(|sum| *sum == 0), "what pays the order stays: {stripe:?}");
            purchase.world.books_balance().await;
        }
    }
}

#[tokio::test]
async fn the_replaced_page_may_be_the_one_that_pays() {
    for till in [Till::Paystack, Till::Chapa] {
        let purchase = Purchase::awaiting(till).await;
        purchase.wish(TO_STRIPE).await;
        purchase.world.work().await;
        purchase.pay(Fate::Pays).await;
        purchase.world.work().await;
        assert_eq!(purchase.status().await, "paid", "{till:?}");
        let attempts = purchase.attempts().await;
        assert_eq!(attempts, [attempt(till.name(), "captured"), attempt(BY_STRIPE, "expired")]);
        let page = purchase.page_at(BY_STRIPE).await.expect("it had one");
        assert_eq!(purchase.world.session(&page)["status"], "expired", "nobody can pay twice there");
        purchase.world.books_balance().await;
    }
}

#[tokio::test]
async fn both_pages_paid_in_one_moment() {
    for till in [Till::Paystack, Till::Chapa] {
        let purchase = Purchase::awaiting(till).await;
        purchase.wish(TO_STRIPE).await;
        purchase.world.work().await;
        purchase.pay_by_stripe().await;
        purchase.pay(Fate::Pays).await;
        purchase.world.work().await;
        purchase.settled().await;
        let mut statuses: Vec<String> =
            purchase.attempts().await.into_iter().map(|(_, status)| status).collect();
        statuses.sort();
        assert_eq!(statuses, ["captured", "surplus"], "{till:?}");
        assert_eq!(purchase.world.incidents().await, ["surplus_capture"]);
        assert_eq!(purchase.refunds().await, ["succeeded"]);
        assert_eq!((purchase.status().await.as_str(), purchase.stock().await), ("paid", (3, 0)));
        purchase.world.books_balance().await;
    }
}

/// A page that can't be closed is paid when the order is gone.
#[tokio::test]
async fn a_late_payment_is_served_while_there_is_stock_and_else_goes_back() {
    for till in [Till::Paystack, Till::Chapa] {
        for told in [true, false] {
            let purchase = Purchase::awaiting(till).await;
            purchase.world.work_past_the_hold().await;
            assert_eq!((purchase.status().await.as_str(), purchase.stock().await), ("expired", (5, 0)));
            if !told {
                purchase.world.lose_webhooks();
            }
            purchase.pay(Fate::Pays).await;
            purchase.world.work_for(Duration::from_secs(if told { 0 } else { 45 * 60 })).await;
            assert_eq!(
                purchase.steps().await,
                ["pending", "awaiting_payment", "expired", "paid"],
                "{till:?} {told}"
            );
            assert_eq!(purchase.stock().await, (3, 0));
            purchase.world.books_balance().await;
        }
        let purchase = Purchase::awaiting(till).await;
        purchase.world.work_past_the_hold().await;
        let other = purchase.world.customer().await;
        other.order("cash_on_delivery", &[(purchase.mug.variant, 4)]).await;
        purchase.world.work().await;
        purchase.pay(Fate::Pays).await;
        purchase.world.work().await;
        purchase.settled().await;
        assert_eq!(purchase.status().await, "expired");
        assert_eq!((purchase.captured(), purchase.given_back()), (50_000, 50_000), "{till:?}");
        assert_eq!(purchase.world.incidents().await, ["surplus_capture"]);
        purchase.world.books_balance().await;
    }
}

#[tokio::test]
async fn half_of_the_money_goes_back_by_itself() {
    let purchase = Purchase::awaiting(Till::Paystack).await;
    let page = purchase.page().await;
    purchase.world.sandbox.pay_paystack(&page, paystack::Outcome::PayPart).expect("the page is open");
    purchase.world.work().await;
    purchase.settled().await;
    assert_eq!(purchase.status().await, "awaiting_payment");
    assert_eq!((purchase.captured(), purchase.given_back()), (25_000, 25_000));
    assert_eq!(purchase.world.incidents().await, ["amount_mismatch"]);
    purchase.world.books_balance().await;

    // The hold lasts, and the order can still be paid.
    assert_eq!(purchase.wish(Till::Paystack.pay_path()).await.status.as_u16(), 202);
    purchase.world.work().await;
    purchase.pay(Fate::Pays).await;
    purchase.world.work().await;
    assert_eq!((purchase.status().await.as_str(), purchase.stock().await), ("paid", (3, 0)));
    purchase.world.books_balance().await;
}
