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

/// A shop may ask any price; what became too dear can still be read, lessened and taken out, and so can the rest.
#[tokio::test]
async fn a_sum_that_is_too_large_is_told_and_every_line_can_still_be_changed() {
    let world = World::open().await;
    let (pots, tea) = (world.shop("Pots").await, world.shop("Tea").await);
    let mug = pots.sells(&world, "Mug", "12.50", 10_000).await;
    let assam = tea.sells(&world, "Assam", "8.00", 9).await;
    let ada = world.customer().await;
    ada.fill_cart(&[(mug.variant, 10_000), (assam.variant, 2)]).await;
    pots.reprices(mug, "1000000000.00", "USD").await;

    let seen = cart(&ada).await;
    assert_eq!((&seen["totals"], &seen["item_count"]), (&json!([]), &json!(10_002)));
    assert_eq!(seen["vendors"][0]["lines"][0]["line_total"], Value::Null);
    assert_eq!(seen["vendors"][1]["totals"][0]["amount"], "16.00");
    let kinds: Vec<&Value> = seen["notices"].as_array().unwrap().iter().map(|one| &one["kind"]).collect();
    assert_eq!(kinds, ["price_changed", "line_too_large", "total_too_large"]);
    assert_eq!(ada.check_out_with("k", "cash_on_delivery").await.refusal(), (422, "total_out_of_range"));

    let put = async |path: String, quantity: i64| {
        ada.send(Method::PUT, &path, &[], Some(json!({ "quantity": quantity }))).await
    };
    assert_eq!(put(ada.cart_line(assam.variant).await, 1).await.data()["item_count"], 10_001);
    assert_eq!(add(&ada, assam, 1).await.status, 201);
    let lessened = put(ada.cart_line(mug.variant).await, 2).await;
    assert_eq!(lessened.data()["totals"][0]["amount"], "2000000016.00");
    assert_eq!(put(ada.cart_line(mug.variant).await, 10_000).await.data()["totals"], json!([]));
    let path = ada.cart_line(mug.variant).await;
    let rest = ada.send(Method::DELETE, &path, &[], None).await;
    assert_eq!((&rest.data()["totals"][0]["amount"], &rest.data()["notices"]), (&json!("16.00"), &json!([])));
}

#[tokio::test]
async fn a_change_of_price_is_told_once_with_both_prices() {
    let world = World::open().await;
    let shop = world.shop("Pots").await;
    let mug = shop.sells(&world, "Mug", "12.50", 9).await;
    let ada = world.customer().await;
    ada.fill_cart(&[(mug.variant, 1)]).await;
    let told = async || cart(&ada).await["notices"].clone();
    assert_eq!(told().await, json!([]));
    for (was, now) in [("12.50", "2500.00"), ("2500.00", "9.99")] {
        shop.reprices(mug, now, "USD").await;
        let notice = told().await[0].clone();
        let amounts = (&notice["kind"], &notice["was"]["amount"], &notice["now"]["amount"]);
        assert_eq!(amounts, (&json!("price_changed"), &json!(was), &json!(now)));
        assert_eq!(told().await, json!([]), "once per change");
    }
    // More of the same does not hide it.
    shop.reprices(mug, "10.00", "USD").await;
    let answer = add(&ada, mug, 1).await;
    assert_eq!(answer.data()["notices"][0]["was"]["amount"], "9.99");
    assert_eq!(answer.data()["totals"][0]["amount"], "20.00");
    // A price that is back before anybody has looked was never another.
    shop.reprices(mug, "11.00", "USD").await;
    shop.reprices(mug, "10.00", "USD").await;
    assert_eq!(told().await, json!([]));
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
    assert_eq!(add(&ada, mug, 0).await.refusal(), (422, "invalid"));
    assert_eq!(add(&ada, mug, -1).await.refusal().0, 422);
    // Others buy meanwhile: the line stays, and its owner gets a notice.
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
