//! Where settings and gateways meet: the settings know no gateway's types, and the gateways know no settings.
//!
//! API and worker build their gateways here, so that they always mean the same ones.

use gateways::{ConfigError, GatewayName, Gateways, Secret, StripeAccess};
use shared::kernel::Settings;
use shared::payments::Provider;

/// Builds every configured gateway. One without settings is absent.
pub fn gateways(settings: &Settings) -> Result<Gateways, ConfigError> {
    let secret = |secret: &shared::kernel::Secret| Secret::new(secret.expose());
    Gateways::connect(settings.stripe.as_ref().map(|stripe| StripeAccess {
        base_url: stripe.base_url.clone(),
        secret_key: secret(&stripe.secret_key),
        webhook_secrets: stripe.webhook_secrets.iter().map(secret).collect(),
        timeout: stripe.timeout,
        calls_at_once: stripe.calls_at_once,
    }))
}

/// The adapter's name of a stored gateway.
#[must_use]
pub const fn name(provider: Provider) -> GatewayName {
    match provider {
        Provider::Stripe => GatewayName::Stripe,
        Provider::Bkash => GatewayName::Bkash,
        Provider::Paystack => GatewayName::Paystack,
        Provider::Chapa => GatewayName::Chapa,
    }
}

/// The stored word of an adapter.
#[must_use]
pub const fn provider(name: GatewayName) -> Provider {
    match name {
        GatewayName::Stripe => Provider::Stripe,
        GatewayName::Bkash => Provider::Bkash,
        GatewayName::Paystack => Provider::Paystack,
        GatewayName::Chapa => Provider::Chapa,
    }
}
