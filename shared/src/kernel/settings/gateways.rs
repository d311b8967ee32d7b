//! Access to each payment gateway. A gateway is offered if its key is configured.

use std::time::Duration;

use super::reader::Reader;
use crate::kernel::Secret;

/// The longest that a call with all its requests may be set to take, in seconds. Jobs that make calls have to outlast
/// it.
pub const LONGEST_CALL_SECS: u64 = 13;
/// The longest that a request that moves money at bKash, an execution or a refund, may be set to take on top of that.
pub const LONGEST_EXECUTION_SECS: u64 = 40;

/// Every gateway that is switched on.
#[derive(Clone, Debug, Default)]
pub struct GatewaySettings {
    pub stripe: Option<StripeSettings>,
    pub bkash: Option<BkashSettings>,
    pub paystack: Option<PaystackSettings>,
    pub chapa: Option<ChapaSettings>,
}

/// The address of a gateway, and limits on its use.
#[derive(Clone, Debug)]
pub struct Reach {
    pub base_url: String,
    /// For one call with all its requests.
    pub timeout: Duration,
    /// Most calls in flight from one process.
    pub calls_at_once: usize,
}

#[derive(Clone, Debug)]
pub struct StripeSettings {
    pub reach: Reach,
    pub secret_key: Secret,
    /// Several while a secret is being rolled.
    pub webhook_secrets: Vec<Secret>,
    /// The connected account on whose behalf all calls are made.
    pub account: Option<String>,
}

#[derive(Clone, Debug)]
pub struct BkashSettings {
    pub reach: Reach,
    pub username: Secret,
    pub password: Secret,
    pub app_key: Secret,
    pub app_secret: Secret,
    pub token_fetches_per_hour: u32,
    /// The second version of refunds: in parts, ten per payment.
    pub refunds_in_parts: bool,
    pub refund_days: u32,
    pub search: bool,
    /// For an execution alone.
    pub execute_timeout: Duration,
    /// Whether reconciliation asks about captures again.
    pub confirms_captures: bool,
    pub topic_arns: Vec<String>,
    pub certificate_origin: Option<String>,
}

#[derive(Clone, Debug)]
pub struct PaystackSettings {
    pub reach: Reach,
    pub secret_key: Secret,
    pub former_keys: Vec<Secret>,
    pub channels: Vec<String>,
    pub xof_subunit: Option<i64>,
    /// Refunds can be listed by their transaction.
    pub filter_refunds: bool,
}

#[derive(Clone, Debug)]
pub struct ChapaSettings {
    pub reach: Reach,
    pub secret_key: Secret,
    pub webhook_secrets: Vec<Secret>,
    pub callback_url: Option<String>,
    pub page_title: String,
    pub accepts_usd: bool,
    pub cancel_endpoint: bool,
    pub refund_path: &'static str,
    pub partial_refunds: bool,
}

/// Shorter secrets can be guessed.
const SHORTEST_SECRET: usize = 16;

const SWITCH: &[(&str, bool)] = &[("false", false), ("true", true)];

impl GatewaySettings {
    pub(super) fn read(reader: &mut Reader<'_>, production: bool) -> Self {
        Self {
            stripe: stripe(reader, production),
            bkash: bkash(reader),
            paystack: paystack(reader),
            chapa: chapa(reader, production),
        }
    }
}

fn reach(
    reader: &mut Reader<'_>,
    base_url: &'static str,
    timeout: &'static str,
    calls: &'static str,
) -> Reach {
    Reach {
        base_url: reader.url(base_url),
        timeout: reader.seconds(timeout, 1..=LONGEST_CALL_SECS),
        calls_at_once: reader.number(calls, 1..=5000),
    }
}

fn secrets(reader: &mut Reader<'_>, name: &'static str) -> Vec<Secret> {
    reader.list(name).into_iter().map(Secret::new).collect()
}

/// Signing secrets of a gateway that another setting switches on.
fn signing(
    reader: &mut Reader<'_>,
    name: &'static str,
    switch: &'static str,
    production: bool,
) -> Vec<Secret> {
    let secrets = secrets(reader, name);
    if secrets.is_empty() {
        reader.wrong(name, &format!("must be set when {switch} is"));
    }
    if production && secrets.iter().any(|secret| secret.expose().len() < SHORTEST_SECRET) {
        reader.wrong(name, &format!("holds a secret shorter than {SHORTEST_SECRET} bytes"));
    }
    secrets
}

