//! What customers put into their carts, and what becomes of it meanwhile.

use haat_tests::{Goods, Person, World};
use reqwest::Method;
use serde_json::{Value, json};

async fn add(person: &Person, goods: Goods, quantity: i64) -> haat_tests::Answer {
    person.post("/api/cart", json!({ "variant_id": goods.variant, "quantity": quantity })).await
}

async fn cart(person: &Person) -> Value {
    person.get("/api/cart").await.data().clone()
}

#[tokio::test]
async fn a_cart_is_summed_per_shop_and_in_all() {
    let world = World::open().await;
    let (pots, tea) = (world.shop("Pots").await, world.shop("Tea").await);
    let mug = pots.sells(&world, "Mug", "12.50", 9).await;
    let bowl = pots.sells(&world, "Bowl", "4.25", 9).await;
    let assam = tea.sells(&world, "Assam", "8.00", 9).await;
    let ada = world.customer().await;
    assert_eq!(cart(&ada).await["totals"], json!([]));
    ada.fill_cart(&[(mug.variant, 2), (assam.variant, 1), (bowl.variant, 3), (mug.variant, 1)]).await;
    let seen = cart(&ada).await;
    assert_eq!(seen["item_count"], 7, "the same variant twice is one line");
    let parts: Vec<_> = seen["vendors"].as_array().unwrap().iter().collect();
    assert_eq!(parts.len(), 2);
    assert_eq!(
        (&parts[0]["vendor"]["name"], &parts[0]["totals"][0]["amount"]),
        (&json!("Pots"), &json!("50.25"))
    );
    assert_eq!(parts[1]["totals"], json!([{ "amount": "8.00", "currency": "USD" }]));
    assert_eq!(seen["totals"], json!([{ "amount": "58.25", "currency": "USD" }]));

    let line =
        parts[0]["lines"].as_array().unwrap().iter().find(|line| line["product_title"] == "Mug").unwrap();
    let path = format!("/api/cart/{}", line["id"].as_str().unwrap());
    let changed = ada.send(Method::PUT, &path, &[], Some(json!({ "quantity": 1 }))).await;
    assert_eq!(changed.data()["totals"][0]["amount"], "33.25");
    assert_eq!(ada.send(Method::DELETE, &path, &[], None).await.data()["item_count"], 4);
    assert_eq!(ada.send(Method::DELETE, &path, &[], None).await.refusal(), (404, "cart_item_not_found"));
    assert_eq!(ada.send(Method::DELETE, "/api/cart/clear", &[], None).await.data()["vendors"], json!([]));
}

#[tokio::test]
async fn no_more_than_there_is() {
    let world = World::open().await;
    let mug = world.shop("Pots").await.sells(&world, "Mug", "12.50", 3).await;
    let (ada, eve) = (world.customer().await, world.customer().await);
    let too_many = add(&ada, mug, 4).await;
    assert_eq!(too_many.refusal(), (409, "not_enough_stock"));
    assert_eq!(too_many.body["errors"]["available"], 3);
    assert_eq!(add(&ada, mug, 2).await.status, 201);
    assert_eq!(add(&ada, mug, 2).await.refusal(), (409, "not_enough_stock"), "with those that are in it");
    assert_eq!(add(&ada, mug, 0).await.refusal(), (422, "quantity_invalid"));
    assert_eq!(add(&ada, mug, -1).await.refusal().0, 422);
    // Others buy meanwhile: the line stays, and its owner is told.
    eve.order("cash_on_delivery", &[(mug.variant, 2)]).await;
    world.work().await;
    let notices = cart(&ada).await["notices"].clone();
    assert_eq!((&notices[0]["kind"], &notices[0]["available"]), (&json!("fewer_available"), &json!(1)));
    world.books_balance().await;
}

#[tokio::test]
async fn what_is_no_longer_sold_is_dropped_and_said_once() {
    let world = World::open().await;
    let (pots, tea) = (world.shop("Pots").await, world.shop("Tea").await);
    let mug = pots.sells(&world, "Mug", "12.50", 9).await;
    let bowl = pots.sells(&world, "Bowl", "4.25", 9).await;
    let assam = tea.sells(&world, "Assam", "8.00", 9).await;
    let ada = world.customer().await;
    ada.fill_cart(&[(mug.variant, 1), (bowl.variant, 1), (assam.variant, 1)]).await;
    let product = format!("/api/products/{}", mug.product);
    let draft = json!({ "status": "draft" });
    let drafted = pots.owner.send(Method::PATCH, &product, &[("If-Match", "*")], Some(draft)).await;
    assert_eq!(drafted.status, 200, "{}", drafted.body);
    let path = format!("/api/admin/vendors/{}/suspend", tea.id);
    assert_eq!(world.admin().await.send(Method::POST, &path, &[], None).await.status, 200);

    let seen = cart(&ada).await;
    let mut dropped: Vec<&str> = seen["notices"]
        .as_array()
        .unwrap()
        .iter()
        .map(|notice| notice["product_title"].as_str().unwrap())
        .collect();
    dropped.sort_unstable();
    assert_eq!(dropped, ["Assam", "Mug"]);
    assert_eq!(seen["totals"][0]["amount"], "4.25");
    assert_eq!(cart(&ada).await["notices"], json!([]));
    assert_eq!(add(&ada, mug, 1).await.refusal(), (404, "variant_not_found"));
}
