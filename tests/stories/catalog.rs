//! Goods on the shelf: listed page by page, edited by one at a time, counted with a journal.

use std::collections::BTreeSet;

use haat_tests::{Answer, World};
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

#[tokio::test]
async fn pages_have_everything_once_while_new_things_arrive() {
    let world = World::open().await;
    let shop = world.shop("Pots").await;
    let rows: String = (0..45).map(|n| format!("pot-{n},Pot {n},1.00,1\n")).collect();
    let file = format!("Handle,Title,Variant Price,Variant Inventory Qty\n{rows}");
    assert_eq!(shop.owner.import(file).await.status, 200);
    let nobody = world.nobody();
    let (mut seen, mut pages) = (Vec::new(), 0);
    let mut next = Some("/api/products?limit=10".to_owned());
    while let Some(path) = next {
        let page = nobody.get(&path).await.data().clone();
        let results = page["results"].as_array().unwrap().clone();
        assert!(results.len() <= 10);
        seen.extend(results.into_iter().map(|product| product["title"].as_str().unwrap().to_owned()));
        next = page["next"].as_str().map(|next| next.replace(&world.url, ""));
        pages += 1;
        shop.sells(&world, &format!("Newcomer {pages}"), "1.00", 1).await;
    }
    let distinct: BTreeSet<_> = seen.iter().collect();
    assert_eq!((distinct.len(), seen.len(), pages), (45, 45, 5));
    assert_eq!(nobody.get("/api/products?cursor=made-up").await.refusal(), (422, "invalid"));
    let newest = nobody.get("/api/products?limit=1").await.data()["results"][0]["title"].clone();
    assert_eq!(newest, "Newcomer 5");
}

#[tokio::test]
async fn of_two_editors_the_second_must_read_again() {
    let world = World::open().await;
    let shop = world.shop("Pots").await;
    let mug = shop.sells(&world, "Mug", "12.50", 9).await;
    let path = format!("/api/products/{}", mug.product);
    let read = shop.owner.get(&path).await;
    let etag = read.header("etag").to_owned();
    let edit = async |title: &str, etag: Option<&str>| {
        let headers: Vec<_> = etag.map(|etag| ("If-Match", etag)).into_iter().collect();
        shop.owner.send(Method::PATCH, &path, &headers, Some(json!({ "title": title }))).await
    };
    assert_eq!(edit("A", None).await.refusal(), (428, "precondition_required"));
    let (one, other) = tokio::join!(edit("One", Some(&etag)), edit("Other", Some(&etag)));
    let mut statuses = [one.status.as_u16(), other.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412]);
    let now = shop.owner.get(&path).await.header("etag").to_owned();
    assert_ne!(now, etag);
    assert_eq!(edit("Last", Some(&now)).await.data()["title"], "Last");
    assert_eq!(edit("Any", Some("\"no version\"")).await.status, 412);
}

#[tokio::test]
async fn every_piece_is_accounted_for_in_the_journal() {
    let world = World::open().await;
    let shop = world.shop("Pots").await;
    let mug = shop.sells(&world, "Mug", "12.50", 10).await;
    let path = format!("/api/variants/{}/stock", mug.variant);
    let change = async |body: Value| shop.owner.post(&path, body).await;
    assert_eq!(change(json!({ "delta": -3, "reason": "broken" })).await.data()["on_hand"], 7);
    assert_eq!(change(json!({ "set": 20 })).await.data()["on_hand"], 20);
    let ada = world.customer().await;
    ada.order("cash_on_delivery", &[(mug.variant, 5)]).await;
    world.work().await;
    assert_eq!(change(json!({ "set": 4 })).await.refusal(), (409, "stock_below_reserved"));
    assert_eq!(change(json!({ "delta": -16 })).await.refusal(), (409, "stock_below_reserved"));
    assert_eq!(change(json!({ "delta": 0 })).await.refusal(), (422, "invalid"));
    assert_eq!(change(json!({ "delta": 1, "set": 1 })).await.refusal(), (422, "invalid"));
    assert_eq!(change(json!({ "delta": i32::MAX })).await.refusal(), (422, "stock_out_of_range"));
    let journal = shop.owner.get(&format!("{path}/movements")).await.data()["results"].clone();
    let lines: Vec<_> = journal
        .as_array()
        .unwrap()
        .iter()
        .map(|line| (line["kind"].as_str().unwrap(), line["quantity"].as_i64().unwrap()))
        .collect();
    assert_eq!(lines, [("reserved", 5), ("adjusted", 13), ("adjusted", -3), ("received", 10)]);
    assert_eq!(journal[2]["reason"], "broken");
    assert_eq!(journal[2]["actor_id"], json!(shop.owner.user));
    assert_eq!(world.stock(mug.variant).await, (20, 5));
    world.books_balance().await;
}

