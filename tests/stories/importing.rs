//! Products that come in as Shopify's CSV over HTTP.

use haat_tests::{Person, World};
use serde_json::{Value, json};

/// One product of three variants and one of one; one cell contains line breaks, commas and quotation marks.
const FILE: &str = "\
Handle,Title,Body (HTML),Published,Option1 Name,Option1 Value,Variant SKU,Variant Inventory Qty,Variant Price,Image Src
shirt,Shirt,\"<p>Soft,
and \"\"warm\"\".</p>\",true,Size,S,SH-S,3,19.90,https://img.example.com/shirt.jpg
shirt,,,,,M,SH-M,5,19.90,https://img.example.com/back.jpg
shirt,,,,,L,SH-L,0,21.90,
cap,Cap,,true,Title,Default Title,CAP,7,9.00,
";

#[tokio::test]
async fn rows_of_one_handle_are_one_product_and_a_second_time_nothing_changes() {
    let world = World::open().await;
    let shop = world.shop("Clothes").await;
    let first = shop.owner.import(FILE).await;
    let report = first.data();
    let made = ["rows", "products_created", "variants_created"].map(|name| report[name].as_u64().unwrap());
    assert_eq!(made, [4, 2, 4], "{report}");
    let found = world.nobody().get("/api/products").await.data()["results"].clone();
    let shirt = found.as_array().unwrap().iter().find(|product| product["title"] == "Shirt").unwrap();
    let shirt =
        world.nobody().get(&format!("/api/products/{}", shirt["id"].as_str().unwrap())).await.data().clone();
    assert_eq!(shirt["variants"].as_array().map(Vec::len), Some(3));
    assert_eq!(shirt["images"].as_array().map(Vec::len), Some(2));
    assert_eq!(shirt["variants"][2]["price"], json!({ "amount": "21.90", "currency": "USD" }));
    assert!(shirt["description"].as_str().unwrap().contains("and \"warm\""), "{shirt}");

    let movements = world.count("select count(*) from stock_movements").await;
    let again = shop.owner.import(format!("\u{feff}{}", FILE.replace('\n', "\r\n"))).await;
    let report = again.data();
    // With CRLF the line break within the description is another one: a product may be updated, and nothing else.
    for unchanged in ["products_created", "variants_created", "variants_updated", "stock_set"] {
        assert_eq!(report[unchanged], 0, "{unchanged}: {report}");
    }
    assert_eq!(shop.owner.import(FILE).await.data()["variants_created"], 0);
    let last = shop.owner.import(FILE).await;
    assert_eq!(last.data()["products_unchanged"], 2, "{}", last.body);
    assert_eq!(world.count("select count(*) from stock_movements").await, movements);
    world.books_balance().await;
}

#[tokio::test]
async fn what_is_wrong_is_named_by_line_and_nothing_is_half_imported() {
    let world = World::open().await;
    let shop = world.shop("Clothes").await;
    // As an editor counts lines: the cell of line 2 continues in line 3.
    let wrong = FILE.replace("M,SH-M,5,19.90", "M,SH-M,many,19.90").replace("CAP,7,9.00", "CAP,7,cheap");
    let refused = shop.owner.import(wrong).await;
    assert_eq!(refused.refusal(), (422, "import_refused"));
    let errors = &refused.body["errors"];
    let lines: Vec<_> = errors["lines"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["line"].as_u64().unwrap(), one["column"].as_str().unwrap()))
        .collect();
    assert_eq!(lines, [(4, "Variant Inventory Qty"), (6, "Variant Price")], "{errors}");
    assert_eq!(errors["count"], 2);
    for table in
        ["select count(*) from products", "select count(*) from variants", "select count(*) from inventory"]
    {
        assert_eq!(world.count(table).await, 0, "{table}");
    }
}

