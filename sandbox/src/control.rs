//! The control API, for scripts that play the customer, the bank and bad luck over HTTP. It takes
//! and gives JSON, and no fault ever strikes it. Here is what all gateways share; what a gateway
//! adds is in its folder, under `/control/<gateway>`.

use std::sync::Arc;

use axum::Router;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Json, Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::bkash;
use crate::chapa;
use crate::faults::{ChaosPlan, FaultReport, Rule};
use crate::payment_page::{Choice, Closed, Next, chosen};
use crate::paystack;
use crate::stripe;
use crate::webhooks::Endpoint;
use crate::world::World;

pub type Shared = State<Arc<World>>;
pub type Body<T> = Result<Json<T>, JsonRejection>;

/// What there is to call, and what it takes or does.
pub const CALLS: [(&str, &str); 12] = [
    (
        "GET /control/state?limit=1000",
        "counts, money by currency and by payment, events and their deliveries",
    ),
    ("POST /control/settle", "settle all pending refunds and payments at once"),
    (
        "POST /control/faults",
        r#"{"match": {"method": "POST", "path": "/v1/refunds"}, "fault": "cut_after", "times": 1}"#,
    ),
    (
        "POST /control/faults",
        r#"{"match": {"event": "checkout.session.completed"}, "fault": "webhook_late:800"}"#,
    ),
    ("GET /control/faults", "the rules that are left, the chaos, how often a fault has struck"),
    ("DELETE /control/faults", "no more faults, no more chaos"),
    ("POST /control/chaos", r#"{"seed": 7, "rates": {"slow:300": 0.05, "webhook_duplicate": 0.1}}"#),
    ("PUT /control/webhook/{gateway}", r#"{"url": "http://…", "secrets": ["…"]}"#),
    ("DELETE /control/webhook/{gateway}", "send no more events"),
    ("POST /control/webhooks/resend", r#"{"event": "…"}, its id"#),
    ("POST /control/webhooks/flush", "try all outstanding deliveries now"),
    ("GET /health/live", "ok"),
];

pub fn router() -> Router<Arc<World>> {
    Router::new()
        .route("/health/live", get(live))
        .route("/control/state", get(state))
        .route("/control/faults", get(faults).post(add_fault).delete(clear_faults))
        .route("/control/chaos", post(unleash))
        .route("/control/settle", post(settle))
        .route("/control/webhook/{gateway}", put(set_webhook).delete(unset_webhook))
        .route("/control/webhooks/resend", post(resend))
        .route("/control/webhooks/flush", post(flush))
}

async fn live() -> &'static str {
    "ok"
}

#[derive(Debug, Deserialize)]
struct Limit {
    /// How many payments and events to list.
    #[serde(default = "thousand")]
    limit: usize,
}

fn thousand() -> usize {
    1_000
}

async fn state(State(world): Shared, Query(Limit { limit }): Query<Limit>) -> Response {
    let couriers = world.couriers();
    let outstanding: usize = couriers.iter().map(|(_, courier)| courier.outstanding()).sum();
    let mut webhooks = Map::from_iter([("outstanding".to_owned(), json!(outstanding))]);
    for (gateway, courier) in couriers {
        webhooks.insert(gateway.into(), json!(courier.endpoint().map(|endpoint| endpoint.url)));
    }
    let answer = json!({
        "now": world.clock.now(),
        "stripe": stripe::Inspect { desk: &world.stripe }.report(limit),
        "bkash": bkash::Inspect { desk: &world.bkash }.report(limit),
        "chapa": chapa::Inspect { desk: &world.chapa }.report(limit),
        "paystack": paystack::Inspect { desk: &world.paystack }.report(limit),
        "webhooks": webhooks,
        "faults": world.faults.report(),
    });
    Json(answer).into_response()
}

async fn faults(State(world): Shared) -> Json<FaultReport> {
    Json(world.faults.report())
}

async fn add_fault(State(world): Shared, rule: Body<Rule>) -> Response {
    match read(rule).and_then(|rule| rule.check().map(|()| rule)) {
        Ok(rule) => {
            world.faults.add(rule);
            (StatusCode::CREATED, Json(world.faults.report())).into_response()
        }
        Err(error) => wrong(&error),
    }
}

async fn clear_faults(State(world): Shared) -> StatusCode {
    world.faults.clear();
    StatusCode::NO_CONTENT
}

async fn unleash(State(world): Shared, plan: Body<ChaosPlan>) -> Response {
    match read(plan).and_then(|plan| world.faults.unleash(plan)) {
        Ok(()) => Json(world.faults.report()).into_response(),
        Err(error) => wrong(&error),
    }
}

async fn settle(State(world): Shared) -> StatusCode {
    world.settle_all();
    StatusCode::NO_CONTENT
}

async fn set_webhook(
    State(world): Shared,
    Path(gateway): Path<String>,
    endpoint: Body<Endpoint>,
) -> Response {
    let checked = read(endpoint).and_then(|endpoint| {
        endpoint.check()?;
        if World::needs_secret(&gateway) {
            endpoint.check_secrets()?;
        }
        Ok(endpoint)
    });
    match checked {
        Ok(endpoint) => turn_webhook(&world, &gateway, Some(endpoint)),
        Err(error) => wrong(&error),
    }
}

async fn unset_webhook(State(world): Shared, Path(gateway): Path<String>) -> Response {
    turn_webhook(&world, &gateway, None)
}

fn turn_webhook(world: &World, gateway: &str, endpoint: Option<Endpoint>) -> Response {
    let couriers = world.couriers();
    let Some((_, courier)) = couriers.iter().find(|(known, _)| *known == gateway) else {
        let names = couriers.map(|(name, _)| name).join(", ");
        return refuse(
            StatusCode::NOT_FOUND,
            &format!("no gateway is called {gateway:?}; there are {names}"),
        );
    };
    courier.set_endpoint(endpoint);
    world.endpoint_changed(gateway);
    StatusCode::NO_CONTENT.into_response()
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Resend {
    event: String,
}

async fn resend(State(world): Shared, body: Body<Resend>) -> Response {
    match read(body) {
        Err(error) => wrong(&error),
        Ok(body) if world.resend(&body.event) => StatusCode::ACCEPTED.into_response(),
        Ok(_) => refuse(StatusCode::NOT_FOUND, "no such event, or no webhook endpoint"),
    }
}

/// Answers when every outstanding delivery has been tried.
async fn flush(State(world): Shared) -> Json<Value> {
    Json(json!({"outstanding": world.flush_webhooks().await}))
}

/// Who acts on a payment page, and how.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pay {
    pub payment: String,
    pub outcome: String,
}

/// How something is made to stand.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fate<S> {
    pub status: S,
}

/// Plays the customer. `refusals` are the gateway's words where there is no such payment, where it is
/// complete, and where it is over.
pub fn pay<O: Copy>(
    choices: &[Choice<O>],
    asked: Result<Pay, String>,
    refusals: [&str; 3],
    act: impl FnOnce(&str, O) -> Result<Next, Closed>,
) -> Response {
    let asked = asked.and_then(|asked| Ok((chosen(choices, &asked.outcome)?, asked.payment)));
    let (outcome, payment) = match asked {
        Ok(asked) => asked,
        Err(error) => return wrong(&error),
    };
    let [no_such, complete, over] = refusals;
    let result = match act(&payment, outcome) {
        Ok(Next::Done(url)) => json!({"result": "done", "redirect": url}),
        Ok(Next::Declined(message)) => json!({"result": "declined", "message": message}),
        Ok(Next::Left(url)) => json!({"result": "left", "redirect": url}),
        Err(Closed::NoSuch) => return refuse(StatusCode::NOT_FOUND, no_such),
        Err(Closed::Complete) => return refuse(StatusCode::CONFLICT, complete),
        Err(Closed::Expired) => return refuse(StatusCode::GONE, over),
    };
    Json(result).into_response()
}

/// The answer to making something stand otherwise; false where there is no such thing.
pub fn turned(done: Result<bool, String>, what: &str) -> Response {
    match done {
        Err(error) => wrong(&error),
        Ok(true) => StatusCode::NO_CONTENT.into_response(),
        Ok(false) => refuse(StatusCode::NOT_FOUND, &format!("no such {what}")),
    }
}

/// The body, or what is wrong with it.
pub fn read<T>(body: Body<T>) -> Result<T, String> {
    body.map(|Json(body)| body).map_err(|rejection| rejection.body_text())
}

pub fn wrong(error: &str) -> Response {
    refuse(StatusCode::BAD_REQUEST, error)
}

pub fn refuse(status: StatusCode, error: &str) -> Response {
    (status, Json(json!({"error": error}))).into_response()
}