#[tokio::test]
async fn a_product_is_for_all_only_when_it_is_published() {
    let world = World::open().await;
    let shop = world.shop("Pots").await;
    let body = json!({ "title": "Secret pot", "status": "draft",
        "variants": [{ "sku": "S-1", "price": { "amount": "5.00", "currency": "USD" }, "quantity": 2 }] });
    let made = shop.owner.post("/api/products", body.clone()).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let path = made.header("location").to_owned();
    let (nobody, rival) = (world.nobody(), world.shop("Tea").await.owner);
    for person in [&nobody, &rival] {
        assert_eq!(person.get(&path).await.refusal(), (404, "product_not_found"));
    }
    assert_eq!(shop.owner.get(&path).await.status, 200);
    assert_eq!(world.admin().await.get(&path).await.status, 200);
    let publish = json!({ "status": "approved" });
    let published =
        shop.owner.send(Method::PUT, &path, &[("If-Match", made.header("etag"))], Some(publish)).await;
    assert_eq!(published.data()["status"], "approved");
    assert_eq!(nobody.get(&path).await.data()["variants"][0]["sku"], "S-1");
    // A SKU is the shop's own: twice in one shop is refused, in another it is free.
    let mut again = body;
    again["handle"] = json!("another");
    assert_eq!(shop.owner.post("/api/products", again.clone()).await.refusal(), (409, "sku_taken"));
    assert_eq!(rival.post("/api/products", again).await.status, 201);
}

#[tokio::test]
async fn a_variant_that_comes_back_must_not_meet_its_twin() {
    let world = World::open().await;
    let shop = world.shop("Pots").await;
    let price = json!({ "amount": "5.00", "currency": "USD" });
    let made = shop.owner.post(
        "/api/products",
        json!({ "title": "Shirt", "status": "approved",
        "variants": [{ "options": { "Size": "S" }, "price": price, "quantity": 1 },
                     { "options": { "Size": "M" }, "price": price, "quantity": 1 }] }),
    );
    let product = made.await.data().clone();
    let old = product["variants"][0]["id"].as_str().expect("an id").to_owned();
    let path = format!("/api/variants/{old}");
    let etag = async || shop.owner.get(&path).await.header("etag").to_owned();
    let change = async |body: Value| {
        shop.owner.send(Method::PATCH, &path, &[("If-Match", &etag().await)], Some(body)).await
    };
    assert_eq!(change(json!({ "active": false })).await.status, 200);
    let twin =
        json!({ "product_id": product["id"], "options": { "Size": "S" }, "price": price, "quantity": 1 });
    assert_eq!(shop.owner.post("/api/variants", twin).await.status, 201);
    assert_eq!(change(json!({ "active": true })).await.refusal(), (409, "options_taken"));
    assert_eq!(change(json!({ "position": i32::MAX })).await.refusal().0, 422);
}

