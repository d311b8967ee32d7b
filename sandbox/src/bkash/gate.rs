//! What every request goes through: the fault decided for it, its path, a scripted answer; then its
//! call, under one lock; then the envelope. The messenger's own few paths go through the same faults.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::books::Books;
use super::refusal::Refusal;
use super::routes::{self, Call};
use super::script::When;
use super::sns;
use crate::connection::Hangup;
use crate::faults::{Fault, FaultKind, Replies, Strikes, around};
use crate::world::World;

const BODY_LIMIT: usize = 1 << 20;
const REPLIES: Replies = Replies {
    broken: || refuse(&Refusal::broken()),
    rate_limited: || refuse(&Refusal::rate_limited()),
    // There are no keys. What comes nearest is the refusal of a payment like one just made.
    key_in_use: || refuse(&Refusal::code("2029")),
};

pub async fn enter(
    State(world): State<Arc<World>>,
    ConnectInfo(hangup): ConnectInfo<Hangup>,
    request: Request<Body>,
) -> Response {
    let path = request.uri().path();
    let path = path.strip_prefix("/bkash").unwrap_or(path).to_owned();
    match world.faults.for_request(super::NAME, request.method(), &path, request.headers()) {
        Ok(strikes) => {
            let run = handle(Arc::clone(&world), request, path, strikes);
            around(strikes.request, &hangup, REPLIES, run).await
        }
        Err(error) => refuse(&Refusal::gateway(StatusCode::BAD_REQUEST, error)),
    }
}

async fn handle(world: Arc<World>, request: Request<Body>, path: String, strikes: Strikes) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, BODY_LIMIT).await else {
        return refuse(&Refusal::gateway(StatusCode::PAYLOAD_TOO_LARGE, "Request Too Long"));
    };
    let struck_by = |kind| strikes.request.filter(|fault: &Fault| fault.kind == kind);
    if let Some(slow) = struck_by(FaultKind::Slow) {
        tokio::time::sleep(Duration::from_millis(slow.ms)).await;
    }
    if path.starts_with("/sns/") && parts.method == Method::GET {
        return sns::answer(&world, &path, parts.uri.query().unwrap_or_default());
    }
    let call = Call::at(&path).filter(|_| parts.method == Method::POST);
    let Some(call) = call else { return refuse(&Refusal::no_such_call(parts.method.as_str(), &path)) };
    let response = world
        .bkash
        .open(&world, strikes.events, |books, now_ms| run(books, call, &parts.headers, &body, now_ms));
    // bKash stores no answers: the 500 that others would repeat is here one like any other.
    if struck_by(FaultKind::Error500Stored).is_some() { refuse(&Refusal::broken()) } else { response }
}

fn run(books: &mut Books, call: Call, headers: &HeaderMap, body: &[u8], now_ms: i64) -> Response {
    if let Some(refusal) = books.script.take(call, When::Before) {
        return refuse(&refusal);
    }
    match routes::run(books, call, headers, body, now_ms) {
        Ok(answer) => match books.script.take(call, When::After) {
            Some(refusal) => refuse(&refusal),
            None => respond(StatusCode::OK, Bytes::from(answer.to_string())),
        },
        Err(refusal) => refuse(&call.worded(refusal)),
    }
}

fn refuse(refusal: &Refusal) -> Response {
    respond(refusal.status, Bytes::from(refusal.body().to_string()))
}

fn respond(status: StatusCode, body: Bytes) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json;charset=UTF-8")], body).into_response()
}
