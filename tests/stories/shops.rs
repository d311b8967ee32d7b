//! Shops as they keep themselves, and their goods as buyers find and choose them.

use haat_tests::{Shop, World};
use reqwest::Method;
use serde_json::{Value, json};

fn dollars(amount: &str) -> Value {
    json!({ "amount": amount, "currency": "USD" })
}

/// A product of these variants: options and price each.
async fn made(shop: &Shop, title: &str, variants: &[(Value, Value)]) -> Value {
    let variants: Vec<Value> =
        variants.iter().map(|(options, price)| json!({ "options": options, "price": price })).collect();
    let answer = shop.owner.post("/api/products", json!({ "title": title, "variants": variants })).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    answer.data().clone()
}

async fn changed(shop: &Shop, variant: &Value, change: Value) -> haat_tests::Answer {
    let path = format!("/api/variants/{}", variant["id"].as_str().unwrap());
    shop.owner.send(Method::PATCH, &path, &[], Some(change)).await
}

#[tokio::test]
async fn a_shop_sees_where_it_stands_and_says_what_it_is() {
    let world = World::open().await;
    let pots = world.shop("Pots").await;
    let waits = "update vendors set status = 'pending' where id = $1";
    sqlx::query(waits).bind(pots.id).execute(&world.pool).await.unwrap();
    let (owner, nobody) = (&pots.owner, world.nobody());
    let seen = owner.get("/api/vendor/me").await.data().clone();
    assert_eq!((&seen["slug"], &seen["status"]), (&json!(pots.slug), &json!("pending")));
    assert_eq!(seen["commission_rate"], "0.1000");
    assert_eq!(
        (&seen["products_listed"], &seen["products_not_listed_because"]),
        (&json!(false), &json!("shop_pending"))
    );
    let page = format!("/api/vendors/{}", pots.slug);
    assert_eq!(nobody.get(&page).await.refusal(), (404, "vendor_not_found"));

    let change = json!({ "name": "Pots & Pans", "description": "Fired by hand.", "cash_on_delivery": false });
    let kept = owner.send(Method::PATCH, "/api/vendor/me", &[], Some(change)).await;
    assert_eq!(kept.data()["name"], "Pots & Pans", "{}", kept.body);
    let only = json!({ "description": "Fired by hand, twice." });
    assert_eq!(owner.send(Method::PATCH, "/api/vendor/me", &[], Some(only)).await.status, 200);
    let seen = owner.get("/api/vendor/me").await.data().clone();
    assert_eq!((&seen["name"], &seen["cash_on_delivery"]), (&json!("Pots & Pans"), &json!(false)));
    let empty = owner.send(Method::PATCH, "/api/vendor/me", &[], Some(json!({ "name": " " }))).await;
    assert_eq!(empty.refusal(), (422, "invalid"));
    assert!(empty.body["errors"]["name"].is_array(), "{}", empty.body);
    let long = json!({ "description": "x".repeat(5001) });
    let long = owner.send(Method::PATCH, "/api/vendor/me", &[], Some(long)).await;
    assert_eq!(long.refusal(), (422, "invalid"));
    let both = json!({ "name": " ", "description": "x".repeat(5001) });
    let both = owner.send(Method::PATCH, "/api/vendor/me", &[], Some(both)).await;
    assert_eq!(both.refusal(), (422, "invalid"));
    let told = both.body["errors"].as_object().unwrap();
    assert_eq!(told.keys().collect::<Vec<_>>(), ["description", "name"], "{}", both.body);

    let verify = format!("/api/admin/vendors/{}/verify", pots.id);
    assert_eq!(world.admin().await.post(&verify, json!({})).await.status, 200);
    assert_eq!(owner.get("/api/vendor/me").await.data()["products_listed"], true);
    let shown = nobody.get(&page).await.data().clone();
    assert_eq!(
        shown,
        json!({ "id": pots.id, "slug": pots.slug, "name": "Pots & Pans",
        "description": "Fired by hand, twice." })
    );
}

#[tokio::test]
async fn a_product_is_found_by_the_names_in_an_address() {
    let world = World::open().await;
    let (pots, nobody) = (world.shop("Pots").await, world.nobody());
    let body = json!({ "title": "River mug", "status": "draft" });
    let mug = pots.owner.post("/api/products", body).await.data().clone();
    let path = format!("/api/vendors/{}/products/river-mug", pots.slug);
    assert_eq!(nobody.get(&path).await.refusal(), (404, "product_not_found"));
    assert_eq!(pots.owner.get(&path).await.data()["id"], mug["id"]);
    let id = format!("/api/products/{}", mug["id"].as_str().unwrap());
    let etag = pots.owner.get(&id).await.header("etag").to_owned();
    let publish = Some(json!({ "status": "approved" }));
    assert_eq!(pots.owner.send(Method::PATCH, &id, &[("If-Match", &etag)], publish).await.status, 200);
    let found = nobody.get(&path).await;
    assert_eq!(found.data()["id"], mug["id"]);
    assert_eq!(found.header("etag"), nobody.get(&id).await.header("etag"));
    for none in [
        format!("/api/vendors/{}/products/lake-mug", pots.slug),
        "/api/vendors/none/products/river-mug".into(),
    ] {
        assert_eq!(nobody.get(&none).await.refusal(), (404, "product_not_found"), "{none}");
    }
    let by_handle = nobody.get("/api/products/river-mug").await;
    assert_eq!(by_handle.refusal(), (404, "product_not_found"));
    assert!(by_handle.body["message"].as_str().unwrap().contains("/products/{handle}"), "{}", by_handle.body);
}

