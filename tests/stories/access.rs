//! Access: every operation of the API document by every kind of caller.
//!
//! The table is the rule (`access/table.rs`); an endpoint that is missing in it fails the test.

mod table;

use std::collections::BTreeSet;

use haat_sandbox::stripe::Outcome;
use haat_tests::{Answer, Document, Person, World};
use reqwest::Method;
use serde_json::{Value, json};
use shared::fulfilment::unwind;
use shared::incidents::{About, IfClosed, IncidentKind, NewIncident};
use shared::kernel::db;
use shared::kernel::ids::RefundId;
use shared::payments::Provider;
use shared::reconciliation::{DifferenceKind, Found, store};
use shared::refunds::{RefundObservation, RefundSeen};
use uuid::Uuid;

use self::table::TABLE;

#[derive(Clone, Copy, Debug)]
enum Who {
    Nobody,
    Customer,
    OtherCustomer,
    Vendor,
    OtherVendor,
    Admin,
}

struct Row {
    method: Method,
    path: &'static str,
    expected: Vec<u16>,
}

fn rows() -> Vec<Row> {
    let row = |line: &'static str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let expected = words[2..].iter().map(|status| status.parse().unwrap()).collect();
        Row { method: words[0].parse().unwrap(), path: words[1], expected }
    };
    TABLE.lines().filter(|line| !line.is_empty()).map(row).collect()
}

/// One marketplace with one of everything.
struct Scene {
    world: World,
    callers: [Person; 6],
    order: Uuid,
    unpaid: Uuid,
    part: Uuid,
    product: Uuid,
    variant: Uuid,
    image: Uuid,
    category: String,
    slug: String,
    shop: String,
    handle: String,
    cart_item: String,
    jobs: [Uuid; 2],
    incident: Uuid,
    refund: Uuid,
    difference: Uuid,
    vendor: Uuid,
}

impl Scene {
    async fn set() -> Self {
        let world = World::open().await;
        let (pots, tea) = (world.shop("Pots").await, world.shop("Tea").await);
        let mug = pots.sells(&world, "Mug", "12.50", 50).await;
        let sized = Some(json!({ "options": { "Size": "M" } }));
        pots.owner.send(Method::PATCH, &format!("/api/variants/{}", mug.variant), &[], sized).await;
        let (ada, eve, admin) = (world.customer().await, world.customer().await, world.admin().await);
        let order = ada.order("stripe", &[(mug.variant, 2)]).await;
        world.work().await;
        world.sandbox.pay(&ada.payment_page(order).await, Outcome::Pay).expect("the page is open");
        world.work().await;
        let bowl = pots.sells(&world, "Bowl", "4.00", 50).await;
        let part = sqlx::query_scalar("select id from vendor_orders").fetch_one(&world.pool).await.unwrap();
        let unpaid = ada.order("stripe", &[(mug.variant, 1)]).await;
        world.work().await;
        for customer in [&ada, &eve] {
            customer.fill_cart(&[(mug.variant, 1), (bowl.variant, 1)]).await;
        }
        let cart = ada.get("/api/cart").await.data().clone();
        let picture = json!({ "product_id": mug.product, "url": "https://img.example.com/mug.jpg" });
        let image = pots.owner.post("/api/product-images", picture).await.id();
        let category = admin.post("/api/categories", json!({ "name": "Kitchen" })).await.data().clone();
        let seen = pots.owner.get(&format!("/api/products/{}", mug.product)).await.data().clone();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let jobs = [world.dead_job().await, world.dead_job().await];
        let (incident, difference) = (incident(&world).await, difference(&world).await);
        let refund = refund_in_doubt(&world, &admin, order).await;
        Self {
            callers: [world.nobody(), ada, eve, pots.owner, tea.owner, admin],
            order,
            unpaid,
            part,
            product: mug.product,
            variant: mug.variant,
            image,
            category: text(&category["id"]),
            slug: text(&category["slug"]),
            shop: pots.slug,
            handle: text(&seen["handle"]),
            cart_item: text(&cart["vendors"][0]["lines"][0]["id"]),
            jobs,
            incident,
            refund,
            difference,
            vendor: pots.id.0,
            world,
        }
    }

    /// The address of the thing that the path is about.
    fn address(&self, row: &Row) -> String {
        let id = match row.path {
            path if path.starts_with("/api/vendor/orders") => self.part.to_string(),
            path if path.contains("/orders/") => self.order.to_string(),
            path if path.starts_with("/api/products") => self.product.to_string(),
            path if path.starts_with("/api/variants") => self.variant.to_string(),
            path if path.starts_with("/api/product-images") => self.image.to_string(),
            path if path.starts_with("/api/categories") => self.category.clone(),
            path if path.ends_with("/retry") => self.jobs[0].to_string(),
            path if path.starts_with("/api/admin/jobs") => self.jobs[1].to_string(),
            path if path.starts_with("/api/admin/incidents") => self.incident.to_string(),
            path if path.starts_with("/api/admin/refunds") => self.refund.to_string(),
            path if path.starts_with("/api/admin/reconciliation") => self.difference.to_string(),
            _ => self.vendor.to_string(),
        };
        let path = row.path.replace("{id}", &id).replace("{item_id}", &self.cart_item);
        let slug = if row.path.starts_with("/api/vendors/") { &self.shop } else { &self.slug };
        let path =
            path.replace("{slug}", slug).replace("{handle}", &self.handle).replace("{gateway}", "stripe");
        match (row.method.as_str(), row.path) {
            ("GET", "/api/payment/bkash/callback") => format!("{path}?paymentID=TR0011&status=success"),
            ("GET", "/api/variants" | "/api/product-images") => format!("{path}?product={}", self.product),
            _ => path,
        }
    }

