//! An order that is rejected gives its lines back to the customer's cart.

use haat_tests::{Goods, Person, World};
use serde_json::{Value, json};

/// A customer's order of two mugs and a tin, while another customer has taken all mugs but one.
async fn short_of_mugs(world: &World) -> (Person, Goods, Goods, uuid::Uuid) {
    let shop = world.shop("Pots").await;
    let mug = shop.sells(world, "Mug", "12.50", 5).await;
    let tin = shop.sells(world, "Tin", "8.00", 5).await;
    let (ada, eve) = (world.customer().await, world.customer().await);
    eve.order("cash_on_delivery", &[(mug.variant, 4)]).await;
    let order = ada.order("cash_on_delivery", &[(mug.variant, 2), (tin.variant, 1)]).await;
    (ada, mug, tin, order)
}

/// Pieces of each variant in a cart.
async fn pieces(person: &Person, goods: Goods) -> i64 {
    let cart = person.cart().await;
    let parts = cart["vendors"].as_array().unwrap().iter();
    let lines = parts.flat_map(|part| part["lines"].as_array().unwrap().iter());
    let of = lines.filter(|line| line["variant_id"] == json!(goods.variant));
    of.map(|line| line["quantity"].as_i64().unwrap()).sum()
}

#[tokio::test]
async fn a_rejected_order_is_back_in_the_cart_and_says_so() {
    let world = World::open().await;
    let (ada, mug, tin, order) = short_of_mugs(&world).await;
    // Meanwhile the customer adds something to the cart: the pieces are added to it.
    ada.fill_cart(&[(tin.variant, 3)]).await;
    world.work().await;
    let seen = ada.see(order).await;
    assert_eq!((&seen["status"], &seen["rejected_items"][0]["available"]), (&json!("rejected"), &json!(1)));
    let back =
        json!([{ "variant_id": mug.variant, "quantity": 2 }, { "variant_id": tin.variant, "quantity": 1 }]);
    assert_eq!(seen["returned_items"], back);
    assert_eq!((pieces(&ada, mug).await, pieces(&ada, tin).await), (2, 4));
    assert_eq!(ada.cart().await["notices"][0]["kind"], "fewer_available");

    // The job runs again, and the cart stays as it is.
    assert!(world.queue_all_again().await > 0);
    world.work().await;
    assert_eq!((pieces(&ada, mug).await, pieces(&ada, tin).await), (2, 4));
    // One mug less, and it can be ordered without beginning anew.
    let path = ada.cart_line(mug.variant).await;
    let changed = ada.send(reqwest::Method::PUT, &path, &[], Some(json!({ "quantity": 1 }))).await;
    assert_eq!(changed.status, 200);
    let again = ada.check_out_with("again", "cash_on_delivery").await.id();
    world.work().await;
    assert_eq!(ada.status(again).await, "confirmed");
    assert_eq!(ada.see(again).await["returned_items"], Value::Null);
    world.books_balance().await;
}

#[tokio::test]
async fn a_price_that_changed_meanwhile_is_told_when_the_lines_are_back() {
    let world = World::open().await;
    let shop = world.shop("Pots").await;
    let mug = shop.sells(&world, "Mug", "12.50", 1).await;
    let (ada, eve) = (world.customer().await, world.customer().await);
    ada.fill_cart(&[(mug.variant, 1)]).await;
    eve.order("cash_on_delivery", &[(mug.variant, 1)]).await;
    ada.check_out_with("k", "cash_on_delivery").await;
    shop.reprices(mug, "20.00", "USD").await;
    world.work().await;
    assert_eq!(ada.check_out_with("again", "cash_on_delivery").await.refusal(), (409, "cart_changed"));
    let told = ada.cart().await["notices"][0].clone();
    assert_eq!((&told["was"]["amount"], &told["now"]["amount"]), (&json!("12.50"), &json!("20.00")));
}

#[tokio::test]
async fn no_cart_grows_beyond_its_limits() {
    let world = World::open().await;
    let (ada, mug, tin, order) = short_of_mugs(&world).await;
    // 9,999 tins and 99 other things: room for one more tin, and for no mug.
    let sql = "with goods as (
                 select v.id, v.product_id, p.vendor_id from variants v join products p on p.id = v.product_id where v.id = $1
               ), others as (
                 insert into variants (id, product_id, title, price, currency, position, created_at, updated_at)
                 select gen_random_uuid(), product_id, 'Other', 1, 'USD', n, now(), now() from goods, generate_series(1, 99) n
                 returning id
               )
               insert into cart_items (id, customer_id, variant_id, quantity, added_at)
               select gen_random_uuid(), $2, id, 1, now() from others";
    // The keys are checked at the end of the statement.
    sqlx::query(sql).bind(tin.variant).bind(ada.user).execute(&world.pool).await.unwrap();
    let sql = "insert into cart_items (id, customer_id, variant_id, quantity, added_at) values (gen_random_uuid(), $1, $2, 9999, now())";
    sqlx::query(sql).bind(ada.user).bind(tin.variant).execute(&world.pool).await.unwrap();
    world.work().await;
    let seen = ada.see(order).await;
    assert_eq!(seen["returned_items"], json!([{ "variant_id": tin.variant, "quantity": 1 }]));
    assert_eq!((pieces(&ada, mug).await, pieces(&ada, tin).await), (0, 10_000));
}

/// Carts are the last locks of a rejection, and the only ones of a checkout: the two can't deadlock.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rejections_and_checkouts_of_the_same_carts_get_along() {
    let world = World::open().await;
    let shop = world.shop("Pots").await;
    let mug = shop.sells(&world, "Mug", "12.50", 1).await;
    let tin = shop.sells(&world, "Tin", "8.00", 900).await;
    let buyers = futures::future::join_all((0..10).map(|_| world.customer())).await;
    futures::future::join_all(buyers.iter().map(|buyer| async {
        for _ in 0..3 {
            buyer.fill_cart(&[(tin.variant, 1)]).await;
            let add = json!({ "variant_id": mug.variant, "quantity": 1 });
            let _ = buyer.post("/api/cart", add).await; // there may be none left
            let key = uuid::Uuid::now_v7().to_string();
            let (answer, _) = tokio::join!(buyer.check_out_with(&key, "stripe"), world.drain());
            assert!(matches!(answer.status.as_u16(), 202 | 409), "{}", answer.body);
        }
    }))
    .await;
    world.work().await;
    assert_eq!(world.jobs("dead").await, 0);
    world.books_balance().await;
}
