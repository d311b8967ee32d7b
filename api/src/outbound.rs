//! The gateways that the settings switch on.
//!
//! The settings know no gateway's types and the gateways know no settings; they meet here.

use std::sync::Arc;

use gateways::stripe::{Stripe, StripeConfig};
use gateways::{ConfigError, Gateway, Gateways, Secret};
use shared::kernel::Settings;

/// Builds every configured gateway. A gateway without settings is absent.
pub(crate) fn gateways(settings: &Settings) -> Result<Gateways, ConfigError> {
    let mut configured: Vec<Arc<dyn Gateway>> = Vec::new();
    if let Some(stripe) = &settings.stripe {
        let webhook_secrets =
            stripe.webhook_secrets.iter().map(|secret| Secret::new(secret.expose())).collect();
        let mut config = StripeConfig::new(Secret::new(stripe.secret_key.expose()), webhook_secrets);
        config.base_url.clone_from(&stripe.base_url);
        config.timeout = stripe.timeout;
        configured.push(Arc::new(Stripe::new(config)?));
    }
    Ok(Gateways::new(configured))
}
