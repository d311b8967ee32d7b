//! From the payment page to the books.

use haat_sandbox::stripe::Outcome;
use haat_tests::World;

#[tokio::test]
async fn an_order_from_two_shops_is_paid_and_booked() {
    let world = World::open().await;
    let (pots, tea) = (world.shop("Pots").await, world.shop("Tea").await);
    let mug = pots.sells(&world, "Mug", "12.50", 5).await;
    let assam = tea.sells(&world, "Assam", "8.00", 5).await;
    let ada = world.customer().await;

    let order = ada.order("stripe", &[(mug.variant, 2), (assam.variant, 1)]).await;
    world.work().await;
    assert_eq!(ada.status(order).await, "awaiting_payment");
    assert_eq!(world.stock(mug.variant).await, (5, 2));

    world.sandbox.pay(&ada.payment_page(order).await, Outcome::Pay).expect("the page is open");
    world.work().await;

    let paid = ada.see(order).await;
    assert_eq!(paid["status"], "paid");
    let steps: Vec<&str> =
        paid["history"].as_array().unwrap().iter().filter_map(|h| h["status"].as_str()).collect();
    assert_eq!(steps, ["pending", "awaiting_payment", "paid"]);
    assert_eq!(world.stock(mug.variant).await, (3, 0));
    assert_eq!(world.sandbox.stripe().captured()["usd"], 3300);
    world.books_balance().await;
}
