//! Every kind of job may run any number of times, also at the same time: the end is the same.

use std::time::Duration;

use haat_sandbox::stripe::Outcome;
use haat_sandbox::{Fault, Rule};
use haat_tests::{Sale, World, eventually};
use serde_json::{Value, json};
use shared::jobs::{CheckBooks, NewJob, PurgeOld, ReserveStock, store};
use shared::kernel::ids::OrderId;

/// Does every job that is done once more, and finds nothing changed.
async fn all_again_changes_nothing(world: &World, kinds: &[&str]) {
    let done: Vec<String> =
        sqlx::query_scalar("select distinct kind from jobs where status = 'done' order by kind")
            .fetch_all(&world.pool)
            .await
            .expect("the jobs");
    assert_eq!(done, kinds, "the story ran what it is about");
    let before = world.tables().await;
    for _ in 0..2 {
        assert!(world.queue_all_again().await > 0);
        world.work().await;
        let after = world.tables().await;
        for (table, rows) in &before {
            assert_eq!(&after[table], rows, "{table}");
        }
    }
    assert_eq!(world.jobs("dead").await, 0);
    world.books_balance().await;
}

#[tokio::test]
async fn of_a_paid_and_refunded_order() {
    let sale = Sale::awaiting().await;
    sale.world.lose_webhooks();
    sale.pay(Outcome::PayRefundPends).await;
    sale.world.work_for(Duration::from_secs(150)).await;
    sale.world.sandbox.faults().clear();
    sale.refunded(json!({ "restock": true })).await;
    sale.world.sandbox.settle_all();
    sale.world.work_past_the_hold().await;
    assert_eq!(sale.status().await, "refunded");
    let kinds = [
        "apply_webhook",
        "create_payment",
        "expire_hold",
        "poll_payment",
        "poll_refund",
        "reserve_stock",
        "submit_refund",
    ];
    all_again_changes_nothing(&sale.world, &kinds).await;
}

#[tokio::test]
async fn of_an_expired_order() {
    let sale = Sale::awaiting().await;
    sale.world.work_for(Duration::from_secs(3 * 3600)).await;
    assert_eq!(sale.status().await, "expired");
    let kinds = ["apply_webhook", "create_payment", "expire_hold", "poll_payment", "reserve_stock"];
    all_again_changes_nothing(&sale.world, &kinds).await;
}

#[tokio::test]
async fn of_a_cancelled_order_that_was_paid_all_the_same() {
    let sale = Sale::awaiting().await;
    sale.world.lose_webhooks();
    sale.pay(Outcome::Pay).await;
    assert!(sale.cancel().await.status.is_success());
    sale.world.work_for(Duration::from_secs(3600)).await;
    assert_eq!(sale.world.sandbox.stripe().refunded()["usd"], 3300);
    let kinds =
        ["close_payment", "create_payment", "expire_hold", "poll_payment", "reserve_stock", "submit_refund"];
    all_again_changes_nothing(&sale.world, &kinds).await;
    assert_eq!(sale.refunds_at_gateway().len(), 1);
}

#[tokio::test]
async fn of_a_refund_that_came_back() {
    let sale = Sale::paid_by(Outcome::PayRefundBounces).await;
    sale.refunded(json!({ "restock": true })).await;
    sale.world.sandbox.settle_all();
    sale.world.work().await;
    assert_eq!(sale.status().await, "paid");
    let kinds = ["apply_webhook", "create_payment", "reserve_stock", "submit_refund"];
    all_again_changes_nothing(&sale.world, &kinds).await;
    assert_eq!(sale.status().await, "paid");
}

#[tokio::test]
async fn of_the_schedules() {
    let sale = Sale::paid().await;
    let now = sale.world.clock.now();
    let jobs = [NewJob::at(now, &PurgeOld {}), NewJob::at(now, &CheckBooks {})];
    let mut db = sale.world.pool.acquire().await.expect("the database answers");
    store::insert(&mut db, &jobs, now).await.expect("written");
    drop(db);
    sale.world.work().await;
    let kinds = ["apply_webhook", "check_books", "create_payment", "purge_old", "reserve_stock"];
    all_again_changes_nothing(&sale.world, &kinds).await;
}

