//! How often a process looks whether a gateway that opens pages is still reported as misconfigured: such an incident is
//! rare, and a look at every page costs a twentieth of the pages that a worker opens.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::TimeDelta;
use shared::kernel::Timestamp;
use shared::payments::Provider;

/// The incident of a gateway that works again, which another process opened, stays open this long at the most.
const EVERY: TimeDelta = TimeDelta::minutes(1);

/// The time of the last look, by gateway.
#[derive(Clone, Debug, Default)]
pub struct Acceptance(Arc<Mutex<HashMap<Provider, Timestamp>>>);

impl Acceptance {
    /// Whether to look now. The next look is due a minute later.
    pub(crate) fn is_due(&self, gateway: Provider, now: Timestamp) -> bool {
        let mut looks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_due = looks.get(&gateway).is_none_or(|last| now - *last >= EVERY);
        if is_due {
            looks.insert(gateway, now);
        }
        is_due
    }

    /// The next page is to look: this process has just reported the gateway.
    pub(crate) fn is_in_doubt(&self, gateway: Provider) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&gateway);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_look_is_due_once_a_minute_for_each_gateway_and_at_once_in_doubt() {
        let at = |seconds| Timestamp::from_timestamp(seconds, 0).expect("a moment");
        let acceptance = Acceptance::default();
        let due = |gateway, seconds| acceptance.is_due(gateway, at(seconds));
        assert!(due(Provider::Stripe, 0) && due(Provider::Chapa, 1));
        assert!(!due(Provider::Stripe, 59) && due(Provider::Stripe, 60));
        assert!(!due(Provider::Chapa, 60));
        acceptance.is_in_doubt(Provider::Chapa);
        assert!(due(Provider::Chapa, 60) && !due(Provider::Chapa, 61));
    }
}
