//! Settings of the Chapa adapter and their check at start-up.
//!
//! A mistake is reported by the name of its setting, never with its value. Points that Chapa's documentation leaves
//! open are settings, so that a sandbox account can decide them without a change of code.

use std::str::FromStr;
use std::time::Duration;

use crate::settings::Settings;
use crate::{ConfigError, GatewayName, Secret};

pub(super) const SETTINGS: Settings = Settings(GatewayName::Chapa);
/// Chapa's limit of `customization.title`.
const MAX_TITLE_CHARS: usize = 16;

/// Access to Chapa. Start from [`ChapaConfig::new`] and change what differs.
#[derive(Clone, Debug)]
pub struct ChapaConfig {
    /// With the version: `https://api.chapa.co/v1`.
    pub base_url: String,
    /// `CHASECK-…`, or `CHASECK_TEST-…`.
    pub secret_key: Secret,
    /// The "secret hash" of the webhook settings; more than one while one is being changed.
    pub webhook_secrets: Vec<Secret>,
    /// For one call with all its requests.
    pub timeout: Duration,
    pub connect_timeout: Duration,
    /// The account accepts US dollars in addition to birr.
    pub accepts_usd: bool,
    /// The address that Chapa calls once a payment has ended, with nothing that could be trusted. `None`: none.
    pub callback_url: Option<String>,
    /// The title of the payment page.
    pub page_title: String,
    /// Whether pages are closed by `PUT /transaction/cancel/{tx_ref}`. If not, a page stays open.
    pub cancel_endpoint: bool,
    /// The reference of the payment with which a refund is requested.
    pub refund_path: RefundPath,
    /// Whether part of a payment can be refunded: older documentation says no, newer accepts an amount.
    pub partial_refunds: bool,
    /// Words of a refusal, besides "reference", when our reference was used before. Lower case; any of them is enough.
    pub duplicate_words: Vec<String>,
}

/// The reference in the path of `POST /refund/{…}`. The documentation writes `<tx_ref>` and shows Chapa's reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefundPath {
    /// `AP…`, as a paid transaction has it.
    ChapaReference,
    /// Ours.
    TxRef,
}

impl FromStr for RefundPath {
    type Err = ConfigError;

    fn from_str(word: &str) -> Result<Self, ConfigError> {
        match word {
            "chapa_reference" => Ok(Self::ChapaReference),
            "tx_ref" => Ok(Self::TxRef),
            _ => Err(SETTINGS.wrong("refund_path", "must be chapa_reference or tx_ref")),
        }
    }
}

impl ChapaConfig {
    #[must_use]
    pub fn new(secret_key: Secret, webhook_secrets: Vec<Secret>) -> Self {
        let words =
            ["been used", "already used", "already been", "duplicate", "validation.unique", "must be unique"];
        Self {
            base_url: "https://api.chapa.co/v1".to_owned(),
            secret_key,
            webhook_secrets,
            timeout: Duration::from_secs(10),
            connect_timeout: Duration::from_secs(3),
            accepts_usd: false,
            callback_url: None,
            page_title: "Order".to_owned(),
            cancel_endpoint: false,
            refund_path: RefundPath::ChapaReference,
            partial_refunds: true,
            duplicate_words: words.map(str::to_owned).to_vec(),
        }
    }

    /// Checks the settings before anything is sent with them; the error names the wrong one.
    pub fn validate(&self) -> Result<(), ConfigError> {
        let check = |holds, setting, problem| SETTINGS.check(holds, setting, problem);
        let url = SETTINGS.base_url(&self.base_url)?;
        SETTINGS.secret_key(&self.secret_key, &["CHASECK_TEST-", "CHASECK-"])?;
        let live = self.secret_key.expose().starts_with("CHASECK-");
        check(!live || url.scheme() == "https", "base_url", "must be https with a live key")?;
        SETTINGS.webhook_secrets(&self.webhook_secrets)?;
        SETTINGS.timeouts(self.timeout, self.connect_timeout)?;
        if let Some(callback) = &self.callback_url {
            check(is_web_address(callback), "callback_url", "must be an http or https URL")?;
        }
        let title = self.page_title.trim();
        check(!title.is_empty(), "page_title", "is empty")?;
        check(title.chars().count() <= MAX_TITLE_CHARS, "page_title", "must have 16 characters at the most")?;
        let plain = title.chars().all(is_printable);
        check(plain, "page_title", "may have letters, digits, blanks, hyphens, underscores and dots")?;
        check(!self.duplicate_words.is_empty(), "duplicate_words", "is empty")?;
        let lower = |word: &String| !word.trim().is_empty() && *word == word.to_lowercase();
        check(self.duplicate_words.iter().all(lower), "duplicate_words", "must be words in lower case")
    }
}

/// The characters that Chapa accepts in `customization`.
pub(super) fn is_printable(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | ' ' | '.')
}

fn is_web_address(text: &str) -> bool {
    reqwest::Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "https" | "http"))
}

#[cfg(test)]
mod tests;
