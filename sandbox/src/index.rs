//! The front page: what the sandbox can do. Every gateway shows its own part; everything is also in
//! the README, and the tables come from the code they describe.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{Method, StatusCode, Uri};
use axum::response::Response;
use axum::routing::get;

use crate::bkash;
use crate::faults::FAULTS;
use crate::html::{code, escape, page, table};
use crate::world::World;
use crate::{chapa, control, paystack, stripe};

pub fn router() -> Router<Arc<World>> {
    Router::new().route("/", get(show))
}

/// The answer to a path that belongs to no gateway.
pub async fn nowhere(method: Method, uri: Uri) -> Response {
    let path = uri.path();
    let message = format!(
        "{method} {path}: there is nothing here. Gateways are at /stripe, /bkash, /paystack and /chapa, Stripe also at \
         /v1, the control API at /control; GET / lists all there is."
    );
    control::refuse(StatusCode::NOT_FOUND, &message)
}

/// The answer to a method that a path of the sandbox's own does not have.
pub async fn not_so(method: Method, uri: Uri) -> Response {
    let message =
        format!("{method} {}: this path takes another method; GET / lists all there is.", uri.path());
    control::refuse(StatusCode::METHOD_NOT_ALLOWED, &message)
}

async fn show(State(world): State<Arc<World>>) -> Response {
    let calls = control::CALLS.iter().chain(&stripe::CALLS).chain(&bkash::CALLS);
    let calls = calls.chain(&paystack::CALLS).chain(&chapa::CALLS);
    let body = format!(
        "<h1>Haat sandbox</h1>\n<p>Pretend payment gateways.</p>\n{stripe}\n{bkash}\n{paystack}\n{chapa}\n\
         <h2>Faults</h2>\n<p>For one request: the header <code>X-Sandbox-Fault: name</code> or \
         <code>name:ms</code>.</p>\n{faults}\n\
         <h2>Control API</h2>\n{control}",
        stripe = stripe::showcase(&world),
        bkash = bkash::showcase(&world),
        chapa = chapa::showcase(&world),
        paystack = paystack::showcase(&world),
        faults = table(
            &["Fault", "What happens"],
            FAULTS.iter().map(|(_, name, _, effect)| [code(name), escape(effect)])
        ),
        control =
            table(&["Request", "Body or effect"], calls.map(|(call, effect)| [code(call), code(effect)])),
    );
    page(StatusCode::OK, "Haat sandbox", &body)
}
