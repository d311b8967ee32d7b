//! More buyers than pieces: nothing is oversold, and no buyer is refused without reason.

use haat_tests::{Sale, World};

#[tokio::test]
async fn three_mugs_two_customers_of_two_mugs_each() {
    let world = World::open().await;
    let shop = world.shop("Pots").await;
    let mug = shop.sells(&world, "Mug", "12.50", 3).await;
    let (first, second) = (world.customer().await, world.customer().await);

    let one = first.order("cash_on_delivery", &[(mug.variant, 2)]).await;
    let other = second.order("cash_on_delivery", &[(mug.variant, 2)]).await;
    world.work().await;

    assert_eq!(first.status(one).await, "confirmed");
    let rejected = second.see(other).await;
    assert_eq!(rejected["status"], "rejected");
    assert_eq!(rejected["rejected_items"][0]["title"], "Mug");
    assert_eq!(rejected["rejected_items"][0]["available"], 1);
    assert_eq!(world.stock(mug.variant).await, (3, 2));
    world.books_balance().await;
}

#[tokio::test]
async fn two_hundred_buyers_fifty_pieces() {
    let world = World::open().await;
    let shop = world.shop("Pots").await;
    let mug = shop.sells(&world, "Mug", "12.50", 50).await;
    let buyers = futures::future::join_all((0..200).map(|_| world.customer())).await;

    futures::future::join_all(buyers.iter().map(|buyer| async {
        buyer.order("cash_on_delivery", &[(mug.variant, 1)]).await;
        // Several workers at once, while others still check out.
        world.drain().await;
    }))
    .await;
    world.work().await;

    assert_eq!(world.count("select count(*) from orders where status = 'confirmed'").await, 50);
    assert_eq!(world.count("select count(*) from orders where status = 'rejected'").await, 150);
    assert_eq!(world.stock(mug.variant).await, (50, 50));
    world.books_balance().await;
}

#[tokio::test]
async fn what_expires_can_be_sold_again() {
    let sale = Sale::awaiting().await;
    let second = sale.world.customer().await;
    second.fill_cart(&[(sale.mug.variant, 3)]).await;
    let third = sale.world.customer().await;
    let greedy = third.order("stripe", &[(sale.mug.variant, 3)]).await;
    sale.world.work().await;
    assert_eq!(third.status(greedy).await, "awaiting_payment");
    let late = second.check_out_with("late", "stripe").await.id();
    sale.world.work().await;
    assert_eq!(second.status(late).await, "rejected");

    sale.world.work_past_the_hold().await;
    // The three of the rejected order are in the cart again.
    let again = second.order("stripe", &[(sale.mug.variant, 2)]).await;
    sale.world.work().await;
    assert_eq!(second.status(again).await, "awaiting_payment");
    assert_eq!(sale.world.stock(sale.mug.variant).await, (5, 5));
    sale.world.books_balance().await;
}

/// All or nothing per order, and no two workers wait for each other in a circle.
#[tokio::test]
async fn carts_filled_crosswise_under_three_workers() {
    let world = World::open().await;
    let shop = world.shop("Pots").await;
    let mug = shop.sells(&world, "Mug", "12.50", 10).await.variant;
    let tin = shop.sells(&world, "Tin", "8.00", 10).await.variant;
    let buyers = futures::future::join_all((0..30).map(|_| world.customer())).await;
    futures::future::join_all(buyers.iter().enumerate().map(|(number, buyer)| async move {
        let cart = if number % 2 == 0 { [(mug, 1), (tin, 1)] } else { [(tin, 1), (mug, 1)] };
        buyer.order("stripe", &cart).await;
    }))
    .await;
    let jobs = world.take_due().await;
    let (one, other) = jobs.split_at(jobs.len() / 2);
    let worker = |jobs: &[haat_worker::engine::Delivery]| {
        let jobs = jobs.to_vec();
        let world = &world;
        async move {
            for job in &jobs {
                world.run(job).await;
            }
        }
    };
    tokio::join!(worker(one), worker(other), worker(jobs.as_slice()));
    world.work().await;

    assert_eq!(world.count("select count(*) from orders where status = 'awaiting_payment'").await, 10);
    assert_eq!(world.count("select count(*) from orders where status = 'rejected'").await, 20);
    assert_eq!((world.stock(mug).await, world.stock(tin).await), ((10, 10), (10, 10)));
    assert_eq!(world.sandbox.stripe().session_count(), 10);
    world.books_balance().await;
}
