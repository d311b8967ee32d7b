//! More buyers than pieces: nothing is oversold, nobody is sent away without reason.

use haat_tests::World;

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

    let orders = futures::future::join_all(buyers.iter().map(|buyer| async {
        let order = buyer.order("cash_on_delivery", &[(mug.variant, 1)]).await;
        // Several workers at once, while others still check out.
        world.drain().await;
        order
    }))
    .await;
    world.work().await;

    assert_eq!(orders.len(), 200);
    assert_eq!(world.count("select count(*) from orders where status = 'confirmed'").await, 50);
    assert_eq!(world.count("select count(*) from orders where status = 'rejected'").await, 150);
    assert_eq!(world.stock(mug.variant).await, (50, 50));
    world.books_balance().await;
}