#[tokio::test]
async fn what_is_wrong_with_a_new_product_is_told_at_once_and_by_its_place() {
    let world = World::open().await;
    let shop = world.shop("Pots").await;
    let price = |amount: &str| json!({ "amount": amount, "currency": "USD" });
    let refused = shop.owner.post(
        "/api/products",
        json!({
            "title": "Pot",
            "tags": ["kitchen", "x".repeat(300)],
            "variants": [
                { "price": price("5.00"), "options": { "Size": "S" } },
                { "price": price("-5.00"), "quantity": 100_000_001, "options": { "Size": "M" } },
                { "price": price("5.00"), "weight_grams": -1, "options": { "Size": "L" } },
                { "price": { "amount": "5.00", "currency": "EUR" }, "options": { "Size": "S" } },
            ],
            "images": [{ "url": "ftp://img.example.com/pot.jpg" }],
        }),
    );
    let refused = refused.await;
    assert_eq!(refused.status, 422, "{}", refused.body);
    let told: Vec<&String> = refused.body["errors"].as_object().unwrap().keys().collect();
    let expected = [
        "images[0].url",
        "tags[1]",
        "variants[1].price",
        "variants[1].quantity",
        "variants[2].weight_grams",
        "variants[3].options",
        "variants[3].price",
    ];
    assert_eq!(told, expected, "{}", refused.body);

    // What clashes with its neighbours has a place too.
    let variants = |second: Value| {
        json!({ "title": "Pot", "variants": [
        { "price": price("5.00"), "sku": "ONE", "options": { "Size": "S" } }, second ] })
    };
    for (second, key) in [
        (json!({ "price": price("5.00"), "options": { "Size": "S" } }), "variants[1].options"),
        (json!({ "price": price("5.00"), "options": { "Colour": "Red" } }), "variants[1].options"),
        (json!({ "price": price("5.00"), "sku": "ONE", "options": { "Size": "M" } }), "variants[1].sku"),
    ] {
        let refused = shop.owner.post("/api/products", variants(second)).await;
        assert_eq!(refused.refusal(), (422, "invalid"));
        assert!(refused.body["errors"][key].is_array(), "{}", refused.body);
    }
    assert_eq!(world.count("select count(*) from products").await, 0);

    // A single variant has no place. A change reports all problems at once as well.
    let mug = shop.sells(&world, "Mug", "12.50", 9).await;
    let wrong = json!({ "product_id": mug.product, "price": price("-1"), "quantity": -1 });
    let refused = shop.owner.post("/api/variants", wrong).await;
    let told: Vec<&String> = refused.body["errors"].as_object().unwrap().keys().collect();
    assert_eq!(told, ["price", "quantity"], "{}", refused.body);
    let path = format!("/api/variants/{}", mug.variant);
    let wrong = json!({ "price": price("-1"), "position": -1, "barcode": "x".repeat(300) });
    let refused = shop.owner.send(Method::PATCH, &path, &[], Some(wrong)).await;
    let told: Vec<&String> = refused.body["errors"].as_object().unwrap().keys().collect();
    assert_eq!(told, ["barcode", "position", "price"], "{}", refused.body);
}

#[tokio::test]
async fn a_product_of_another_shape_is_refused_with_its_lengths_and_amounts_too() {
    let world = World::open().await;
    let shop = world.shop("Pots").await;
    let price = |amount: &str| json!({ "amount": amount, "currency": "USD" });
    let misshapen = json!({
        "title": "x".repeat(256),
        "tags": "kitchen",
        "variants": [
            { "price": price("5,00") },
            { "price": price("5.001") },
            { "price": price("5.00"), "quantity": "1", "sku": "x".repeat(256) },
        ],
    });
    let refused = shop.owner.post("/api/products", misshapen).await;
    assert_eq!(refused.refusal(), (422, "invalid"));
    let told: Vec<&String> = refused.body["errors"].as_object().unwrap().keys().collect();
    let expected = [
        "tags",
        "title",
        "variants[0].price.amount",
        "variants[1].price",
        "variants[2].quantity",
        "variants[2].sku",
    ];
    assert_eq!(told, expected, "{}", refused.body);
}

#[tokio::test]
async fn everything_that_clashes_with_what_is_there_is_told_by_its_place() {
    let world = World::open().await;
    let shop = world.shop("Pots").await;
    let price = json!({ "amount": "5.00", "currency": "USD" });
    let variant = |sku: &str, size: &str| json!({ "sku": sku, "price": price, "options": { "Size": size } });
    let product =
        |handle: &str, variants: Value| json!({ "title": "Pot", "handle": handle, "variants": variants });
    let pot = json!([variant("P-1", "S"), variant("P-2", "M")]);
    let made = shop.owner.post("/api/products", product("pot", pot)).await.data().clone();

    let again = product("pot", json!([variant("P-9", "S"), variant("P-2", "M"), variant("P-1", "L")]));
    let refused = shop.owner.post("/api/products", again.clone()).await;
    assert_eq!(refused.refusal(), (409, "handle_taken"));
    let told =
        |answer: &Answer| answer.body["errors"].as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(told(&refused), ["handle", "variants[1].sku", "variants[2].sku"]);
    let mut elsewhere = again;
    elsewhere["category_id"] = json!(Uuid::nil());
    let refused = shop.owner.post("/api/products", elsewhere).await;
    assert_eq!(refused.refusal(), (422, "category_unknown"));
    assert_eq!(told(&refused), ["category_id", "handle", "variants[1].sku", "variants[2].sku"]);

    let mut twin = variant("P-2", "S");
    twin["product_id"] = made["id"].clone();
    let refused = shop.owner.post("/api/variants", twin).await;
    assert_eq!(refused.refusal(), (409, "options_taken"));
    assert_eq!(told(&refused), ["options", "sku"]);
    let path = format!("/api/variants/{}", made["variants"][0]["id"].as_str().unwrap());
    let euros = json!({ "amount": "5.00", "currency": "EUR" });
    let change = json!({ "sku": "P-2", "options": { "Size": "M" }, "price": euros });
    let refused = shop.owner.send(Method::PATCH, &path, &[], Some(change)).await;
    assert_eq!(refused.refusal(), (409, "sku_taken"));
    assert_eq!(told(&refused), ["options", "price", "sku"]);
    assert_eq!(world.count("select count(*) from products").await, 1);

    let admin = world.admin().await;
    let category = admin.post("/api/categories", json!({ "name": "Kitchen" })).await.data().clone();
    for (method, path) in [
        (Method::POST, "/api/categories".to_owned()),
        (
            Method::PATCH,
            format!("/api/categories/{}", admin.post("/api/categories", json!({ "name": "Tea" })).await.id()),
        ),
    ] {
        let body = json!({ "name": "Kitchen", "slug": category["slug"], "parent_id": Uuid::nil() });
        let refused = admin.send(method, &path, &[], Some(body)).await;
        assert_eq!(refused.refusal(), (422, "category_unknown"));
        assert_eq!(told(&refused), ["parent_id", "slug"]);
    }
}

