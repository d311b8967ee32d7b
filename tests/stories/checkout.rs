//! One intention is one order: repeated, raced, changed in between.

use haat_tests::{Answer, Person, World, eventually};
use reqwest::Method;
use serde_json::{Value, json};
use sqlx::{Connection, PgConnection};

fn wish(city: &str) -> Value {
    json!({ "payment_method": "cash_on_delivery",
        "shipping_address": { "name": "Ada", "line1": "1 High St", "city": city, "country": "BD" } })
}

async fn check_out(person: &Person, key: &str, city: &str) -> Answer {
    let key = format!("\"{key}\"");
    person.send(Method::POST, "/api/orders", &[("Idempotency-Key", &key)], Some(wish(city))).await
}

#[tokio::test]
async fn the_same_key_replays_and_another_body_is_refused() {
    let world = World::open().await;
    let mug = world.shop("Pots").await.sells(&world, "Mug", "12.50", 9).await;
    let ada = world.customer().await;
    ada.fill_cart(&[(mug.variant, 2)]).await;
    let first = check_out(&ada, "k", "Dhaka").await;
    assert_eq!(first.status, 202);
    assert_eq!(first.header("location"), format!("/api/orders/{}", first.id()));
    // Also after the cart has something new in it.
    ada.fill_cart(&[(mug.variant, 1)]).await;
    let again = check_out(&ada, "k", "Dhaka").await;
    assert_eq!((again.status.as_u16(), again.data()), (202, first.data()));
    assert_eq!(check_out(&ada, "k", "Sylhet").await.refusal(), (422, "idempotency_key_reused"));
    assert_eq!(check_out(&ada, "other", "Dhaka").await.status, 202);
    // Keys of one customer are nothing to another.
    let eve = world.customer().await;
    eve.fill_cart(&[(mug.variant, 1)]).await;
    let hers = check_out(&eve, "k", "Dhaka").await;
    assert_ne!(hers.id(), first.id());
    assert_eq!(world.count("select count(*) from orders").await, 3);
    world.work().await;
    world.books_balance().await;
}

#[tokio::test]
async fn what_can_not_be_ordered_is_refused_and_nothing_is_written() {
    let world = World::open().await;
    let shop = world.shop("Pots").await;
    let mug = shop.sells(&world, "Mug", "12.50", 9).await;
    let ada = world.customer().await;
    assert_eq!(check_out(&ada, "k", "Dhaka").await.refusal(), (409, "cart_empty"));
    let no_key = ada.send(Method::POST, "/api/orders", &[], Some(wish("Dhaka"))).await;
    assert_eq!(no_key.status, 400, "{}", no_key.body);
    ada.fill_cart(&[(mug.variant, 1)]).await;
    let no_city = check_out(&ada, "k", " ").await;
    assert_eq!(no_city.refusal(), (422, "invalid"));
    assert!(no_city.body["errors"]["shipping_address.city"].is_array(), "{}", no_city.body);

    let product = format!("/api/products/{}", mug.product);
    assert_eq!(shop.owner.send(Method::DELETE, &product, &[], None).await.status, 200);
    let unsold = check_out(&ada, "k2", "Dhaka").await;
    assert_eq!(unsold.refusal(), (409, "cart_not_sold"));
    assert_eq!(unsold.body["errors"]["variants"], json!([mug.variant]));
    assert_eq!(world.count("select count(*) from orders").await, 0);
    assert_eq!(world.count("select count(*) from jobs").await, 0);
}

#[tokio::test]
async fn one_order_has_one_currency() {
    let world = World::open().await;
    let shop = world.shop("Pots").await;
    let mug = shop.sells(&world, "Mug", "12.50", 9).await;
    let csv = "Handle,Title,Variant Price,Variant Inventory Qty\njar,Jar,300,4\n";
    let import = shop.owner.request(Method::POST, "/api/vendor/products/import?currency=JPY");
    assert_eq!(Answer::to(import.header("Content-Type", "text/csv").body(csv)).await.status, 200);
    let sql = "select v.id from variants v join products p on p.id = v.product_id where p.handle = 'jar'";
    let jar = sqlx::query_scalar(sql).fetch_one(&world.pool).await.unwrap();
    let ada = world.customer().await;
    ada.fill_cart(&[(mug.variant, 1), (jar, 2)]).await;
    let totals = ada.get("/api/cart").await.data()["totals"].clone();
    assert_eq!(
        totals,
        json!([{ "amount": "600", "currency": "JPY" }, { "amount": "12.50", "currency": "USD" }])
    );
    let mixed = check_out(&ada, "k", "Dhaka").await;
    assert_eq!(mixed.refusal(), (422, "mixed_currencies"));
    assert_eq!(mixed.body["errors"]["currencies"], json!(["JPY", "USD"]));
    assert_eq!(world.count("select count(*) from orders").await, 0);
    // Each for itself, even at once.
    let of = async |currency: &str| {
        let body = json!({ "payment_method": "cash_on_delivery", "select": { "currency": currency } });
        ada.check_out_saying(currency, body).await.data()["total"].clone()
    };
    let (yen, dollars) = tokio::join!(of("JPY"), of("USD"));
    assert_eq!(yen, json!({ "amount": "600", "currency": "JPY" }));
    assert_eq!(dollars, json!({ "amount": "12.50", "currency": "USD" }));
    assert_eq!(ada.cart().await["item_count"], 0);
    world.work().await;
    world.books_balance().await;
}

