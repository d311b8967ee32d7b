//! Product lists and their cost: public lists read only approved products of approved shops.

use futures::future::join_all;
use haat_tests::{Shop, World};
use reqwest::Method;
use serde_json::{Value, json};
use shared::kernel::db;

/// The titles of a list, the newest first.
fn titles(list: &Value) -> Vec<String> {
    let results = list["results"].as_array().unwrap().iter();
    results.map(|product| product["title"].as_str().unwrap().to_owned()).collect()
}

async fn shown(world: &World) -> Vec<String> {
    titles(world.nobody().get("/api/products").await.data())
}

/// A shop that no administrator has approved.
async fn waiting_shop(world: &World, name: &str) -> Shop {
    let shop = world.shop(name).await;
    let waits = "update vendors set status = 'pending' where id = $1";
    sqlx::query(waits).bind(shop.id).execute(&world.pool).await.unwrap();
    shop
}

async fn decide(world: &World, shop: &Shop, what: &str) {
    let admin = world.admin().await;
    let answer = admin.post(&format!("/api/admin/vendors/{}/{what}", shop.id), json!({})).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
}

#[tokio::test]
async fn products_that_nobody_approved_are_not_where_the_lists_look() {
    const WALKED: &str = "select sum(pg_relation_size(indexrelid))::bigint from pg_index
        where indexrelid::regclass::text like 'products_for_sale%'";
    let world = World::open().await;
    let pots = world.shop("Pots").await;
    pots.sells(&world, "Mug", "12.50", 5).await;
    let tea = waiting_shop(&world, "Tea").await;
    let before = world.count(WALKED).await;
    let many = "insert into products (id, vendor_id, handle, title, status, created_at, updated_at)
        select gen_random_uuid(), $1, 'tea-' || n, 'Tea', 'approved', now(), now() from generate_series(1, 2000) n";
    sqlx::query(many).bind(tea.id).execute(&world.pool).await.unwrap();
    assert_eq!(world.count(WALKED).await, before);
    assert_eq!(shown(&world).await, ["Mug"]);
    world.books_balance().await;

    decide(&world, &tea, "verify").await;
    assert!(world.count(WALKED).await > before);
    assert_eq!(shown(&world).await.len(), 20);
    let of_tea = world.nobody().get(&format!("/api/products?vendor={}&limit=3", tea.slug)).await;
    assert_eq!(titles(of_tea.data()), ["Tea"; 3]);
    world.books_balance().await;

    decide(&world, &tea, "suspend").await;
    assert_eq!(shown(&world).await, ["Mug"]);
    let of_tea = world.nobody().get(&format!("/api/products?vendor={}", tea.slug)).await;
    assert!(titles(of_tea.data()).is_empty());
    world.books_balance().await;
}

#[tokio::test]
async fn a_shop_that_is_judged_while_its_products_come_in_is_listed_whole() {
    let world = World::open().await;
    let tea = waiting_shop(&world, "Tea").await;
    let (owner, admin) = (&tea.owner, world.admin().await);
    let body = |n: usize| json!({ "title": format!("Tea {n}"), "status": "approved" });
    let makes = (0..24).map(|n| async move { owner.post("/api/products", body(n)).await });
    let judges = ["verify", "suspend", "verify", "suspend", "verify"].map(|what| {
        let (admin, path) = (&admin, format!("/api/admin/vendors/{}/{what}", tea.id));
        async move { admin.post(&path, json!({})).await }
    });
    let (made, judged) = tokio::join!(join_all(makes), join_all(judges));
    assert!(made.iter().all(|answer| answer.status == 201), "{made:?}");
    assert!(judged.iter().all(|answer| answer.status == 200), "{judged:?}");
    world.books_balance().await;
    decide(&world, &tea, "verify").await;
    assert_eq!(world.count("select count(*) from products where listed").await, 24);

    // Published and hidden again while the shop is judged: the two don't deadlock.
    let products = world.nobody().get("/api/products?limit=24").await.data()["results"].clone();
    let paths = products.as_array().unwrap().iter();
    let paths = paths.map(|product| format!("/api/products/{}", product["id"].as_str().unwrap()));
    let edits = paths.map(|path| async move {
        for status in ["draft", "approved"] {
            let etag = owner.get(&path).await.header("etag").to_owned();
            let change = Some(json!({ "status": status }));
            let answer = owner.send(Method::PATCH, &path, &[("If-Match", &etag)], change).await;
            assert_eq!(answer.status, 200, "{}", answer.body);
        }
    });
    let judges = async {
        for what in ["suspend", "verify", "suspend", "verify"] {
            let answer = admin.post(&format!("/api/admin/vendors/{}/{what}", tea.id), json!({})).await;
            assert_eq!(answer.status, 200, "{}", answer.body);
        }
    };
    tokio::join!(join_all(edits), judges);
    world.books_balance().await;
    assert_eq!(world.count("select count(*) from products where listed").await, 24);
}

