//! Orders as customers place them, over HTTP from registration to paid, and one of each two back again: nothing here
//! knows more than a frontend would. For each gateway a customer buys from the shops that sell in its money, pays at
//! the sandbox, follows where the page leads as a browser does, and waits by polling.

use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::client::{Client, text};
use super::marketplace::{Market, SHOPS};
use super::stack::Stack;
use crate::console::Step;
use crate::failure::{Failure, Result};
use crate::vendors::{VENDORS, Vendor, page_name};
use crate::workspace;

const LIMIT: Duration = Duration::from_secs(60);
/// Longest wait of one request; short, so that Ctrl-C takes effect soon.
const WAIT_SECONDS: u32 = 5;
/// Most redirects that a browser follows: from the gateway to us, and from us to the shop.
const HOPS: usize = 3;
/// Orders that have ended elsewhere than they were to.
const ENDS: [&str; 4] = ["rejected", "expired", "cancelled", "failed"];

/// Places an order that is paid and one that is refunded through each gateway, all gateways at once. Returns the orders
/// as the API shows them.
pub fn through_each_gateway(stack: &Stack, market: &Market) -> Result<Vec<Value>> {
    let stories = thread::scope(|scope| {
        let threads = VENDORS.map(|vendor| scope.spawn(move || through(stack, market, vendor)));
        threads.map(|thread| thread.join().expect("a customer does not panic"))
    });
    let mut all = Vec::new();
    for (vendor, stories) in VENDORS.iter().zip(stories) {
        all.extend(stories.map_err(|failure| named(vendor, failure))?);
    }
    Ok(all)
}

fn named(vendor: &Vendor, failure: Failure) -> Failure {
    if failure.is_interruption() {
        return failure;
    }
    Failure::new(format!("{}: {}", vendor.name, failure.what), failure.advice)
}

fn through(stack: &Stack, market: &Market, vendor: Vendor) -> Result<[Value; 2]> {
    let customer = register(stack, vendor)?;
    let kept = order(stack, &customer, vendor)?;
    let paid = order(stack, &customer, vendor)?;
    let refunded = refund(market, &customer, vendor, &paid)?;
    Ok([kept, refunded])
}

fn register(stack: &Stack, vendor: Vendor) -> Result<Client> {
    let visitor = Client::new(&stack.api_url);
    let unique = workspace::hex(&workspace::random::<6>()?);
    let email = format!("customer-{}-{unique}@mail.example", vendor.name);
    let password = format!("demo-{unique}-customer");
    let account = json!({ "email": email, "password": password, "full_name": "Nadia Rahman" });
    visitor.post("/api/auth/register", &account)?;
    visitor.sign_in(&email, &password)
}

/// From an empty cart to a paid order.
fn order(stack: &Stack, customer: &Client, vendor: Vendor) -> Result<Value> {
    let step = Step::begin();
    fill_cart(customer, vendor)?;
    let id = check_out(customer, vendor)?;
    let order = follow(customer, &id, "awaiting payment with a page", |order| {
        order["status"] == "awaiting_payment" && order["payment"]["redirect_url"].is_string()
    })?;
    pay(stack, vendor, &text(&order, "/payment/redirect_url")?)?;
    let order = follow(customer, &id, "paid", |order| order["status"] == "paid")?;
    step.done(&format!("{}: order {} paid{}", vendor.name, text(&order, "/number")?, total(&order)));
    Ok(order)
}

fn fill_cart(customer: &Client, vendor: Vendor) -> Result<()> {
    let shops = SHOPS.iter().filter(|shop| shop.currency == vendor.currency);
    for (shop, quantity) in shops.zip([1, 2]) {
        let variant = on_sale(customer, shop.slug, vendor.currency, quantity)?;
        customer.post("/api/cart", &json!({ "variant_id": variant, "quantity": quantity }))?;
    }
    Ok(())
}

/// The first variant of a shop that has `quantity` pieces.
fn on_sale(customer: &Client, shop: &str, currency: &str, quantity: i64) -> Result<String> {
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
            "import its products again: haat-worker import products --vendor {shop} --format shopify \
             --currency {currency} demo/{shop}.csv"
        ),
    ))
}

/// What a customer sends to check out.
pub fn wish(method: &str) -> Value {
    json!({
        "payment_method": method,
        "shipping_address": {
            "name": "Nadia Rahman",
            "line1": "House 12, Road 7, Dhanmondi",
            "city": "Dhaka",
            "postal_code": "1205",
            "country": "BD",
            "phone": "+8801700000000",
        },
    })
}

