//! Settings of the Paystack adapter and their check at start-up.
//!
//! A mistake is reported by the name of its setting, never with its value.

use std::time::Duration;

use crate::settings::Settings;
use crate::{ConfigError, GatewayName, Secret};

pub(super) const SETTINGS: Settings = Settings(GatewayName::Paystack);

/// Access to Paystack. Start from [`PaystackConfig::new`] and change what differs.
#[derive(Clone, Debug)]
pub struct PaystackConfig {
    /// Without a path: `https://api.paystack.co`.
    pub base_url: String,
    /// `sk_test_…` or `sk_live_…`; pushes are signed with it too.
    pub secret_key: Secret,
    /// Earlier secret keys, with which a push may still be signed while the key is being changed.
    pub former_keys: Vec<Secret>,
    /// For one call with all its requests.
    pub timeout: Duration,
    pub connect_timeout: Duration,
    /// The channels of the payment page, such as `card`, `bank_transfer`; empty for all channels of the account.
    pub channels: Vec<String>,
    /// Offers XOF, which Paystack's specification does not list.
    pub takes_xof: bool,
    /// The units into which Paystack divides a franc, which ISO 4217 does not divide: 100 or 1.
    pub xof_subunit: i64,
    /// How refunds of one payment are requested. The rows of the answer are filtered again here in any case.
    pub refund_filter: RefundFilter,
    /// How long before a window a payment that was paid within it may have been opened: lists go by the opening.
    pub list_lookback_secs: i64,
}

/// The filter of the list of refunds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefundFilter {
    /// `transaction`, in use but not documented, and `from`.
    TransactionAndTime,
    /// `from` alone, which is documented.
    Time,
}

/// Every payment channel Paystack names.
const CHANNELS: &[&str] = &[
    "apple_pay",
    "bank",
    "bank_transfer",
    "capitec_pay",
    "card",
    "eft",
    "mobile_money",
    "payattitude",
    "qr",
    "ussd",
];
const MONTH_SECS: i64 = 31 * 24 * 3600;

impl PaystackConfig {
    #[must_use]
    pub fn new(secret_key: Secret) -> Self {
        Self {
            base_url: "https://api.paystack.co".to_owned(),
            secret_key,
            former_keys: Vec::new(),
            timeout: Duration::from_secs(10),
            connect_timeout: Duration::from_secs(3),
            channels: Vec::new(),
            takes_xof: false,
            xof_subunit: 100,
            refund_filter: RefundFilter::TransactionAndTime,
            list_lookback_secs: 24 * 3600,
        }
    }

    /// Checks the settings before anything is sent with them; the error names the wrong one.
    pub fn validate(&self) -> Result<(), ConfigError> {
        let check = |holds, setting, problem| SETTINGS.check(holds, setting, problem);
        let url = SETTINGS.base_url(&self.base_url)?;
        let public = self.secret_key.expose().starts_with("pk_");
        check(!public, "secret_key", "is a public key, which everybody knows")?;
        SETTINGS.secret_key(&self.secret_key, &["sk_test_", "sk_live_"])?;
        let live = self.secret_key.expose().starts_with("sk_live_");
        check(!live || url.scheme() == "https", "base_url", "must be https with a live key")?;
        let blank = self.former_keys.iter().any(Secret::is_blank);
        check(!blank, "former_keys", "has an empty key, which anyone could sign with")?;
        let graphic = self.former_keys.iter().all(Secret::is_graphic);
        check(graphic, "former_keys", "has characters no key has")?;
        SETTINGS.timeouts(self.timeout, self.connect_timeout)?;
        let known = self.channels.iter().all(|channel| CHANNELS.contains(&channel.as_str()));
        check(known, "channels", "has a channel Paystack does not name")?;
        check(matches!(self.xof_subunit, 1 | 100), "xof_subunit", "must be 1 or 100")?;
        let lookback = (0..=MONTH_SECS).contains(&self.list_lookback_secs);
        check(lookback, "list_lookback_secs", "must be 0 to 31 days")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> PaystackConfig {
        PaystackConfig::new(Secret::from("sk_test_x"))
    }

    #[test]
    fn the_defaults_are_good() {
        assert_eq!(config().validate(), Ok(()));
    }

    #[test]
    fn each_mistake_names_its_setting_and_not_its_value() {
        type Change = fn(&mut PaystackConfig);
        let mistakes: [(&str, Change); 16] = [
            ("base_url", |config| config.base_url = "hush.example".into()),
            ("base_url", |config| config.base_url = "ftp://hush.example".into()),
            ("base_url", |config| config.base_url = "https://api.paystack.co?hush=1".into()),
            ("base_url", |config| {
                config.base_url = "http://hush:9000".into();
                config.secret_key = Secret::from("sk_live_x");
            }),
            ("secret_key", |config| config.secret_key = Secret::from("")),
            ("secret_key", |config| config.secret_key = Secret::from("hush")),
            ("secret_key", |config| config.secret_key = Secret::from("sk_test_hush\n")),
            ("secret_key", |config| config.secret_key = Secret::from("pk_test_hush")),
            ("former_keys", |config| config.former_keys.push(Secret::from(" "))),
            ("former_keys", |config| config.former_keys.push(Secret::from("sk_test_hush "))),
            ("timeout", |config| config.timeout = Duration::ZERO),
            ("connect_timeout", |config| config.connect_timeout = Duration::ZERO),
            ("channels", |config| config.channels.push("hush".into())),
            ("xof_subunit", |config| config.xof_subunit = 0),
            ("list_lookback_secs", |config| config.list_lookback_secs = -1),
            ("list_lookback_secs", |config| config.list_lookback_secs = i64::MAX),
        ];
        for (setting, change) in mistakes {
            let mut config = config();
            change(&mut config);
            let error = config.validate().expect_err(setting);
            assert_eq!((error.gateway, error.setting), ("paystack", setting));
            assert!(!error.to_string().contains("hush"), "{error}");
        }
    }

    #[test]
    fn secrets_do_not_print() {
        let mut config = config();
        config.secret_key = Secret::from("sk_test_hush");
        config.former_keys = vec![Secret::from("sk_test_hush_before")];
        let paystack = crate::paystack::Paystack::new(config).expect("a good configuration");
        let shown = format!("{paystack:?}");
        assert!(!shown.contains("hush"), "{shown}");
    }
}
