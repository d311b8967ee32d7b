//! What recurs fires once, however many workers there are.

use std::time::Duration;

use haat_tests::{Sale, World};
use haat_worker::schedules::SCHEDULES;
use shared::jobs::{NewJob, PurgeOld, store};

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