#[tokio::test]
async fn files_that_are_none() {
    let world = World::open().await;
    let shop = world.shop("Clothes").await;
    let unicode = |bytes: fn(u16) -> [u8; 2]| {
        "Handle,Title,Variant Price\na,A,1\n".encode_utf16().flat_map(bytes).collect::<Vec<u8>>()
    };
    for (file, what) in [
        (unicode(u16::to_le_bytes), "UTF-16"),
        (unicode(u16::to_be_bytes), "UTF-16"),
        ([b"\xff\xfe".to_vec(), unicode(u16::to_le_bytes)].concat(), "UTF-16"),
        (b"Handle;Title;Variant Price\na;A;1\n".to_vec(), "semicolons"),
        (b"Handle\tTitle\tVariant Price\na\tA\t1\n".to_vec(), "tabs"),
    ] {
        let refused = shop.owner.import(file).await;
        assert_eq!(refused.refusal(), (422, "import_refused"));
        let lines = &refused.body["errors"]["lines"];
        let told = lines[0]["message"].as_str().unwrap();
        assert!(told.contains(what) && told.ends_with("save it as CSV UTF-8, separated by commas"), "{told}");
        assert_eq!(lines.as_array().map(Vec::len), Some(1), "what follows from it is no news: {lines}");
    }
    let cases: [(&str, Vec<u8>, u16); 6] = [
        ("empty", Vec::new(), 422),
        ("another table", b"Name,Cost\nshirt,3\n".to_vec(), 422),
        ("no text", vec![0xff, 0xfe, 0x00, 0x01], 422),
        ("an open quotation mark", b"Handle,Title,Variant Price\n\"a,A,1\n".to_vec(), 422),
        ("NUL", b"Handle,Title,Variant Price\na,A\0,1\n".to_vec(), 422),
        ("huge", vec![b'a'; 21 * 1024 * 1024], 413),
    ];
    for (what, file, expected) in cases {
        let answer = shop.owner.import(file).await;
        assert_eq!(answer.status, expected, "{what}: {}", answer.body);
    }
    let rows: String = (0..50_001).map(|n| format!("p{n},P,1\n")).collect();
    let many = shop.owner.import(format!("Handle,Title,Variant Price\n{rows}")).await;
    assert_eq!(many.refusal(), (422, "import_refused"));
    assert_eq!(world.count("select count(*) from products").await, 0);
}

/// Has everything that is legitimate in Shopify and means something else here, or nothing.
const ODD: &str = "\u{feff}\u{feff}\
Handle,Title,Status,Variant SKU,Variant Inventory Tracker,Variant Inventory Qty,Variant Inventory Policy,Variant Price,Image Src,SEO Title
sold-twice,Sold twice,active,TWICE,shopify,-3,deny,15.00,,Twice
,,,,,,,,,
e-book,E-book,active,BOOK,,5.0,continue,4.00,HTTPS://img.example.com/blue vase (front).jpg,
friends,For friends,unlisted,FRIEND,shopify,5,deny,15.00,,
 ,,,,,,,,,
pipe,5\" pipe,active,PIPE,shopify,2,deny,4.00,,\"two
lines\"";

#[tokio::test]
async fn what_shopify_takes_is_taken_and_what_it_means_here_is_told() {
    let world = World::open().await;
    let shop = world.shop("Odds").await;
    let answer = shop.owner.import(ODD).await;
    let report = answer.data();
    assert_eq!((&report["rows"], &report["products_created"]), (&json!(4), &json!(4)), "{report}");
    assert_eq!(report["stock_set"], 4);
    assert_eq!(report["ignored_columns"], json!(["SEO Title"]));
    let told: Vec<_> = report["notices"]
        .as_array()
        .unwrap()
        .iter()
        .map(|notice| (notice["line"].as_u64().unwrap(), notice["column"].as_str().unwrap()))
        .collect();
    let expected = [
        (2, "Variant Inventory Qty"),
        (4, "Variant Inventory Tracker"),
        (4, "Variant Inventory Policy"),
        (5, "Status"),
    ];
    assert_eq!(told, expected, "{report}");
    assert_eq!(report["notices_count"], 4);
    let products = products_of(&shop.owner).await;
    let of = |title: &str| products.iter().find(|product| product["title"] == title).unwrap().clone();
    assert_eq!(of("Sold twice")["available"], 0);
    assert_eq!(of("E-book")["available"], 5);
    assert_eq!(of("E-book")["image_url"], "https://img.example.com/blue%20vase%20(front).jpg");
    assert_eq!(of("For friends")["status"], "draft");
    assert_eq!(of("5\" pipe")["available"], 2);
    // Without a column for counts no new variant can be sold, and a notice says so.
    let uncounted = shop.owner.import("Handle,Title,Variant Price\nnew,New,4.00\n").await;
    assert_eq!(uncounted.data()["notices"][0]["column"], "Variant Inventory Qty", "{}", uncounted.body);
}

