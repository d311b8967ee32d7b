//! What every API request goes through: the fault decided for it, the secret key, the body; then its
//! endpoint, under one lock; then the approval calls for transfers it made. Chapa has no idempotency
//! keys: whatever struck `after` has happened, and repeating the request meets what it left.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::rejection::PathRejection;
use axum::extract::{ConnectInfo, Path, State};
use axum::http::{HeaderMap, Method, Request, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use super::fields::Fields;
use super::refusal::Refusal;
use super::settings::ChapaConfig;
use super::{approval, routes};
use crate::connection::Hangup;
use crate::faults::{FaultKind, Replies, Strikes, around};
use crate::form;
use crate::world::World;

const FORM: &str = "application/x-www-form-urlencoded";
const BODY_LIMIT: usize = 64 << 10;
const REPLIES: Replies = Replies {
    broken: || refuse(&Refusal::broken()),
    rate_limited: || refuse(&Refusal::too_many(1)),
    key_in_use: || refuse(&Refusal::bad(ChapaConfig::default().duplicate_text)),
};

/// One request as its endpoint sees it.
#[derive(Debug)]
pub struct Call {
    pub method: Method,
    /// Decoded, below `/v1/`: `transaction/initialize`.
    pub path: String,
    pub query: Vec<(String, String)>,
    pub content_type: String,
    pub body: Bytes,
    pub now_ms: i64,
}

impl Call {
    /// The body of an endpoint that takes JSON, and forms as well.
    ///
    /// # Errors
    /// When the header says it is something else.
    pub fn fields(&self) -> Result<Fields, Refusal> {
        match self.body_of(FORM) {
            Ok(form) => Ok(Fields::of_form(form::pairs(form))),
            Err(_) => self.body_of("application/json").map(Fields::of_json),
        }
    }

    /// The body of an endpoint that takes a form; it may be empty.
    ///
    /// # Errors
    /// When the header says it is something else.
    pub fn form(&self) -> Result<Vec<(String, String)>, Refusal> {
        if self.body.is_empty() {
            return Ok(Vec::new());
        }
        self.body_of(FORM).map(form::pairs)
    }

    fn body_of(&self, wanted: &str) -> Result<&[u8], Refusal> {
        let given = self.content_type.split(';').next().unwrap_or_default().trim();
        if given.eq_ignore_ascii_case(wanted) { Ok(&self.body) } else { Err(Refusal::content_type(wanted)) }
    }
}

pub async fn enter(
    State(world): State<Arc<World>>,
    ConnectInfo(hangup): ConnectInfo<Hangup>,
    endpoint: Result<Path<String>, PathRejection>,
    request: Request<Body>,
) -> Response {
    let path = request.uri().path();
    let path = path.strip_prefix("/chapa").unwrap_or(path);
    match world.faults.for_request(super::NAME, request.method(), path, request.headers()) {
        Ok(strikes) => {
            let run = handle(Arc::clone(&world), endpoint, request, strikes);
            around(strikes.request, &hangup, REPLIES, run).await
        }
        Err(error) => refuse(&Refusal::bad(format!("X-Sandbox-Fault: {error}"))),
    }
}

async fn handle(
    world: Arc<World>,
    endpoint: Result<Path<String>, PathRejection>,
    request: Request<Body>,
    strikes: Strikes,
) -> Response {
    if let Err(refusal) = authorize(request.headers(), &world.config.chapa.key) {
        return refuse(&refusal);
    }
    let (parts, body) = request.into_parts();
    let Ok(Path(path)) = endpoint else {
        return refuse(&Refusal::no_route(parts.method.as_str(), parts.uri.path()));
    };
    let Ok(body) = axum::body::to_bytes(body, BODY_LIMIT).await else {
        return refuse(&Refusal::too_large());
    };
    let content_type = parts.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let content_type = content_type.unwrap_or_default().to_owned();
    let query = form::pairs(parts.uri.query().unwrap_or_default().as_bytes());
    let mut call = Call { method: parts.method, path, query, content_type, body, now_ms: 0 };
    if let Some(slow) = strikes.request.filter(|fault| fault.kind == FaultKind::Slow) {
        tokio::time::sleep(Duration::from_millis(slow.ms)).await;
    }
    let (result, unapproved) = world.chapa.open(&world, strikes.events, |books, now_ms| {
        call.now_ms = now_ms;
        let result = routes::run(books, &call);
        (result, std::mem::take(&mut books.unapproved))
    });
    approval::ask_for(&world, unapproved);
    let lost = strikes.request.is_some_and(|fault| fault.kind == FaultKind::Error500Stored);
    match result {
        Ok(_) if lost => refuse(&Refusal::broken()),
        Ok(answer) => respond(StatusCode::OK, &answer),
        Err(refusal) => refuse(&refusal),
    }
}

/// Beside the API and its pages.
pub async fn nowhere(method: Method, uri: Uri) -> Response {
    let path = uri.path();
    let path = path.strip_prefix("/chapa").unwrap_or(path).trim_start_matches('/');
    refuse(&Refusal::no_route(method.as_str(), path))
}

fn authorize(headers: &HeaderMap, accepted: &str) -> Result<(), Refusal> {
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let (scheme, key) = given.and_then(|given| given.split_once(' ')).ok_or_else(Refusal::no_key)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(Refusal::no_key());
    }
    if key.trim() == accepted { Ok(()) } else { Err(Refusal::wrong_key()) }
}

fn refuse(refusal: &Refusal) -> Response {
    let mut response = respond(refusal.status, &refusal.body());
    if let Some(seconds) = refusal.retry_after_s {
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    response
}

fn respond(status: StatusCode, body: &Value) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}
