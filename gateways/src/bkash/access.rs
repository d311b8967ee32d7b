//! Builds the gateway from plain settings.

use std::sync::Arc;
use std::time::Duration;

use super::{Bkash, BkashConfig, Credentials, RefundVersion};
use crate::{ConfigError, Gateway, Secret, Shelf};

/// Access to bKash, in plain values.
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
    /// Whether `searchTransaction` is available.
    pub search: bool,
    /// Whether reconciliation asks about captures whose execution was answered.
    pub confirms_captures: bool,
    /// Our SNS topics.
    pub topic_arns: Vec<String>,
    /// Another origin of certificates besides Amazon: for a simulator.
    pub certificate_origin: Option<String>,
    /// For one call with all its requests.
    pub timeout: Duration,
    /// For a request that moves money, beside that.
    pub execute_timeout: Duration,
    /// Calls in flight at once from this process.
    pub calls_at_once: usize,
}

/// The caller that registers the gateway uses `calls_at_once`.
pub(crate) fn connect(access: BkashAccess) -> Result<Arc<dyn Gateway>, ConfigError> {
    let BkashAccess { username, password, app_key, app_secret, .. } = access;
    let credentials = Credentials { username, password, app_key, app_secret };
    let mut config = BkashConfig::new(credentials, access.shelf);
    config.base_url = access.base_url;
    config.token_fetches_per_hour = access.token_fetches_per_hour;
    config.refund_version = access.refund_version;
    config.refund_days = access.refund_days;
    config.search = access.search;
    config.confirms_captures = access.confirms_captures;
    config.topic_arns = access.topic_arns;
    config.certificate_origin = access.certificate_origin;
    config.timeout = access.timeout;
    config.execute_timeout = access.execute_timeout;
    config.settle = config.settle.max(access.timeout * 3 + access.execute_timeout);
    Ok(Arc::new(Bkash::new(config)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{GatewayName, LocalShelf};

    #[test]
    fn plain_settings_become_a_gateway_or_name_their_mistake() {
        let access = |refund_days| BkashAccess {
            base_url: "https://tokenized.sandbox.bka.sh/v1.2.0-beta".to_owned(),
            username: Secret::from("u"),
            password: Secret::from("p"),
            app_key: Secret::from("k"),
            app_secret: Secret::from("s"),
            shelf: Arc::new(LocalShelf::default()),
            token_fetches_per_hour: 2,
            refund_version: RefundVersion::V1,
            refund_days,
            search: false,
            confirms_captures: false,
            topic_arns: vec!["arn:aws:sns:ap-southeast-1:111122223333:bkash".to_owned()],
            certificate_origin: None,
            timeout: Duration::from_secs(45),
            execute_timeout: Duration::from_secs(30),
            calls_at_once: 10,
        };
        let gateway = connect(access(60)).expect("good settings");
        assert_eq!(gateway.name(), GatewayName::Bkash);
        let refunds = gateway.capabilities().refunds;
        assert_eq!((refunds.most, refunds.within_secs), (Some(1), Some(60 * 86_400)));
        assert_eq!(connect(access(0)).expect_err("no window").setting, "refund_days");
    }
}