#[tokio::test]
async fn buyers_choose_from_options_in_the_vendors_order() {
    let world = World::open().await;
    let clothes = world.shop("Clothes").await;
    let file = "Handle,Title,Option1 Name,Option1 Value,Option2 Name,Option2 Value,Variant Price\n\
        tee,Tee,Size,S,Color,White,9.00\ntee,,,M,,White,9.00\ntee,,,M,,Black,9.00\ntee,,,L,,Black,9.00\n";
    assert_eq!(clothes.owner.import(file).await.status, 200);
    let path = format!("/api/vendors/{}/products/tee", clothes.slug);
    let options = world.nobody().get(&path).await.data()["options"].clone();
    let expected = json!([{ "name": "Size", "values": ["S", "M", "L"] }, { "name": "Color", "values": ["White", "Black"] }]);
    assert_eq!(options, expected);
    let bare = made(&clothes, "Cap", &[(json!({}), dollars("5.00"))]).await;
    assert_eq!(bare["options"], json!([]));
}

#[tokio::test]
async fn a_product_has_one_currency_and_one_set_of_options() {
    let world = World::open().await;
    let shop = world.shop("Clothes").await;
    let euros = json!({ "amount": "9.00", "currency": "EUR" });
    let (small, large) = (json!({ "Size": "S" }), json!({ "Size": "L" }));
    for (second, price, field) in [
        (large.clone(), euros.clone(), "variants[1].price"),
        (json!({ "Color": "Red" }), dollars("9.00"), "variants[1].options"),
        (json!({}), dollars("9.00"), "variants[1].options"),
    ] {
        let body = json!({ "title": "Mixed", "variants": [
            { "options": small, "price": dollars("9.00") }, { "options": second, "price": price }] });
        let refused = shop.owner.post("/api/products", body).await;
        assert_eq!(refused.refusal(), (422, "invalid"));
        assert!(refused.body["errors"][field].is_array(), "{}", refused.body);
    }
    assert_eq!(world.count("select count(*) from products").await, 0);

    let tee = made(&shop, "Tee", &[(small, dollars("9.00")), (large, dollars("9.00"))]).await;
    let add = async |options: Value, price: Value| {
        let body = json!({ "product_id": tee["id"], "options": options, "price": price });
        shop.owner.post("/api/variants", body).await
    };
    assert_eq!(add(json!({ "Size": "M" }), euros.clone()).await.refusal(), (409, "currency_differs"));
    assert_eq!(add(json!({ "Color": "Red" }), dollars("9.00")).await.refusal(), (409, "options_differ"));
    assert_eq!(
        changed(&shop, &tee["variants"][0], json!({ "price": euros })).await.refusal(),
        (409, "currency_differs")
    );
    let reworded = changed(&shop, &tee["variants"][0], json!({ "options": { "Fit": "slim" } })).await;
    assert_eq!(reworded.refusal(), (409, "options_differ"));
    assert_eq!(add(json!({ "Size": "M" }), dollars("9.00")).await.status, 201);

    // A file that names one variant of three can't change the currency; one that names all can.
    let row = |size: &str| format!("tee,Tee,Size,{size},9.00\n");
    let header = "Handle,Title,Option1 Name,Option1 Value,Variant Price\n";
    let import = async |rows: String| {
        let request = shop.owner.request(Method::POST, "/api/vendor/products/import?currency=EUR");
        let file = format!("{header}{rows}");
        haat_tests::Answer::to(request.header("Content-Type", "text/csv").body(file)).await
    };
    let refused = import(row("S")).await;
    assert_eq!(refused.refusal(), (422, "import_refused"));
    assert_eq!(refused.body["errors"]["lines"][0]["column"], "Variant Price", "{}", refused.body);
    assert_eq!(import(["S", "M", "L"].map(row).concat()).await.status, 200);
    // The only variant may change as it likes.
    let cap = made(&shop, "Cap", &[(json!({}), dollars("5.00"))]).await;
    let change = json!({ "price": { "amount": "5.00", "currency": "EUR" }, "options": { "Size": "One" } });
    assert_eq!(changed(&shop, &cap["variants"][0], change).await.status, 200);
    world.books_balance().await;
}

#[tokio::test]
async fn a_mixture_from_before_is_left_and_told() {
    let world = World::open().await;
    let shop = world.shop("Clothes").await;
    let sizes = [(json!({ "Size": "S" }), dollars("9.00")), (json!({ "Size": "L" }), dollars("9.00"))];
    let tee = made(&shop, "Tee", &sizes).await;
    let mixed = "update variants set currency = 'EUR' where options->>'Size' = 'L'";
    sqlx::query(mixed).execute(&world.pool).await.unwrap();
    let told = shared::verify::differences(&world.pool).await.unwrap();
    assert_eq!(told.iter().map(|one| one.law).collect::<Vec<_>>(), ["variants_of_one_kind"]);
    let large = &tee["variants"][1];
    assert_eq!(changed(&shop, large, json!({ "barcode": "123" })).await.status, 200);
    assert_eq!(changed(&shop, large, json!({ "price": dollars("9.50") })).await.status, 200);
    world.books_balance().await;
}
