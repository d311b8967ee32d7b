//! The gateways that the settings switch on.
//!
//! The settings know no gateway's types and the gateways know no settings; they meet here.

use gateways::{ConfigError, Gateways, Secret, StripeAccess};
use shared::kernel::Settings;

/// Builds every configured gateway. A gateway without settings is absent.
pub(crate) fn gateways(settings: &Settings) -> Result<Gateways, ConfigError> {
    let secret = |secret: &shared::kernel::Secret| Secret::new(secret.expose());
    Gateways::connect(settings.stripe.as_ref().map(|stripe| StripeAccess {
        base_url: stripe.base_url.clone(),
        secret_key: secret(&stripe.secret_key),
        webhook_secrets: stripe.webhook_secrets.iter().map(secret).collect(),
        timeout: stripe.timeout,
        calls_at_once: stripe.calls_at_once,
    }))
}
