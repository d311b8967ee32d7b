//! What the control API and the front page have of Chapa: customers at the payment page, refunds and
//! transfers that a bank decides over, the latest payments, the test numbers.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Json, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde::Deserialize;
use serde_json::json;

use super::outcome::NUMBERS;
use super::{CHOICES, Inspect, RefundVerdict, TransferVerdict};
use crate::control::{Body, Shared, read, refuse, wrong};
use crate::html::{code, escape, table};
use crate::payment_page::{Closed, Next, chosen, legend};
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

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Pay {
    payment: String,
    outcome: String,
}

async fn pay(State(world): Shared, body: Body<Pay>) -> Response {
    let asked = read(body).and_then(|body| Ok((chosen(&CHOICES, &body.outcome)?, body.payment)));
    let (outcome, payment) = match asked {
        Ok(asked) => asked,
        Err(error) => return wrong(&error),
    };
    match world.chapa.pay(&world, &payment, outcome) {
        Ok(Next::Done(url)) => Json(json!({"result": "done", "redirect": url})).into_response(),
        Ok(Next::Declined(message)) => {
            Json(json!({"result": "declined", "message": message})).into_response()
        }
        Ok(Next::Left(url)) => Json(json!({"result": "left", "redirect": url})).into_response(),
        Err(Closed::NoSuch) => refuse(StatusCode::NOT_FOUND, "no such payment"),
        Err(Closed::Complete) => refuse(StatusCode::CONFLICT, "the payment is complete"),
        Err(Closed::Expired) => refuse(StatusCode::GONE, "the payment has failed or was cancelled"),
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fate<V> {
    status: V,
}

async fn force_refund(
    State(world): Shared,
    Path(id): Path<String>,
    fate: Body<Fate<RefundVerdict>>,
) -> Response {
    match read(fate) {
        Err(error) => wrong(&error),
        Ok(fate) if world.chapa.force_refund(&world, &id, fate.status) => {
            StatusCode::NO_CONTENT.into_response()
        }
        Ok(_) => refuse(StatusCode::NOT_FOUND, "no such refund"),
    }
}

async fn force_transfer(
    State(world): Shared,
    Path(id): Path<String>,
    fate: Body<Fate<TransferVerdict>>,
) -> Response {
    match read(fate) {
        Err(error) => wrong(&error),
        Ok(fate) if world.chapa.force_transfer(&world, &id, fate.status) => {
            StatusCode::NO_CONTENT.into_response()
        }
        Ok(_) => refuse(StatusCode::NOT_FOUND, "no such transfer"),
    }
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
    if recent.is_empty() {
        return "<p>None yet.</p>".into();
    }
    let rows = recent.into_iter().map(|payment| {
        let link =
            format!("<a href=\"{}\">{}</a>", escape(&payment.checkout_url), escape(&payment.reference));
        [link, code(&payment.tx_ref), payment.status.to_owned()]
    });
    table(&["Payment", "Reference", "Status"], rows)
}
