//! The single layer around every route.
//!
//! It is one function on purpose: each further layer costs every request a boxed future.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::LazyLock;
use std::time::Duration;

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures::FutureExt;
use http::{HeaderMap, Method, StatusCode, Uri};
use shared::kernel::{Client, TraceContext};
use tokio::time::{Instant, timeout_at};
use tracing::{Instrument, Span};

use super::client::{Peer, client_of};
use super::gate::{body_kind, is_watching, time_limit};
use super::headers;
use super::host;
use super::queries;
use super::receiving::{Receiving, close};
use super::render::{Wanted, render};
use super::request_id::{RequestId, X_REQUEST_ID};
use super::request_metrics;
use crate::app::App;
use crate::error::ApiError;

/// Most bytes of a path in the log.
const LOGGED_PATH: usize = 200;
/// Stands in the metrics for the answer to a client that left, as at other servers. It is never sent.
static LEFT: LazyLock<StatusCode> =
    LazyLock::new(|| StatusCode::from_u16(499).expect("three digits are a status"));

/// The data of a request for its log line and metrics.
struct Asked {
    method: &'static str,
    route: &'static str,
    /// Only its path is logged: the query may contain a ticket.
    target: Uri,
    client: Client,
    began: Instant,
}

/// Gives a request its id, client, trace, span, place, time limit, log line and metrics, and writes the body of a
/// failure.
pub(crate) async fn around(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let id = RequestId::of(request.headers());
    let wanted = Wanted::by(request.headers());
    let trace = trace(request.headers());
    let asked = Asked::of(&request, &app);
    let span = tracing::info_span!(
        "http.request",
        trace.id = trace.trace_id(),
        request.id = id.as_str(),
        http.method = asked.method,
        http.route = asked.route,
        user.id = tracing::field::Empty,
    );

    request.extensions_mut().insert(asked.client);
    let limit = time_limit(asked.route, app.settings.request_timeout);
    let sender = (asked.client, body_kind(asked.route));
    let receiving = Receiving::of(&mut request, &app.gate, sender, limit);
    let work = async {
        match (app.gate.admit(asked.route, limit), &receiving) {
            (Some(admission), Some(receiving)) => {
                receiving.keep(admission);
                bounded(handled(request, next, asked.route), || receiving.deadline()).await
            }
            (Some(admission), None) => {
                let end = Instant::now() + admission.time_limit;
                bounded(handled(request, next, asked.route), || end).await
            }
            (None, _) => ApiError::overloaded().into_response(),
        }
    };
    let mut unanswered = Unanswered { asked: &asked, span: &span, is_answered: false };
    let response = trace.scope(work).instrument(span.clone()).await;

    let (mut response, code) = span.in_scope(|| render(response, wanted, &id));
    headers::complete(response.headers_mut(), app.settings.environment);
    response.headers_mut().insert(X_REQUEST_ID, id.header());
    if let Some(receiving) = receiving
        && !receiving.settle().await
    {
        close(response.headers_mut());
    }
    unanswered.is_answered = true;
    drop(unanswered);
    asked.record(&span, &response, code);
    response
}

/// Notes, when it is dropped before the answer, that the client left. What it asked for may have been done.
struct Unanswered<'a> {
    asked: &'a Asked,
    span: &'a Span,
    is_answered: bool,
}

impl Drop for Unanswered<'_> {
    fn drop(&mut self) {
        if !self.is_answered {
            self.asked.record_left(self.span);
        }
    }
}

/// Continues the caller's trace, or starts a new one.
fn trace(headers: &HeaderMap) -> TraceContext {
    let sent = headers.get("traceparent").and_then(|value| value.to_str().ok()?.parse::<TraceContext>().ok());
    sent.map_or_else(TraceContext::root, TraceContext::child)
}

/// The handler's answer, or the refusal of an invalid host, or of a query that the route does not accept.
async fn handled(request: Request, next: Next, route: &str) -> Response {
    let refusal = host::refusal(&request);
    match refusal.or_else(|| queries::refusal(request.method(), route, request.uri())) {
        Some(refusal) => refusal.into_response(),
        None => next.run(request).await,
    }
}

/// Bounds a handler: if it takes too long or panics there is still an answer. The deadline moves when the body has
/// arrived.
async fn bounded(work: impl Future<Output = Response>, deadline: impl Fn() -> Instant) -> Response {
    let mut work = pin!(AssertUnwindSafe(work).catch_unwind());
    loop {
        let end = deadline();
        match timeout_at(end, &mut work).await {
            Ok(Ok(response)) => return response,
            Ok(Err(panic)) => return ApiError::broken(panic_text(panic.as_ref())).into_response(),
            Err(_) if deadline() > end => {}
            Err(_) => return ApiError::timed_out().into_response(),
        }
    }
}

fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    format!("a handler panicked: {}", text.unwrap_or("without a text"))
}

/// A word from a fixed list: clients may invent methods, but must not create metrics by it.
fn method(method: &Method) -> &'static str {
    const KNOWN: [(Method, &str); 7] = [
        (Method::GET, "GET"),
        (Method::POST, "POST"),
        (Method::PUT, "PUT"),
        (Method::PATCH, "PATCH"),
        (Method::DELETE, "DELETE"),
        (Method::HEAD, "HEAD"),
        (Method::OPTIONS, "OPTIONS"),
    ];
    KNOWN.iter().find(|(known, _)| known == method).map_or("other", |(_, word)| word)
}

impl Asked {
    fn of(request: &Request, app: &App) -> Self {
        let extensions = request.extensions();
        let proxies = &app.settings.edge.trusted_proxies;
        Self {
            method: method(request.method()),
            route: extensions
                .get::<MatchedPath>()
                .map_or("unmatched", |path| request_metrics::route(path.as_str())),
            target: request.uri().clone(),
            client: client_of(extensions.get::<Peer>(), request.headers(), proxies),
            began: Instant::now(),
        }
    }

    /// Writes one log line and two metrics. Health checks and scrapes are frequent, so they are logged only at `debug`.
    fn record(self, span: &Span, response: &Response, code: Option<&'static str>) {
        let (status, took) = (response.status(), self.began.elapsed());
        if is_watching(self.route) {
            tracing::debug!(parent: span, http.status = status.as_u16(), took_ms = millis(took), "answered");
        } else {
            tracing::info!(
                parent: span,
                http.status = status.as_u16(),
                code,
                http.path = self.path(),
                client = %self.client.address(),
                took_ms = millis(took),
                "answered"
            );
        }
        request_metrics::count(self.method, self.route, status, took);
    }

    /// As [`Self::record`], for a client that closed its connection before the answer.
    fn record_left(&self, span: &Span) {
        let (client, took) = (self.client.address(), self.began.elapsed());
        if !is_watching(self.route) {
            tracing::info!(parent: span, http.path = self.path(), %client, took_ms = millis(took), "left");
        }
        request_metrics::count(self.method, self.route, *LEFT, took);
    }

    /// As logged. ASCII: an address has all other characters escaped.
    fn path(&self) -> &str {
        let path = self.target.path();
        path.get(..LOGGED_PATH).unwrap_or(path)
    }
}

fn millis(took: Duration) -> u64 {
    u64::try_from(took.as_millis()).unwrap_or(u64::MAX)
}
