//! Builds the gateways that are switched on from plain settings.

use std::sync::Arc;
use std::time::Duration;

use crate::stripe::{Stripe, StripeConfig};
use crate::{
    BkashAccess, ChapaAccess, ConfigError, Gateway, Gateways, PaystackAccess, Secret, bkash, chapa, paystack,
};

/// Access to Stripe, in plain values.
#[derive(Clone, Debug)]
pub struct StripeAccess {
    pub base_url: String,
    pub secret_key: Secret,
    pub webhook_secrets: Vec<Secret>,
    /// `acct_…`: the connected account on whose behalf all calls are made. `None`: our own account.
    pub account: Option<String>,
    /// For one call with all its tries.
    pub timeout: Duration,
    /// Most calls in flight from this process.
    pub calls_at_once: usize,
}

/// Access to each gateway; one that is absent is not offered.
#[derive(Clone, Debug, Default)]
pub struct Access {
    pub stripe: Option<StripeAccess>,
    pub bkash: Option<BkashAccess>,
    pub paystack: Option<PaystackAccess>,
    pub chapa: Option<ChapaAccess>,
}

impl Gateways {
    /// Builds every gateway that has settings. This is the one list of adapters.
    pub fn connect(access: Access) -> Result<Self, ConfigError> {
        let mut configured: Vec<(Arc<dyn Gateway>, usize)> = Vec::new();
        if let Some(access) = access.stripe {
            let calls_at_once = access.calls_at_once;
            configured.push((stripe(access)?, calls_at_once));
        }
        if let Some(access) = access.bkash {
            let calls_at_once = access.calls_at_once;
            configured.push((bkash::access::connect(access)?, calls_at_once));
        }
        if let Some(access) = access.paystack {
            let calls_at_once = access.calls_at_once;
            configured.push((paystack::access::connect(access)?, calls_at_once));
        }
        if let Some(access) = access.chapa {
            let calls_at_once = access.calls_at_once;
            configured.push((chapa::access::connect(access)?, calls_at_once));
        }
        Ok(Self::bounded(configured))
    }
}

fn stripe(access: StripeAccess) -> Result<Arc<dyn Gateway>, ConfigError> {
    let mut config = StripeConfig::new(access.secret_key, access.webhook_secrets);
    config.base_url = access.base_url;
    config.account = access.account;
    config.timeout = access.timeout;
    config.max_concurrency = access.calls_at_once;
    Ok(Arc::new(Stripe::new(config)?))
}
