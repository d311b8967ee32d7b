//! Failures at a gateway other than Stripe after an order was placed or paid: an outage, or refunds that fail. They are
//! reported, and affect no other gateway.

use std::time::Duration;

use haat_sandbox::{Config, FaultKind, Match, Rule};
use haat_tests::{Fate, Mood, Moody, Purchase, Till, eventually};
use haat_worker::drain;
use serde_json::json;
use shared::kernel::db;

/// The breaker of a gateway that is down opens, and no other gateway waits for it.
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

/// Where Chapa finds refunds by its own name only, a lost answer stays lost. The repeat is refused: nothing is left to
/// refund, or, after a part, the reference was used. That is no failure, and a person has to look.
#[tokio::test]
async fn a_refund_that_is_refused_when_repeated_is_shown_and_not_given_up() {
    let part = json!({ "amount": { "amount": "100.00", "currency": "ETB" } });
    for wish in [json!({}), part] {
        let purchase =
            Purchase::awaiting_beside(Till::Chapa, |config| config.chapa.refund_verify_by_ours = false).await;
        purchase.pay(Fate::Pays).await;
        purchase.world.work().await;
        purchase.world.lose_webhooks();
        purchase.fails("/v1/refund/*", FaultKind::CutAfter, 1);
        purchase.refunded(wish).await;
        purchase.world.work_for(Duration::from_secs(5 * 60)).await;

        assert_eq!(purchase.refunds_at_gateway().await, 1);
        assert_eq!(purchase.refunds().await, ["needs_attention"]);
        assert_eq!(purchase.world.incidents().await, ["refund_needs_attention"]);
        purchase.world.books_balance().await;
    }
}

/// The words alone are no proof that the refund was made: it is sent again.
#[tokio::test]
async fn a_refund_whose_reference_is_said_to_be_used_is_made() {
    let found_by_our_name = |config: &mut Config| config.chapa.refund_verify_by_ours = true;
    let purchase = Purchase::awaiting_beside(Till::Chapa, found_by_our_name).await;
    purchase.pay(Fate::Pays).await;
    purchase.world.work().await;
    purchase.fails("/v1/refund/*", FaultKind::InUse409, 1);
    purchase.refunded(json!({})).await;
    assert_eq!(
        (purchase.refunds().await, purchase.refunds_at_gateway().await),
        (vec!["submitted".into()], 0)
    );

    purchase.world.work_for(Duration::from_secs(5 * 60)).await;
    purchase.settled().await;
    assert_eq!(
        (purchase.refunds().await, purchase.refunds_at_gateway().await),
        (vec!["succeeded".into()], 1)
    );
    assert!(purchase.world.incidents().await.is_empty());
    purchase.world.books_balance().await;
}

/// Without idempotency keys a second request would be paid too: as long as the first may be on its way, it is looked for
/// and not repeated.
#[tokio::test]
async fn a_refund_that_is_carried_out_late_is_made_once() {
    for till in Till::ALL {
        let found_by_our_name = |config: &mut Config| config.chapa.refund_verify_by_ours = true;
        let purchase = Purchase::awaiting_beside(till, found_by_our_name).await;
        let world = &purchase.world;
        purchase.pay(Fate::Pays).await;
        world.work().await;
        let name = till.name().parse().expect("a gateway");
        let (gateway, context) = Moody::over(world, name, 1, Mood::RefundsLate);
        let part = json!({ "amount": { "amount": "100.00", "currency": till.currency() } });
        assert_eq!(purchase.refund(part).await.status, 202);
        for _ in 0..4 {
            drain(&context).await.unwrap();
            world.pass(Duration::from_secs(20));
        }
        assert_eq!(
            (purchase.refunds().await, purchase.refunds_at_gateway().await),
            (vec!["submitted".into()], 0)
        );
        gateway.refund_at_last().await;
        world.work_for(Duration::from_secs(5 * 60)).await;
        purchase.settled().await;
        world.work_for(Duration::from_secs(10 * 60)).await;
        assert_eq!(purchase.refunds_at_gateway().await, 1, "{till:?}");
        assert_eq!(
            (purchase.refunds().await, purchase.given_back()),
            (vec!["succeeded".into()], 10_000),
            "{till:?}"
        );
        assert!(world.incidents().await.is_empty(), "{till:?}");
        world.books_balance().await;
    }
}

/// Another worker, thought dead, was faster: the state that it wrote counts, not the one that was read before.
#[tokio::test]
async fn of_two_workers_with_the_same_refund_one_sends_it() {
    let purchase = Purchase::paid(Till::Paystack).await;
    let world = &purchase.world;
    assert_eq!(purchase.refund(json!({ "restock": true })).await.status, 202);
    let mut other = db::begin(&world.pool).await.unwrap();
    sqlx::query("select from orders for no key update").execute(&mut *other).await.unwrap();
    let other_sends = async {
        eventually("this one waits for the order", async || {
            let waiting = "select count(*) from pg_stat_activity
                           where datname = current_database() and wait_event_type = 'Lock'";
            world.count(waiting).await == 1
        })
        .await;
        let sent = sqlx::query("update refunds set status = 'submitted', updated_at = $1");
        sent.bind(world.clock.now()).execute(&mut *other).await.unwrap();
        other.commit().await.unwrap();
    };
    let (drained, ()) = tokio::join!(drain(&world.worker), other_sends);
    drained.unwrap();
    assert_eq!(
        (purchase.refunds().await, purchase.refunds_at_gateway().await),
        (vec!["submitted".into()], 0)
    );
    world.work_for(Duration::from_secs(5 * 60)).await;
    assert_eq!(purchase.refunds_at_gateway().await, 1, "it never was sent, and is in the end");
    world.books_balance().await;
}
