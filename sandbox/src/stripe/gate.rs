//! What every API request goes through: the fault decided for it, the API key, the parameters, the
//! idempotency key; then its endpoint, under one lock; then the headers Stripe sends.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;

use super::books::{Books, Origin};
use super::keys::{Answer, fingerprint};
use super::news::API_VERSION;
use super::owner::{Owner, acting_for};
use super::params::Params;
use super::refusal::Refusal;
use super::routes;
use super::settings::StripeConfig;
use crate::connection::Hangup;
use crate::faults::{Fault, FaultKind, Replies, Strikes, around};
use crate::form;
use crate::ids::token;
use crate::webhooks::Courier;
use crate::world::World;

const BODY_LIMIT: usize = 1 << 20;
const REPLIES: Replies = Replies {
    broken: || refuse(&Refusal::broken()),
    rate_limited: || refuse(&Refusal::rate_limited()),
    key_in_use: || refuse(&Refusal::key_in_use()),
};

/// One request as its endpoint sees it.
#[derive(Debug)]
pub struct Call {
    pub method: String,
    /// Without the sandbox's prefix: `/v1/refunds`.
    pub path: String,
    pub params: Params,
    /// Whom it acts for.
    pub owner: Owner,
    pub origin: Origin,
    /// It is by an API version before the one that is announced.
    pub earlier_version: bool,
    pub now: i64,
    pub courier: Arc<Courier>,
}

/// What of a request does not depend on time or state.
#[derive(Debug)]
struct Asked {
    method: Method,
    path: String,
    pairs: Vec<(String, String)>,
    key: Option<String>,
    earlier_version: bool,
    owner: Owner,
    request_id: String,
    strikes: Strikes,
}

impl Asked {
    /// Keys of different accounts do not meet.
    fn kept_key(&self) -> Option<String> {
        self.key.as_ref().map(|key| format!("{}/{key}", self.owner.as_deref().unwrap_or_default()))
    }

    fn struck_by(&self, kind: FaultKind) -> Option<Fault> {
        self.strikes.request.filter(|fault| fault.kind == kind)
    }
}

pub async fn enter(
    State(world): State<Arc<World>>,
    ConnectInfo(hangup): ConnectInfo<Hangup>,
    request: Request<Body>,
) -> Response {
    let request_id = token("req_", 14);
    let headers = request.headers().clone();
    let path = request.uri().path();
    let path = path.strip_prefix("/stripe").unwrap_or(path).to_owned();
    let mut response = match world.faults.for_request(super::NAME, request.method(), &path, &headers) {
        Ok(strikes) => {
            let run = handle(Arc::clone(&world), request, path, request_id.clone(), strikes);
            around(strikes.request, &hangup, REPLIES, run).await
        }
        Err(error) => refuse(&Refusal::invalid("X-Sandbox-Fault", error)),
    };
    let answered = response.headers_mut();
    set(answered, "request-id", &request_id);
    for name in ["stripe-version", "idempotency-key", "stripe-account"] {
        if let Some(value) = headers.get(name) {
            answered.insert(HeaderName::from_static(name), value.clone());
        }
    }
    response
}

async fn handle(
    world: Arc<World>,
    request: Request<Body>,
    path: String,
    request_id: String,
    strikes: Strikes,
) -> Response {
    if !path.starts_with("/v1/") {
        return refuse(&Refusal::unknown_url(request.method().as_str(), &path));
    }
    let owner = match authorize(request.headers(), &world.config.stripe, request.method(), &path) {
        Ok(owner) => owner,
        Err(refusal) => return refuse(&refusal),
    };
    let (parts, body) = request.into_parts();
    if parts.method == Method::POST && is_other_than_a_form(&parts.headers) {
        return refuse(&Refusal::not_a_form());
    }
    let Ok(body) = axum::body::to_bytes(body, BODY_LIMIT).await else {
        return refuse(&Refusal::invalid("body", "The request body could not be read."));
    };
    let mut pairs = form::pairs(parts.uri.query().unwrap_or_default().as_bytes());
    pairs.extend(form::pairs(&body));
    let key = parts.headers.get("idempotency-key").filter(|_| parts.method == Method::POST);
    let key = key.map(|key| String::from_utf8_lossy(key.as_bytes()).into_owned());
    if key.as_ref().is_some_and(|key| key.is_empty() || key.len() > 255) {
        return refuse(&Refusal::invalid("Idempotency-Key", "Idempotency keys have 1 to 255 characters."));
    }
    let earlier_version = is_earlier(&parts.headers);
    let asked = Asked { method: parts.method, path, pairs, key, earlier_version, owner, request_id, strikes };
    perform(&world, asked).await
}