fn stripe(reader: &mut Reader<'_>, production: bool) -> Option<StripeSettings> {
    let reach =
        reach(reader, "HAAT_STRIPE_BASE_URL", "HAAT_STRIPE_TIMEOUT_SECONDS", "HAAT_STRIPE_CALLS_AT_ONCE");
    let secret_key = Secret::new(reader.optional("HAAT_STRIPE_SECRET_KEY")?);
    let webhook_secrets =
        signing(reader, "HAAT_STRIPE_WEBHOOK_SECRETS", "HAAT_STRIPE_SECRET_KEY", production);
    let account = reader.optional("HAAT_STRIPE_ACCOUNT");
    Some(StripeSettings { reach, secret_key, webhook_secrets, account })
}

fn bkash(reader: &mut Reader<'_>) -> Option<BkashSettings> {
    let reach =
        reach(reader, "HAAT_BKASH_BASE_URL", "HAAT_BKASH_TIMEOUT_SECONDS", "HAAT_BKASH_CALLS_AT_ONCE");
    let token_fetches_per_hour = reader.number("HAAT_BKASH_TOKEN_FETCHES_PER_HOUR", 1..=100_000);
    let refunds_in_parts = reader.choice("HAAT_BKASH_REFUND_VERSION", &[("v2", true), ("v1", false)]);
    let refund_days = reader.number("HAAT_BKASH_REFUND_DAYS", 1..=365);
    let search = reader.choice("HAAT_BKASH_SEARCH", SWITCH);
    let execute_timeout = reader.seconds("HAAT_BKASH_EXECUTE_SECONDS", 1..=LONGEST_EXECUTION_SECS);
    let confirms_captures = reader.choice("HAAT_BKASH_CONFIRM_CAPTURES", SWITCH);
    let app_key = Secret::new(reader.optional("HAAT_BKASH_APP_KEY")?);
    let mut needed = |name| Secret::new(reader.text(name));
    Some(BkashSettings {
        app_key,
        app_secret: needed("HAAT_BKASH_APP_SECRET"),
        username: needed("HAAT_BKASH_USERNAME"),
        password: needed("HAAT_BKASH_PASSWORD"),
        topic_arns: reader.list("HAAT_BKASH_TOPIC_ARNS"),
        certificate_origin: reader.optional("HAAT_BKASH_CERTIFICATE_ORIGIN"),
        reach,
        token_fetches_per_hour,
        refunds_in_parts,
        refund_days,
        search,
        execute_timeout,
        confirms_captures,
    })
}

fn paystack(reader: &mut Reader<'_>) -> Option<PaystackSettings> {
    let reach = reach(
        reader,
        "HAAT_PAYSTACK_BASE_URL",
        "HAAT_PAYSTACK_TIMEOUT_SECONDS",
        "HAAT_PAYSTACK_CALLS_AT_ONCE",
    );
    let xof = &[("off", None), ("100", Some(100)), ("1", Some(1))];
    let xof_subunit = reader.choice("HAAT_PAYSTACK_XOF_SUBUNIT", xof);
    let filter_refunds = reader.choice("HAAT_PAYSTACK_FILTER_REFUNDS", SWITCH);
    let secret_key = Secret::new(reader.optional("HAAT_PAYSTACK_SECRET_KEY")?);
    let former_keys = secrets(reader, "HAAT_PAYSTACK_FORMER_KEYS");
    let channels = reader.list("HAAT_PAYSTACK_CHANNELS");
    Some(PaystackSettings { reach, secret_key, former_keys, channels, xof_subunit, filter_refunds })
}

fn chapa(reader: &mut Reader<'_>, production: bool) -> Option<ChapaSettings> {
    let reach =
        reach(reader, "HAAT_CHAPA_BASE_URL", "HAAT_CHAPA_TIMEOUT_SECONDS", "HAAT_CHAPA_CALLS_AT_ONCE");
    let page_title = reader.text("HAAT_CHAPA_PAGE_TITLE");
    let accepts_usd = reader.choice("HAAT_CHAPA_ACCEPTS_USD", SWITCH);
    let cancel_endpoint = reader.choice("HAAT_CHAPA_CANCEL_ENDPOINT", SWITCH);
    let refund_path = reader
        .choice("HAAT_CHAPA_REFUND_PATH", &[("chapa_reference", "chapa_reference"), ("tx_ref", "tx_ref")]);
    let partial_refunds = reader.choice("HAAT_CHAPA_PARTIAL_REFUNDS", SWITCH);
    let secret_key = Secret::new(reader.optional("HAAT_CHAPA_SECRET_KEY")?);
    let webhook_secrets = signing(reader, "HAAT_CHAPA_WEBHOOK_SECRETS", "HAAT_CHAPA_SECRET_KEY", production);
    let callback_url = reader.optional("HAAT_CHAPA_CALLBACK_URL");
    Some(ChapaSettings {
        reach,
        secret_key,
        webhook_secrets,
        callback_url,
        page_title,
        accepts_usd,
        cancel_endpoint,
        refund_path,
        partial_refunds,
    })
}
