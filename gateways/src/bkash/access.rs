//! From plain settings to the gateway.

use std::sync::Arc;
use std::time::Duration;

use super::{Bkash, BkashConfig, Credentials, RefundVersion};
use crate::{ConfigError, Gateway, Secret, Shelf};

/// How to reach bKash, in plain values.
#[derive(Clone, Debug)]
pub struct BkashAccess {
    /// With the version, as `https://tokenized.sandbox.bka.sh/v1.2.0-beta`.
    pub base_url: String,
    pub username: Secret,
    pub password: Secret,
    pub app_key: Secret,
    pub app_secret: Secret,
    /// Shared by all processes of the merchant.
    pub shelf: Arc<dyn Shelf>,
    /// Grants and refreshes within an hour.
    pub token_fetches_per_hour: u32,
    pub refund_version: RefundVersion,
    pub refund_days: u32,
    /// `searchTransaction` is there.
    pub search: bool,
    /// The SNS topics of ours.
    pub topic_arns: Vec<String>,
    /// Where certificates may be besides Amazon: for a simulator.
    pub certificate_origin: Option<String>,
    /// For one call with all its requests.
    pub timeout: Duration,
    /// Calls in flight at once from this process.
    pub calls_at_once: usize,
}

/// `calls_at_once` is for who registers it.
pub(crate) fn connect(access: BkashAccess) -> Result<Arc<dyn Gateway>, ConfigError> {
    let BkashAccess { username, password, app_key, app_secret, .. } = access;
    let credentials = Credentials { username, password, app_key, app_secret };
    let mut config = BkashConfig::new(credentials, access.shelf);
    config.base_url = access.base_url;
    config.token_fetches_per_hour = access.token_fetches_per_hour;
    config.refund_version = access.refund_version;
    config.refund_days = access.refund_days;
    config.search = access.search;
    config.topic_arns = access.topic_arns;
    config.certificate_origin = access.certificate_origin;
    config.timeout = access.timeout;
    Ok(Arc::new(Bkash::new(config)?))
}
