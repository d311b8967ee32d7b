//! Every body that the API takes, with what may be wrong with it.

use serde_json::{Value, json};
use uuid::Uuid;

/// A body of one operation.
pub(super) struct Case {
    pub(super) operation: &'static str,
    /// Without a problem.
    pub(super) sound: Value,
    /// Single values that break rules, to be put into the sound body by their paths, and the paths that are told.
    pub(super) rules: Vec<(&'static str, Value)>,
}

fn case<const N: usize>(operation: &'static str, sound: Value, rules: [(&'static str, Value); N]) -> Case {
    Case { operation, sound, rules: rules.into() }
}

fn usd(amount: &str) -> Value {
    json!({ "amount": amount, "currency": "USD" })
}

fn long(length: usize) -> Value {
    json!("x".repeat(length + 1))
}

fn id() -> Value {
    json!(Uuid::nil())
}

/// Every body but those without rules, with every rule for one field.
pub(super) fn cases() -> Vec<Case> {
    [accounts(), changes_of_products(), products(), shops(), orders(), operators()]
        .into_iter()
        .flatten()
        .collect()
}

fn accounts() -> Vec<Case> {
    let account =
        json!({ "email": "mina@example.com", "password": "correct horse battery", "full_name": "Mina" });
    let mut shop = account.clone();
    shop["shop_name"] = json!("Pots");
    let customer = || {
        [
            ("email", json!("mina")),
            ("password", json!("short")),
            ("full_name", long(120)),
            ("phone", json!("12")),
        ]
    };
    let vendor = [
        ("email", json!("mina")),
        ("password", long(128)),
        ("full_name", json!("\u{202e}x")),
        ("phone", json!("12")),
        ("shop_name", json!(" ")),
        ("shop_slug", json!("No Slug")),
    ];
    let profile = || [("full_name", json!(" ")), ("phone", json!("12"))];
    vec![
        case("POST /api/auth/register", account.clone(), customer()),
        case("POST /api/auth/register/customer", account, customer()),
        case("POST /api/auth/register/vendor", shop, vendor),
        case("PATCH /api/users/me", json!({}), profile()),
        case("PUT /api/auth/profile", json!({}), profile()),
    ]
}

fn changes_of_products() -> Vec<Case> {
    let product = || {
        [
            ("title", json!(" ")),
            ("handle", json!("two words")),
            ("description", json!("a\u{7}b")),
            ("product_type", long(255)),
            ("tags[1]", long(255)),
        ]
    };
    let tagged = || json!({ "tags": ["kitchen", "clay"] });
    let variant = [
        ("price", usd("-1")),
        ("sku", long(255)),
        ("barcode", long(255)),
        ("title", long(255)),
        ("options.Size", json!("")),
        ("position", json!(-1)),
        ("weight_grams", json!(-1)),
    ];
    vec![
        case("PATCH /api/products/{id}", tagged(), product()),
        case("PUT /api/products/{id}", tagged(), product()),
        case("PATCH /api/variants/{id}", json!({ "options": { "Size": "S" } }), variant),
        case(
            "POST /api/variants/{id}/stock",
            json!({ "delta": 1 }),
            [("delta", json!(0)), ("reason", long(200))],
        ),
    ]
}

fn products() -> Vec<Case> {
    let sized = |size: &str| json!({ "price": usd("5.00"), "options": { "Size": size } });
    let product = json!({
        "title": "Pot",
        "tags": ["kitchen", "clay"],
        "variants": [sized("S"), sized("M")],
        "images": [{ "url": "https://img.example.com/a.jpg" }, { "url": "https://img.example.com/b.jpg" }],
    });
    let rules = [
        ("title", json!(" ")),
        ("handle", json!("two words")),
        ("description", json!("a\u{7}b")),
        ("product_type", long(255)),
        ("tags[0]", long(255)),
        ("tags[1]", long(255)),
        ("variants[0].price", usd("-1.00")),
        ("variants[0].quantity", json!(-1)),
        ("variants[0].weight_grams", json!(-5)),
        ("variants[1].sku", long(255)),
        ("variants[1].compare_at", usd("-9.00")),
        ("variants[1].options.Size", json!(" ")),
        ("images[0].url", json!("ftp://img.example.com/a.jpg")),
        ("images[1].alt", long(512)),
        ("images[1].position", json!(-1)),
    ];
    let variant = [
        ("price", usd("1000000001")),
        ("sku", long(255)),
        ("barcode", long(255)),
        ("title", long(255)),
        ("options.Size", long(255)),
        ("quantity", json!(100_000_001)),
        ("weight_grams", json!(-1)),
    ];
    let mut one = sized("S");
    one["product_id"] = id();
    let image = [("url", json!("ftp://img.example.com/a.jpg")), ("alt", long(512)), ("position", json!(-1))];
    vec![
        case("POST /api/products", product.clone(), rules),
        case("POST /api/vendor/products", product, [("title", json!(" ")), ("variants[1].price", usd("-1"))]),
        case("POST /api/variants", one, variant),
        case(
            "POST /api/product-images",
            json!({ "product_id": id(), "url": "https://img.example.com/a.jpg" }),
            image,
        ),
    ]
}

