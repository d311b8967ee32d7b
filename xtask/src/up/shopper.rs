//! One order as a customer places it, over HTTP from registration to paid: nothing here knows more
//! than a frontend would. It buys from both demo shops, pays on the gateway's page as a browser
//! does, and waits by polling.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::client::{Client, text};
use super::marketplace::SHOPS;
use super::stack::Stack;
use crate::console::Step;
use crate::failure::{Failure, Result};
use crate::workspace;

const LIMIT: Duration = Duration::from_secs(60);
/// Asked of the API in one go; short, so that Ctrl-C is heard soon.
const WAIT_SECONDS: u32 = 5;
const TEST_CARD: &str = "4242424242424242";

/// The paid order, as the API tells it.
pub fn place_order(stack: &Stack) -> Result<Value> {
    let customer = register(stack)?;
    fill_cart(&customer)?;
    let id = check_out(&customer)?;
    let step = Step::begin();
    let order = follow(&customer, &id, "awaiting_payment", |order| {
        order["status"] == "awaiting_payment" && order["payment"]["redirect_url"].is_string()
    })?;
    step.done("stock reserved, payment page ready");
    pay(stack, &text(&order, "/payment/redirect_url")?)?;
    let step = Step::begin();
    let order = follow(&customer, &id, "paid", |order| order["status"] == "paid")?;
    step.done("payment settled");
    Ok(order)
}

fn register(stack: &Stack) -> Result<Client> {
    let step = Step::begin();
    let visitor = Client::new(&stack.api_url);
    let unique = workspace::hex(&workspace::random::<6>()?);
    let (email, password) = (format!("customer-{unique}@mail.example"), format!("demo-{unique}-customer"));
    let account = json!({ "email": email, "password": password, "full_name": "Nadia Rahman" });
    visitor.post("/api/auth/register", &account)?;
    let customer = visitor.sign_in(&email, &password)?;
    step.done(&format!("customer {email} registered and signed in"));
    Ok(customer)
}

fn fill_cart(customer: &Client) -> Result<()> {
    let step = Step::begin();
    for (shop, quantity) in SHOPS.iter().zip([1, 2]) {
        let variant = on_sale(customer, shop.slug, quantity)?;
        customer.post("/api/cart", &json!({ "variant_id": variant, "quantity": quantity }))?;
    }
    let cart = customer.get("/api/cart")?;
    step.done(&format!("cart filled from {} shops{}", SHOPS.len(), total(&cart)));
    Ok(())
}

/// The first variant of a shop that has `quantity` pieces.
fn on_sale(customer: &Client, shop: &str, quantity: i64) -> Result<String> {
    let page = customer.get(&format!("/api/products?vendor={shop}"))?;
    for product in page["results"].as_array().into_iter().flatten() {
        let product = customer.get(&format!("/api/products/{}", text(product, "/id")?))?;
        let mut variants = product["variants"].as_array().into_iter().flatten();
        if let Some(variant) = variants.find(|variant| variant["available"].as_i64() >= Some(quantity)) {
            return text(variant, "/id");
        }
    }
    Err(Failure::new(
        format!("the demo shop {shop} is sold out"),
        format!(
            "import its products again: haat-worker import products --vendor {shop} --format shopify demo/{shop}.csv"
        ),
    ))
}

fn check_out(customer: &Client) -> Result<String> {
    let step = Step::begin();
    let order = json!({
        "payment_method": "stripe",
        "shipping_address": {
            "name": "Nadia Rahman",
            "line1": "House 12, Road 7, Dhanmondi",
            "city": "Dhaka",
            "postal_code": "1205",
            "country": "BD",
            "phone": "+8801700000000",
        },
    });
    let key = workspace::hex(&workspace::random::<16>()?);
    let accepted = customer.post_once("/api/orders/checkout", &order, Some(&key))?;
    step.done(&format!("checked out: order {} accepted", accepted["number"].as_str().unwrap_or("?")));
    text(&accepted, "/id")
}

/// On the gateway's page, with the card of its documentation.
fn pay(stack: &Stack, payment_page: &str) -> Result<()> {
    let step = Step::begin();
    if !payment_page.starts_with(&stack.sandbox_url) {
        return Err(Failure::new(
            format!("the payment page {payment_page} is not the sandbox's"),
            "unset HAAT_STRIPE_BASE_URL and HAAT_SANDBOX_PUBLIC_URL: the demo pays on the sandbox only",
        ));
    }
    let browser = Client::new(&stack.sandbox_url);
    let shown = browser.open(payment_page)?;
    let paid = browser.submit(payment_page, &[("card", TEST_CARD)])?;
    let Some(back) = paid.location.filter(|_| shown.status == 200 && paid.status == 303) else {
        let what = format!("the payment page answered {} and the payment {}", shown.status, paid.status);
        return Err(Failure::new(what, "see haat-sandbox.log in target/services/logs"));
    };
    // The way back may lead to a frontend of the user's, which is not ours to visit.
    if back.starts_with(&stack.api_url) {
        let landed = browser.open(&back)?;
        if landed.status >= 400 {
            let what = format!("after paying, {back} answered {}", landed.status);
            return Err(Failure::new(what, "see haat-api.log in target/services/logs"));
        }
    }
    step.done("paid by card on the sandbox");
    Ok(())
}

const WORKER_LOG: &str = "see haat-worker.log in target/services/logs";

/// Polls as a frontend does, until `arrived`; stops early when the order has ended elsewhere.
fn follow(customer: &Client, id: &str, goal: &str, arrived: impl Fn(&Value) -> bool) -> Result<Value> {
    let end = Instant::now() + LIMIT;
    let mut known = None;
    while Instant::now() < end {
        // The first look is for what is; the further ones wait for news.
        let wait = if known.is_some() { WAIT_SECONDS } else { 0 };
        let Some(order) = customer.poll(&format!("/api/orders/{id}?wait={wait}"), &mut known)? else {
            continue;
        };
        if arrived(&order) {
            return Ok(order);
        }
        let status = order["status"].as_str().unwrap_or("unknown");
        if ["rejected", "expired", "cancelled", "failed"].contains(&status) {
            let what = format!("the order is {status} instead of {goal}; its history: {}", order["history"]);
            return Err(Failure::new(what, WORKER_LOG));
        }
    }
    Err(Failure::new(format!("the order is not {goal} after {} s", LIMIT.as_secs()), WORKER_LOG))
}

fn total(holder: &Value) -> String {
    let total = &holder["total"];
    match (total["amount"].as_str(), total["currency"].as_str()) {
        (Some(amount), Some(currency)) => format!(", {amount} {currency}"),
        _ => String::new(),
    }
}
