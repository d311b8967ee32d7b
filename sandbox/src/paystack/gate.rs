//! What every API request goes through: the fault decided for it, the secret key, the body or query;
//! then its endpoint, under one lock. Paystack has no idempotency keys, so a fault that is about them
//! (`error_500_stored`) loses the answer and nothing else.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::books::Books;
use super::fields::Fields;
use super::listing::Found;
use super::refusal::Refusal;
use super::routes;
use crate::connection::Hangup;
use crate::faults::{FaultKind, Replies, Strikes, around};
use crate::form;
use crate::world::World;

/// A batch of a hundred transfers fits easily.
const BODY_LIMIT: usize = 256 * 1024;
const REPLIES: Replies = Replies {
    broken: || refuse(&Refusal::broken()),
    rate_limited: || refuse(&Refusal::rate_limited()),
    key_in_use: || refuse(&Refusal::duplicate_reference()),
};

/// One request as its endpoint sees it.
#[derive(Debug)]
pub struct Call {
    pub method: Method,
    /// Without the sandbox's prefix, as it came: `/transaction/verify/ord-1`.
    pub path: String,
    /// The body of a POST or PUT, the query of a GET.
    pub fields: Fields,
}

/// What an endpoint answers when all is well.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub message: String,
    pub data: Option<Value>,
    pub meta: Option<Value>,
}

impl Answer {
    pub fn new(message: impl Into<String>, data: Value) -> Self {
        Self { status: StatusCode::OK, message: message.into(), data: Some(data), meta: None }
    }

    pub fn list(message: &str, found: Found) -> Self {
        Self { meta: Some(found.meta), ..Self::new(message, found.data) }
    }

    pub fn created(self) -> Self {
        Self { status: StatusCode::CREATED, ..self }
    }
}

pub async fn enter(
    State(world): State<Arc<World>>,
    ConnectInfo(hangup): ConnectInfo<Hangup>,
    request: Request<Body>,
) -> Response {
    let path = request.uri().path();
    let path = path.strip_prefix("/paystack").unwrap_or(path).to_owned();
    match world.faults.for_request(super::NAME, request.method(), &path, request.headers()) {
        Ok(strikes) => {
            let run = handle(Arc::clone(&world), request, path, strikes);
            around(strikes.request, &hangup, REPLIES, run).await
        }
        Err(error) => refuse(&Refusal::invalid(error)),
    }
}

async fn handle(world: Arc<World>, request: Request<Body>, path: String, strikes: Strikes) -> Response {
    let (parts, body) = request.into_parts();
    if !authorized(&parts.headers, &world.config.paystack.key) {
        return refuse(&Refusal::wrong_key());
    }
    let fields = if parts.method == Method::GET {
        Ok(Fields::of_query(form::pairs(parts.uri.query().unwrap_or_default().as_bytes())))
    } else {
        match axum::body::to_bytes(body, BODY_LIMIT).await {
            Ok(body) => Fields::of_body(&body),
            Err(_) => Err(Refusal::invalid("The request body could not be read, or is too large")),
        }
    };
    let mut call = match fields {
        Ok(fields) => Call { method: parts.method, path, fields },
        Err(refusal) => return refuse(&refusal),
    };
    if let Some(slow) = strikes.request.filter(|fault| fault.kind == FaultKind::Slow) {
        tokio::time::sleep(Duration::from_millis(slow.ms)).await;
    }
    let result = world.paystack.open(&world, strikes.events, |books, _| run(books, &mut call));
    if strikes.request.is_some_and(|fault| fault.kind == FaultKind::Error500Stored) {
        return refuse(&Refusal::broken());
    }
    match result {
        Ok(answer) => respond(answer),
        Err(refusal) => refuse(&refusal),
    }
}

fn authorized(headers: &HeaderMap, accepted: &str) -> bool {
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let key = given.and_then(|given| given.split_once(' '));
    key.is_some_and(|(scheme, key)| scheme.eq_ignore_ascii_case("bearer") && key.trim() == accepted)
}

fn run(books: &mut Books, call: &mut Call) -> Result<Answer, Refusal> {
    let mut answer = routes::run(books, call)?;
    if let Some(data) = &mut answer.data {
        books.odd.twist(data);
    }
    Ok(answer)
}

fn respond(answer: Answer) -> Response {
    let mut body = json!({"status": true, "message": answer.message});
    for (name, value) in [("data", answer.data), ("meta", answer.meta)] {
        if let Some(value) = value {
            body[name] = value;
        }
    }
    send(answer.status, &body)
}

fn refuse(refusal: &Refusal) -> Response {
    send(refusal.status, &refusal.body())
}

fn send(status: StatusCode, body: &Value) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json; charset=utf-8")], body.to_string()).into_response()
}
