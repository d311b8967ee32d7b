//! Builds the Paystack adapter from plain settings.

use std::sync::Arc;
use std::time::Duration;

use super::{Paystack, PaystackConfig, RefundFilter};
use crate::{ConfigError, Gateway, Secret};

/// Access to Paystack, in plain values.
#[derive(Clone, Debug)]
pub struct PaystackAccess {
    pub base_url: String,
    pub secret_key: Secret,
    /// Earlier secret keys, with which a push may still be signed.
    pub former_keys: Vec<Secret>,
    /// For one call with all its requests.
    pub timeout: Duration,
    /// Calls in flight at once from this process.
    pub calls_at_once: usize,
    /// The channels of the payment page; empty for all channels of the account.
    pub channels: Vec<String>,
    /// `None`: XOF is not offered. Otherwise the units into which Paystack divides a franc: 100 or 1.
    pub xof_subunit: Option<i64>,
    pub refund_filter: RefundFilter,
}

/// Builds the gateway; the registry limits its calls.
pub(crate) fn connect(access: PaystackAccess) -> Result<Arc<dyn Gateway>, ConfigError> {
    let mut config = PaystackConfig::new(access.secret_key);
    config.base_url = access.base_url;
    config.former_keys = access.former_keys;
    config.timeout = access.timeout;
    config.channels = access.channels;
    config.refund_filter = access.refund_filter;
    config.takes_xof = access.xof_subunit.is_some();
    config.xof_subunit = access.xof_subunit.unwrap_or(config.xof_subunit);
    Ok(Arc::new(Paystack::new(config)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::GatewayName;

    fn access() -> PaystackAccess {
        PaystackAccess {
            base_url: "https://api.paystack.co".to_owned(),
            secret_key: Secret::from("sk_test_x"),
            former_keys: vec![],
            timeout: Duration::from_secs(10),
            calls_at_once: 20,
            channels: vec![],
            xof_subunit: None,
            refund_filter: RefundFilter::TransactionAndTime,
        }
    }

    #[test]
    fn xof_is_offered_where_its_unit_is_set() {
        let xof = "XOF".parse().expect("a known code");
        let gateway = connect(access()).expect("good settings");
        assert_eq!(gateway.name(), GatewayName::Paystack);
        assert!(!gateway.capabilities().currencies.contain(xof));
        let offered = PaystackAccess { xof_subunit: Some(1), ..access() };
        assert!(connect(offered).expect("good settings").capabilities().currencies.contain(xof));
        let error = connect(PaystackAccess { xof_subunit: Some(7), ..access() }).expect_err("no such unit");
        assert_eq!(error.setting, "xof_subunit");
    }
}
