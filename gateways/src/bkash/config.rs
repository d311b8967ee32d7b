//! Settings of the bKash adapter and their check at start-up.
//!
//! A mistake is reported by the name of its setting, never with its value. What bKash's documents leave open is a
//! setting here: the version and the window of refunds, the search, and how often a token may be fetched.

use std::sync::Arc;
use std::time::Duration;

use reqwest::Url;

use super::webhook::sns_host;
use crate::settings::Settings;
use crate::{ConfigError, GatewayName, Secret, Shelf};

pub(super) const SETTINGS: Settings = Settings(GatewayName::Bkash);

/// The four parts bKash gives a merchant.
#[derive(Clone, Debug)]
pub struct Credentials {
    pub username: Secret,
    pub password: Secret,
    pub app_key: Secret,
    pub app_secret: Secret,
}

/// Which of bKash's refund calls the merchant has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefundVersion {
    /// One refund of a payment.
    V1,
    /// Ten of them.
    V2,
}

/// Access to bKash. Start from [`BkashConfig::new`] and change what differs.
#[derive(Clone, Debug)]
pub struct BkashConfig {
    /// With the version: `https://tokenized.pay.bka.sh/v1.2.0-beta`. The second version of refunds is next to it.
    pub base_url: String,
    pub credentials: Credentials,
    /// Shared by all processes of the merchant: the access token, and marks of calls in progress.
    pub shelf: Arc<dyn Shelf>,
    /// For one call with all its requests, that for a token too.
    pub timeout: Duration,
    /// For a request that moves money (an execution or a refund), in addition to `timeout` for each call around it: bKash
    /// asks for 30 s.
    pub execute_timeout: Duration,
    pub connect_timeout: Duration,
    /// Grants and refreshes within an hour; more can get the merchant blocked.
    pub token_fetches_per_hour: u32,
    /// How long before its end a token is renewed.
    pub token_margin: Duration,
    /// How long bKash may still be processing a request that got no answer, from when it was sent. During that time no
    /// request is sent that could repeat it.
    pub settle: Duration,
    pub refund_version: RefundVersion,
    /// How long after its payment a refund is made: the documentation says 60 days, bKash's own plugin 15.
    pub refund_days: u32,
    /// Whether `searchTransaction` is available; not every merchant has it.
    pub search: bool,
    /// Whether reconciliation may ask again about captures whose execution was answered: bKash's acceptance test
    /// forbids such a question.
    pub confirms_captures: bool,
    /// Our SNS topics. Empty: no pushed message is accepted.
    pub topic_arns: Vec<String>,
    /// Another origin of certificates and confirmations besides Amazon, such as `http://sandbox:9000`: for a simulator.
    pub certificate_origin: Option<String>,
}

const LIVE_HOST: &str = "tokenized.pay.bka.sh";

impl BkashConfig {
    #[must_use]
    pub fn new(credentials: Credentials, shelf: Arc<dyn Shelf>) -> Self {
        Self {
            base_url: format!("https://{LIVE_HOST}/v1.2.0-beta"),
            credentials,
            shelf,
            timeout: Duration::from_secs(10),
            execute_timeout: Duration::from_secs(30),
            connect_timeout: Duration::from_secs(3),
            token_fetches_per_hour: 2,
            token_margin: Duration::from_mins(10),
            settle: Duration::from_secs(75),
            refund_version: RefundVersion::V2,
            refund_days: 15,
            search: false,
            confirms_captures: false,
            topic_arns: Vec::new(),
            certificate_origin: None,
        }
    }

    /// Checks the settings before anything is sent with them; the error names the wrong one.
    pub fn validate(&self) -> Result<(), ConfigError> {
        let check = |holds, setting, problem| SETTINGS.check(holds, setting, problem);
        let url = SETTINGS.base_url(&self.base_url)?;
        let live = url.host_str() == Some(LIVE_HOST);
        check(!live || url.scheme() == "https", "base_url", "must be https for live payments")?;
        let Credentials { username, password, app_key, app_secret } = &self.credentials;
        let parts = [
            ("username", username),
            ("password", password),
            ("app_key", app_key),
            ("app_secret", app_secret),
        ];
        for (setting, secret) in parts {
            check(!secret.is_blank(), setting, "is empty")?;
            check(!secret.is_padded(), setting, "has white space around it")?;
            SETTINGS.header(setting, secret.expose())?;
        }
        SETTINGS.timeouts(self.timeout, self.connect_timeout)?;
        check(self.token_fetches_per_hour > 0, "token_fetches_per_hour", "must be more than zero")?;
        check(self.token_margin < Duration::from_hours(1), "token_margin", "must be less than an hour")?;
        check(!self.execute_timeout.is_zero(), "execute_timeout", "must be more than zero")?;
        check(self.settle > self.longest_call(), "settle", "must be longer than a call")?;
        check((1..=365).contains(&self.refund_days), "refund_days", "must be 1 to 365")?;
        let arns = self.topic_arns.iter().all(|arn| sns_host(arn).is_some());
        check(arns, "topic_arns", "has one that is not the ARN of an SNS topic")?;
        let Some(origin) = &self.certificate_origin else { return Ok(()) };
        check(!live, "certificate_origin", "is for a simulator and not for live payments")?;
        let origin = Url::parse(origin).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        check(origin.is_some_and(|url| url.path() == "/"), "certificate_origin", "is not an origin")
    }

    /// A request that moves money, with the questions before and after it.
    pub(super) fn longest_call(&self) -> Duration {
        self.timeout * 2 + self.execute_timeout
    }

    /// The part before `/v1.2.0-beta`.
    pub(super) fn root(&self) -> &str {
        let base = self.base();
        match base.rsplit_once('/') {
            Some((root, last))
                if last.starts_with('v') && last[1..].starts_with(|c: char| c.is_ascii_digit()) =>
            {
                root
            }
            Some(_) | None => base,
        }
    }

    pub(super) fn base(&self) -> &str {
        self.base_url.trim_end_matches('/')
    }
}

#[cfg(test)]
pub(super) mod tests;
