//! The gateways that are switched on.
//!
//! Built once at start-up from the settings; a gateway without settings is absent.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::guard::Guarded;
use crate::{BreakerState, Gateway, GatewayName};

/// Calls in flight at once, unless set otherwise.
const CALLS_AT_ONCE: usize = 100;

/// The configured gateways by name, each behind its guard. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Gateways(Arc<BTreeMap<GatewayName, Arc<Guarded>>>);

impl Gateways {
    /// Of two with one name the later stays.
    #[must_use]
    pub fn new(gateways: impl IntoIterator<Item = Arc<dyn Gateway>>) -> Self {
        Self::bounded(gateways.into_iter().map(|gateway| (gateway, CALLS_AT_ONCE)))
    }

    /// Each with the number of calls that may be in flight at once from this process.
    #[must_use]
    pub fn bounded(gateways: impl IntoIterator<Item = (Arc<dyn Gateway>, usize)>) -> Self {
        let guarded = |(gateway, calls): (Arc<dyn Gateway>, usize)| {
            (gateway.name(), Arc::new(Guarded::new(gateway, calls)))
        };
        Self(Arc::new(gateways.into_iter().map(guarded).collect()))
    }

    #[must_use]
    pub fn get(&self, name: GatewayName) -> Option<Arc<dyn Gateway>> {
        self.0.get(&name).map(|gateway| Arc::clone(gateway) as Arc<dyn Gateway>)
    }

    /// The names that are switched on, in a fixed order.
    pub fn names(&self) -> impl Iterator<Item = GatewayName> + '_ {
        self.0.keys().copied()
    }

    /// The same for a line of text; `none` if nothing is switched on.
    #[must_use]
    pub fn listed(&self) -> String {
        let names: Vec<&str> = self.names().map(GatewayName::as_str).collect();
        if names.is_empty() { "none".into() } else { names.join(", ") }
    }

    /// Whether calls go through, gateway by gateway.
    pub fn breakers(&self) -> impl Iterator<Item = (GatewayName, BreakerState)> + '_ {
        self.0.iter().map(|(name, gateway)| (*name, gateway.state()))
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Secret;
    use crate::stripe::{Stripe, StripeConfig};

    #[test]
    fn a_gateway_is_found_by_its_stored_name() {
        let config = StripeConfig::new(Secret::from("sk_test_x"), vec![Secret::from("whsec_x")]);
        let stripe: Arc<dyn Gateway> = Arc::new(Stripe::new(config).expect("a good configuration"));
        let gateways = Gateways::new([stripe]);
        let name = "stripe".parse().expect("a known name");
        assert_eq!(gateways.get(name).map(|gateway| gateway.name()), Some(GatewayName::Stripe));
        assert!(Gateways::default().get(name).is_none());
        assert!("Stripe".parse::<GatewayName>().is_err());
        for name in GatewayName::ALL {
            let json = serde_json::to_string(name).expect("a unit variant");
            assert_eq!(json, format!("\"{name}\""), "the stored word and the JSON word are one");
        }
    }
}
