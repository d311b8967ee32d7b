//! Settings of the Stripe adapter and their check at start-up.
//!
//! A mistake is reported by the name of its setting, never with its value.

use std::time::Duration;

use http::HeaderValue;

use crate::settings::Settings;
use crate::{ConfigError, GatewayName, Secret};

pub(super) const SETTINGS: Settings = Settings(GatewayName::Stripe);

/// Access to Stripe. Start from [`StripeConfig::new`] and change what differs.
#[derive(Clone, Debug)]
pub struct StripeConfig {
    /// Without a path: `https://api.stripe.com`.
    pub base_url: String,
    /// `sk_…` or a restricted `rk_…`.
    pub secret_key: Secret,
    /// Signing secrets of the webhook endpoint, `whsec_…`; more than one while one is being rolled.
    pub webhook_secrets: Vec<Secret>,
    /// `acct_…`: the connected account on whose behalf all calls are made, by the `Stripe-Account` header. `None`: our
    /// own. An account does not make transfers: the platform does.
    pub account: Option<String>,
    /// Sent with every call, so that a change of the account's default does not affect our parsing.
    pub api_version: String,
    /// For one call with all its tries and waits.
    pub timeout: Duration,
    pub connect_timeout: Duration,
    /// Calls in flight at once from this process.
    pub max_concurrency: usize,
    /// Quick repeats within one call; 0 for none.
    pub max_retries: u32,
    /// Wait before the first repeat; doubles for each further one, with jitter.
    pub retry_base: Duration,
    /// How old a webhook signature may be.
    pub webhook_tolerance_secs: i64,
    /// How far ahead of our clock it may be. `None`: any, as Stripe's own libraries have it.
    pub webhook_future_secs: Option<i64>,
}

impl StripeConfig {
    #[must_use]
    pub fn new(secret_key: Secret, webhook_secrets: Vec<Secret>) -> Self {
        Self {
            base_url: "https://api.stripe.com".to_owned(),
            secret_key,
            webhook_secrets,
            account: None,
            api_version: "2026-10-28.endive".to_owned(),
            timeout: Duration::from_secs(15),
            connect_timeout: Duration::from_secs(3),
            max_concurrency: 20,
            max_retries: 2,
            retry_base: Duration::from_millis(500),
            webhook_tolerance_secs: 300,
            webhook_future_secs: Some(300),
        }
    }

    /// Checks the settings before anything is sent with them; the error names the wrong one.
    pub fn validate(&self) -> Result<(), ConfigError> {
        let check = |holds, setting, problem| SETTINGS.check(holds, setting, problem);
        let url = SETTINGS.base_url(&self.base_url)?;
        SETTINGS.secret_key(&self.secret_key, &["sk_test_", "sk_live_", "rk_test_", "rk_live_"])?;
        let key = self.secret_key.expose();
        let live = key.starts_with("sk_live_") || key.starts_with("rk_live_");
        check(!live || url.scheme() == "https", "base_url", "must be https with a live key")?;
        SETTINGS.webhook_secrets(&self.webhook_secrets)?;
        let signing = self.webhook_secrets.iter().all(|secret| secret.expose().starts_with("whsec_"));
        check(signing, "webhook_secrets", "has one that does not begin with whsec_")?;
        let named = self.account.as_deref().is_none_or(|account| {
            let id = account.strip_prefix("acct_").unwrap_or_default();
            !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric())
        });
        check(named, "account", "is not a connected account's id")?;
        let version = HeaderValue::from_str(&self.api_version);
        check(version.is_ok() && !self.api_version.is_empty(), "api_version", "is not a version")?;
        SETTINGS.timeouts(self.timeout, self.connect_timeout)?;
        check((1..=10_000).contains(&self.max_concurrency), "max_concurrency", "must be 1 to 10000")?;
        check(self.max_retries <= 10, "max_retries", "must be at most 10")?;
        check(self.webhook_tolerance_secs > 0, "webhook_tolerance_secs", "must be more than zero")?;
        let future = self.webhook_future_secs.is_none_or(|secs| secs >= 0);
        check(future, "webhook_future_secs", "must not be negative")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> StripeConfig {
        StripeConfig::new(Secret::from("sk_test_x"), vec![Secret::from("whsec_x")])
    }

    #[test]
    fn the_defaults_are_good() {
        assert_eq!(config().validate(), Ok(()));
    }

    #[test]
    fn each_mistake_names_its_setting() {
        type Change = fn(&mut StripeConfig);
        let mistakes: [(&str, Change); 19] = [
            ("base_url", |config| config.base_url = "api.stripe.com".into()),
            ("base_url", |config| config.base_url = "ftp://api.stripe.com".into()),
            ("base_url", |config| config.base_url = "https://api.stripe.com?x=1".into()),
            ("base_url", |config| {
                config.base_url = "http://sandbox:9000".into();
                config.secret_key = Secret::from("sk_live_x");
            }),
            ("secret_key", |config| config.secret_key = Secret::from("")),
            ("secret_key", |config| config.secret_key = Secret::from("sk_test_x\n")),
            ("secret_key", |config| config.secret_key = Secret::from("hello")),
            ("secret_key", |config| config.secret_key = Secret::from("pk_test_x")),
            ("webhook_secrets", |config| config.webhook_secrets = vec![Secret::from("sk_test_x")]),
            ("webhook_secrets", |config| config.webhook_secrets.clear()),
            ("webhook_secrets", |config| config.webhook_secrets.push(Secret::from(" "))),
            ("webhook_secrets", |config| config.webhook_secrets.push(Secret::from("whsec_y "))),
            ("account", |config| config.account = Some("acct_".into())),
            ("account", |config| config.account = Some("acct_1\nx".into())),
            ("api_version", |config| config.api_version.clear()),
            ("timeout", |config| config.timeout = Duration::ZERO),
            ("max_concurrency", |config| config.max_concurrency = 0),
            ("webhook_tolerance_secs", |config| config.webhook_tolerance_secs = 0),
            ("webhook_future_secs", |config| config.webhook_future_secs = Some(-1)),
        ];
        for (setting, change) in mistakes {
            let mut config = config();
            change(&mut config);
            let error = config.validate().expect_err(setting);
            assert_eq!((error.gateway, error.setting), ("stripe", setting));
        }
    }

    #[test]
    fn secrets_do_not_print() {
        let mut config = config();
        config.secret_key = Secret::from("sk_test_hush");
        let stripe = crate::stripe::Stripe::new(config).expect("a good configuration");
        let shown = format!("{stripe:?}");
        assert!(!shown.contains("hush") && !shown.contains("whsec_x"), "{shown}");
    }
}
