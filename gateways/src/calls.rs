//! The span and the two metrics of every call to a gateway, the same for all of them.
//!
//! Nothing is logged here: an error is logged once, by the code that handles it.

use std::time::Instant;

use tracing::Instrument;
use tracing::field::Empty;

use crate::{CallError, GatewayFuture, GatewayName};

/// The name of a call's span.
const CALL: &str = "gateway.call";

/// Runs a call in its span `gateway.call` and counts it by outcome.
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

/// Adds the answer to one try to the span of its call.
pub(crate) fn note_answer(status: u16, request_id: Option<&str>) {
    let span = tracing::Span::current();
    // A request of the API has its own status.
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

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Log {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().expect("no panic under the lock").extend(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// The log of a status that was noted on this span.
    fn logged(name_of_a_call: bool) -> String {
        let log = Log::default();
        let writer = log.clone();
        let subscriber =
            tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone()).finish();
        tracing::subscriber::with_default(subscriber, || {
            let span = if name_of_a_call {
                tracing::info_span!(CALL, http.status = Empty, gateway.request_id = Empty)
            } else {
                tracing::info_span!("request", http.status = Empty, gateway.request_id = Empty)
            };
            span.in_scope(|| {
                note_answer(403, Some("req_1"));
                tracing::info!("answered");
            });
        });
        let log = log.0.lock().expect("no panic under the lock").clone();
        String::from_utf8(log).expect("text")
    }

    /// A certificate is fetched within a request of the API, which has its own status.
    #[test]
    fn an_answer_is_noted_on_the_span_of_its_call_and_on_no_other() {
        let call = logged(true);
        assert!(call.contains("http.status=403") && call.contains("req_1"), "{call}");
        let request = logged(false);
        assert!(request.contains("answered") && !request.contains("403"), "{request}");
    }
}
