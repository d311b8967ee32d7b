//! Where settings and gateways meet: the settings know no gateway's types, and the gateways know no settings.
//!
//! API and worker build their gateways here, so that they always mean the same ones.

mod shelf;

use std::sync::Arc;

use gateways::bkash::RefundVersion;
use gateways::paystack::RefundFilter;
use gateways::{
    Access, BkashAccess, ChapaAccess, ConfigError, GatewayName, Gateways, PaystackAccess, Secret, Shelf,
    StripeAccess,
};
use shared::kernel::Settings;
use shared::kernel::settings::{BkashSettings, ChapaSettings, PaystackSettings, StripeSettings};
use shared::payments::Provider;

/// Why the gateways can't be built.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the address of Redis cannot be read: {0}")]
    Redis(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("the configuration has a problem: {}", named(.0))]
    Gateway(#[from] ConfigError),
}

/// A mistake by the name of its setting, as `HAAT_STRIPE_SECRET_KEY`.
fn named(error: &ConfigError) -> String {
    let ConfigError { gateway, setting, problem } = error;
    format!("HAAT_{}_{} {problem}", gateway.to_uppercase(), setting.to_uppercase())
}

/// Builds every configured gateway. One without settings is absent. Connects to nothing yet.
pub fn gateways(settings: &Settings) -> Result<Gateways, Error> {
    let kept = shared::kernel::Shelf::new(settings.redis_url.expose(), &settings.redis_namespace);
    let shelf: Arc<dyn Shelf> = Arc::new(shelf::Shared(kept.map_err(|error| Error::Redis(error.into()))?));
    let wanted = &settings.gateways;
    Ok(Gateways::connect(Access {
        stripe: wanted.stripe.as_ref().map(stripe),
        bkash: wanted.bkash.as_ref().map(|settings| bkash(settings, shelf)),
        paystack: wanted.paystack.as_ref().map(paystack),
        chapa: wanted.chapa.as_ref().map(chapa),
    })?)
}

fn secret(secret: &shared::kernel::Secret) -> Secret {
    Secret::new(secret.expose())
}

fn stripe(settings: &StripeSettings) -> StripeAccess {
    StripeAccess {
        base_url: settings.reach.base_url.clone(),
        secret_key: secret(&settings.secret_key),
        webhook_secrets: settings.webhook_secrets.iter().map(secret).collect(),
        account: settings.account.clone(),
        timeout: settings.reach.timeout,
        calls_at_once: settings.reach.calls_at_once,
    }
}

fn bkash(settings: &BkashSettings, shelf: Arc<dyn Shelf>) -> BkashAccess {
    BkashAccess {
        base_url: settings.reach.base_url.clone(),
        username: secret(&settings.username),
        password: secret(&settings.password),
        app_key: secret(&settings.app_key),
        app_secret: secret(&settings.app_secret),
        shelf,
        token_fetches_per_hour: settings.token_fetches_per_hour,
        refund_version: if settings.refunds_in_parts { RefundVersion::V2 } else { RefundVersion::V1 },
        refund_days: settings.refund_days,
        search: settings.search,
        confirms_captures: settings.confirms_captures,
        topic_arns: settings.topic_arns.clone(),
        execute_timeout: settings.execute_timeout,
        certificate_origin: settings.certificate_origin.clone(),
        timeout: settings.reach.timeout,
        calls_at_once: settings.reach.calls_at_once,
    }
}

fn paystack(settings: &PaystackSettings) -> PaystackAccess {
    let filter = if settings.filter_refunds { RefundFilter::TransactionAndTime } else { RefundFilter::Time };
    PaystackAccess {
        base_url: settings.reach.base_url.clone(),
        secret_key: secret(&settings.secret_key),
        former_keys: settings.former_keys.iter().map(secret).collect(),
        timeout: settings.reach.timeout,
        calls_at_once: settings.reach.calls_at_once,
        channels: settings.channels.clone(),
        xof_subunit: settings.xof_subunit,
        refund_filter: filter,
    }
}

fn chapa(settings: &ChapaSettings) -> ChapaAccess {
    ChapaAccess {
        base_url: settings.reach.base_url.clone(),
        secret_key: secret(&settings.secret_key),
        webhook_secrets: settings.webhook_secrets.iter().map(secret).collect(),
        callback_url: settings.callback_url.clone(),
        page_title: settings.page_title.clone(),
        accepts_usd: settings.accepts_usd,
        cancel_endpoint: settings.cancel_endpoint,
        refund_path: settings.refund_path.to_owned(),
        partial_refunds: settings.partial_refunds,
        timeout: settings.reach.timeout,
        calls_at_once: settings.reach.calls_at_once,
    }
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
