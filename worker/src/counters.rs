//! Counters of what gateways report beyond our books. They are created at zero: an alert sees the first count only if
//! the series existed before.

use shared::foreign::MovementKind;
use shared::incidents::IncidentKind;
use shared::payments::Provider;
use shared::reconciliation::DifferenceKind;
use shared::webhooks::Applied;

const EVENTS: &str = "haat_webhook_events_total";
const FOREIGN: &str = "haat_foreign_movements_total";
const DIFFERENCES: &str = "haat_reconciliation_differences_total";
const INCIDENTS: &str = "haat_incidents_total";

/// Creates each series. Called once, after the recorder is installed.
pub(crate) fn register() {
    for gateway in Provider::ALL {
        for outcome in Applied::ALL {
            events(*gateway, *outcome, 0);
        }
        for kind in MovementKind::ALL {
            foreign_of(*gateway, *kind, 0);
        }
        for kind in DifferenceKind::ALL {
            difference(*gateway, *kind, 0);
        }
    }
    for kind in IncidentKind::ALL {
        metrics::counter!(INCIDENTS, "kind" => kind.as_str()).increment(0);
    }
}

/// Counts events of one gateway with the same outcome.
pub(crate) fn events(gateway: Provider, outcome: Applied, count: u64) {
    let labels = [("gateway", gateway.as_str()), ("outcome", outcome.as_str())];
    metrics::counter!(EVENTS, &labels).increment(count);
}

/// Counts movements that were seen for the first time.
pub(crate) fn foreign(met: &[(Provider, MovementKind)]) {
    for (gateway, kind) in met {
        foreign_of(*gateway, *kind, 1);
    }
}

fn foreign_of(gateway: Provider, kind: MovementKind, count: u64) {
    let labels = [("gateway", gateway.as_str()), ("kind", kind.as_str())];
    metrics::counter!(FOREIGN, &labels).increment(count);
}

/// Counts a difference that was opened, or repaired at once.
pub(crate) fn difference(gateway: Provider, kind: DifferenceKind, count: u64) {
    let labels = [("gateway", gateway.as_str()), ("kind", kind.as_str())];
    metrics::counter!(DIFFERENCES, &labels).increment(count);
}
