//! Orders in the form that people need: found by what they have at hand, and shown without a request for each detail.

use haat_sandbox::stripe::Outcome;
use haat_tests::{Sale, World};
use serde_json::{Value, json};
use uuid::Uuid;

/// The numbers of the orders that a list shows.
fn numbers(list: &Value) -> Vec<&str> {
    list["results"].as_array().expect("results").iter().filter_map(|order| order["number"].as_str()).collect()
}

#[tokio::test]
async fn an_administrator_finds_an_order_by_what_its_customer_can_say() {
    let world = World::open().await;
    let mug = world.shop("Pots").await.sells(&world, "Mug", "12.50", 9).await;
    let (ada, bob, admin) = (world.customer().await, world.customer().await, world.admin().await);
    let order = ada.order("cash_on_delivery", &[(mug.variant, 1)]).await;
    bob.order("cash_on_delivery", &[(mug.variant, 1)]).await;
    world.work().await;
    let seen = admin.see(order).await;
    let (number, customer) = (seen["number"].as_str().unwrap(), &seen["customer"]);
    assert_eq!(customer["id"], json!(ada.user));
    let email = customer["email"].as_str().expect("an address").to_uppercase();
    let id = customer["id"].as_str().expect("an id");
    for query in [
        format!("number={}", number.to_lowercase()),
        format!("number={}", number.replace('-', "")),
        format!("number={}", number.replace('-', "").to_lowercase()),
        format!("number=%20{}", number.replace('-', "+")),
        format!("number=Order%20--%20%20%22({number})%22"),
        format!("email={email}"),
        format!("customer={id}"),
        format!("customer={id}&status=confirmed&number={number}"),
    ] {
        let found = admin.get(&format!("/api/admin/orders?{query}")).await;
        assert_eq!(numbers(found.data()), [number], "{query}: {}", found.body);
        assert_eq!(found.data()["results"][0]["customer"], *customer);
    }
    assert_eq!(admin.get("/api/admin/orders").await.data()["count"], 2);
    for nothing in ["number=NONE-0000", "email=nobody@example.com", "status=paid"] {
        assert_eq!(admin.get(&format!("/api/admin/orders?{nothing}")).await.data()["count"], 0, "{nothing}");
    }
    assert_eq!(ada.get("/api/admin/orders").await.status, 403);
    assert_eq!(numbers(ada.get(&format!("/api/orders?number={number}")).await.data()), [number]);
    let typed = number.replace('-', "").to_lowercase();
    assert_eq!(numbers(ada.get(&format!("/api/orders?number={typed}")).await.data()), [number]);
    assert!(numbers(bob.get(&format!("/api/orders?number={number}")).await.data()).is_empty());
    // The limits of the document hold.
    for (field, longest) in [("number", 100), ("email", 254)] {
        let refused = admin.get(&format!("/api/admin/orders?{field}={}", "x".repeat(longest + 1))).await;
        assert_eq!(refused.refusal(), (422, "invalid"));
        assert!(refused.body["errors"][field].is_array(), "{}", refused.body);
    }
    assert!(
        ada.see(order).await["customer"].is_null()
            && ada.get("/api/orders").await.data()["results"][0]["customer"].is_null()
    );
}

/// Orders that ended otherwise than most are found by the steps that led there.
#[tokio::test]
async fn orders_are_listed_by_a_status_that_few_get_to_as_long_as_they_have_it() {
    let sale = Sale::paid_by(Outcome::PayRefundBounces).await;
    let (world, admin) = (&sale.world, sale.world.admin().await);
    let listed = async |query: &str| {
        let page = admin.get(&format!("/api/admin/orders?{query}")).await;
        let list = page.data().clone();
        let results: Vec<Uuid> = list["results"]
            .as_array()
            .unwrap()
            .iter()
            .map(|order| order["id"].as_str().unwrap().parse().unwrap())
            .collect();
        (list["count"].as_i64().unwrap(), results, list)
    };
    let mug = world.shop("Cups").await.sells(world, "Cup", "1.00", 99).await;
    let mut cancelled = Vec::new();
    for _ in 0..3 {
        let customer = world.customer().await;
        let order = customer.order("cash_on_delivery", &[(mug.variant, 1)]).await;
        world.work().await;
        assert!(customer.cancel(order).await.status.is_success());
        cancelled.insert(0, order);
    }
    assert_eq!(listed("status=rejected").await.0, 0);
    let (count, results, page) = listed("status=cancelled&limit=2").await;
    assert_eq!((count, results.as_slice()), (3, &cancelled[..2]));
    assert!(page["results"][0]["customer"]["name"].is_string(), "administrators see who ordered: {page}");
    let next = page["next"].as_str().expect("another page").split_once('?').expect("a query").1.to_owned();
    let (_, last, page) = listed(&next).await;
    assert_eq!(last, cancelled[2..]);
    let back =
        page["previous"].as_str().expect("the first page").split_once('?').expect("a query").1.to_owned();
    assert_eq!(listed(&back).await.1, cancelled[..2]);

    // A refund that bounces takes the order out of the list again, and the next one puts it in once.
    sale.refunded(json!({})).await;
    assert_eq!(listed("status=refunded").await.1, [sale.order]);
    world.sandbox.settle_all();
    world.work().await;
    assert_eq!(sale.status().await, "paid");
    assert_eq!(listed("status=refunded").await.0, 0, "it was, and is no more");
    sale.refunded(json!({})).await;
    let (count, results, _) = listed("status=refunded").await;
    assert_eq!((count, results.as_slice()), (1, [sale.order].as_slice()), "twice in its history");
    let customer = sale.customer.user;
    assert_eq!(listed(&format!("status=refunded&customer={}", customer.0)).await.1, [sale.order]);
}