/// Whom the key and the headers let the request act for.
fn authorize(
    headers: &HeaderMap,
    config: &StripeConfig,
    method: &Method,
    path: &str,
) -> Result<Owner, Refusal> {
    let key = given_key(headers)?;
    let restricted = config.restricted.iter().find(|restricted| restricted.key == key);
    if key != config.key && restricted.is_none() {
        return Err(Refusal::wrong_key(&key));
    }
    let owner = acting_for(headers, &config.accounts, &key)?;
    restricted.map_or(Ok(()), |restricted| restricted.check(method.as_str(), path))?;
    Ok(owner)
}

fn given_key(headers: &HeaderMap) -> Result<String, Refusal> {
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let (scheme, value) = given.and_then(|given| given.split_once(' ')).ok_or_else(Refusal::no_key)?;
    match scheme.to_ascii_lowercase().as_str() {
        "bearer" => Ok(value.trim().to_owned()),
        "basic" => {
            let decoded = base64::engine::general_purpose::STANDARD.decode(value.trim()).unwrap_or_default();
            let text = String::from_utf8_lossy(&decoded).into_owned();
            Ok(text.split_once(':').map_or(text.clone(), |(user, _)| user.to_owned()))
        }
        _ => Err(Refusal::no_key()),
    }
}

fn is_other_than_a_form(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).map(|kind| String::from_utf8_lossy(kind.as_bytes()));
    kind.is_some_and(|kind| {
        let kind = kind.to_ascii_lowercase();
        kind.starts_with("application/json") || kind.starts_with("multipart/")
    })
}

/// Whether `Stripe-Version` names a version before the announced one; versions begin with their date.
fn is_earlier(headers: &HeaderMap) -> bool {
    let version = headers.get("stripe-version").and_then(|value| value.to_str().ok());
    version.and_then(|version| version.get(..10)).is_some_and(|date| Some(date) < API_VERSION.get(..10))
}

/// Takes the key, runs the endpoint, keeps the answer. A slow request lets go of the books in
/// between, but not of its key.
async fn perform(world: &Arc<World>, asked: Asked) -> Response {
    let slow = asked.struck_by(FaultKind::Slow);
    let events = asked.strikes.events;
    let print = fingerprint(&asked.path, &asked.pairs);
    let start = |books: &mut Books, now_ms: i64| {
        if let Some(key) = asked.kept_key() {
            match books.keys.reserve(&key, print, now_ms.div_euclid(1000)) {
                Ok(None) => {}
                Ok(Some(answer)) => return Some(replay(answer)),
                Err(refusal) => return Some(refuse(&refusal)),
            }
        }
        if slow.is_some() { None } else { Some(run(world, books, &asked, now_ms)) }
    };
    if let Some(response) = world.stripe.open(world, events, start) {
        return response;
    }
    tokio::time::sleep(Duration::from_millis(slow.map_or(0, |fault| fault.ms))).await;
    world.stripe.open(world, events, |books, now_ms| run(world, books, &asked, now_ms))
}

fn run(world: &World, books: &mut Books, asked: &Asked, now_ms: i64) -> Response {
    let result = Params::parse(&asked.pairs).and_then(|params| {
        let origin = Origin { request_id: Some(asked.request_id.clone()), key: asked.key.clone() };
        let mut call = Call {
            method: asked.method.to_string(),
            path: asked.path.clone(),
            params,
            owner: asked.owner.clone(),
            origin,
            earlier_version: asked.earlier_version,
            now: now_ms.div_euclid(1000),
            courier: Arc::clone(&world.stripe.courier),
        };
        routes::run(books, &mut call)
    });
    let stored_500 = asked.struck_by(FaultKind::Error500Stored).is_some();
    let result = match result {
        Ok(_) if stored_500 => Err(Refusal::broken()),
        other => other,
    };
    let (status, body, retry, began) = match &result {
        Ok(value) => (StatusCode::OK, value.to_string(), None, true),
        Err(refusal) => (refusal.status, refusal.body().to_string(), refusal.retry, refusal.began),
    };
    let body = Bytes::from(body);
    if let Some(key) = asked.kept_key() {
        if began {
            let request_id = asked.request_id.clone();
            books.keys.store(&key, Answer { status, body: body.clone(), request_id });
        } else {
            books.keys.release(&key);
        }
    }
    respond(status, body, retry)
}

fn replay(answer: Answer) -> Response {
    let mut response = respond(answer.status, answer.body, None);
    set(response.headers_mut(), "idempotent-replayed", "true");
    set(response.headers_mut(), "original-request", &answer.request_id);
    response
}

fn refuse(refusal: &Refusal) -> Response {
    respond(refusal.status, Bytes::from(refusal.body().to_string()), refusal.retry)
}

fn respond(status: StatusCode, body: Bytes, retry: Option<&str>) -> Response {
    let mut response = (status, [(header::CONTENT_TYPE, "application/json")], body).into_response();
    if let Some(retry) = retry {
        set(response.headers_mut(), "stripe-should-retry", retry);
    }
    response
}

fn set(headers: &mut HeaderMap, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(HeaderName::from_static(name), value);
    }
}