#[tokio::test]
async fn while_the_first_is_being_worked_on_the_second_is_told_so() {
    let world = World::open().await;
    let mug = world.shop("Pots").await.sells(&world, "Mug", "12.50", 9).await;
    let ada = world.customer().await;
    ada.fill_cart(&[(mug.variant, 1)]).await;
    // As another process holds it between its begin and its commit.
    let mut elsewhere = PgConnection::connect(world.worker.settings.database_url.expose()).await.unwrap();
    let name = format!("{}:k", ada.user);
    let sql = "select pg_advisory_lock(hashtextextended($1, 0))";
    sqlx::query(sql).bind(&name).execute(&mut elsewhere).await.unwrap();
    assert_eq!(check_out(&ada, "k", "Dhaka").await.refusal(), (409, "idempotency_key_in_progress"));
    elsewhere.close().await.unwrap();
    eventually("the lock goes with its connection", async || {
        check_out(&ada, "k", "Dhaka").await.status == 202
    })
    .await;
    assert_eq!(world.count("select count(*) from orders").await, 1);
}

#[tokio::test]
async fn repeats_of_an_answered_key_get_its_answer_however_many_come_at_once() {
    let world = World::open().await;
    let mug = world.shop("Pots").await.sells(&world, "Mug", "12.50", 9).await;
    let ada = world.customer().await;
    ada.fill_cart(&[(mug.variant, 1)]).await;
    let first = check_out(&ada, "k", "Dhaka").await;
    // Another process answers a repeat at the same time.
    let mut elsewhere = PgConnection::connect(world.worker.settings.database_url.expose()).await.unwrap();
    let name = format!("{}:k", ada.user);
    let sql = "select pg_advisory_lock(hashtextextended($1, 0))";
    sqlx::query(sql).bind(&name).execute(&mut elsewhere).await.unwrap();
    for answer in futures::future::join_all((0..30).map(|_| check_out(&ada, "k", "Dhaka"))).await {
        assert_eq!((answer.status.as_u16(), &answer.body["data"]), (202, &first.body["data"]));
    }
    for answer in futures::future::join_all((0..30).map(|_| check_out(&ada, "k", "Addis Ababa"))).await {
        assert_eq!(answer.refusal(), (422, "idempotency_key_reused"));
    }
    elsewhere.close().await.unwrap();
    assert_eq!(world.count("select count(*) from orders").await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_racing_checkouts_of_one_cart_are_one_order() {
    let world = World::open().await;
    let mug = world.shop("Pots").await.sells(&world, "Mug", "12.50", 90).await;
    let ada = world.customer().await;
    for different_keys in [true, false] {
        ada.fill_cart(&[(mug.variant, 2)]).await;
        let before = world.count("select count(*) from orders").await;
        let racing = (0..50).map(|place| {
            let key = if different_keys { format!("k{place}") } else { "same".to_owned() };
            let ada = &ada;
            async move { check_out(ada, &key, "Dhaka").await }
        });
        let answers = futures::future::join_all(racing).await;
        assert_eq!(world.count("select count(*) from orders").await, before + 1);
        for answer in &answers {
            let told = (answer.status.as_u16(), answer.body["code"].as_str());
            let losing = if different_keys { "cart_empty" } else { "idempotency_key_in_progress" };
            assert!(told == (202, None) || told == (409, Some(losing)), "{told:?}");
        }
        let won = answers.iter().filter(|answer| answer.status == 202).count();
        assert!(if different_keys { won == 1 } else { won >= 1 }, "{won} were accepted");
    }
    world.work().await;
    assert_eq!(world.stock(mug.variant).await, (90, 4));
    world.books_balance().await;
}

#[tokio::test]
async fn an_order_has_the_price_and_the_name_of_its_moment() {
    let world = World::open().await;
    let shop = world.shop("Pots").await;
    let mug = shop.sells(&world, "Mug", "12.50", 9).await;
    let ada = world.customer().await;
    ada.fill_cart(&[(mug.variant, 2)]).await;
    shop.reprices(mug, "13.00", "USD").await;
    assert_eq!(ada.cart().await["totals"][0]["amount"], "26.00");
    let order = check_out(&ada, "k", "Dhaka").await.id();
    shop.reprices(mug, "99.00", "USD").await;
    let rename = json!({ "title": "Beaker" });
    let path = format!("/api/products/{}", mug.product);
    let renamed = shop.owner.send(Method::PATCH, &path, &[("If-Match", "*")], Some(rename)).await;
    assert_eq!(renamed.status, 200);
    world.work().await;
    let seen = ada.see(order).await;
    assert_eq!((&seen["status"], &seen["total"]["amount"]), (&json!("confirmed"), &json!("26.00")));
    let line = &seen["vendors"][0]["lines"][0];
    assert_eq!((&line["unit_price"]["amount"], &line["quantity"]), (&json!("13.00"), &json!(2)));
    assert!(line["title"].as_str().unwrap().starts_with("Mug"), "{line}");
    world.books_balance().await;
}
