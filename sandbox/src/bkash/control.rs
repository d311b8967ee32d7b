//! What the control API and the front page have of bKash: payers at the payment page, refunds that
//! end as wished, answers to order, tokens that run out, the latest payments, the test wallets.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;

use super::outcome::CHOICES;
use super::script::Order;
use super::{Inspect, Verdict};
use crate::control::{self, Body, Fate, Pay, Shared, read, refuse, turned, wrong};
use crate::html::{self, code, escape, table};
use crate::payment_page::{legend, money};
use crate::world::World;

/// Payments on the front page.
const RECENT: usize = 20;

pub const CALLS: [(&str, &str); 6] = [
    (
        "POST /control/bkash/pay",
        r#"{"payment": "TR0011…", "outcome": "pay"}: as clicking on the payment page; also by invoice number"#,
    ),
    ("POST /control/bkash/refunds/{trxID}", r#"{"status": "failed"}, or "succeeded" for a pending one"#),
    (
        "POST /control/bkash/answers",
        r#"{"call": "execute", "when": "after", "envelope": "gateway", "code": "504", "times": 1}"#,
    ),
    ("DELETE /control/bkash/answers", "no more ordered answers"),
    ("POST /control/bkash/tokens/expire", "every token has run out"),
    ("POST /control/bkash/subscribe", "ask the endpoint again to confirm its subscription"),
];

pub fn router() -> Router<Arc<World>> {
    Router::new()
        .route("/control/bkash/pay", post(pay))
        .route("/control/bkash/refunds/{id}", post(force_refund))
        .route("/control/bkash/answers", post(order_answer).delete(clear_answers))
        .route("/control/bkash/tokens/expire", post(expire_tokens))
        .route("/control/bkash/subscribe", post(subscribe))
}

async fn pay(State(world): Shared, body: Body<Pay>) -> Response {
    let refusals = ["no such payment", "the payer has confirmed already", "the payment is over"];
    control::pay(&CHOICES, read(body), refusals, |payment, outcome| world.bkash.pay(&world, payment, outcome))
}

async fn force_refund(State(world): Shared, Path(id): Path<String>, fate: Body<Fate<Verdict>>) -> Response {
    turned(read(fate).map(|fate| world.bkash.force_refund(&world, &id, fate.status)), "refund")
}

async fn order_answer(State(world): Shared, order: Body<Order>) -> Response {
    match read(order).and_then(|order| world.bkash.order(&world, order)) {
        Ok(()) => StatusCode::CREATED.into_response(),
        Err(error) => wrong(&error),
    }
}

async fn clear_answers(State(world): Shared) -> StatusCode {
    world.bkash.open(&world, None, |books, _| books.script.clear());
    StatusCode::NO_CONTENT
}

async fn expire_tokens(State(world): Shared) -> StatusCode {
    world.bkash.expire_tokens(&world);
    StatusCode::NO_CONTENT
}

async fn subscribe(State(world): Shared) -> Response {
    if world.bkash.courier.endpoint().is_none() {
        return refuse(StatusCode::NOT_FOUND, "there is no endpoint");
    }
    world.bkash.subscribe(&world);
    StatusCode::ACCEPTED.into_response()
}

/// bKash's part of the front page.
pub fn showcase(world: &World) -> String {
    let config = &world.config.bkash;
    let rows = [
        ("username", &config.username),
        ("password", &config.password),
        ("app_key", &config.app_key),
        ("app_secret", &config.app_secret),
    ];
    format!(
        "<h2>bKash</h2>\n<p>At <code>{url}/bkash/v1.2.0-beta</code>, the second refund API at \
         <code>{url}/bkash/v2</code>.</p>\n{credentials}\n<h3>Latest payments</h3>\n{payments}\n\
         <h3>Test wallets</h3>\n{wallets}",
        url = escape(&world.public_url),
        credentials =
            table(&["Credential", "Value"], rows.map(|(name, value)| [code(name), code(value)]).into_iter()),
        payments = payments(world),
        wallets = legend(&CHOICES),
    )
}

fn payments(world: &World) -> String {
    let recent = Inspect { desk: &world.bkash }.payments(RECENT);
    let rows = recent.into_iter().map(|payment| {
        let id = escape(&payment.id);
        let link = format!("<a href=\"{}/bkash/pay/{id}\">{id}</a>", escape(&world.public_url));
        let amount = escape(&money(payment.amount, payment.currency));
        [link, code(&payment.reference), amount, payment.status.to_owned()]
    });
    html::latest(&["Payment", "Invoice", "Amount", "Status"], rows)
}