#[tokio::test]
async fn a_list_that_takes_too_long_is_given_up_and_the_next_one_comes() {
    let world = World::open().await;
    let mut busy = db::begin(&world.pool).await.unwrap();
    sqlx::query("lock table products in access exclusive mode").execute(&mut *busy).await.unwrap();
    let answer = world.nobody().get("/api/products").await;
    assert_eq!(answer.refusal(), (503, "busy"));
    assert!(answer.header("retry-after").parse::<u32>().is_ok());
    busy.rollback().await.unwrap();
    assert_eq!(world.nobody().get("/api/products").await.status, 200);
}

#[tokio::test]
async fn an_administrator_finds_what_waits_and_decides() {
    let world = World::with(&[("HAAT_REVIEW_PRODUCTS", "true")]).await;
    let pots = world.shop("Pots").await;
    let (owner, admin) = (&pots.owner, world.admin().await);
    let mine = owner.post("/api/products", json!({ "title": "Mug", "status": "approved" })).await;
    assert_eq!(mine.refusal(), (403, "review_required"));
    let mug = owner.post("/api/products", json!({ "title": "Mug" })).await;
    assert_eq!(mug.status, 201, "{}", mug.body);
    assert_eq!(mug.data()["status"], "pending");
    assert_eq!(mug.data()["not_listed_because"], "in_review");
    owner.post("/api/products", json!({ "title": "Sketch", "status": "draft" })).await;
    let path = mug.header("location").to_owned();
    let set = async |person: &haat_tests::Person, status: &str| {
        let etag = person.get(&path).await.header("etag").to_owned();
        let change = Some(json!({ "status": status }));
        person.send(Method::PATCH, &path, &[("If-Match", &etag)], change).await
    };
    assert_eq!(set(owner, "approved").await.refusal(), (403, "review_required"));
    assert_eq!(set(owner, "pending").await.data()["status"], "pending");

    assert_eq!(owner.get("/api/admin/products").await.status, 403);
    let waiting = admin.get("/api/admin/products?status=pending").await.data().clone();
    assert_eq!(titles(&waiting), ["Mug"]);
    assert_eq!(waiting["results"][0]["vendor"]["slug"], pots.slug);
    let of_shop = admin.get(&format!("/api/admin/products?vendor={}", pots.slug)).await;
    assert_eq!(titles(of_shop.data()), ["Sketch", "Mug"]);
    assert!(titles(admin.get("/api/admin/products?status=pending&vendor=none").await.data()).is_empty());
    assert_eq!(admin.get("/api/admin/products?status=lost").await.status, 422);

    assert!(shown(&world).await.is_empty());
    let approved = set(&admin, "approved").await;
    assert_eq!(approved.data()["not_listed_because"], Value::Null, "{}", approved.body);
    assert_eq!(shown(&world).await, ["Mug"]);
    assert!(titles(admin.get("/api/admin/products?status=pending").await.data()).is_empty());
    assert_eq!(set(owner, "approved").await.data()["status"], "approved");
    world.books_balance().await;
}

#[tokio::test]
async fn a_waiting_shop_is_told_that_its_products_are_not_listed_yet() {
    let world = World::open().await;
    let tea = waiting_shop(&world, "Tea").await;
    let made = tea.owner.post("/api/products", json!({ "title": "Tea" })).await;
    let told = |answer: &Value| (answer["status"].clone(), answer["not_listed_because"].clone());
    assert_eq!(told(made.data()), (json!("approved"), json!("shop_pending")));
    let own = tea.owner.get("/api/vendor/products").await.data()["results"][0].clone();
    assert_eq!(told(&own), (json!("approved"), json!("shop_pending")));
    decide(&world, &tea, "verify").await;
    let own = tea.owner.get("/api/vendor/products").await.data()["results"][0].clone();
    assert_eq!(told(&own), (json!("approved"), Value::Null));
}
