//! What recurs fires once, however many workers there are.

use std::time::Duration;

use haat_tests::{Sale, World};
use haat_worker::schedules::SCHEDULES;
use shared::jobs::{NewJob, PurgeOld, store};
use uuid::Uuid;

#[tokio::test]
async fn many_workers_fire_a_tick_once() {
    let world = World::open().await;
    let workers: Vec<_> = (0..8).map(|_| world.worker_context()).collect();
    let tick = world.clock.now().timestamp();
    for schedule in SCHEDULES {
        let fired = futures::future::join_all(workers.iter().map(|worker| schedule.fire(worker, tick))).await;
        let wrote = fired.into_iter().filter(|fired| *fired.as_ref().expect("the database answers")).count();
        assert_eq!(wrote, 1, "{}", schedule.name);
        assert!(schedule.fire(&workers[0], tick + 60).await.unwrap(), "the next tick is another one");
    }
    let jobs = world.count("select count(*) from jobs").await;
    assert_eq!(jobs, 2 * i64::try_from(SCHEDULES.len()).unwrap());
    world.pass(Duration::from_secs(61));
    world.work().await;
    assert_eq!(world.count("select count(*) from jobs where status = 'done'").await, jobs);
    world.books_balance().await;
}

#[tokio::test]
async fn done_jobs_go_within_minutes_and_a_tick_fires_once_all_the_same() {
    let sale = Sale::paid().await;
    let world = &sale.world;
    let dead = world.dead_job().await;
    let tick = world.clock.now().timestamp();
    let schedule = SCHEDULES.iter().find(|schedule| schedule.name == "check_books").expect("a schedule");
    assert!(schedule.fire(&world.worker, tick).await.expect("the database answers"));
    world.work().await;
    let done = "select count(*) from jobs where status = 'done' and queue <> 'upkeep'";
    assert!(world.count(done).await > 2);
    let purge = async || {
        let now = world.clock.now();
        let job = NewJob::at(now, &PurgeOld {});
        store::insert(&mut world.pool.acquire().await.unwrap(), &[job], now).await.unwrap();
        world.drain().await;
    };
    purge().await;
    assert!(world.count(done).await > 2, "somebody may want to look at them");

    world.pass(Duration::from_secs(3 * 60));
    purge().await;
    assert_eq!(world.count(done).await, 1, "the poll that has just come due");
    assert!(
        world.count("select count(*) from jobs where status = 'queued'").await > 0,
        "the hold's end waits"
    );
    let kept = "select count(*) from jobs where status = 'dead'";
    assert_eq!(world.count(kept).await, 1, "{dead} waits for an operator");
    let again = schedule.fire(&world.worker, tick).await.expect("the database answers");
    assert!(!again, "a worker whose clock is late writes no tick again");
    world.books_balance().await;

    world.pass(Duration::from_secs(24 * 3600));
    world.work().await;
    purge().await;
    let ticks = "select count(*) from jobs where dedupe_key like 'check_books@%'";
    assert_eq!(world.count(ticks).await, 0);
}

#[tokio::test]
async fn what_is_old_goes_by_the_settings_and_what_an_operator_needs_stays() {
    let settings = [("HAAT_KEEP_DEAD_JOBS_DAYS", "30"), ("HAAT_KEEP_WEBHOOK_EVENTS_DAYS", "30")];
    let world = World::with(&settings).await;
    let now = world.clock.now();
    for status in ["applied", "ignored", "foreign", "unmatched", "unreadable"] {
        let event = "insert into webhook_events (id, gateway, event_id, kind, body, status, received_at)
                     values ($1, 'stripe', $2, 'test', '{}', $2, $3)";
        let event = sqlx::query(event).bind(Uuid::now_v7()).bind(status).bind(now);
        event.execute(&world.pool).await.expect("an event");
    }
    for kind in ["ask_payment", "submit_refund"] {
        let job = "insert into jobs (id, queue, kind, payload, status, max_attempts, run_at, created_at, finished_at)
                   values ($1, 'payments', $2, '{}', 'dead', 1, $3, $3, $3)";
        sqlx::query(job)
            .bind(Uuid::now_v7())
            .bind(kind)
            .bind(now)
            .execute(&world.pool)
            .await
            .expect("a dead job");
    }
    let purged_after = async |days: u64| {
        world.pass(Duration::from_secs(days * 24 * 3600));
        let now = world.clock.now();
        let mut db = world.pool.acquire().await.expect("a connection");
        store::insert(&mut db, &[NewJob::at(now, &PurgeOld {})], now).await.expect("a job");
        drop(db);
        world.drain().await;
        let kept = "select status from webhook_events union all select kind from jobs where status = 'dead' order by 1";
        sqlx::query_scalar::<_, String>(kept).fetch_all(&world.pool).await.expect("what is there")
    };
    let all = ["applied", "ask_payment", "foreign", "ignored", "submit_refund", "unmatched", "unreadable"];
    assert_eq!(purged_after(29).await, all);
    assert_eq!(
        purged_after(2).await,
        ["submit_refund", "unmatched", "unreadable"],
        "money or a person waits for these"
    );
}
