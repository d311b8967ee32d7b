//! The control API, for scripts that play the customer, the bank and bad luck over HTTP. It takes
//! and gives JSON, and no fault ever strikes it.

use std::sync::Arc;

use axum::Router;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Json, Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use serde::Deserialize;
use serde_json::json;

use crate::faults::{ChaosPlan, FaultReport, Rule};
use crate::stripe::{self, Closed, Inspect, Next, Outcome, Verdict};
use crate::webhooks::Endpoint;
use crate::world::World;

type Shared = State<Arc<World>>;
type Body<T> = Result<Json<T>, JsonRejection>;

pub fn router() -> Router<Arc<World>> {
    Router::new()
        .route("/health/live", get(live))
        .route("/control/state", get(state))
        .route("/control/faults", get(faults).post(add_fault).delete(clear_faults))
        .route("/control/chaos", post(unleash))
        .route("/control/pay", post(pay))
        .route("/control/settle", post(settle))
        .route("/control/refunds/{id}", post(force_refund))
        .route("/control/webhook", put(set_webhook).delete(unset_webhook))
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
    let stripe = Inspect { desk: &world.stripe, courier: &world.courier }.report(limit);
    let webhooks = json!({
        "outstanding": world.courier.outstanding(),
        "stripe": world.courier.endpoint(stripe::NAME).map(|endpoint| endpoint.url),
    });
    Json(json!({"now": world.clock.now(), "stripe": stripe, "webhooks": webhooks, "faults": world.faults.report()}))
        .into_response()
}

async fn faults(State(world): Shared) -> Json<FaultReport> {
    Json(world.faults.report())
}

async fn add_fault(State(world): Shared, rule: Body<Rule>) -> Response {
    let Json(rule) = match rule {
        Ok(rule) => rule,
        Err(rejection) => return refuse(StatusCode::BAD_REQUEST, &rejection.body_text()),
    };
    world.faults.add(rule);
    (StatusCode::CREATED, Json(world.faults.report())).into_response()
}

async fn clear_faults(State(world): Shared) -> StatusCode {
    world.faults.clear();
    StatusCode::NO_CONTENT
}

async fn unleash(State(world): Shared, plan: Body<ChaosPlan>) -> Response {
    let plan =
        plan.map_err(|rejection| rejection.body_text()).and_then(|Json(plan)| world.faults.unleash(plan));
    match plan {
        Ok(()) => Json(world.faults.report()).into_response(),
        Err(error) => refuse(StatusCode::BAD_REQUEST, &error),
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Pay {
    session: String,
    outcome: String,
}

async fn pay(State(world): Shared, body: Body<Pay>) -> Response {
    let Json(body) = match body {
        Ok(body) => body,
        Err(rejection) => return refuse(StatusCode::BAD_REQUEST, &rejection.body_text()),
    };
    let outcome: Outcome = match body.outcome.parse() {
        Ok(outcome) => outcome,
        Err(error) => return refuse(StatusCode::BAD_REQUEST, &error),
    };
    match world.stripe.pay(&world, &body.session, outcome) {
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

async fn settle(State(world): Shared) -> StatusCode {
    world.stripe.settle_all(&world);
    StatusCode::NO_CONTENT
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fate {
    status: Verdict,
}

async fn force_refund(State(world): Shared, Path(id): Path<String>, fate: Body<Fate>) -> Response {
    match fate {
        Err(rejection) => refuse(StatusCode::BAD_REQUEST, &rejection.body_text()),
        Ok(Json(fate)) if world.stripe.force_refund(&world, &id, fate.status) => {
            StatusCode::NO_CONTENT.into_response()
        }
        Ok(_) => refuse(StatusCode::NOT_FOUND, "no such refund"),
    }
}

async fn set_webhook(State(world): Shared, endpoint: Body<Endpoint>) -> Response {
    match endpoint {
        Ok(Json(endpoint)) if endpoint.secrets.is_empty() => {
            refuse(StatusCode::BAD_REQUEST, "at least one secret is needed: deliveries are signed")
        }
        Ok(Json(endpoint)) => {
            world.courier.set_endpoint(stripe::NAME, Some(endpoint));
            StatusCode::NO_CONTENT.into_response()
        }
        Err(rejection) => refuse(StatusCode::BAD_REQUEST, &rejection.body_text()),
    }
}

async fn unset_webhook(State(world): Shared) -> StatusCode {
    world.courier.set_endpoint(stripe::NAME, None);
    StatusCode::NO_CONTENT
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Resend {
    event: String,
}

async fn resend(State(world): Shared, body: Body<Resend>) -> Response {
    match body {
        Err(rejection) => refuse(StatusCode::BAD_REQUEST, &rejection.body_text()),
        Ok(Json(body)) if world.stripe.resend(&world, &body.event) => StatusCode::ACCEPTED.into_response(),
        Ok(_) => refuse(StatusCode::NOT_FOUND, "no such event, or no webhook endpoint"),
    }
}

/// Answers when every outstanding delivery has been tried.
async fn flush(State(world): Shared) -> Response {
    let outstanding = world.courier.flush().await;
    Json(json!({"outstanding": outstanding})).into_response()
}

fn refuse(status: StatusCode, error: &str) -> Response {
    (status, Json(json!({"error": error}))).into_response()
}