#[tokio::test]
async fn one_delivery_in_three_hands_runs_once() {
    let sale = Sale::placed().await;
    for _ in 0..2 {
        for delivery in sale.world.take_due().await {
            tokio::join!(sale.world.run(&delivery), sale.world.run(&delivery), sale.world.run(&delivery));
        }
    }
    assert_eq!(sale.status().await, "awaiting_payment");
    assert_eq!(sale.world.count("select sum(attempt) from jobs").await, 2);
    assert_eq!(sale.world.sandbox.stripe().session_count(), 1);
    sale.world.books_balance().await;
}

/// A worker that stalls loses its lease; what it does afterwards must not undo what its successor has done.
#[tokio::test]
async fn a_worker_that_wakes_up_late_changes_nothing() {
    let sale = Sale::paid().await;
    sale.forget_the_charge().await;
    let slow: Fault = "slow_reply:2000".parse().expect("a fault");
    sale.world.sandbox.faults().add(Rule::on_request("GET", "/v1/checkout/sessions/*", slow, 1));
    assert_eq!(sale.refund(json!({ "restock": true })).await.status.as_u16(), 202);

    let successor = async || {
        eventually("it is asked", async || sale.world.sandbox.faults().report().struck > 0).await;
        sale.world.pass_the_leases().await;
        sale.world.work().await;
        assert_eq!(sale.refunds().await, ["succeeded"]);
    };
    sale.world.drain_overtaken_by(successor).await;
    sale.world.pass_the_leases().await;
    sale.world.work().await;
    assert_eq!(sale.refunds().await, ["succeeded"]);
    assert_eq!(sale.refunds_at_gateway().len(), 1);
    assert_eq!(sale.stock().await, [(5, 0), (5, 0)]);
    sale.world.books_balance().await;
}

#[tokio::test]
async fn an_order_that_was_cancelled_meanwhile_reserves_nothing() {
    let sale = Sale::placed().await;
    let reserve = sale.world.take_due().await;
    assert!(sale.cancel().await.status.is_success());
    sale.world.run(&reserve[0]).await;
    assert_eq!(sale.status().await, "cancelled");
    assert_eq!(sale.stock().await, [(5, 0), (5, 0)]);
    sale.world.books_balance().await;
}

#[tokio::test]
async fn a_job_that_cannot_be_read_does_not_hold_up_its_batch() {
    let world = World::open().await;
    let shop = world.shop("Pots").await;
    let mug = shop.sells(&world, "Mug", "12.50", 50).await;
    let buyers = futures::future::join_all((0..5).map(|_| world.customer())).await;
    for buyer in &buyers {
        buyer.order("cash_on_delivery", &[(mug.variant, 1)]).await;
    }
    sqlx::query(
        "update jobs set payload = '{\"order_id\": 7}' where id = (select id from jobs order by id limit 1)",
    )
    .execute(&world.pool)
    .await
    .expect("poisoned");
    // A well-formed message that names nothing.
    let now = world.clock.now();
    let nothing = NewJob::at(now, &ReserveStock { order_id: OrderId::new() });
    store::insert(&mut world.pool.acquire().await.expect("a connection"), &[nothing], now)
        .await
        .expect("written");

    world.work().await;
    assert_eq!(world.count("select count(*) from orders where status = 'confirmed'").await, 4);
    assert_eq!((world.jobs("dead").await, world.jobs("done").await), (1, 5));
    let error: Value = sqlx::query_scalar("select to_jsonb(last_error) from jobs where status = 'dead'")
        .fetch_one(&world.pool)
        .await
        .expect("the dead");
    assert!(error.as_str().unwrap_or_default().contains("cannot be read"), "{error}");
    world.books_balance().await;
}
