//! What recurs fires once, however many workers there are.

use haat_tests::World;
use haat_worker::schedules::SCHEDULES;

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
    world.pass(std::time::Duration::from_secs(61));
    world.work().await;
    assert_eq!(world.count("select count(*) from jobs where status = 'done'").await, jobs);
    world.books_balance().await;
}