fn shops() -> Vec<Case> {
    let category = || [("name", json!(" ")), ("slug", json!("No Slug")), ("position", json!(-1))];
    vec![
        case("POST /api/categories", json!({ "name": "Kitchen" }), category()),
        case("PATCH /api/categories/{id}", json!({}), category()),
        case("PATCH /api/vendor/me", json!({}), [("name", json!(" ")), ("description", long(5_000))]),
        case("PATCH /api/admin/vendors/{id}", json!({}), [("commission_rate", json!("1.5"))]),
    ]
}

fn orders() -> Vec<Case> {
    let address = json!({ "name": "Ada", "line1": "1 High St", "city": "Dhaka", "country": "BD" });
    let checkout = |path: &'static str| {
        case(
            path,
            json!({ "shipping_address": address, "select": { "vendors": [id()] } }),
            [
                ("shipping_address.city", json!(" ")),
                ("shipping_address.country", json!("Bangladesh")),
                ("select", json!({ "vendors": [] })),
                ("payment_method", json!("bkash")),
            ],
        )
    };
    let refund = |path: &'static str| {
        case(
            path,
            json!({ "lines": [{ "line_no": 1, "quantity": 1 }, { "line_no": 2, "quantity": 1 }] }),
            [("lines[0].quantity", json!(0)), ("lines[1].quantity", json!(-1)), ("reason", long(500))],
        )
    };
    vec![
        case("POST /api/cart", json!({ "variant_id": id(), "quantity": 1 }), [("quantity", json!(0))]),
        case("PUT /api/cart/{item_id}", json!({ "quantity": 1 }), [("quantity", json!(10_001))]),
        checkout("POST /api/orders"),
        checkout("POST /api/orders/create"),
        checkout("POST /api/orders/checkout"),
        case("POST /api/orders/{id}/cancel", json!({}), [("reason", long(500))]),
        refund("POST /api/orders/{id}/refunds"),
        refund("POST /api/admin/orders/{id}/refund"),
    ]
}

fn operators() -> Vec<Case> {
    let note = || json!({ "note": "looked" });
    let window = [
        ("gateway", json!("bkash")),
        ("from", json!("1999-12-31T00:00:00Z")),
        ("to", json!("9999-12-31T00:00:00Z")),
    ];
    vec![
        case("POST /api/admin/incidents/{id}/resolve", note(), [("note", json!(" "))]),
        case("POST /api/admin/reconciliation/{id}/close", note(), [("note", long(500))]),
        case("POST /api/admin/reconciliation", json!({ "gateway": "stripe" }), window),
        case(
            "POST /api/admin/refunds/{id}/resolution",
            json!({ "outcome": "made", "reason": "seen" }),
            [("reason", long(500)), ("reference", json!(" "))],
        ),
    ]
}

/// Bodies without rules: each value of the right type is right, or is looked up.
pub(super) const WITHOUT_RULES: [&str; 8] = [
    "POST /api/auth/login",
    "POST /api/auth/refresh",
    "POST /api/payment/bkash/initiate",
    "POST /api/payment/chapa/initialize",
    "POST /api/payment/paystack/initialize",
    "POST /api/payment/stripe/session",
    "POST /api/payment/{gateway}/pay",
    "POST /api/webhooks/{gateway}", // a gateway's own
];
