//! Every body that the API takes, with what may be wrong with it.

use serde_json::{Value, json};
use uuid::Uuid;

/// A body of one operation.
pub(super) struct Case {
    pub(super) operation: &'static str,
    /// Without a problem.
    pub(super) sound: Value,
    /// Values that break rules, to be put into the sound body by their paths, and the paths that are told.
    pub(super) rules: Vec<(&'static str, Value)>,
}

fn case<const N: usize>(operation: &'static str, sound: Value, rules: [(&'static str, Value); N]) -> Case {
    Case { operation, sound, rules: rules.into() }
}

fn usd(amount: &str) -> Value {
    json!({ "amount": amount, "currency": "USD" })
}

/// Every body but those without rules, with every rule for one field.
pub(super) fn cases() -> Vec<Case> {
    let long = |length: usize| json!("x".repeat(length + 1));
    let id = || json!(Uuid::nil());
    let account =
        json!({ "email": "mina@example.com", "password": "correct horse battery", "full_name": "Mina" });
    let mut shop = account.clone();
    shop["shop_name"] = json!("Pots");
    let address = json!({ "name": "Ada", "line1": "1 High St", "city": "Dhaka", "country": "BD" });
    let product = json!({
        "title": "Pot",
        "tags": ["kitchen", "clay"],
        "variants": [{ "price": usd("5.00"), "options": { "Size": "S" } }, { "price": usd("5.00"), "options": { "Size": "M" } }],
        "images": [{ "url": "https://img.example.com/a.jpg" }, { "url": "https://img.example.com/b.jpg" }],
    });
    let refund = json!({ "lines": [{ "line_no": 1, "quantity": 1 }, { "line_no": 2, "quantity": 1 }] });
    let profile = || [("full_name", json!(" ")), ("phone", json!("12"))];
    let checkout = || {
        case(
            "POST /api/orders",
            json!({ "shipping_address": address, "select": { "vendors": [id()] } }),
            [
                ("shipping_address.city", json!(" ")),
                ("shipping_address.country", json!("Bangladesh")),
                ("select", json!({ "vendors": [] })),
                ("payment_method", json!("bkash")),
            ],
        )
    };
    let product_change = || {
        [
            ("title", json!(" ")),
            ("handle", json!("two words")),
            ("description", json!("a\u{7}b")),
            ("product_type", long(255)),
            ("tags[1]", long(255)),
        ]
    };
    let mut all = vec![
        case(
            "POST /api/auth/register",
            account.clone(),
            [
                ("email", json!("mina")),
                ("password", json!("short")),
                ("full_name", long(120)),
                ("phone", json!("12")),
            ],
        ),
        case(
            "POST /api/auth/register/vendor",
            shop,
            [
                ("email", json!("mina")),
                ("password", long(128)),
                ("full_name", json!("\u{202e}x")),
                ("phone", json!("12")),
                ("shop_name", json!(" ")),
                ("shop_slug", json!("No Slug")),
            ],
        ),
        case("PATCH /api/users/me", json!({}), profile()),
        case("PUT /api/auth/profile", json!({}), profile()),
        case("POST /api/cart", json!({ "variant_id": id(), "quantity": 1 }), [("quantity", json!(0))]),
        case("PUT /api/cart/{item_id}", json!({ "quantity": 1 }), [("quantity", json!(10_001))]),
        case(
            "POST /api/categories",
            json!({ "name": "Kitchen" }),
            [("name", json!(" ")), ("slug", json!("No Slug")), ("position", json!(-1))],
        ),
        case(
            "PATCH /api/categories/{id}",
            json!({}),
            [("name", json!(" ")), ("slug", json!("No Slug")), ("position", json!(-1))],
        ),
        case(
            "POST /api/products",
            product.clone(),
            [
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
                ("variants[1].compare_at", json!({ "amount": "9.00", "currency": "EUR" })),
                ("variants[1].options.Size", json!(" ")),
                ("images[0].url", json!("ftp://img.example.com/a.jpg")),
                ("images[1].alt", long(512)),
                ("images[1].position", json!(-1)),
            ],
        ),
        case("PATCH /api/products/{id}", json!({ "tags": ["kitchen", "clay"] }), product_change()),
        case("PUT /api/products/{id}", json!({ "tags": ["kitchen", "clay"] }), product_change()),
        case(
            "POST /api/variants",
            json!({ "product_id": id(), "price": usd("5.00"), "options": { "Size": "S" } }),
            [
                ("price", usd("1000000001")),
                ("sku", long(255)),
                ("barcode", long(255)),
                ("title", long(255)),
                ("options.Size", long(255)),
                ("quantity", json!(100_000_001)),
                ("weight_grams", json!(-1)),
            ],
        ),
        case(
            "PATCH /api/variants/{id}",
            json!({ "options": { "Size": "S" } }),
            [
                ("price", usd("-1")),
                ("sku", long(255)),
                ("barcode", long(255)),
                ("title", long(255)),
                ("options.Size", json!("")),
                ("position", json!(-1)),
                ("weight_grams", json!(-1)),
            ],
        ),
        case(
            "POST /api/variants/{id}/stock",
            json!({ "delta": 1 }),
            [("delta", json!(0)), ("reason", long(200))],
        ),
        case(
            "POST /api/product-images",
            json!({ "product_id": id(), "url": "https://img.example.com/a.jpg" }),
            [("url", json!("ftp://img.example.com/a.jpg")), ("alt", long(512)), ("position", json!(-1))],
        ),
        case("PATCH /api/vendor/me", json!({}), [("name", json!(" ")), ("description", long(5_000))]),
        case("PATCH /api/admin/vendors/{id}", json!({}), [("commission_rate", json!("1.5"))]),
        case("POST /api/admin/incidents/{id}/resolve", json!({ "note": "looked" }), [("note", json!(" "))]),
        case("POST /api/admin/reconciliation/{id}/close", json!({ "note": "looked" }), [("note", long(500))]),
        case(
            "POST /api/admin/reconciliation",
            json!({ "gateway": "stripe" }),
            [
                ("gateway", json!("bkash")),
                ("from", json!("1999-12-31T00:00:00Z")),
                ("to", json!("9999-12-31T00:00:00Z")),
            ],
        ),
        case("POST /api/orders/{id}/cancel", json!({}), [("reason", long(500))]),
        case(
            "POST /api/orders/{id}/refunds",
            refund.clone(),
            [
                ("lines[0].quantity", json!(0)),
                ("lines[1].quantity", json!(-1)),
                ("reason", long(500)),
                ("restock", json!(true)),
            ],
        ),
        case("POST /api/admin/orders/{id}/refund", refund, [("lines[1].quantity", json!(0))]),
        case("POST /api/vendor/products", product, [("title", json!(" ")), ("variants[1].price", usd("-1"))]),
    ];
    all.push(case(
        "POST /api/admin/refunds/{id}/resolution",
        json!({ "outcome": "made", "reason": "seen" }),
        [("reason", long(500)), ("reference", json!(" "))],
    ));
    for alias in ["POST /api/orders", "POST /api/orders/create", "POST /api/orders/checkout"] {
        all.push(Case { operation: alias, ..checkout() });
    }
    let customer = case("POST /api/auth/register/customer", account, [("email", json!("mina"))]);
    all.push(customer);
    all
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
