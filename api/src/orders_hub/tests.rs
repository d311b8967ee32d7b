//! Waiters wake for their own order, miss nothing, and leave nothing behind.

use super::*;

const LONG: Duration = Duration::from_secs(30);

fn hub() -> (Bell, OrdersHub, CancellationToken) {
    let (bell, stopping) = (Bell::local(), CancellationToken::new());
    let hub = OrdersHub::start(&bell, stopping.clone());
    (bell, hub, stopping)
}

#[tokio::test(start_paused = true)]
async fn a_change_wakes_those_who_watch_that_order_and_nobody_else() {
    let (bell, hub, _stopping) = hub();
    let (mine, other) = (OrderId::new(), OrderId::new());
    let (mut watch, mut bystander) = (hub.watch(mine), hub.watch(other));
    let begun = Instant::now();
    bell.orders_changed(vec![mine]);
    assert!(watch.changed(begun + LONG).await);
    assert_eq!(begun.elapsed(), Duration::ZERO);
    assert!(!bystander.changed(begun + Duration::from_secs(1)).await);
}

#[tokio::test(start_paused = true)]
async fn a_change_between_reading_and_waiting_is_not_missed() {
    let (bell, hub, _stopping) = hub();
    let order = OrderId::new();
    let mut watch = hub.watch(order);
    bell.orders_changed(vec![order]);
    tokio::time::sleep(Duration::from_millis(1)).await; // the listener has run
    let begun = Instant::now();
    assert!(watch.changed(begun + LONG).await);
    assert_eq!(begun.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn without_wake_ups_a_waiter_looks_now_and_then_until_its_deadline() {
    let (_bell, hub, _stopping) = hub();
    let mut watch = hub.watch(OrderId::new());
    let begun = Instant::now();
    let deadline = begun + Duration::from_secs(12);
    let mut looks = 0;
    while watch.changed(deadline).await {
        looks += 1;
    }
    assert_eq!((looks, begun.elapsed()), (2, Duration::from_secs(12)));
}

#[tokio::test(start_paused = true)]
async fn a_flood_wakes_everybody_because_somebody_was_missed() {
    let (bell, hub, _stopping) = hub();
    let mut watch = hub.watch(OrderId::new());
    for _ in 0..10_000 {
        bell.orders_changed(vec![OrderId::new()]); // the listener has no turn in between
    }
    let begun = Instant::now();
    assert!(watch.changed(begun + LONG).await);
    assert_eq!(begun.elapsed(), Duration::ZERO);
}

#[tokio::test]
async fn ten_thousand_waiters_leave_nothing_behind() {
    let (_bell, hub, _stopping) = hub();
    let order = OrderId::new();
    let mut watches: Vec<Watch> = (0..10_000).map(|_| hub.watch(OrderId::new())).collect();
    watches.extend((0..100).map(|_| hub.watch(order)));
    assert_eq!(hub.orders_watched(), 10_001);
    drop(watches);
    assert_eq!(hub.orders_watched(), 0);
}

#[tokio::test(start_paused = true)]
async fn stopping_sends_all_waiters_home() {
    let (_bell, hub, stopping) = hub();
    let mut watch = hub.watch(OrderId::new());
    stopping.cancel();
    assert!(!watch.changed(Instant::now() + LONG).await);
}

fn glance(version: i32) -> Glance {
    Glance { version, status: shared::orders::OrderStatus::Pending, redirect_url: None }
}

#[tokio::test(start_paused = true)]
async fn those_who_watch_an_order_share_one_read_of_it() {
    let (bell, hub, _stopping) = hub();
    let order = OrderId::new();
    let mut watches: Vec<Watch> = (0..1000).map(|_| hub.watch(order)).collect();
    let reads = AtomicU64::new(0);
    let read = async || {
        let count = reads.fetch_add(1, Ordering::Relaxed);
        tokio::time::sleep(Duration::from_millis(10)).await;
        Ok::<_, std::convert::Infallible>(glance(i32::try_from(count).unwrap()))
    };
    let look = async |watches: &mut Vec<Watch>| {
        let looks = futures::future::join_all(watches.iter_mut().map(|watch| watch.look(&read))).await;
        looks.into_iter().map(|look| look.unwrap().version).collect::<std::collections::BTreeSet<_>>()
    };
    assert_eq!(look(&mut watches).await, [0].into());
    assert_eq!(look(&mut watches).await, [0].into(), "nothing changed, nothing is read");
    bell.orders_changed(vec![order]);
    assert!(watches[0].changed(Instant::now() + LONG).await);
    assert_eq!(look(&mut watches).await, [1].into(), "one read for all after a change");
    tokio::time::sleep(LOOK_ANYWAY).await;
    assert_eq!(look(&mut watches).await, [2].into(), "now and then it is read anyway");
}
