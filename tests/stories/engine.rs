//! The job engine over real Redis, as worker processes run it.

use std::time::Duration;

use gateways::GatewayName;
use haat_sandbox::{Fault, Rule};
use haat_tests::{Mood, Moody, World, eventually};
use haat_worker::drain;
use reqwest::Method;

/// Attempt, status and last error of the one job of this kind.
async fn job(world: &World, kind: &str) -> (i32, String, Option<String>) {
    let sql = "select attempt, status, last_error from jobs where kind = $1";
    sqlx::query_as(sql).bind(kind).fetch_one(&world.pool).await.expect("one such job")
}

#[tokio::test]
async fn an_order_goes_from_the_table_through_redis_to_its_end() {
    let world = World::open().await;
    let mug = world.shop("Pots").await.sells(&world, "Mug", "12.50", 5).await;
    let ada = world.customer().await;
    let worker = world.start_worker().await;

    let order = ada.order("cash_on_delivery", &[(mug.variant, 2)]).await;
    eventually("the order is confirmed", async || ada.status(order).await == "confirmed").await;
    let paid = ada.order("stripe", &[(mug.variant, 1)]).await;
    eventually("there is a payment page", async || ada.status(paid).await == "awaiting_payment").await;

    worker.stop().await;
    assert_eq!(world.stock(mug.variant).await, (5, 3));
    world.work().await;
    world.books_balance().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_workers_share_the_work_and_do_nothing_twice() {
    let world = World::open().await;
    let mug = world.shop("Pots").await.sells(&world, "Mug", "12.50", 1000).await;
    let buyers = futures::future::join_all((0..100).map(|_| world.customer())).await;
    for buyer in &buyers {
        buyer.order("cash_on_delivery", &[(mug.variant, 1)]).await;
    }
    let (one, other) = (world.start_worker().await, world.start_worker().await);
    eventually("all orders are confirmed", async || {
        world.count("select count(*) from orders where status = 'confirmed'").await == 100
    })
    .await;
    one.stop().await;
    other.stop().await;

    assert_eq!(world.stock(mug.variant).await, (1000, 100));
    let movements = "select count(*) from stock_movements where kind = 'reserved'";
    assert_eq!(world.count(movements).await, 100);
    let steps = "select count(*) from order_history where status = 'confirmed'";
    assert_eq!(world.count(steps).await, 100);
    assert_eq!(world.count("select count(*) from jobs where status not in ('done', 'queued')").await, 0);
    world.books_balance().await;
}

#[tokio::test]
async fn a_worker_that_stops_finishes_what_it_began_and_leaves_the_rest() {
    // One group of pages at a time, each of 16 and slow.
    let world = World::with(&[("HAAT_WORKER_PAYMENT_TASKS", "1")]).await;
    let slow: Fault = "slow_reply:500".parse().unwrap();
    world.sandbox.faults().add(Rule::on_request("POST", "/v1/checkout/sessions", slow, 80));
    let mug = world.shop("Pots").await.sells(&world, "Mug", "12.50", 1000).await;
    let buyers = futures::future::join_all((0..80).map(|_| world.customer())).await;
    for buyer in &buyers {
        buyer.order("stripe", &[(mug.variant, 1)]).await;
    }
    let worker = world.start_worker().await;
    eventually("work has begun", async || world.sandbox.stripe().session_count() > 0).await;
    worker.stop().await;
    assert_eq!(world.jobs("running").await, 0);
    let opened = world.count("select count(*) from payments where status = 'open'").await;
    assert_eq!(u64::try_from(opened).unwrap(), world.sandbox.stripe().session_count());
    assert!((1..80).contains(&opened), "{opened} pages were opened before the worker had stopped");

    world.sandbox.faults().clear();
    let next = world.start_worker().await;
    // What the first had taken and not begun comes back when the lease of its hand-over ends.
    world.pass(Duration::from_secs(31));
    eventually("the next one does the rest", async || {
        world.count("select count(*) from payments where status = 'open'").await == 80
    })
    .await;
    next.stop().await;
    assert_eq!(world.sandbox.stripe().session_count(), 80);
    world.books_balance().await;
}

#[tokio::test]
async fn a_job_that_panics_is_caught_and_tried_again_after_its_backoff() {
    let world = World::open().await;
    let mug = world.shop("Pots").await.sells(&world, "Mug", "12.50", 5).await;
    let ada = world.customer().await;
    let (_, context) = Moody::over(&world, GatewayName::Stripe, 2, Mood::Panics);
    let order = ada.order("stripe", &[(mug.variant, 1)]).await;

    for attempt in 1..=2 {
        drain(&context).await.unwrap();
        let (count, status, error) = job(&world, "create_payment").await;
        assert_eq!((count, status.as_str()), (attempt, "queued"));
        assert!(error.is_some_and(|text| text.contains("a gateway in a bad mood")));
        // Not before its time.
        assert_eq!(drain(&context).await.unwrap(), 0);
        world.pass(Duration::from_secs(2 * u64::try_from(attempt).unwrap()));
    }
    drain(&context).await.unwrap();
    assert_eq!(ada.status(order).await, "awaiting_payment");
    assert!(!ada.payment_page(order).await.is_empty());
    world.books_balance().await;
}

#[tokio::test]
async fn a_job_that_takes_too_long_is_given_up_and_tried_again() {
    let world = World::open().await;
    let mug = world.shop("Pots").await.sells(&world, "Mug", "12.50", 5).await;
    let ada = world.customer().await;
    let (moody, context) = Moody::over(&world, GatewayName::Stripe, 1, Mood::NeverAnswers);
    let order = ada.order("stripe", &[(mug.variant, 1)]).await;

    let working = tokio::spawn({
        let context = context.clone();
        async move { drain(&context).await }
    });
    moody.called().await;
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(41)).await;
    tokio::time::resume();
    working.await.unwrap().unwrap();

    let (count, status, error) = job(&world, "create_payment").await;
    assert_eq!((count, status.as_str(), error.as_deref()), (1, "queued", Some("took too long")));
    world.pass(Duration::from_secs(2));
    drain(&context).await.unwrap();
    assert!(!ada.payment_page(order).await.is_empty());
    assert_eq!(world.count("select count(*) from payments").await, 1);
    world.books_balance().await;
}