    async fn answer(&self, row: &Row, who: Who) -> Answer {
        let request = self.callers[who as usize].request(row.method.clone(), &self.address(row));
        let request = request.header("Idempotency-Key", "one-intention");
        let request =
            if row.path.starts_with("/api/products/") { request.header("If-Match", "*") } else { request };
        if row.path.ends_with("/import") {
            let csv = "Handle,Title,Variant Price,Variant Inventory Qty\njar,Jar,3.00,4\n";
            return Answer::to(request.header("Content-Type", "text/csv").body(csv)).await;
        }
        match self.body(row) {
            Some(body) => Answer::to(request.json(&body)).await,
            None => Answer::to(request).await,
        }
    }

    fn body(&self, row: &Row) -> Option<Value> {
        let price = json!({ "amount": "5.00", "currency": "USD" });
        let account = || {
            json!({ "email": format!("{}@example.com", Uuid::now_v7().simple()),
                "password": "correct horse battery", "full_name": "Mina" })
        };
        Some(match (row.method.as_str(), row.path) {
            ("POST", "/api/auth/register" | "/api/auth/register/customer") => account(),
            ("POST", "/api/auth/register/vendor") => {
                let mut body = account();
                body["shop_name"] = json!(format!("Shop {}", Uuid::now_v7().simple()));
                body
            }
            ("POST", "/api/auth/login") => {
                json!({ "email": "x@example.com", "password": "long enough words" })
            }
            ("POST", "/api/auth/refresh") => json!({ "refresh_token": "made up" }),
            ("PATCH" | "PUT", "/api/users/me" | "/api/auth/profile") => json!({ "full_name": "New Name" }),
            ("POST", "/api/cart") => json!({ "variant_id": self.variant, "quantity": 1 }),
            ("PUT", "/api/cart/{item_id}") => json!({ "quantity": 3 }),
            ("POST", "/api/products" | "/api/vendor/products") => {
                json!({ "title": "Jar", "handle": format!("jar-{}", Uuid::now_v7().simple()),
                    "variants": [{ "price": price }] })
            }
            ("PUT" | "PATCH", "/api/products/{id}") => json!({ "title": "Big mug" }),
            ("POST", "/api/variants") => {
                json!({ "product_id": self.product, "price": price, "options": { "Size": "XL" } })
            }
            ("PATCH", "/api/variants/{id}") => json!({ "price": price }),
            ("POST", "/api/variants/{id}/stock") => json!({ "delta": 1 }),
            ("POST", "/api/product-images") => {
                json!({ "product_id": self.product, "url": "https://img.example.com/other.jpg" })
            }
            ("POST", "/api/categories") => json!({ "name": "Garden" }),
            ("PATCH", "/api/categories/{id}") => json!({ "name": "Kitchens" }),
            ("POST", "/api/admin/reconciliation") => json!({ "gateway": "stripe" }),
            ("POST", "/api/admin/reconciliation/{id}/close" | "/api/admin/incidents/{id}/resolve") => {
                json!({ "note": "dealt with" })
            }
            ("POST", "/api/admin/refunds/{id}/resolution") => {
                json!({ "outcome": "not_made", "reason": "not in the dashboard" })
            }
            ("PATCH", "/api/vendor/me") => json!({ "description": "By hand." }),
            ("PATCH", "/api/admin/vendors/{id}") => json!({ "commission_rate": "0.2" }),
            ("POST", "/api/orders/checkout" | "/api/orders" | "/api/orders/create") => {
                json!({ "payment_method": "cash_on_delivery", "shipping_address":
                    { "name": "Ada", "line1": "1 High St", "city": "Dhaka", "country": "BD" } })
            }
            ("POST", "/api/orders/{id}/refunds" | "/api/admin/orders/{id}/refund") => {
                json!({ "amount": { "amount": "1.00", "currency": "USD" }, "reason": "goodwill" })
            }
            ("POST", "/api/orders/{id}/cancel") => json!({ "reason": "second thoughts" }),
            ("POST", path) if path.starts_with("/api/payment/") => json!({ "order_id": self.unpaid }),
            ("POST", "/api/webhooks/{gateway}") => json!({ "id": "evt_forged" }),
            _ => return None,
        })
    }
}

async fn incident(world: &World) -> Uuid {
    let mut db = world.pool.acquire().await.unwrap();
    let incident = NewIncident {
        kind: IncidentKind::BooksDiffer,
        key: "a test".to_owned(),
        about: About::default(),
        detail: json!({}),
        if_closed: IfClosed::Reopen,
    };
    shared::incidents::open(&mut db, &incident, world.clock.now()).await.unwrap();
    sqlx::query_scalar("select id from incidents").fetch_one(&mut *db).await.unwrap()
}