#[tokio::test]
async fn every_script_makes_handles_and_shops() {
    let world = World::open().await;
    let shop = world.shop("Saris").await;
    let files = [
        "নীল-শাড়ি,নীল শাড়ি,900.00", // with the virama's kin: a nukta and vowel signs
        "हिन्दी-किताब,हिन्दी किताब,5.00",
        "ever-dry™-cloth,Ever Dry™ cloth,8.00",
        "น้ำ-ชา,น้ำชา,3.00",
    ];
    for row in files {
        let answer = shop.owner.import(format!("Handle,Title,Variant Price\n{row}\n")).await;
        assert_eq!(answer.status, 200, "{row}: {}", answer.body);
    }
    // The same handle, typed on a device that composes letters otherwise.
    let composed = format!("Handle,Title,Variant Price\n{},নীল শাড়ি,901.00\n", "নীল-শা\u{9dc}ি");
    assert_eq!(shop.owner.import(composed).await.data()["products_updated"], 1);
    let price = json!({ "amount": "900.00", "currency": "BDT" });
    for (title, handle) in [("কাঁথা", "কাঁথা"), ("Ünlü çanta", "ünlü-çanta")] {
        let body = json!({ "title": title, "variants": [{ "price": price }] });
        let made = shop.owner.post("/api/products", body).await;
        assert_eq!((made.status.as_u16(), &made.data()["handle"]), (201, &json!(handle)), "{}", made.body);
    }
    let gift = shop.owner.post("/api/products", json!({ "title": "🎁" })).await;
    assert!(gift.data()["handle"].as_str().unwrap().starts_with("product-"), "{}", gift.body);
    let person = json!({ "email": "kantha@example.com", "password": "correct horse battery",
        "full_name": "Mina", "shop_name": "নকশি কাঁথা" });
    let registered = world.nobody().post("/api/auth/register/vendor", person).await;
    assert_eq!(registered.status, 201, "{}", registered.body);
    let admin = world.admin().await;
    let found = admin.get("/api/admin/vendors?slug=নকশি-কাঁথা").await;
    assert_eq!(found.data()["count"], 1, "{}", found.body);
}

#[tokio::test]
async fn names_that_hide_something_and_addresses_that_mislead_are_refused() {
    let world = World::open().await;
    let shop = world.shop("Pots").await;
    let refused = |title: &str| json!({ "title": title });
    for title in [
        "\u{200b}\u{200b}",
        "\u{202e}top",
        "pot\u{e0041}",
        "\u{feff}",
        &format!("p{}", "\u{335}".repeat(118)),
    ] {
        let answer = shop.owner.post("/api/products", refused(title)).await;
        assert_eq!(answer.refusal(), (422, "invalid"), "{title:?}");
    }
    let category = world.admin().await.post("/api/categories", json!({ "name": "\u{202e}x" })).await;
    assert_eq!(category.refusal(), (422, "invalid"));
    for url in [
        "https://user:pass@img.example.com/a.jpg",
        "https://img.example.com/\u{202e}gpj.exe",
        "ftp://a.example/b",
    ] {
        let body = json!({ "title": "Pot", "images": [{ "url": url }] });
        assert_eq!(shop.owner.post("/api/products", body).await.refusal(), (422, "invalid"), "{url}");
    }
    let cleaned = shop
        .owner
        .post(
            "/api/products",
            json!({ "title": "Clay\u{200b} pot", "images": [{ "url": "HTTPS://img.example.com/a.jpg" }] }),
        )
        .await;
    assert_eq!(cleaned.data()["title"], "Clay pot");
    assert_eq!(cleaned.data()["images"][0]["url"], "https://img.example.com/a.jpg");
}

async fn products_of(owner: &Person) -> Vec<Value> {
    owner.get("/api/vendor/products").await.data()["results"].as_array().unwrap().clone()
}