#[tokio::test]
async fn a_dead_job_is_listed_revived_and_dropped_by_an_operator() {
    let world = World::open().await;
    let admin = world.admin().await;
    let mug = world.shop("Pots").await.sells(&world, "Mug", "12.50", 5).await;
    let ada = world.customer().await;
    let (_, context) = Moody::over(&world, GatewayName::Stripe, 12, Mood::Panics);
    let order = ada.order("stripe", &[(mug.variant, 1)]).await;
    for _ in 0..12 {
        // Its backoff is passed over: in all it is longer than the hold of the stock.
        drain(&context).await.unwrap();
        sqlx::query("update jobs set run_at = $1 where kind = 'create_payment' and status = 'queued'")
            .bind(world.clock.now())
            .execute(&world.pool)
            .await
            .unwrap();
    }
    assert_eq!(job(&world, "create_payment").await.1, "dead");

    let listed = admin.get("/api/admin/jobs").await.data()["results"].clone();
    assert_eq!(listed.as_array().map(Vec::len), Some(1), "{listed}");
    assert_eq!(listed[0]["kind"], "create_payment");
    let path = format!("/api/admin/jobs/{}", listed[0]["id"].as_str().unwrap());
    let retry = admin.send(Method::POST, &format!("{path}/retry"), &[], None).await;
    assert_eq!(retry.status, 200);
    let again = admin.send(Method::POST, &format!("{path}/retry"), &[], None).await;
    assert_eq!(again.refusal(), (409, "job_not_dead"));
    drain(&context).await.unwrap();
    assert!(!ada.payment_page(order).await.is_empty());

    sqlx::query("update jobs set status = 'dead', finished_at = $1 where kind = 'create_payment'")
        .bind(world.clock.now())
        .execute(&world.pool)
        .await
        .unwrap();
    assert_eq!(admin.send(Method::DELETE, &path, &[], None).await.status, 200);
    assert_eq!(admin.get("/api/admin/jobs").await.data()["results"], serde_json::json!([]));
    world.books_balance().await;
}

#[tokio::test]
async fn what_a_dead_worker_held_comes_back_when_its_lease_ends() {
    let world = World::open().await;
    let mug = world.shop("Pots").await.sells(&world, "Mug", "12.50", 5).await;
    let ada = world.customer().await;
    let order = ada.order("cash_on_delivery", &[(mug.variant, 1)]).await;
    // A worker dies right after it claimed: the first commit point of the runner.
    let died = shared::kernel::crash::Plan::after_commit(1).run(drain(&world.worker)).await;
    assert!(died.is_none(), "it was to die");
    assert_eq!(job(&world, "reserve_stock").await.1, "running");

    let worker = world.start_worker().await;
    assert_eq!(ada.status(order).await, "pending");
    world.pass(Duration::from_secs(40));
    eventually("another one does it", async || ada.status(order).await == "confirmed").await;
    worker.stop().await;
    let (attempts, status, _) = job(&world, "reserve_stock").await;
    assert_eq!((attempts, status.as_str()), (2, "done"), "the attempt of the dead one counts");
    world.books_balance().await;
}

#[tokio::test]
async fn a_worker_that_lives_and_does_not_work_is_not_ready() {
    // No server listens there.
    let world = World::with(&[("REDIS_URL", "redis://127.0.0.1:1")]).await;
    let mug = world.shop("Pots").await.sells(&world, "Mug", "12.50", 5).await;
    let ada = world.customer().await;
    let worker = world.start_worker().await;
    let ask = async |path: &str| {
        let url = format!("http://{}{path}", worker.address());
        world.http.get(url).send().await.unwrap().status().as_u16()
    };
    assert_eq!((ask("/health/live").await, ask("/health/ready").await), (200, 200));
    ada.order("cash_on_delivery", &[(mug.variant, 1)]).await;
    world.pass(Duration::from_secs(59));
    assert_eq!(ask("/health/ready").await, 200, "work may wait for a minute");
    world.pass(Duration::from_secs(2));
    assert_eq!((ask("/health/live").await, ask("/health/ready").await), (200, 503));
    // Handed over and lying in Redis is not work either.
    let sql = "update jobs set status = 'published', lease_until = $1";
    let far = world.clock.now() + chrono::TimeDelta::hours(1);
    sqlx::query(sql).bind(far).execute(&world.pool).await.unwrap();
    assert_eq!(ask("/health/ready").await, 503);
    sqlx::query("update jobs set status = 'queued', lease_until = null").execute(&world.pool).await.unwrap();
    world.work().await;
    assert_eq!((ask("/health/ready").await, ask("/metrics").await), (200, 200));
    worker.stop().await;
    world.books_balance().await;
}