/// A refund of which the gateway says that it needs a person.
async fn refund_in_doubt(world: &World, admin: &Person, order: Uuid) -> Uuid {
    let wish = json!({ "amount": { "amount": "1.00", "currency": "USD" } });
    let id = admin.refund(order, wish).await.id();
    let mut db = db::begin(&world.pool).await.unwrap();
    let (state, reference) = (RefundSeen::NeedsAttention, Some("re_in_doubt".to_owned()));
    let seen = RefundObservation { state, reference, failure: None };
    unwind(&mut db, RefundId(id), &seen, world.clock.now()).await.unwrap();
    db.commit().await.unwrap();
    id
}

async fn difference(world: &World) -> Uuid {
    let mut db = world.pool.acquire().await.unwrap();
    let found = Found {
        kind: DifferenceKind::Unknown,
        subject: "a test".to_owned(),
        payment_id: None,
        refund_id: None,
        order_id: None,
        detail: json!({}),
        repaired: false,
    };
    store::record(&mut db, Provider::Stripe, &found, world.clock.now()).await.unwrap();
    sqlx::query_scalar("select id from reconciliation_differences").fetch_one(&mut *db).await.unwrap()
}

async fn is_as_the_table_says(who: Who) {
    let scene = Scene::set().await;
    let mut wrong = Vec::new();
    for row in rows() {
        let answer = scene.answer(&row, who).await;
        let (got, expected) = (answer.status.as_u16(), row.expected[who as usize]);
        if got != expected {
            wrong.push(format!("{} {}: {got}, not {expected}: {}", row.method, row.path, answer.body));
        } else if got >= 400 && answer.body["code"].as_str().is_none() {
            wrong.push(format!("{} {}: no envelope: {}", row.method, row.path, answer.body));
        }
    }
    assert!(wrong.is_empty(), "{who:?}:\n{}", wrong.join("\n"));
    scene.world.work().await;
    scene.world.books_balance().await;
}

#[test]
fn the_table_has_every_operation_and_no_other() {
    let documented = Document::of_this_build().operations();
    let documented: BTreeSet<_> = documented.iter().map(|op| format!("{} {}", op.method, op.path)).collect();
    let listed: BTreeSet<_> = rows().iter().map(|row| format!("{} {}", row.method, row.path)).collect();
    assert_eq!(listed, documented);
}

#[tokio::test]
async fn the_bodies_that_work_are_those_that_are_documented() {
    let (scene, document) = (Scene::set().await, Document::of_this_build());
    for row in rows() {
        let (Some(body), false) = (scene.body(&row), row.path.starts_with("/api/webhooks")) else { continue };
        let operations = document.operations();
        let operation = operations.iter().find(|op| op.method == row.method && op.path == row.path).unwrap();
        let schema = document.body_of(operation).unwrap_or_else(|| panic!("{} {}", row.method, row.path));
        for field in body.as_object().unwrap().keys() {
            assert!(schema["properties"].get(field).is_some(), "{} {}: {field}", row.method, row.path);
        }
        for field in schema["required"].as_array().into_iter().flatten() {
            assert!(body.get(field.as_str().unwrap()).is_some(), "{} {}: {field}", row.method, row.path);
        }
    }
}

#[tokio::test]
async fn nobody() {
    is_as_the_table_says(Who::Nobody).await;
}

#[tokio::test]
async fn the_customer() {
    is_as_the_table_says(Who::Customer).await;
}

#[tokio::test]
async fn another_customer() {
    is_as_the_table_says(Who::OtherCustomer).await;
}

#[tokio::test]
async fn the_vendor() {
    is_as_the_table_says(Who::Vendor).await;
}

#[tokio::test]
async fn another_vendor() {
    is_as_the_table_says(Who::OtherVendor).await;
}

#[tokio::test]
async fn an_administrator() {
    is_as_the_table_says(Who::Admin).await;
}

#[tokio::test]
async fn a_shop_sees_of_an_order_its_own_part_only() {
    let world = World::open().await;
    let (pots, tea) = (world.shop("Pots").await, world.shop("Tea").await);
    let mug = pots.sells(&world, "Mug", "12.50", 5).await;
    let assam = tea.sells(&world, "Assam", "8.00", 5).await;
    let ada = world.customer().await;
    let order = ada.order("cash_on_delivery", &[(mug.variant, 1), (assam.variant, 1)]).await;
    world.work().await;
    assert_eq!(ada.see(order).await["vendors"].as_array().map(Vec::len), Some(2));
    let seen = pots.owner.see(order).await;
    assert_eq!(seen["vendors"].as_array().map(Vec::len), Some(1));
    assert!(seen.to_string().contains("Mug") && !seen.to_string().contains("Assam"), "{seen}");
    let listed = tea.owner.get("/api/vendor/orders").await.data()["results"].clone();
    assert_eq!(listed[0]["total"]["amount"], "8.00");
    world.books_balance().await;
}
