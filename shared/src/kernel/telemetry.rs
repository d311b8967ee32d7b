//! Logs and metrics, set up once per process.
//!
//! Log fields have fixed names: `trace.id`, `request.id`, `http.method`, `http.route`, `http.status`, `user.id`, `order.id`,
//! `payment.id`, `refund.id`, `job.id`, `job.name`, `job.attempt`, `gateway`. An error is logged once, where it is
//! handled. In production a line is a JSON object.

mod lines;

use std::io::{IsTerminal, stderr};

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::EnvFilter;

pub use lines::LastLines;

use super::settings::Environment;
use lines::Lines;

/// Bucket bounds of every `…_seconds` histogram.
const SECONDS: &[f64] = &[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];
const ITEMS: &[f64] = &[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0];

/// What the default filter adds to the operator's. PostgreSQL's notices are sent to the client, and sqlx logs them. A
/// client of the API that leaves while its transaction commits causes one ("there is no transaction in progress"): anyone
/// could fill the log with them, and they say nothing that an operator could act on. A filter that names sqlx itself is in
/// charge.
const QUIET: &str = "sqlx::postgres::notice";

/// Sends logs to standard error, filtered by `filter` (the syntax of `RUST_LOG`).
pub fn log(environment: Environment, filter: &str) -> LastLines {
    let filter = EnvFilter::try_new(quieted(filter)).unwrap_or_else(|_| EnvFilter::new("info"));
    let (lines, last) = Lines::to(stderr());
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(move || lines)
        .with_ansi(stderr().is_terminal()); // a file or a collector would show colours as escape codes
    // A second call finds a subscriber installed, which is fine.
    let _ = match environment {
        Environment::Production => subscriber.json().flatten_event(true).try_init(),
        Environment::Development => subscriber.with_target(false).try_init(),
    };
    last
}

/// The operator's filter, with [`QUIET`] at `error` unless the filter itself names a target of sqlx.
fn quieted(filter: &str) -> String {
    if filter.contains("sqlx") { filter.to_owned() } else { format!("{filter},{QUIET}=error") }
}

/// Starts to record metrics; the handle renders them for Prometheus.
///
/// The first call of a process installs the recorder; in tests, where one process runs many servers, later calls share
/// it.
#[must_use]
pub fn metrics() -> PrometheusHandle {
    static HANDLE: std::sync::OnceLock<PrometheusHandle> = std::sync::OnceLock::new();
    let build = || {
        let recorder = PrometheusBuilder::new()
            .set_buckets_for_metric(Matcher::Suffix("_seconds".into()), SECONDS)
            .expect("the list of buckets is not empty")
            .set_buckets_for_metric(Matcher::Suffix("_items".into()), ITEMS)
            .expect("the list of buckets is not empty")
            .build_recorder();
        let handle = recorder.handle();
        let _ = ::metrics::set_global_recorder(recorder); // a recorder that another library installed stays
        super::described::describe();
        handle
    };
    HANDLE.get_or_init(build).clone()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notices_are_quiet_unless_the_operator_asks_for_them() {
        assert_eq!(quieted("info"), "info,sqlx::postgres::notice=error");
        for asked in ["warn,sqlx::postgres::notice=info", "info,sqlx=debug"] {
            assert_eq!(quieted(asked), asked);
        }
        assert!(EnvFilter::try_new(quieted("info,haat_worker=debug")).is_ok());
    }
}
