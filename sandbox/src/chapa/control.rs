//! What the control API and the front page have of Chapa: customers at the payment page, refunds and
//! transfers that a bank decides over, the latest payments, the test numbers.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::post;

use super::outcome::NUMBERS;
use super::{CHOICES, Inspect, RefundVerdict, TransferVerdict};
use crate::control::{self, Body, Fate, Pay, Shared, read, turned};
use crate::html::{self, code, escape, table};
use crate::payment_page::legend;
use crate::world::World;

/// Payments on the front page.
const RECENT: usize = 20;

pub const CALLS: [(&str, &str); 3] = [
    (
        "POST /control/chapa/pay",
        r#"{"payment": "our tx_ref, or AP…", "outcome": "pay"}: as clicking on the payment page"#,
    ),
    ("POST /control/chapa/refunds/{id}", r#"{"status": "refunded"}, "reversed" or "processing"; by ref_id"#),
    (
        "POST /control/chapa/transfers/{id}",
        r#"{"status": "success"}, "failed" or "reverted"; by our reference"#,
    ),
];

pub fn router() -> Router<Arc<World>> {
    Router::new()
        .route("/control/chapa/pay", post(pay))
        .route("/control/chapa/refunds/{id}", post(force_refund))
        .route("/control/chapa/transfers/{id}", post(force_transfer))
}

async fn pay(State(world): Shared, body: Body<Pay>) -> Response {
    let refusals = ["no such payment", "the payment is complete", "the payment has failed or was cancelled"];
    control::pay(&CHOICES, read(body), refusals, |payment, outcome| world.chapa.pay(&world, payment, outcome))
}

async fn force_refund(
    State(world): Shared,
    Path(id): Path<String>,
    fate: Body<Fate<RefundVerdict>>,
) -> Response {
    turned(read(fate).map(|fate| world.chapa.force_refund(&world, &id, fate.status)), "refund")
}

async fn force_transfer(
    State(world): Shared,
    Path(id): Path<String>,
    fate: Body<Fate<TransferVerdict>>,
) -> Response {
    turned(read(fate).map(|fate| world.chapa.force_transfer(&world, &id, fate.status)), "transfer")
}

/// Chapa's part of the front page.
pub fn showcase(world: &World) -> String {
    let numbers = NUMBERS.iter().map(|(number, effect)| [escape(number), escape(effect)]);
    format!(
        "<h2>Chapa</h2>\n<p>At <code>{url}/chapa</code>.</p>\n<h3>Latest payments</h3>\n{payments}\n\
         <h3>Test numbers</h3>\n{choices}\n{numbers}",
        url = escape(&world.public_url),
        payments = payments(world),
        choices = legend(&CHOICES),
        numbers = table(&["Number", "What happens"], numbers),
    )
}

fn payments(world: &World) -> String {
    let recent = Inspect { desk: &world.chapa }.payments(RECENT);
    let rows = recent.into_iter().map(|payment| {
        let link =
            format!("<a href=\"{}\">{}</a>", escape(&payment.checkout_url), escape(&payment.reference));
        [link, code(&payment.tx_ref), payment.status.to_owned()]
    });
    html::latest(&["Payment", "Reference", "Status"], rows)
}
