//! A second file into a shop that has the products already: prices, options and pictures change, and nothing else.

use haat_tests::{Person, Shop, World};
use reqwest::Method;
use serde_json::{Value, json};

const CATALOG: &str = "\
Handle,Title,Body (HTML),Type,Tags,Published,Status,Option1 Name,Option1 Value,Variant SKU,Variant Inventory Qty,Variant Price,Variant Compare At Price
kettle,Kettle,<p>Sheet tin.</p>,Kitchen,\"tin, kettle\",TRUE,active,,,KETTLE,5,20.00,25.00
lamp,Lamp,<p>Not announced.</p>,Light,lamp,FALSE,draft,,,LAMP,5,40.00,
bag,Bag,<p>Felt.</p>,Bags,felt,TRUE,active,Size,S,BAG-S,5,10.00,12.00
bag,,,,,,,,M,BAG-M,5,11.00,13.00
";

/// The product with this handle, as its shop sees it.
async fn product(shop: &Shop, handle: &str) -> Value {
    let list = shop.owner.get("/api/vendor/products?limit=100").await.data()["results"].clone();
    let found = list.as_array().unwrap().iter().find(|product| product["handle"] == handle).unwrap();
    let path = format!("/api/products/{}", found["id"].as_str().unwrap());
    shop.owner.get(&path).await.data().clone()
}

/// Without what every change of a product changes.
fn steady(mut product: Value) -> Value {
    for field in ["version", "updated_at"] {
        product[field] = json!(null);
    }
    product
}

async fn imported(owner: &Person, file: &str) -> Value {
    let answer = owner.import(file).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.data().clone()
}

#[tokio::test]
async fn a_price_update_changes_prices_and_nothing_else() {
    let world = World::open().await;
    let shop = world.shop("Tin").await;
    imported(&shop.owner, CATALOG).await;
    let archived = product(&shop, "kettle").await;
    let path = format!("/api/products/{}", archived["id"].as_str().unwrap());
    assert_eq!(shop.owner.send(Method::DELETE, &path, &[], None).await.status, 200);
    let (mut kettle, mut lamp, mut bag) =
        (product(&shop, "kettle").await, product(&shop, "lamp").await, product(&shop, "bag").await);
    let prices = "Handle,Title,Variant SKU,Variant Price\nkettle,Kettle,KETTLE,21.00\nlamp,Lamp,LAMP,41.00\nbag,Bag,BAG-S,9.50\n";
    let report = imported(&shop.owner, prices).await;
    assert_eq!(
        (&report["variants_updated"], &report["variants_created"]),
        (&json!(3), &json!(0)),
        "{report}"
    );
    kettle["variants"][0]["price"]["amount"] = json!("21.00");
    lamp["variants"][0]["price"]["amount"] = json!("41.00");
    bag["variants"][0]["price"]["amount"] = json!("9.50");
    assert_eq!(steady(product(&shop, "kettle").await), steady(kettle));
    assert_eq!(steady(product(&shop, "lamp").await), steady(lamp));
    assert_eq!(steady(product(&shop, "bag").await), steady(bag));
    assert_eq!(product(&shop, "kettle").await["status"], "archived");
    let listed = world.nobody().get("/api/products").await.data()["count"].clone();
    assert_eq!(listed, 1, "only the bag is for sale");
    world.books_balance().await;
}

#[tokio::test]
async fn an_option_that_is_called_otherwise_doubles_no_stock() {
    let world = World::open().await;
    let shop = world.shop("Linen").await;
    let file = "Handle,Title,Option1 Name,Option1 Value,Variant Inventory Qty,Variant Price\n\
        shirt,Shirt,Color,Red,5,35.00\nshirt,,,Blue,5,35.00\n";
    imported(&shop.owner, file).await;
    for again in [file.replace("Color", "Colour"), file.replace("Red", "red")] {
        let report = imported(&shop.owner, &again).await;
        assert_eq!(report["variants_created"], 0, "{report}");
    }
    let shirt = product(&shop, "shirt").await;
    let variants: Vec<_> =
        shirt["variants"].as_array().unwrap().iter().map(|variant| &variant["options"]).collect();
    assert_eq!(variants, [&json!({ "Color": "red" }), &json!({ "Color": "Blue" })]);
    let other = file.replace("Color", "Size").replace("Red", "S").replace("Blue", "M");
    assert_eq!(shop.owner.import(other).await.refusal(), (422, "import_refused"));
    assert_eq!(world.count("select sum(on_hand)::bigint from inventory").await, 10);
    world.books_balance().await;
}

