//! What one shop's imports may take of the marketplace: one file at a time, so many products, so many variants.

use std::time::Duration;

use haat_tests::{Answer, World};
use reqwest::Method;
use serde_json::json;
use shared::kernel::db;
use shared::kernel::ids::VendorId;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const FILE: &str = "Handle,Title,Variant Price\npot,Pot,9.00\n";

/// Begins to send a file and leaves its last byte out.
async fn upload_held_back(world: &World, token: &str) -> TcpStream {
    let mut stream = TcpStream::connect(world.url.trim_start_matches("http://")).await.unwrap();
    let head = format!(
        "POST /api/vendor/products/import HTTP/1.1\r\nHost: haat\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: text/csv\r\nContent-Length: {}\r\nExpect: 100-continue\r\n\r\n",
        FILE.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    // The server asks for the body once the handler reads it: the shop has been admitted by then.
    let mut asked = [0; 25];
    stream.read_exact(&mut asked).await.unwrap();
    assert!(asked.starts_with(b"HTTP/1.1 100"), "{}", String::from_utf8_lossy(&asked));
    stream.write_all(&FILE.as_bytes()[..FILE.len() - 1]).await.unwrap();
    stream
}

#[tokio::test]
async fn a_shop_imports_one_file_at_a_time_and_others_go_on() {
    let world = World::open().await;
    let (slow, other) = (world.shop("Slow").await, world.shop("Other").await);
    let mut upload = upload_held_back(&world, &slow.owner.token).await;
    assert_eq!(slow.owner.import(FILE).await.refusal(), (409, "import_running"));
    assert_eq!(other.owner.import(FILE).await.status, 200);
    upload.write_all(&FILE.as_bytes()[FILE.len() - 1..]).await.unwrap();
    let mut answer = [0; 12];
    upload.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 200");
    drop(upload);
    assert_eq!(slow.owner.import(FILE).await.data()["products_unchanged"], 1);
}

#[tokio::test]
async fn another_process_that_imports_into_the_shop_is_not_waited_for() {
    let world = World::open().await;
    let shop = world.shop("Pots").await;
    let mut elsewhere = db::begin(&world.pool).await.unwrap();
    let locked = shared::catalog::store::imports::lock(&mut elsewhere, shop.id).await.unwrap();
    assert!(locked);
    let refused = shop.owner.import(FILE).await;
    assert_eq!(refused.refusal(), (409, "import_running"));
    assert!(shared::catalog::store::imports::lock(&mut elsewhere, VendorId::new()).await.unwrap());
    elsewhere.rollback().await.unwrap();
    assert_eq!(shop.owner.import(FILE).await.status, 200);
}

#[tokio::test]
async fn there_is_room_for_a_few_uploads_and_more_are_told_to_come_later() {
    let world = World::open().await;
    let mut uploads = Vec::new();
    for n in 0..8 {
        let shop = world.shop(&format!("Shop {n}")).await;
        uploads.push(upload_held_back(&world, &shop.owner.token).await);
    }
    let late = world.shop("Late").await;
    let refused = late.owner.import(FILE).await;
    assert_eq!(refused.refusal(), (503, "imports_busy"));
    assert_eq!(refused.header("retry-after"), "1");
    uploads.clear();
    // A connection that is gone gives its place back as soon as the server has noticed.
    let admitted = tokio::time::timeout(Duration::from_secs(10), async {
        while late.owner.import(FILE).await.status != 200 {
            tokio::task::yield_now().await;
        }
    });
    admitted.await.expect("places are given back");
}

#[tokio::test]
async fn who_may_not_import_is_told_before_the_file_is_read() {
    let world = World::open().await;
    let shop = world.shop("Pots").await;
    let customer = world.customer().await;
    // A length is announced and nothing sent: only an answer that waits for no body comes.
    for (token, kind, expected) in
        [(&shop.owner.token, "text/plain", "415"), (&customer.token, "text/csv", "403")]
    {
        let mut stream = TcpStream::connect(world.url.trim_start_matches("http://")).await.unwrap();
        let head = format!(
            "POST /api/vendor/products/import HTTP/1.1\r\nHost: haat\r\nAuthorization: Bearer {token}\r\n\
             Content-Type: {kind}\r\nContent-Length: 1000000\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).await.unwrap();
        assert_eq!(String::from_utf8_lossy(&answer), format!("HTTP/1.1 {expected}"));
    }
}

fn products(numbers: std::ops::Range<usize>) -> String {
    let rows: String = numbers.map(|n| format!("p{n},P {n},1.00\n")).collect();
    format!("Handle,Title,Variant Price\n{rows}")
}

#[tokio::test]
async fn a_shop_has_so_many_products_and_fewer_until_it_is_approved() {
    let limits = [("HAAT_UNAPPROVED_SHOP_PRODUCTS", "2"), ("HAAT_SHOP_PRODUCTS", "4")];
    let world = World::with(&limits).await;
    let shop = world.shop("Pots").await;
    let pending = async |state: &str| {
        let sql = "update vendors set status = $2 where id = $1";
        sqlx::query(sql).bind(shop.id).bind(state).execute(&world.pool).await.unwrap();
    };
    pending("pending").await;
    assert_eq!(shop.owner.import(products(0..3)).await.refusal(), (409, "shop_full"));
    assert_eq!(world.count("select count(*) from products").await, 0);
    assert_eq!(shop.owner.import(products(0..2)).await.status, 200);
    let one_more =
        async || -> Answer { shop.owner.post("/api/products", json!({ "title": "One more" })).await };
    assert_eq!(one_more().await.refusal(), (409, "shop_full"));
    // Existing products can still be changed.
    assert_eq!(shop.owner.import(products(0..2).replace("1.00", "2.00")).await.data()["products_updated"], 2);
    pending("approved").await;
    assert_eq!(shop.owner.import(products(0..3)).await.data()["products_created"], 1);
    assert_eq!(one_more().await.status, 201);
    let path = format!(
        "/api/products/{}",
        shop.owner.get("/api/vendor/products").await.data()["results"][0]["id"].as_str().unwrap()
    );
    assert_eq!(shop.owner.send(Method::DELETE, &path, &[], None).await.status, 200);
    assert_eq!(shop.owner.import(products(5..6)).await.refusal(), (409, "shop_full"), "archived ones count");
}

#[tokio::test]
async fn a_product_has_so_many_variants_whatever_the_way_they_come() {
    let world = World::open().await;
    let shop = world.shop("Pots").await;
    let file = |sizes: std::ops::Range<usize>| {
        let rows: String = sizes.map(|n| format!("pot,Pot,Size,{n},1.00\n")).collect();
        format!("Handle,Title,Option1 Name,Option1 Value,Variant Price\n{rows}")
    };
    assert_eq!(shop.owner.import(file(0..1999)).await.status, 200);
    assert_eq!(shop.owner.import(file(1999..2001)).await.refusal(), (422, "import_refused"));
    let product = shop.owner.get("/api/vendor/products").await.data()["results"][0]["id"].clone();
    let variant = async |size: &str| {
        let price = json!({ "amount": "1.00", "currency": "USD" });
        let body = json!({ "product_id": product, "options": { "Size": size }, "price": price });
        shop.owner.post("/api/variants", body).await
    };
    assert_eq!(variant("large").await.status, 201);
    assert_eq!(variant("larger").await.refusal(), (409, "product_full"));
    assert_eq!(world.count("select count(*) from variants").await, 2000);
}
