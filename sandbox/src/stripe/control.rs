//! What the control API and the front page have of Stripe: customers at the payment page, refunds
//! that a bank decides over, the latest sessions, the test cards.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Json, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde::Deserialize;
use serde_json::json;

use super::{CHOICES, Inspect, Verdict};
use crate::control::{Body, Shared, read, refuse, wrong};
use crate::html::{code, escape, table};
use crate::payment_page::{Closed, Next, chosen, legend};
use crate::world::World;

/// Sessions on the front page.
const RECENT: usize = 20;

pub const CALLS: [(&str, &str); 2] = [
    (
        "POST /control/stripe/pay",
        r#"{"session": "cs_test_…", "outcome": "pay"}: as clicking on the payment page"#,
    ),
    ("POST /control/stripe/refunds/{id}", r#"{"status": "failed"}, or "succeeded" for a pending one"#),
];

pub fn router() -> Router<Arc<World>> {
    Router::new()
        .route("/control/stripe/pay", post(pay))
        .route("/control/stripe/refunds/{id}", post(force_refund))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Pay {
    session: String,
    outcome: String,
}

async fn pay(State(world): Shared, body: Body<Pay>) -> Response {
    let asked = read(body).and_then(|body| Ok((chosen(&CHOICES, &body.outcome)?, body.session)));
    let (outcome, session) = match asked {
        Ok(asked) => asked,
        Err(error) => return wrong(&error),
    };
    match world.stripe.pay(&world, &session, outcome) {
        Ok(Next::Done(url)) => Json(json!({"result": "done", "redirect": url})).into_response(),
        Ok(Next::Declined(message)) => {
            Json(json!({"result": "declined", "message": message})).into_response()
        }
        Ok(Next::Left(url)) => Json(json!({"result": "left", "redirect": url})).into_response(),
        Err(Closed::NoSuch) => refuse(StatusCode::NOT_FOUND, "no such session"),
        Err(Closed::Complete) => refuse(StatusCode::CONFLICT, "the session is complete"),
        Err(Closed::Expired) => refuse(StatusCode::GONE, "the session has expired"),
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fate {
    status: Verdict,
}

async fn force_refund(State(world): Shared, Path(id): Path<String>, fate: Body<Fate>) -> Response {
    match read(fate) {
        Err(error) => wrong(&error),
        Ok(fate) if world.stripe.force_refund(&world, &id, fate.status) => {
            StatusCode::NO_CONTENT.into_response()
        }
        Ok(_) => refuse(StatusCode::NOT_FOUND, "no such refund"),
    }
}

/// Stripe's part of the front page.
pub fn showcase(world: &World) -> String {
    format!(
        "<h2>Stripe</h2>\n<p>At <code>{url}/stripe</code>.</p>\n<h3>Latest sessions</h3>\n{sessions}\n\
         <h3>Test cards</h3>\n{cards}",
        url = escape(&world.public_url),
        sessions = sessions(world),
        cards = legend(&CHOICES),
    )
}

fn sessions(world: &World) -> String {
    let recent = Inspect { desk: &world.stripe }.sessions(RECENT);
    if recent.is_empty() {
        return "<p>None yet.</p>".into();
    }
    let rows = recent.into_iter().map(|session| {
        let id = escape(&session.id);
        let short = id.get(..20).unwrap_or(&id);
        let link = format!("<a href=\"{}/stripe/pay/{id}\">{short}…</a>", escape(&world.public_url));
        let reference = session.client_reference_id.as_deref().map(code).unwrap_or_default();
        [link, reference, format!("{}, {}", session.status, session.payment_status)]
    });
    table(&["Session", "Reference", "Status"], rows)
}
