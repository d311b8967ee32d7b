//! The meaning of every metric, for the HELP lines of a scrape. docs/operations.md has the same list with labels.

use metrics::{describe_counter, describe_gauge, describe_histogram};

enum Type {
    Counter,
    Gauge,
    Histogram,
}

use Type::{Counter, Gauge, Histogram};

const DESCRIBED: &[(Type, &str, &str)] = &[
    (Counter, "haat_http_requests_total", "Requests answered."),
    (Histogram, "haat_http_request_seconds", "How long requests took, waiting included."),
    (Gauge, "haat_http_connections", "Connections open at the API."),
    (
        Counter,
        "haat_http_connections_refused_total",
        "Connections closed at once because a limit was reached.",
    ),
    (Gauge, "haat_watches", "Long polls and event streams that wait for a change."),
    (Counter, "haat_sign_ins_total", "Attempts to sign in, by outcome."),
    (Histogram, "haat_checkout_batch_items", "Checkouts per transaction."),
    (Counter, "haat_webhooks_received_total", "Events of gateways stored or known."),
    (Counter, "haat_webhooks_new_total", "Events of gateways stored for the first time."),
    (Counter, "haat_webhooks_refused_total", "Messages with an invalid signature."),
    (Counter, "haat_webhook_events_total", "Events of the inbox by gateway and outcome."),
    (
        Counter,
        "haat_foreign_movements_total",
        "Movements at a gateway that bear none of our marks, each counted once.",
    ),
    (Counter, "haat_wakeups_dropped_total", "Wake-ups that Redis did not accept."),
    (Gauge, "haat_oldest_due_job_seconds", "How long the oldest due job has waited."),
    (Gauge, "haat_jobs", "Unfinished jobs by queue and state."),
    (Counter, "haat_jobs_total", "Runs of jobs by outcome."),
    (Histogram, "haat_job_seconds", "How long a run took."),
    (Histogram, "haat_job_group_items", "Jobs per run."),
    (Counter, "haat_orders_reserved_total", "Orders that left pending, rejected ones included."),
    (Counter, "haat_leases_ended_total", "Jobs taken back after their lease."),
    (Counter, "haat_relay_failures_total", "Hand-overs that failed."),
    (Counter, "haat_worker_restarts_total", "apalis workers replaced."),
    (Counter, "haat_unreadable_tasks_total", "Tasks in Redis that could not be read and were dropped."),
    (Gauge, "haat_redis_up", "1 if Redis takes writes."),
    (Counter, "haat_incidents_total", "Incidents opened."),
    (Gauge, "haat_incidents_open", "Incidents that are open."),
    (Gauge, "haat_books_differences", "Differences of the last check that are still open incidents."),
    (
        Gauge,
        "haat_gateway_breaker_open",
        "1: the gateway is left alone, 0.5: one call finds out, 0: calls go through.",
    ),
    (Gauge, "haat_reconciliation_differences", "Open differences."),
    (Counter, "haat_reconciliation_differences_total", "Differences found for the first time."),
    (Gauge, "haat_reconciliation_age_seconds", "Age of the time up to which a gateway was compared."),
    (Counter, "haat_gateway_calls_total", "Calls to gateways by outcome."),
    (Histogram, "haat_gateway_call_seconds", "How long calls to gateways took, repeats included."),
    (Gauge, "haat_build_info", "1, with the version of the process."),
    (Gauge, "haat_database_connections", "Connections of this process to the database."),
    (Gauge, "process_resident_memory_bytes", "Resident memory."),
    (Gauge, "process_open_fds", "Open file descriptors."),
    (Gauge, "process_cpu_seconds", "Processor time used since the start."),
];

/// Registers the descriptions with the installed recorder.
pub(super) fn describe() {
    for (kind, name, text) in DESCRIBED {
        match kind {
            Counter => describe_counter!(*name, *text),
            Gauge => describe_gauge!(*name, *text),
            Histogram => describe_histogram!(*name, *text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_for_operators_has_every_metric() {
        let page = include_str!("../../../docs/operations.md");
        for (_, name, _) in DESCRIBED {
            assert!(page.contains(&format!("| `{name}` |")), "{name} is not on the page");
        }
    }
}
