//! The one layer around every route.
//!
//! It is one function on purpose: each further layer costs every request a boxed future.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures::FutureExt;
use http::{HeaderMap, Method};
use shared::kernel::TraceContext;
use tracing::{Instrument, Span};

use super::headers;
use super::queries;
use super::render::{Wanted, render};
use super::request_id::{RequestId, X_REQUEST_ID};
use crate::app::App;
use crate::error::ApiError;

/// Gives a request its id, trace, span, room, time limit and metrics, and its failure a body.
pub(crate) async fn around(State(app): State<App>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let id = RequestId::of(request.headers());
    let wanted = Wanted::by(request.headers());
    let trace = trace(request.headers());
    let method = method(request.method());
    let route = request.extensions().get::<MatchedPath>().cloned();
    let route = route.as_ref().map_or("unmatched", MatchedPath::as_str);
    let span = tracing::info_span!(
        "http.request",
        trace.id = trace.trace_id(),
        request.id = id.as_str(),
        http.method = method,
        http.route = route,
        http.status = tracing::field::Empty,
        user.id = tracing::field::Empty,
    );

    let work = async {
        match app.gate.admit(route, app.settings.request_timeout) {
            Some(admission) => match queries::refusal(request.method(), route, request.uri()) {
                Some(refusal) => refusal.into_response(),
                None => bounded(next.run(request), admission.time_limit).await,
            },
            None => ApiError::overloaded().into_response(),
        }
    };
    let response = trace.scope(work).instrument(span.clone()).await;

    let mut response = span.in_scope(|| render(response, wanted, &id));
    headers::complete(response.headers_mut(), app.settings.environment);
    response.headers_mut().insert(X_REQUEST_ID, id.header());
    record(&span, method, route, &response, started.elapsed());
    response
}

/// The caller's trace continued, or a new one.
fn trace(headers: &HeaderMap) -> TraceContext {
    let sent = headers.get("traceparent").and_then(|value| value.to_str().ok()?.parse::<TraceContext>().ok());
    sent.map_or_else(TraceContext::root, TraceContext::child)
}

/// A handler that takes too long or panics still gives an answer.
async fn bounded(work: impl Future<Output = Response>, limit: Duration) -> Response {
    match tokio::time::timeout(limit, AssertUnwindSafe(work).catch_unwind()).await {
        Ok(Ok(response)) => response,
        Ok(Err(panic)) => ApiError::broken(panic_text(panic.as_ref())).into_response(),
        Err(_) => ApiError::timed_out().into_response(),
    }
}

fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    format!("a handler panicked: {}", text.unwrap_or("without a text"))
}

/// A word from a fixed list: callers may invent methods, metrics may not grow by them.
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

fn record(span: &Span, method: &'static str, route: &str, response: &Response, took: Duration) {
    let status = response.status();
    span.record("http.status", status.as_u16());
    tracing::debug!(parent: span, took_ms = took.as_millis(), "answered");
    let route = route.to_owned();
    metrics::counter!(
        "haat_http_requests_total",
        "method" => method, "route" => route.clone(), "status" => status.as_str().to_owned()
    )
    .increment(1);
    metrics::histogram!("haat_http_request_seconds", "method" => method, "route" => route)
        .record(took.as_secs_f64());
}