/// With a key from the source, any reader of the source could count the orders of a shop.
#[tokio::test]
async fn the_numbers_of_an_installation_are_scrambled_by_a_key_of_its_own() {
    let world = World::open().await;
    let from_source = "select count(*) from order_number_key \
        where rounds[1] <> -7046029254386353131 and array_length(rounds, 1) = 4";
    assert_eq!(world.count(from_source).await, 1);
    let mug = world.shop("Pots").await.sells(&world, "Mug", "12.50", 9).await;
    let ada = world.customer().await;
    let order = ada.order("cash_on_delivery", &[(mug.variant, 1)]).await;
    // The first number of the public demo, from before there was such a key.
    assert_ne!(ada.see(order).await["number"], "KZEN-PHH4");
}

#[tokio::test]
async fn a_history_of_orders_shows_what_was_bought_as_it_was_bought() {
    let world = World::open().await;
    let shop = world.shop("Pots").await;
    let variant = |size: &str| json!({ "price": { "amount": "5.00", "currency": "USD" }, "quantity": 9, "options": { "Size": size } });
    let made = shop.owner.post(
        "/api/products",
        json!({ "title": "Clay pot", "variants": [variant("S"), variant("L")], "images": [{ "url": "https://img.example.com/pot.jpg" }] }),
    );
    let product = made.await.data().clone();
    let large = product["variants"][1]["id"].as_str().unwrap().parse().unwrap();
    let small = product["variants"][0]["id"].as_str().unwrap().parse().unwrap();
    let ada = world.customer().await;
    let order = ada.order("cash_on_delivery", &[(large, 2), (small, 1)]).await;
    world.work().await;
    let line = ada.see(order).await["vendors"][0]["lines"][0].clone();
    assert_eq!(line["options"], json!({ "Size": "L" }));
    assert_eq!(line["product_handle"], "clay-pot");
    assert_eq!(line["image_url"], "https://img.example.com/pot.jpg");
    let summary = ada.get("/api/orders").await.data()["results"][0].clone();
    assert_eq!((&summary["line_count"], &summary["item_count"]), (&json!(2), &json!(3)));
    let first = &summary["lines"][0];
    assert_eq!(
        (&first["options"], &first["quantity"], &first["image_url"]),
        (&line["options"], &json!(2), &line["image_url"])
    );
    // An order of before these were kept.
    sqlx::query("update order_items set options = null, product_handle = null, image_url = null")
        .execute(&world.pool)
        .await
        .expect("lines of an older version");
    assert!(ada.see(order).await["vendors"][0]["lines"][0]["options"].is_null());
    assert!(ada.get("/api/orders").await.data()["results"][0]["lines"][0]["image_url"].is_null());
    world.books_balance().await;
}

#[tokio::test]
async fn a_shop_finds_its_part_of_an_order_by_either_id() {
    let world = World::open().await;
    let (pots, tea) = (world.shop("Pots").await, world.shop("Tea").await);
    let mug = pots.sells(&world, "Mug", "12.50", 9).await;
    let ada = world.customer().await;
    let order = ada.order("cash_on_delivery", &[(mug.variant, 1)]).await;
    let part = pots.owner.get("/api/vendor/orders").await.data()["results"][0].clone();
    assert_eq!(part["order_id"], json!(order));
    for id in [&part["id"], &part["order_id"]] {
        let path = format!("/api/vendor/orders/{}", id.as_str().unwrap());
        let shown = pots.owner.get(&path).await.data().clone();
        assert_eq!((&shown["id"], &shown["vendors"][0]["id"]), (&part["order_id"], &part["id"]));
        assert_eq!(tea.owner.get(&path).await.status, 404);
    }
}

#[tokio::test]
async fn a_refused_change_of_stock_names_the_field_that_was_sent_and_what_there_is() {
    let world = World::open().await;
    let shop = world.shop("Pots").await;
    let mug = shop.sells(&world, "Mug", "12.50", 5).await;
    let path = format!("/api/variants/{}/stock", mug.variant);
    let refused = shop.owner.post(&path, json!({ "delta": -10 })).await;
    assert_eq!(refused.refusal(), (422, "stock_out_of_range"));
    let told = refused.body["errors"]["delta"][0].as_str().unwrap_or_default();
    assert!(told.contains("there are 5 now"), "{}", refused.body);
    let refused = shop.owner.post(&path, json!({ "set": -1 })).await;
    assert_eq!(refused.refusal(), (422, "invalid"));
    assert!(refused.body["errors"]["set"].is_array(), "{}", refused.body);
}
