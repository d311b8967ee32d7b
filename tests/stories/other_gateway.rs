//! One order and several gateways: another try after a failure, another page in place of one, and only one payment kept.

use std::time::Duration;

use haat_sandbox::{FaultKind, Match, Rule, paystack, stripe};
use haat_tests::{Fate, Purchase, Sale, Till, World, eventually};
use serde_json::json;
use uuid::Uuid;

const STRIPE: &str = "/api/payment/stripe/session";
const BY_STRIPE: &str = "stripe";

/// The customer pays on the page that the order has at Stripe.
async fn pay_by_stripe(purchase: &Purchase) {
    let page = purchase.page_at(BY_STRIPE).await.expect("a page at Stripe");
    purchase.world.sandbox.pay(&page, stripe::Outcome::Pay).expect("the page is open");
}

fn now_at(gateway: &str, status: &str) -> (String, String) {
    (gateway.to_owned(), status.to_owned())
}

#[tokio::test]
async fn another_gateway_in_place_of_a_page_that_is_open() {
    for till in Till::ALL {
        let purchase = Purchase::awaiting(till).await;
        let answer = purchase.wish(STRIPE).await;
        assert_eq!(answer.status.as_u16(), 202, "{}", answer.body);
        assert_eq!(answer.header("location"), format!("/api/orders/{}", purchase.order));
        purchase.world.work().await;
        assert_eq!(
            purchase.attempts().await,
            [now_at(till.name(), "expired"), now_at(BY_STRIPE, "open")],
            "{till:?}"
        );
        let seen = purchase.see().await;
        assert_eq!(
            (&seen["payment"]["gateway"], &seen["payment_method"]),
            (&json!(BY_STRIPE), &json!(BY_STRIPE))
        );

        pay_by_stripe(&purchase).await;
        purchase.world.work().await;
        assert_eq!((purchase.status().await.as_str(), purchase.captured()), ("paid", 0), "{till:?}");
        assert!(purchase.world.incidents().await.is_empty());
        purchase.world.books_balance().await;
    }
}

