//! The span and the two metrics around every call to a gateway, the same for all of them.
//!
//! Nothing is logged here: an error is logged once, by who handles it.

use std::time::Instant;

use tracing::Instrument;
use tracing::field::Empty;

use crate::{CallError, GatewayFuture, GatewayName};

/// The name of a call's span.
const CALL: &str = "gateway.call";

/// A call in its span `gateway.call`, counted by outcome.
pub(crate) fn observed<'a, T: Send + 'a>(
    gateway: GatewayName,
    operation: &'static str,
    call: impl Future<Output = Result<T, CallError>> + Send + 'a,
) -> GatewayFuture<'a, T> {
    Box::pin(measured(gateway, operation, call))
}

async fn measured<T>(
    gateway: GatewayName,
    operation: &'static str,
    call: impl Future<Output = Result<T, CallError>>,
) -> Result<T, CallError> {
    let span = tracing::info_span!(
        CALL,
        gateway = gateway.as_str(),
        operation,
        outcome = Empty,
        http.status = Empty,
        gateway.request_id = Empty,
        gateway.tries = Empty,
    );
    let started = Instant::now();
    let answer = call.instrument(span.clone()).await;
    let outcome = answer.as_ref().map_or_else(|error| error.kind.as_str(), |_| "ok");
    span.record("outcome", outcome);
    let labels = [("gateway", gateway.as_str()), ("operation", operation)];
    metrics::histogram!("haat_gateway_call_seconds", &labels).record(started.elapsed());
    let labels = [("gateway", gateway.as_str()), ("operation", operation), ("outcome", outcome)];
    metrics::counter!("haat_gateway_calls_total", &labels).increment(1);
    answer
}

/// Adds what one try got back to the span of its call.
pub(crate) fn note_answer(status: u16, request_id: Option<&str>) {
    let span = tracing::Span::current();
    // A request of the API has a status of its own.
    if span.metadata().is_none_or(|metadata| metadata.name() != CALL) {
        return;
    }
    span.record("http.status", status);
    if let Some(id) = request_id {
        span.record("gateway.request_id", id);
    }
}

/// Adds the number of tries so far to the span of the call.
pub(crate) fn note_tries(tries: u32) {
    tracing::Span::current().record("gateway.tries", tries);
}
