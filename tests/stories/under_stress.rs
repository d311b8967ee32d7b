//! Dependencies that half work: a database or a Redis that answers and accepts no writes, a database that refuses
//! sign-ins, tasks in Redis that can't be read. Callers are asked to come back, operators see the reason, and work
//! resumes when it is over.

use std::time::Duration;

use haat_sandbox::{Fault, Rule};
use haat_tests::{Program, RedisServer, World, eventually, run_to_end, switch_writes};
use serde_json::Value;
use shared::kernel::db;

use crate::processes::env;

/// What a process says of its readiness.
async fn readiness(world: &World, port: u16) -> (u16, Value) {
    let url = format!("http://127.0.0.1:{port}/health/ready");
    let Ok(answer) = world.http.get(url).send().await else { return (0, Value::Null) };
    (answer.status().as_u16(), answer.json().await.unwrap_or_default())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_takes_no_writes_for_a_moment_is_told_and_work_goes_on_at_its_end() {
    let world = World::open().await;
    let database = world.worker.settings.database_url.expose().to_owned();
    let mug = world.shop("Pots").await.sells(&world, "Mug", "12.50", 1000).await;
    let (ada, eve) = (world.customer().await, world.customer().await);
    let worker = world.start_worker().await;
    // A job that is at its gateway when it begins.
    let slow: Fault = "slow_reply:1000".parse().unwrap();
    world.sandbox.faults().add(Rule::on_request("POST", "/v1/checkout/sessions", slow, 1));
    let paid = ada.order("stripe", &[(mug.variant, 1)]).await;
    eventually("the gateway is asked", async || world.sandbox.faults().report().struck > 0).await;
    eve.fill_cart(&[(mug.variant, 2)]).await;

    switch_writes(&database, false).await;
    for key in ["one", "two", "three", "four"] {
        let refused = eve.check_out_with(key, "cash_on_delivery").await;
        assert_eq!(refused.refusal(), (503, "unavailable"), "{}", refused.body);
        assert!(!refused.header("retry-after").is_empty());
    }
    let refused =
        eve.post("/api/cart", serde_json::json!({ "variant_id": mug.variant, "quantity": 1 })).await;
    assert_eq!(refused.refusal(), (503, "unavailable"), "{}", refused.body);
    // Each ended session fails once, and its user sees that the database is down.
    eventually("both say so", async || {
        let api = eve.get("/health/ready").await;
        let worker = readiness(&world, worker.address().port()).await;
        (api.status.as_u16(), worker.0) == (503, 503)
            && api.body["errors"]["database"] == "read_only"
            && worker.1["status"] == "database_read_only"
    })
    .await;

    switch_writes(&database, true).await;
    let began = std::time::Instant::now();
    eventually("a checkout is taken", async || {
        eve.check_out_with("one", "cash_on_delivery").await.status.as_u16() == 202
    })
    .await;
    // Time stands still: no lease ends, so the jobs that the worker held at the beginning did not wait for their lease.
    eventually("all is worked off", async || {
        world.pass(Duration::from_millis(20)); // backoffs
        world.count("select count(*) from orders where status in ('confirmed', 'awaiting_payment')").await
            == 2
            && world.count("select count(*) from payments where status = 'open'").await == 1
    })
    .await;
    assert!(began.elapsed() < Duration::from_secs(30), "took {:?}", began.elapsed());
    assert_eq!(ada.status(paid).await, "awaiting_payment");
    assert_eq!(world.sandbox.stripe().session_count(), 1, "asked again with the same key");
    eventually("both are ready", async || {
        readiness(&world, worker.address().port()).await.0 == 200
            && eve.get("/health/ready").await.status == 200
    })
    .await;
    worker.stop().await;
    assert_eq!(world.stock(mug.variant).await, (1000, 3));
    world.books_balance().await;
}

#[tokio::test]
async fn who_is_not_let_into_the_database_says_why_once_and_ends() {
    let world = World::open().await;
    let database = world.worker.settings.database_url.expose();
    let (scheme, address) = database.split_once("://").unwrap();
    let address = address.rsplit('@').next().unwrap();
    let stranger = format!("{scheme}://nobody-we-know@{address}");
    let env = |database: &str, wait: &'static str| {
        let mut env = env(&world);
        env.retain(|(name, _)| *name != "DATABASE_URL");
        env.extend([("DATABASE_URL", database.to_owned()), ("HAAT_DATABASE_WAIT_SECONDS", wait.to_owned())]);
        env
    };
    let closed = "postgres://127.0.0.1:1/haat";
    for (name, command, database, why) in [
        ("haat-worker", "run", stranger.as_str(), "nobody-we-know"),
        ("haat-api", "serve", stranger.as_str(), "nobody-we-know"),
        ("haat-api", "migrate", stranger.as_str(), "nobody-we-know"),
        ("haat-api", "migrate", closed, "onnection refused"),
        ("haat-worker", "run", closed, "onnection refused"),
    ] {
        let ended = run_to_end(name, &[command], &env(database, "3")).await;
        assert!(!ended.status.success(), "{name} {command}");
        // While it waits, and as its last word.
        assert_eq!(ended.err.matches(why).count(), 2, "{name} {command}: {}", ended.err);
        assert!(!ended.err.contains("pool timed out"), "{name} {command}: {}", ended.err);
    }
    let verify = run_to_end("haat-worker", &["verify"], &env(closed, "3")).await;
    assert!(
        verify.err.contains("onnection refused"),
        "a command that does one thing does not wait: {}",
        verify.err
    );
    // The worker's port opens first, and says so too.
    let worker = Program::start("haat-worker", &["run"], &env(&stranger, "5")).await;
    eventually("the reason is told", async || {
        let (status, body) = readiness(&world, worker.port).await;
        status == 503 && body["waits_for"].as_str().is_some_and(|why| why.contains("nobody-we-know"))
    })
    .await;
    assert!(!worker.end().await.success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redis_that_takes_no_writes_costs_no_row_of_the_database_and_work_goes_on_at_its_end() {
    let redis = RedisServer::start().await;
    let world = World::with(&[("REDIS_URL", &redis.url())]).await;
    let mug = world.shop("Pots").await.sells(&world, "Mug", "12.50", 1000).await;
    let buyers = futures::future::join_all((0..31).map(|_| world.customer())).await;
    let worker = world.start_worker().await;
    let api = Program::start("haat-api", &["serve"], &env(&world)).await;
    let confirmed = "select count(*) from orders where status = 'confirmed'";
    buyers[0].order("cash_on_delivery", &[(mug.variant, 1)]).await;
    eventually("work is done", async || world.count(confirmed).await == 1).await;

    let mut placed = 1;
    for (begin, end) in [
        (&["REPLICAOF", "127.0.0.1", "1"][..], &["REPLICAOF", "NO", "ONE"][..]),
        (&["CONFIG", "SET", "maxmemory", "1mb"], &["CONFIG", "SET", "maxmemory", "0"]),
    ] {
        let _: String = redis.tell(begin).await;
        eventually("both processes say so and serve", async || {
            let (api, worker) =
                (readiness(&world, api.port).await, readiness(&world, worker.address().port()).await);
            (api.0, worker.0) == (200, 200)
                && api.1["data"]["state"] == "degraded"
                && api.1["data"]["redis"] == "read_only"
                && worker.1["status"] == "degraded"
                && worker.1["redis"] == "read_only"
        })
        .await;
        // Each order wakes the relays. `order` asserts the 202.
        for buyer in &buyers[placed..placed + 15] {
            buyer.order("cash_on_delivery", &[(mug.variant, 1)]).await;
        }
        // Of this kind alone: a schedule may have written a job meanwhile.
        let waiting =
            "select count(*) from jobs where kind = 'reserve_stock' and status = 'queued' and delivery = 0";
        assert_eq!(world.count(waiting).await, 15, "no row was taken and put back");
        let _: String = redis.tell(end).await;
        placed += 15;
        eventually("all is worked off", async || {
            world.count(confirmed).await == i64::try_from(placed).unwrap()
        })
        .await;
    }
    assert_eq!(world.count("select max(delivery)::bigint from jobs").await, 1, "each was handed over once");
    eventually("both are ready", async || {
        let (api, worker) =
            (readiness(&world, api.port).await, readiness(&world, worker.address().port()).await);
        api.1["data"]["state"] == "ready" && worker.1["status"] == "ready"
    })
    .await;
    api.stop().await;
    worker.stop().await;
    world.books_balance().await;
}

#[tokio::test]
async fn a_worker_without_redis_says_so_once_and_is_degraded_while_idle() {
    // No server listens there.
    let world = World::with(&[("REDIS_URL", "redis://127.0.0.1:1")]).await;
    let worker = Program::start_logging("haat-worker", &["run"], &env(&world)).await;
    let began = std::time::Instant::now();
    eventually("it is degraded, and has had time for many tries", async || {
        let (status, body) = readiness(&world, worker.port).await;
        let degraded = (status, &body["status"], &body["redis"]) == (200, &"degraded".into(), &"down".into());
        // The first try ends when the connection has been tried some times.
        degraded && worker.logged().contains("Redis is away") && began.elapsed() > Duration::from_secs(4)
    })
    .await;
    let lines = worker.logged();
    assert_eq!(lines.matches("Redis is away").count(), 1, "{lines}");
    assert!(lines.lines().count() < 5, "{lines}");
    assert!(worker.stop().await.success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tasks_in_redis_that_cannot_be_read_are_dropped_and_the_others_worked_off() {
    let redis = RedisServer::start().await;
    let world = World::with(&[("REDIS_URL", &redis.url())]).await;
    let mug = world.shop("Pots").await.sells(&world, "Mug", "12.50", 1000).await;
    let buyers = futures::future::join_all((0..40).map(|_| world.customer())).await;
    let worker = world.start_worker().await;
    let queue = format!("{}-orders", world.worker.settings.redis_namespace);
    let key = |part: &str| format!("{queue}:{part}");
    let (active, data) = (key("active"), key("data"));
    let confirmed = "select count(*) from orders where status = 'confirmed'";

    // A foreign task without data; data that is not ours; ours without the fields that apalis keeps.
    let strangers = ["00000000000000000000000000000001", "00000000000000000000000000000002"];
    for (place, buyer) in buyers[..20].iter().enumerate() {
        if place % 5 == 0 {
            let _: i64 = redis.tell(&["HSET", &data, strangers[1], "{\"not\": \"ours\"}"]).await;
            let _: i64 = redis.tell(&[&["RPUSH", active.as_str()][..], &strangers].concat()).await;
        }
        buyer.order("cash_on_delivery", &[(mug.variant, 1)]).await;
    }
    // Time stands still, and with it all leases: no task that was fetched together with a foreign one is lost.
    eventually("all is worked off", async || world.count(confirmed).await == 20).await;
    eventually("the strangers are gone", async || {
        let waiting: Vec<String> = redis.tell(&["LRANGE", &active, "0", "-1"]).await;
        let held: Vec<String> = redis.tell(&["KEYS", &key("inflight:*")]).await;
        let kept: bool = redis.tell(&["HEXISTS", &data, strangers[1]]).await;
        waiting.is_empty() && held.is_empty() && !kept
    })
    .await;

    // All that is handed over loses its data, again and again.
    for buyer in &buyers[20..] {
        buyer.order("cash_on_delivery", &[(mug.variant, 1)]).await;
        let _: i64 = redis.tell(&["DEL", &data]).await;
    }
    eventually("all is worked off", async || {
        world.pass(Duration::from_millis(100)); // jobs that were lost and never fetched return when their lease ends
        world.count(confirmed).await == 40
    })
    .await;
    worker.stop().await;
    assert_eq!(world.stock(mug.variant).await, (1000, 40));
    world.books_balance().await;
}

/// A client closes its connection, or the time of a job is over, just when a transaction begins. The connection does not
/// return to the pool inside it, where a later write would never be committed.
#[tokio::test]
async fn a_transaction_that_is_left_while_it_begins_keeps_no_later_write() {
    let world = World::open().await;
    let pool = db::pool(&world.worker.settings.database_url, 1).expect("an address");
    sqlx::query("select 1").execute(&pool).await.expect("a connection");
    // With a connection at hand, the first look sends BEGIN. An answer that is there at once leaves nothing to give up.
    eventually("a transaction is left while it begins", async || {
        pool.num_idle() == 1 && futures::poll!(Box::pin(db::begin(&pool))).is_pending()
    })
    .await;

    sqlx::query("create table written ()").execute(&pool).await.expect("the pool goes on");
    assert_eq!(world.count("select count(*) from pg_tables where tablename = 'written'").await, 1);
}
