//! Checks that the settings of all gateways share.
//!
//! A mistake is reported by the name of its setting, never with its value.

use std::time::Duration;

use http::HeaderValue;
use reqwest::Url;

use crate::{ConfigError, GatewayName, Secret};

/// The settings of one gateway.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Settings(pub GatewayName);

impl Settings {
    pub(crate) fn wrong(self, setting: &'static str, problem: impl Into<String>) -> ConfigError {
        ConfigError { gateway: self.0.as_str(), setting, problem: problem.into() }
    }

    pub(crate) fn check(
        self,
        holds: bool,
        setting: &'static str,
        problem: &'static str,
    ) -> Result<(), ConfigError> {
        if holds { Ok(()) } else { Err(self.wrong(setting, problem)) }
    }

    /// The URL to which paths are appended.
    pub(crate) fn base_url(self, text: &str) -> Result<Url, ConfigError> {
        let url = Url::parse(text).map_err(|_| self.wrong("base_url", "is not a URL"))?;
        self.check(matches!(url.scheme(), "https" | "http"), "base_url", "must be http or https")?;
        self.check(url.query().is_none() && url.fragment().is_none(), "base_url", "must have no query")?;
        Ok(url)
    }

    /// A key with one of the gateway's prefixes, and more after it.
    pub(crate) fn secret_key(self, key: &Secret, beginnings: &[&str]) -> Result<(), ConfigError> {
        self.check(!key.is_blank(), "secret_key", "is empty")?;
        self.check(key.is_graphic(), "secret_key", "has characters no key has")?;
        let known = |start: &&str| key.expose().strip_prefix(start).is_some_and(|rest| !rest.is_empty());
        if beginnings.iter().any(known) {
            return Ok(());
        }
        Err(self.wrong("secret_key", format!("does not begin with {}", beginnings.join(" or "))))
    }

    pub(crate) fn webhook_secrets(self, secrets: &[Secret]) -> Result<(), ConfigError> {
        self.check(!secrets.is_empty(), "webhook_secrets", "is empty")?;
        let blank = secrets.iter().any(Secret::is_blank);
        self.check(!blank, "webhook_secrets", "has an empty secret, which anyone could sign with")?;
        let padded = secrets.iter().any(Secret::is_padded);
        self.check(!padded, "webhook_secrets", "has a secret with white space around it")
    }

    pub(crate) fn timeouts(self, timeout: Duration, connect_timeout: Duration) -> Result<(), ConfigError> {
        self.check(!timeout.is_zero(), "timeout", "must be more than zero")?;
        self.check(!connect_timeout.is_zero(), "connect_timeout", "must be more than zero")
    }

    /// A header that does not print.
    pub(crate) fn header(self, setting: &'static str, text: &str) -> Result<HeaderValue, ConfigError> {
        let mut value =
            HeaderValue::from_str(text).map_err(|_| self.wrong(setting, "does not fit a header"))?;
        value.set_sensitive(true);
        Ok(value)
    }

    /// The `Authorization` header of a secret key.
    pub(crate) fn bearer(self, key: &Secret) -> Result<HeaderValue, ConfigError> {
        self.header("secret_key", &format!("Bearer {}", key.expose()))
    }
}