fn check_out(customer: &Client, vendor: Vendor) -> Result<String> {
    let key = workspace::hex(&workspace::random::<16>()?);
    let accepted = customer.post_once("/api/orders/checkout", &wish(vendor.name), Some(&key))?;
    text(&accepted, "/id")
}

/// The customer pays on the gateway's page, and the browser goes where that leads: with bKash it is our own address
/// that has the money taken.
fn pay(stack: &Stack, vendor: Vendor, page: &str) -> Result<()> {
    let Some(name) = page_name(page).filter(|_| page.starts_with(&stack.sandbox_url)) else {
        let base_url = format!("HAAT_{}_BASE_URL", vendor.name.to_uppercase());
        return Err(Failure::new(
            format!("the payment page {page} is not the sandbox's"),
            format!("unset {base_url} and HAAT_SANDBOX_PUBLIC_URL: the demo pays on the sandbox only"),
        ));
    };
    let browser = Client::new(&stack.sandbox_url);
    let shown = browser.open(page)?;
    if shown.status != 200 {
        return Err(Failure::new(format!("the payment page {page} answered {}", shown.status), SANDBOX_LOG));
    }
    let wish = json!({ "payment": name, "outcome": "pay" });
    let paid = browser.post_plain(&format!("/control/{}/pay", vendor.name), &wish)?;
    let mut next = paid["redirect"].as_str().map(str::to_owned);
    for _ in 0..HOPS {
        // The way back may lead to a frontend of the user's, which is not ours to visit.
        let Some(url) = next.take().filter(|url| url.starts_with(&stack.api_url)) else { break };
        let landed = browser.open(&url)?;
        if landed.status >= 400 {
            let what = format!("after paying, {url} answered {}", landed.status);
            return Err(Failure::new(what, "see haat-api.log in target/services/logs"));
        }
        next = landed.location;
    }
    Ok(())
}

/// An admin gives all of it back.
fn refund(market: &Market, customer: &Client, vendor: Vendor, order: &Value) -> Result<Value> {
    let step = Step::begin();
    let id = text(order, "/id")?;
    let wish = json!({ "restock": true, "reason": "sent back by the customer" });
    market.admin.post(&format!("/api/orders/{id}/refunds"), &wish)?;
    let order = follow(customer, &id, "refunded", |order| order["status"] == "refunded")?;
    step.done(&format!("{}: order {} refunded", vendor.name, text(&order, "/number")?));
    Ok(order)
}

const WORKER_LOG: &str = "see haat-worker.log in target/services/logs";
const SANDBOX_LOG: &str = "see haat-sandbox.log in target/services/logs";

/// Polls as a frontend does, until `arrived`; stops early when the order has ended elsewhere.
fn follow(customer: &Client, id: &str, goal: &str, arrived: impl Fn(&Value) -> bool) -> Result<Value> {
    let end = Instant::now() + LIMIT;
    let mut known = None;
    let mut last = Value::Null;
    while Instant::now() < end {
        // The first look returns the current state; the others wait for a change.
        let wait = if known.is_some() { WAIT_SECONDS } else { 0 };
        let Some(order) = customer.poll(&format!("/api/orders/{id}?wait={wait}"), &mut known)? else {
            continue;
        };
        if arrived(&order) {
            return Ok(order);
        }
        let status = order["status"].as_str().unwrap_or("unknown");
        let refund_failed = order["refunds"]
            .as_array()
            .is_some_and(|refunds| refunds.iter().any(|refund| refund["status"] == "failed"));
        if ENDS.contains(&status) || refund_failed {
            let (history, refunds) = (&order["history"], &order["refunds"]);
            let what = format!("the order is {status}, not {goal}; history {history}, refunds {refunds}");
            return Err(Failure::new(what, WORKER_LOG));
        }
        last = order;
    }
    let (status, payment, refunds) = (&last["status"], &last["payment"], &last["refunds"]);
    let what = format!(
        "the order is not {goal} after {} s: {status}, payment {payment}, refunds {refunds}",
        LIMIT.as_secs()
    );
    Err(Failure::new(what, WORKER_LOG))
}

fn total(holder: &Value) -> String {
    let total = &holder["total"];
    match (total["amount"].as_str(), total["currency"].as_str()) {
        (Some(amount), Some(currency)) => format!(", {amount} {currency}"),
        _ => String::new(),
    }
}
