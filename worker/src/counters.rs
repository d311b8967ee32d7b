//! Counters of what gateways say beside our books, described and born at zero: an alert sees the first count only if the
//! series was there before.

use shared::foreign::MovementKind;
use shared::incidents::IncidentKind;
use shared::payments::Provider;
use shared::reconciliation::DifferenceKind;
use shared::webhooks::Applied;

const EVENTS: &str = "haat_webhook_events_total";
const FOREIGN: &str = "haat_foreign_movements_total";
const DIFFERENCES: &str = "haat_reconciliation_differences_total";
const INCIDENTS: &str = "haat_incidents_total";

/// Describes them and begins each series. Once, after the recorder is there.
pub(crate) fn register() {
    metrics::describe_counter!(EVENTS, "Events of the inbox by gateway and by what became of them");
    metrics::describe_counter!(
        FOREIGN,
        "Movements at a gateway that bear none of our marks, each counted once"
    );
    metrics::describe_counter!(
        DIFFERENCES,
        "Differences between a gateway and the books that began to stand, or were put right"
    );
    metrics::describe_counter!(INCIDENTS, "Incidents opened, by kind");
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

/// Events of one gateway that ended in one way.
pub(crate) fn events(gateway: Provider, outcome: Applied, count: u64) {
    let labels = [("gateway", gateway.as_str()), ("outcome", outcome.as_str())];
    metrics::counter!(EVENTS, &labels).increment(count);
}

/// What was met for the first time.
pub(crate) fn foreign(met: &[(Provider, MovementKind)]) {
    for (gateway, kind) in met {
        foreign_of(*gateway, *kind, 1);
    }
}

fn foreign_of(gateway: Provider, kind: MovementKind, count: u64) {
    let labels = [("gateway", gateway.as_str()), ("kind", kind.as_str())];
    metrics::counter!(FOREIGN, &labels).increment(count);
}

/// A difference that began to stand, or was put right at once.
pub(crate) fn difference(gateway: Provider, kind: DifferenceKind, count: u64) {
    let labels = [("gateway", gateway.as_str()), ("kind", kind.as_str())];
    metrics::counter!(DIFFERENCES, &labels).increment(count);
}