#[tokio::test]
async fn from_stripe_to_each_of_the_others() {
    for till in Till::ALL {
        let world = World::open().await;
        let shop = world.shop("Pots").await;
        let mug = shop.sells_in(&world, ("250.00", till.currency()), "Mug", 5).await;
        let (customer, admin) = (world.customer().await, world.admin().await);
        let order = customer.order(BY_STRIPE, &[(mug.variant, 2)]).await;
        world.work().await;
        let purchase = Purchase { world, till, shop, mug, customer, admin, order };
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
    for (path, gateway) in [(Till::Paystack.pay_path(), "paystack"), (STRIPE, BY_STRIPE)] {
        let purchase = Purchase::awaiting(Till::Paystack).await;
        let page = purchase.page().await;
        purchase.world.sandbox.pay_paystack(&page, paystack::Outcome::Decline).expect("the page is open");
        purchase.world.work_for(Duration::from_secs(180)).await;
        assert_eq!(purchase.status().await, "awaiting_payment");

        assert_eq!(purchase.wish(path).await.status.as_u16(), 202);
        purchase.world.work().await;
        if gateway == BY_STRIPE {
            pay_by_stripe(&purchase).await;
        } else {
            purchase.pay(Fate::Pays).await;
        }
        purchase.world.work().await;
        assert_eq!(purchase.status().await, "paid", "{gateway}: {:?}", purchase.attempts().await);
        assert!(purchase.world.incidents().await.is_empty());
        purchase.world.books_balance().await;
    }
}

/// Paystack and Chapa can close no page: what was replaced can still be paid.
#[tokio::test]
async fn of_two_paid_pages_one_is_kept_and_the_other_goes_back() {
    for till in [Till::Paystack, Till::Chapa] {
        for told in [true, false] {
            let purchase = Purchase::awaiting(till).await;
            purchase.wish(STRIPE).await;
            purchase.world.work().await;
            pay_by_stripe(&purchase).await;
            purchase.world.work().await;
            assert_eq!(purchase.status().await, "paid");

            if !told {
                purchase.lose_webhooks();
            }
            purchase.pay(Fate::Pays).await;
            purchase.world.work_for(Duration::from_secs(if told { 0 } else { 45 * 60 })).await;
            purchase.settled().await;
            purchase.world.work_for(Duration::from_secs(11 * 60)).await;
            assert_eq!(
                purchase.attempts().await,
                [now_at(till.name(), "surplus"), now_at(BY_STRIPE, "captured")],
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
        purchase.wish(STRIPE).await;
        purchase.world.work().await;
        purchase.pay(Fate::Pays).await;
        purchase.world.work().await;
        assert_eq!(purchase.status().await, "paid", "{till:?}");
        let attempts = purchase.attempts().await;
        assert_eq!(attempts, [now_at(till.name(), "captured"), now_at(BY_STRIPE, "expired")]);
        let page = purchase.page_at(BY_STRIPE).await.expect("it had one");
        assert_eq!(purchase.world.session(&page)["status"], "expired", "nobody can pay twice there");
        purchase.world.books_balance().await;
    }
}

#[tokio::test]
async fn both_pages_paid_in_one_moment() {
    for till in [Till::Paystack, Till::Chapa] {
        let purchase = Purchase::awaiting(till).await;
        purchase.wish(STRIPE).await;
        purchase.world.work().await;
        pay_by_stripe(&purchase).await;
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

#[tokio::test]
async fn an_order_of_somebody_else_is_no_order() {
    let purchase = Purchase::awaiting(Till::Paystack).await;
    let eve = purchase.world.customer().await;
    for path in [Till::Bkash.pay_path(), Till::Paystack.pay_path(), Till::Chapa.pay_path(), STRIPE] {
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
    let early = sale.customer.post(STRIPE, wish.clone()).await;
    assert_eq!(early.refusal(), (409, "order_wrong_status"), "nothing is reserved yet");
    sale.world.work().await;
    sale.pay(stripe::Outcome::Pay).await;
    sale.world.work().await;
    for path in [STRIPE, Till::Paystack.pay_path()] {
        assert_eq!(sale.customer.post(path, wish.clone()).await.refusal(), (409, "order_wrong_status"));
    }
    sale.world.books_balance().await;
}

#[tokio::test]
async fn an_order_whose_hold_is_nearly_over_is_not_payable_anew() {
    let purchase = Purchase::awaiting(Till::Chapa).await;
    purchase.world.pass(Duration::from_secs(29 * 60 + 1));
    assert_eq!(purchase.wish(STRIPE).await.refusal(), (409, "hold_ends"));
    assert_eq!(purchase.attempts().await, [now_at("chapa", "open")]);
    purchase.world.books_balance().await;
}

#[tokio::test]
async fn money_on_its_way_is_waited_for() {
    let sale = Sale::awaiting().await;
    sale.pay(stripe::Outcome::PayLater).await;
    sale.world.work().await;
    for path in [STRIPE, Till::Paystack.pay_path()] {
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
    assert_eq!(purchase.wish(STRIPE).await.refusal(), (409, "payment_on_its_way"));
    purchase.settled().await;
    purchase.world.work_for(Duration::from_secs(180)).await;
    assert_eq!(purchase.see().await["payment"]["status"], "failed");
    assert_eq!(purchase.wish(STRIPE).await.status.as_u16(), 202);
    purchase.world.work().await;
    pay_by_stripe(&purchase).await;
    purchase.world.work().await;
    assert_eq!((purchase.status().await.as_str(), purchase.captured()), ("paid", 0));
    purchase.world.books_balance().await;
}

/// A page that can't be closed is paid when the order is gone.
#[tokio::test]
async fn a_late_payment_is_served_while_there_is_stock_and_else_goes_back() {
    for till in [Till::Paystack, Till::Chapa] {
        for told in [true, false] {
            let purchase = Purchase::awaiting(till).await;
            purchase.work_past_the_hold().await;
            assert_eq!((purchase.status().await.as_str(), purchase.stock().await), ("expired", (5, 0)));
            if !told {
                purchase.lose_webhooks();
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
        purchase.work_past_the_hold().await;
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

#[tokio::test]
async fn a_refund_that_fails_late_is_shown_and_can_be_sent_again() {
    for till in [Till::Paystack, Till::Chapa] {
        let purchase = Purchase::paid_by(till, Fate::RefundFails).await;
        purchase.refunded(json!({ "restock": true })).await;
        assert_eq!(
            (purchase.refunds().await, purchase.status().await),
            (vec!["pending".to_owned()], "paid".to_owned())
        );
        purchase.settled().await;
        assert_eq!(purchase.refunds().await, ["failed"], "{till:?}");
        assert_eq!(purchase.world.incidents().await, ["refund_failed"], "{till:?}");
        assert_eq!((purchase.status().await.as_str(), purchase.stock().await), ("paid", (3, 0)));
        assert_eq!(purchase.given_back(), 0);
        purchase.world.books_balance().await;

        purchase.refunded(json!({ "restock": true })).await;
        assert_eq!(purchase.refunds().await, ["failed", "pending"], "{till:?}");
        purchase.world.books_balance().await;
    }
}

/// A gateway that is away is left alone, and nobody else waits for it.
#[tokio::test]
async fn a_gateway_that_is_down_delays_its_own_orders_only() {
    let purchase = Purchase::placed(Till::Chapa).await;
    let world = &purchase.world;
    let on = Match { gateway: Some("chapa".into()), path: Some("/v1/*".into()), ..Match::default() };
    world.sandbox.faults().add(Rule { on, fault: FaultKind::CutBefore.into(), times: 1_000 });
    let others = [
        (Till::Bkash, world.customer().await),
        (Till::Paystack, world.customer().await),
        (Till::Chapa, world.customer().await),
    ];
    let mut orders = Vec::new();
    for (till, customer) in &others {
        let mug = purchase.shop.sells_in(world, ("250.00", till.currency()), "Mug", 5).await;
        orders.push(customer.order(till.name(), &[(mug.variant, 1)]).await);
    }
    let state = || {
        world.worker.gateways.breakers().find(|(name, _)| name.as_str() == "chapa").expect("on").1.as_str()
    };
    eventually("its breaker opens", async || {
        world.work_for(Duration::from_secs(20)).await;
        state() != "closed"
    })
    .await;
    for ((till, customer), order) in others.iter().zip(&orders) {
        let payment = customer.see(*order).await["payment"].clone();
        let is_open = payment["status"] == "open";
        assert_eq!(is_open, *till != Till::Chapa, "{till:?}: {payment}");
    }
    let closed = world.worker.gateways.breakers().filter(|(_, state)| state.as_str() == "closed").count();
    assert_eq!(closed, 3, "the others are not touched");

    // It comes back: after its pause, which is real time, one call finds out.
    world.sandbox.faults().clear();
    eventually("its orders have their pages", async || {
        world.work_for(Duration::from_secs(5)).await;
        purchase.see().await["payment"]["status"] == "open"
    })
    .await;
    assert_eq!(state(), "closed");
    purchase.pay(Fate::Pays).await;
    world.work().await;
    assert_eq!(purchase.status().await, "paid");
    world.books_balance().await;
}

#[tokio::test]
async fn a_dispute_is_shown_with_its_date_and_each_turn_of_it() {
    let purchase = Purchase::paid(Till::Paystack).await;
    let page = purchase.page().await;
    let dispute = purchase.world.sandbox.open_paystack_dispute(&page, None).expect("it is paid");
    purchase.world.work().await;
    assert_eq!(purchase.world.incidents().await, ["dispute"]);
    let listed = purchase.admin.get("/api/admin/incidents").await.data()["results"][0].clone();
    assert_eq!(listed["order_id"], json!(purchase.order), "{listed}");
    assert!(!listed["detail"]["evidence_due_by"].is_null(), "{listed}");
    assert_eq!(listed["detail"]["amount"]["amount"], "500.00", "{listed}");

    purchase.world.sandbox.rule_paystack_dispute(dispute, paystack::Ruling::Declined).expect("it is open");
    purchase.world.work().await;
    assert_eq!(purchase.world.incidents().await, ["dispute", "dispute"], "its end is told too");
    purchase.world.books_balance().await;
}

/// Where Chapa finds refunds by its own name only, a lost answer stays lost: the repeat is refused because nothing is
/// left to refund. That is no failure, and a person has to look.
#[tokio::test]
async fn a_refund_that_is_refused_when_repeated_is_shown_and_not_given_up() {
    let purchase =
        Purchase::awaiting_beside(Till::Chapa, |config| config.chapa.refund_verify_by_ours = false).await;
    purchase.pay(Fate::Pays).await;
    purchase.world.work().await;
    purchase.lose_webhooks();
    purchase.fails("POST", "/v1/refund/*", FaultKind::CutAfter, 1);
    purchase.refunded(json!({})).await;
    purchase.world.work_for(Duration::from_secs(5 * 60)).await;

    assert_eq!(purchase.refunds_at_gateway().await, 1);
    assert_eq!(purchase.refunds().await, ["needs_attention"]);
    assert_eq!(purchase.world.incidents().await, ["refund_needs_attention"]);
    purchase.world.books_balance().await;
}