#[tokio::test]
async fn a_change_to_what_it_is_changes_nothing() {
    let world = World::open().await;
    let shop = world.shop("Pots").await;
    let mug = shop.sells(&world, "Mug", "12.50", 9).await;
    let path = format!("/api/products/{}", mug.product);
    let seen = async || {
        let answer = shop.owner.get(&path).await;
        (answer.header("etag").to_owned(), answer.data()["updated_at"].clone())
    };
    let before = seen().await;
    world.pass(std::time::Duration::from_secs(60));
    let variant = format!("/api/variants/{}", mug.variant);
    let price = json!({ "amount": "12.50", "currency": "USD" });
    for (path, body) in [
        (&path, json!({})),
        (&path, json!({ "title": " Mug ", "tags": [], "category_id": null })),
        (&variant, json!({})),
        (&variant, json!({ "price": price, "active": true, "barcode": null })),
    ] {
        let answer =
            shop.owner.send(Method::PATCH, path, &[("If-Match", &before.0)], Some(body.clone())).await;
        assert_eq!(answer.status, 200, "{path} {body}: {}", answer.body);
        assert_eq!(seen().await, before, "{path} {body}");
    }
    for path in [&variant, &path] {
        assert_eq!(shop.owner.send(Method::DELETE, path, &[], None).await.status, 200);
        let gone = seen().await;
        assert_ne!(gone, before);
        assert_eq!(shop.owner.send(Method::DELETE, path, &[], None).await.status, 200);
        assert_eq!(seen().await, gone, "{path} twice");
    }

    let ada = world.customer().await;
    let mut me = ada.get("/api/users/me").await.data().clone();
    for change in [
        json!({}),
        json!({ "full_name": me["full_name"], "phone": me["phone"] }),
        json!({ "phone": "123456" }),
    ] {
        world.pass(std::time::Duration::from_secs(60));
        let changed =
            ada.send(Method::PATCH, "/api/users/me", &[], Some(change.clone())).await.data().clone();
        if change["phone"] == "123456" {
            assert_ne!(changed["updated_at"], me["updated_at"]);
            me = changed;
        } else {
            assert_eq!(changed, me, "{change}");
        }
    }
    assert_eq!(me["phone"], "123456");
}

#[tokio::test]
async fn a_change_of_stock_is_one_of_two_and_says_so() {
    let world = World::open().await;
    let shop = world.shop("Pots").await;
    let mug = shop.sells(&world, "Mug", "12.50", 9).await;
    let path = format!("/api/variants/{}/stock", mug.variant);
    let told = async |body: Value| {
        let refused = shop.owner.post(&path, body).await;
        assert_eq!(refused.refusal(), (422, "invalid"));
        refused.body["errors"].clone()
    };
    let neither = json!({ "delta": ["is missing: send `delta`, or `set` instead"] });
    assert_eq!(told(json!({})).await, neither);
    let number = "must not be null, but a whole number from ";
    let null = json!({ "delta": [format!("{number}-2147483648 to 2147483647")], "set": [format!("{number}0 to 100000000")] });
    assert_eq!(told(json!({ "delta": null, "set": null })).await, null);
    let both = json!({ "delta": ["can't be sent together with `set`"], "set": ["can't be sent together with `delta`"] });
    assert_eq!(told(json!({ "delta": 1, "set": 1 })).await, both);
    let wrong = json!({ "set": ["must be a whole number from 0 to 100000000"] });
    assert_eq!(told(json!({ "set": "many" })).await, wrong);
}
