//! The worker dies at each of its commits in turn; others find what it left, and the end is the same.

use std::time::Duration;

use haat_sandbox::stripe::Outcome;
use haat_tests::{Doom, Sale, World};
use serde_json::json;

/// Plays a story with a death at the first commit, the second, and so on, until there is no such commit any more.
/// Returns the number of deaths.
pub(crate) async fn die_everywhere(story: impl AsyncFn(&Doom) -> World) -> usize {
    story(&Doom::never()).await.books_balance().await;
    for nth in 1.. {
        let doom = Doom::at_commit(nth);
        let world = story(&doom).await;
        world.books_balance().await;
        assert_eq!(world.jobs("dead").await, 0, "commit {nth}");
        // There are many worlds in one story, and the server has so many connections.
        world.pool.close().await;
        if !doom.has_struck() {
            return nth - 1;
        }
    }
    unreachable!("a story ends")
}

#[tokio::test]
async fn on_the_way_from_checkout_to_refund() {
    let deaths = die_everywhere(async |doom| {
        let sale = Sale::paid_under(doom).await;
        assert_eq!(sale.steps().await, ["pending", "awaiting_payment", "paid"]);
        assert_eq!(sale.refund(json!({ "restock": true })).await.status.as_u16(), 202);
        doom.work(&sale.world).await;

        assert_eq!(sale.status().await, "refunded");
        assert_eq!(sale.world.sandbox.stripe().session_count(), 1);
        assert_eq!(sale.refunds_at_gateway().len(), 1);
        assert_eq!(sale.stock().await, [(5, 0), (5, 0)]);
        assert_eq!(sale.owed().await, ["0.00", "0.00", "0.00"]);
        sale.world
    })
    .await;
    assert!(deaths >= 9, "only {deaths} commits");
}

#[tokio::test]
async fn while_an_order_expires() {
    let deaths = die_everywhere(async |doom| {
        let sale = Sale::placed().await;
        doom.work(&sale.world).await;
        sale.world.pass(Duration::from_secs(1801));
        doom.work(&sale.world).await;

        assert_eq!(sale.steps().await, ["pending", "awaiting_payment", "expired"]);
        assert_eq!(sale.stock().await, [(5, 0), (5, 0)]);
        let sessions = sale.world.sandbox.stripe().sessions(10);
        assert_eq!(sessions.iter().map(|session| session.status).collect::<Vec<_>>(), ["expired"]);
        sale.world
    })
    .await;
    assert!(deaths >= 6, "only {deaths} commits");
}

#[tokio::test]
async fn while_a_paid_order_is_cancelled() {
    let deaths = die_everywhere(async |doom| {
        let sale = Sale::paid_under(doom).await;
        assert!(sale.cancel().await.status.is_success());
        doom.work(&sale.world).await;

        assert_eq!(sale.steps().await, ["pending", "awaiting_payment", "paid", "cancelled", "refunded"]);
        assert_eq!(sale.refunds_at_gateway().len(), 1);
        assert_eq!(sale.stock().await, [(5, 0), (5, 0)]);
        sale.world
    })
    .await;
    assert!(deaths >= 9, "only {deaths} commits");
}

#[tokio::test]
async fn while_money_of_a_cancelled_order_goes_back() {
    let deaths = die_everywhere(async |doom| {
        let sale = Sale::placed().await;
        doom.work(&sale.world).await;
        sale.world.lose_webhooks();
        sale.pay(Outcome::Pay).await;
        assert!(sale.cancel().await.status.is_success());
        doom.work(&sale.world).await;

        assert_eq!(sale.status().await, "cancelled");
        assert_eq!(sale.refunds().await, ["succeeded"]);
        assert_eq!(sale.refunds_at_gateway().len(), 1);
        assert_eq!(sale.world.incidents().await, ["surplus_capture"]);
        sale.world
    })
    .await;
    assert!(deaths >= 7, "only {deaths} commits");
}

#[tokio::test]
async fn before_the_page_is_open_and_the_order_is_cancelled() {
    let deaths = die_everywhere(async |doom| {
        let sale = Sale::placed().await;
        let reserve = sale.world.take_due().await;
        sale.world.run(&reserve[0]).await;
        assert!(sale.cancel().await.status.is_success());
        doom.work(&sale.world).await;

        assert_eq!(sale.status().await, "cancelled");
        let open =
            sale.world.sandbox.stripe().sessions(10).into_iter().filter(|session| session.status == "open");
        assert_eq!(open.count(), 0);
        assert_eq!(sale.stock().await, [(5, 0), (5, 0)]);
        sale.world
    })
    .await;
    assert!(deaths >= 4, "only {deaths} commits");
}

#[tokio::test]
async fn while_a_refund_comes_back() {
    let deaths = die_everywhere(async |doom| {
        let sale = Sale::placed().await;
        doom.work(&sale.world).await;
        sale.pay(Outcome::PayRefundBounces).await;
        doom.work(&sale.world).await;
        assert_eq!(sale.refund(json!({ "restock": true })).await.status.as_u16(), 202);
        doom.work(&sale.world).await;
        sale.world.sandbox.settle_all();
        doom.work(&sale.world).await;

        assert_eq!(sale.status().await, "paid");
        assert_eq!(sale.owed().await, ["22.50", "7.20", "3.30"]);
        assert_eq!(sale.stock().await, [(5, 0), (5, 0)]);
        sale.world
    })
    .await;
    assert!(deaths >= 11, "only {deaths} commits");
}
