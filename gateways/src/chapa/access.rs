//! Builds the gateway from plain settings, for both binaries.

use std::sync::Arc;
use std::time::Duration;

use super::{Chapa, ChapaConfig};
use crate::{ConfigError, Gateway, Secret};

/// Access to Chapa, in plain values. [`ChapaConfig`] says what each means.
#[derive(Clone, Debug)]
pub struct ChapaAccess {
    pub base_url: String,
    pub secret_key: Secret,
    pub webhook_secrets: Vec<Secret>,
    pub callback_url: Option<String>,
    pub page_title: String,
    pub accepts_usd: bool,
    pub cancel_endpoint: bool,
    /// `chapa_reference` or `tx_ref`.
    pub refund_path: String,
    pub partial_refunds: bool,
    /// For one call with all its requests.
    pub timeout: Duration,
    /// Calls in flight at once from this process.
    pub calls_at_once: usize,
}

/// Builds the gateway; the registry limits its calls.
pub(crate) fn connect(access: ChapaAccess) -> Result<Arc<dyn Gateway>, ConfigError> {
    let config = ChapaConfig {
        base_url: access.base_url,
        callback_url: access.callback_url,
        page_title: access.page_title,
        accepts_usd: access.accepts_usd,
        cancel_endpoint: access.cancel_endpoint,
        refund_path: access.refund_path.parse()?,
        partial_refunds: access.partial_refunds,
        timeout: access.timeout,
        ..ChapaConfig::new(access.secret_key, access.webhook_secrets)
    };
    Ok(Arc::new(Chapa::new(config)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::GatewayName;

    fn access(refund_path: &str) -> ChapaAccess {
        ChapaAccess {
            base_url: "http://127.0.0.1:9/v1".to_owned(),
            secret_key: Secret::from("CHASECK_TEST-x"),
            webhook_secrets: vec![Secret::from("hook_x")],
            callback_url: None,
            page_title: "Order".to_owned(),
            accepts_usd: true,
            cancel_endpoint: true,
            refund_path: refund_path.to_owned(),
            partial_refunds: false,
            timeout: Duration::from_secs(1),
            calls_at_once: 1,
        }
    }

    #[test]
    fn plain_settings_reach_the_gateway() {
        let gateway = connect(access("tx_ref")).expect("good settings");
        let can = gateway.capabilities();
        assert_eq!(gateway.name(), GatewayName::Chapa);
        assert!(can.closes_pages && !can.refunds.partial);
        assert!(can.currencies.contain("USD".parse().expect("a known code")));
        assert!(connect(access("")).is_err());
    }
}
