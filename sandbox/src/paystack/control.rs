//! What the control API and the front page have of Paystack: customers at the payment page, banks that
//! decide over refunds, transfers and disputes, the latest transactions, the test numbers.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Json, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde::Deserialize;
use serde_json::json;

use super::payee::ACCOUNTS;
use super::{CHOICES, Impossible, Inspect, RefundStatus, Ruling, TransferStatus};
use crate::control::{self, Body, Fate, Pay, Shared, read, refuse, wrong};
use crate::html::{self, code, escape, table};
use crate::payment_page::legend;
use crate::world::World;

/// Transactions on the front page.
const RECENT: usize = 20;

pub const CALLS: [(&str, &str); 5] = [
    (
        "POST /control/paystack/pay",
        r#"{"payment": "reference, id or access code", "outcome": "pay"}: as clicking on the payment page"#,
    ),
    (
        "POST /control/paystack/refunds/{id}",
        r#"{"status": "processed"}, or "processing", "failed", "needs-attention""#,
    ),
    (
        "POST /control/paystack/transfers/{code}",
        r#"{"status": "success"}, or "failed", "reversed", "blocked", "rejected", "received", "abandoned""#,
    ),
    (
        "POST /control/paystack/disputes",
        r#"{"payment": "reference or id", "amount": 5000}: the customer complains; all of it without amount"#,
    ),
    (
        "POST /control/paystack/disputes/{id}",
        r#"{"ruling": "remind"}, or "auto-accepted" for the customer, "declined" for the merchant"#,
    ),
];

pub fn router() -> Router<Arc<World>> {
    Router::new()
        .route("/control/paystack/pay", post(pay))
        .route("/control/paystack/refunds/{id}", post(force_refund))
        .route("/control/paystack/transfers/{code}", post(force_transfer))
        .route("/control/paystack/disputes", post(dispute))
        .route("/control/paystack/disputes/{id}", post(rule))
}

async fn pay(State(world): Shared, body: Body<Pay>) -> Response {
    let refusals = ["no such payment", "the payment is complete or under way", "the payment has expired"];
    control::pay(&CHOICES, read(body), refusals, |payment, outcome| {
        world.paystack.pay(&world, payment, outcome)
    })
}

async fn force_refund(
    State(world): Shared,
    Path(id): Path<String>,
    fate: Body<Fate<RefundStatus>>,
) -> Response {
    match read(fate) {
        Ok(fate) => done(world.paystack.force_refund(&world, &id, fate.status)),
        Err(error) => wrong(&error),
    }
}

async fn force_transfer(
    State(world): Shared,
    Path(name): Path<String>,
    fate: Body<Fate<TransferStatus>>,
) -> Response {
    match read(fate) {
        Ok(fate) => done(world.paystack.force_transfer(&world, &name, fate.status)),
        Err(error) => wrong(&error),
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Complaint {
    payment: String,
    amount: Option<i64>,
}

async fn dispute(State(world): Shared, complaint: Body<Complaint>) -> Response {
    let complaint = match read(complaint) {
        Ok(complaint) => complaint,
        Err(error) => return wrong(&error),
    };
    match world.paystack.dispute(&world, &complaint.payment, complaint.amount) {
        Ok(id) => (StatusCode::CREATED, Json(json!({"dispute": id}))).into_response(),
        Err(impossible) => done(Err(impossible)),
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Decision {
    ruling: Ruling,
}

async fn rule(State(world): Shared, Path(id): Path<String>, decision: Body<Decision>) -> Response {
    match read(decision) {
        Ok(decision) => done(world.paystack.rule(&world, &id, decision.ruling)),
        Err(error) => wrong(&error),
    }
}

fn done(result: Result<(), Impossible>) -> Response {
    match result {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(Impossible::NoSuch) => refuse(StatusCode::NOT_FOUND, "there is none with this name"),
        Err(Impossible::Now) => refuse(StatusCode::CONFLICT, "its state does not allow that"),
    }
}

/// Paystack's part of the front page.
pub fn showcase(world: &World) -> String {
    let accounts = ACCOUNTS.iter().map(|(number, _, effect)| [code(number), escape(effect)]);
    format!(
        "<h2>Paystack</h2>\n<p>At <code>{url}/paystack</code>.</p>\n<h3>Latest transactions</h3>\n{latest}\n\
         <h3>Test cards</h3>\n{cards}\n<h3>Test accounts for transfers</h3>\n{accounts}",
        url = escape(&world.public_url),
        latest = latest(world),
        cards = legend(&CHOICES),
        accounts = table(&["Account number", "What happens to a transfer"], accounts),
    )
}

fn latest(world: &World) -> String {
    let recent = Inspect { desk: &world.paystack }.payments(RECENT);
    let rows = recent.into_iter().map(|payment| {
        let reference = code(&payment.reference);
        let link = payment.access_code.as_deref().map_or(reference.clone(), |code| {
            let url = escape(&world.public_url);
            format!("<a href=\"{url}/paystack/checkout/{}\">{reference}</a>", escape(code))
        });
        [link, payment.id.to_string(), payment.status.to_owned()]
    });
    html::latest(&["Transaction", "Id", "Status"], rows)
}
