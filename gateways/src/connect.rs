//! From plain settings to the gateways that are switched on.
//!
//! Both binaries build their registry here, so that they always mean the same gateways.

use std::sync::Arc;
use std::time::Duration;

use crate::stripe::{Stripe, StripeConfig};
use crate::{ConfigError, Gateway, Gateways, Secret};

/// How to reach Stripe, in plain values.
#[derive(Clone, Debug)]
pub struct StripeAccess {
    pub base_url: String,
    pub secret_key: Secret,
    pub webhook_secrets: Vec<Secret>,
    /// For one call with all its tries.
    pub timeout: Duration,
    /// Calls in flight at once from this process.
    pub calls_at_once: usize,
}

impl Gateways {
    /// Builds every gateway that has settings; one without is absent.
    pub fn connect(stripe: Option<StripeAccess>) -> Result<Self, ConfigError> {
        let mut configured: Vec<(Arc<dyn Gateway>, usize)> = Vec::new();
        if let Some(access) = stripe {
            let mut config = StripeConfig::new(access.secret_key, access.webhook_secrets);
            config.base_url = access.base_url;
            config.timeout = access.timeout;
            config.max_concurrency = access.calls_at_once;
            configured.push((Arc::new(Stripe::new(config)?), access.calls_at_once));
        }
        Ok(Self::bounded(configured))
    }
}