#[tokio::test]
async fn the_gallery_is_what_the_newest_file_says() {
    let world = World::open().await;
    let shop = world.shop("Wool").await;
    let file = |rows: &str| {
        format!(
            "Handle,Title,Option1 Name,Option1 Value,Variant Price,Image Src,Image Position,Variant Image\n{rows}"
        )
    };
    let url = "https://cdn.example.com/files/rug";
    let first = file(&format!(
        "rug,Rug,Color,Red,80.00,{url}-1.jpg?v=1,1,{url}-red.jpg?v=1\n\
         rug,,,Blue,80.00,{url}-3.jpg?v=1,3,{url}-1.jpg?v=1\n\
         rug,,,,,{url}-2.jpg?v=1,2,\n"
    ));
    imported(&shop.owner, &first).await;
    let shown = async || -> Vec<(String, u64)> {
        let rug = product(&shop, "rug").await;
        let images = rug["images"].as_array().unwrap().iter();
        images
            .map(|image| {
                let name = image["url"].as_str().unwrap().trim_start_matches(url).to_owned();
                (name, image["position"].as_u64().unwrap())
            })
            .collect()
    };
    let names = ["-1.jpg?v=1", "-2.jpg?v=1", "-3.jpg?v=1", "-red.jpg?v=1"];
    assert_eq!(shown().await, names.map(str::to_owned).into_iter().zip(1..).collect::<Vec<_>>());
    let rug = product(&shop, "rug").await;
    assert_eq!(rug["variants"][0]["image_id"], rug["images"][3]["id"]);
    assert_eq!(rug["variants"][1]["image_id"], rug["images"][0]["id"]);
    // Touched at Shopify, one removed there, two turned round.
    let second = file(&format!(
        "rug,Rug,Color,Red,80.00,{url}-2.jpg?v=2,1,{url}-red.jpg?v=2\n\
         rug,,,Blue,80.00,{url}-1.jpg?v=2,2,\n"
    ));
    imported(&shop.owner, &second).await;
    let names = ["-2.jpg?v=2", "-1.jpg?v=2", "-red.jpg?v=2"];
    assert_eq!(shown().await, names.map(str::to_owned).into_iter().zip(1..).collect::<Vec<_>>());
    let again = product(&shop, "rug").await;
    assert_eq!(again["images"][1]["id"], rug["images"][0]["id"], "the same picture, with its new address");
    assert_eq!(again["variants"][1]["image_id"], json!(null));
    assert_eq!(imported(&shop.owner, &second).await["products_unchanged"], 1);
}

#[tokio::test]
async fn options_stand_in_the_vendors_order() {
    let world = World::open().await;
    let shop = world.shop("Rings").await;
    let file = "Handle,Title,Option1 Name,Option1 Value,Option2 Name,Option2 Value,Variant Price\n\
        shirt,Shirt,Size,Small,Color,Red,9.00\n";
    imported(&shop.owner, file).await;
    let shirt = product(&shop, "shirt").await;
    assert_eq!(shirt["variants"][0]["title"], "Small / Red");
    // As text: a parsed object has no order.
    let text =
        async |path: &str| shop.owner.request(Method::GET, path).send().await.unwrap().text().await.unwrap();
    let seen = text(&format!("/api/products/{}", shirt["id"].as_str().unwrap())).await;
    assert!(seen.contains(r#"{"Size":"Small","Color":"Red"}"#), "{seen}");
    let body = r#"{"title":"Ring","variants":[
        {"options":{"Size":"6","Metal":"Silver"},"price":{"amount":"9.00","currency":"USD"},"quantity":3},
        {"options":{"Metal":"Gold","Size":"7"},"price":{"amount":"90.00","currency":"USD"}}]}"#;
    let made = shop.owner.request(Method::POST, "/api/products").header("Content-Type", "application/json");
    let made = made.body(body).send().await.unwrap().text().await.unwrap();
    assert!(
        made.contains(r#"{"Size":"6","Metal":"Silver"}"#) && made.contains(r#"{"Size":"7","Metal":"Gold"}"#),
        "{made}"
    );
    let ring = product(&shop, "ring").await;
    assert_eq!(ring["variants"][1]["title"], "7 / Gold");
    let ada = world.customer().await;
    ada.fill_cart(&[(ring["variants"][0]["id"].as_str().unwrap().parse().unwrap(), 1)]).await;
    let cart = ada.request(Method::GET, "/api/cart").send().await.unwrap().text().await.unwrap();
    assert!(cart.contains(r#"{"Size":"6","Metal":"Silver"}"#), "{cart}");
    let twice = r#"{"title":"Ring 2","variants":[{"options":{"Size":"6","size ":"7"},"price":{"amount":"9.00","currency":"USD"}}]}"#;
    let twice = shop.owner.post("/api/products", serde_json::from_str(twice).unwrap()).await;
    assert_eq!(twice.refusal(), (422, "invalid"));
}
