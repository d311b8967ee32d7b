//! Products that come in as Shopify's CSV over HTTP.

use haat_tests::World;
use serde_json::json;

/// One product of three variants and one of one; a cell with lines of its own, commas and quotation marks.
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
    // As an editor counts: the cell of line 2 goes on in line 3.
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
    let cases: [(&str, Vec<u8>, u16); 7] = [
        ("empty", Vec::new(), 422),
        ("another table", b"Name,Cost\nshirt,3\n".to_vec(), 422),
        ("semicolons", b"Handle;Title;Variant Price\na;A;1\n".to_vec(), 422),
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

#[tokio::test]
async fn two_imports_into_one_shop_run_one_after_the_other() {
    let world = World::open().await;
    let shop = world.shop("Clothes").await;
    let (one, other) = tokio::join!(shop.owner.import(FILE), shop.owner.import(FILE));
    let created =
        one.data()["products_created"].as_u64().unwrap() + other.data()["products_created"].as_u64().unwrap();
    assert_eq!(created, 2);
    assert_eq!(world.count("select count(*) from variants").await, 4);
    world.books_balance().await;
}
