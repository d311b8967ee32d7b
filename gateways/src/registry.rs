//! The gateways that are switched on.
//!
//! Built once at start-up from the settings; a gateway without settings is simply absent.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::{Gateway, GatewayName};

/// The configured gateways by name. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Gateways(Arc<BTreeMap<GatewayName, Arc<dyn Gateway>>>);

impl Gateways {
    /// Of two with one name the later stays.
    #[must_use]
    pub fn new(gateways: impl IntoIterator<Item = Arc<dyn Gateway>>) -> Self {
        Self(Arc::new(gateways.into_iter().map(|gateway| (gateway.name(), gateway)).collect()))
    }

    #[must_use]
    pub fn get(&self, name: GatewayName) -> Option<&Arc<dyn Gateway>> {
        self.0.get(&name)
    }

    /// The names that are switched on, in a fixed order.
    pub fn names(&self) -> impl Iterator<Item = GatewayName> + '_ {
        self.0.keys().copied()
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
