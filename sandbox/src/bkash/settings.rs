//! What of the sandbox's settings is bKash's. Where the documents leave a point open, a setting
//! decides it; the variables are documented in the README.

use std::str::FromStr;

use crate::config::{Vars, one_of, push_endpoint};
use crate::webhooks::Endpoint;

/// How amounts may be written in a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Amounts {
    /// As text, which is all that the documents have.
    Strings,
    /// As text or as a JSON number, which several public clients send.
    Either,
}

/// Which of the two refund APIs the merchant has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefundApis {
    Both,
    V1,
    V2,
}

/// What a query says of a payment that was cancelled, has failed or has run out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClosedWords {
    /// `Initiated`, as if the payer had yet to come: no other word is documented.
    Initiated,
    /// `Cancelled`, `Failed` or `Expired`.
    Named,
}

/// Whether an endpoint must confirm its subscription before it is told anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Handshake {
    Required,
    Skipped,
}

/// The hash of a push message's signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignatureVersion {
    /// Version 1.
    Sha1,
    /// Version 2.
    Sha256,
}

#[derive(Debug, Clone)]
pub struct BkashConfig {
    pub username: String,
    pub password: String,
    pub app_key: String,
    pub app_secret: String,
    pub webhook: Option<Endpoint>,
    pub token_life_s: i64,
    /// Grants and refreshes in an hour before the merchant is shut out for one.
    pub grants_per_hour: usize,
    /// How long the same wallet may not pay the same amount again; 0 for never.
    pub duplicate_ms: i64,
    pub refund_days: i64,
    pub amounts: Amounts,
    pub refunds: RefundApis,
    /// Whether `general/searchTransaction` is there.
    pub search: bool,
    /// The code of a second execute.
    pub second_execute: String,
    pub closed_words: ClosedWords,
    pub handshake: Handshake,
    pub signature_version: SignatureVersion,
    /// Where the product reaches the sandbox's messenger; `<public url>/bkash/sns` when not given.
    pub sns_url: Option<String>,
    pub topic_arn: String,
}

impl Default for BkashConfig {
    fn default() -> Self {
        Self {
            username: "sandbox".into(),
            password: "sandbox".into(),
            app_key: "sandbox_key".into(),
            app_secret: "sandbox_secret".into(),
            webhook: None,
            token_life_s: 3_600,
            grants_per_hour: 1_000,
            duplicate_ms: 0,
            refund_days: 60,
            amounts: Amounts::Strings,
            refunds: RefundApis::Both,
            search: true,
            second_execute: "2117".into(),
            closed_words: ClosedWords::Initiated,
            handshake: Handshake::Required,
            signature_version: SignatureVersion::Sha1,
            sns_url: None,
            topic_arn: "arn:aws:sns:ap-southeast-1:000000000000:bkash-sandbox".into(),
        }
    }
}

/// Reads variables by the end of their names.
struct Reader<'a>(&'a Vars<'a>);

impl Reader<'_> {
    fn text(&self, name: &str, default: String) -> String {
        (self.0)(&format!("HAAT_SANDBOX_BKASH_{name}")).unwrap_or(default)
    }

    /// A whole number that is not negative.
    fn number<T: FromStr + PartialOrd + Default>(&self, name: &str, default: T) -> Result<T, String> {
        let name = format!("HAAT_SANDBOX_BKASH_{name}");
        let Some(text) = (self.0)(&name) else { return Ok(default) };
        let number = text.trim().parse().ok().filter(|number| *number >= T::default());
        number.ok_or_else(|| format!("{name}={text}: must be a number, 0 or more"))
    }

    fn choice<T: Clone>(&self, name: &str, default: T, choices: &[(&str, T)]) -> Result<T, String> {
        let found = one_of(self.0, &format!("HAAT_SANDBOX_BKASH_{name}"), choices)?;
        Ok(found.unwrap_or(default))
    }
}

impl BkashConfig {
    pub(crate) fn read(var: &Vars<'_>) -> Result<Self, String> {
        let (reader, default) = (Reader(var), Self::default());
        let hashes = [("1", SignatureVersion::Sha1), ("2", SignatureVersion::Sha256)];
        let amounts = [("strings", Amounts::Strings), ("either", Amounts::Either)];
        let refunds = [("both", RefundApis::Both), ("v1", RefundApis::V1), ("v2", RefundApis::V2)];
        let words = [("initiated", ClosedWords::Initiated), ("named", ClosedWords::Named)];
        let handshakes = [("required", Handshake::Required), ("skipped", Handshake::Skipped)];
        let second = [("2117", "2117".to_owned()), ("2062", "2062".to_owned())];
        Ok(Self {
            username: reader.text("USERNAME", default.username),
            password: reader.text("PASSWORD", default.password),
            app_key: reader.text("APP_KEY", default.app_key),
            app_secret: reader.text("APP_SECRET", default.app_secret),
            webhook: push_endpoint(var, "HAAT_SANDBOX_BKASH")?,
            token_life_s: reader.number("TOKEN_LIFE_S", default.token_life_s)?,
            grants_per_hour: reader.number("GRANTS_PER_HOUR", default.grants_per_hour)?,
            duplicate_ms: reader.number("DUPLICATE_MS", default.duplicate_ms)?,
            refund_days: reader.number("REFUND_DAYS", default.refund_days)?,
            amounts: reader.choice("AMOUNTS", default.amounts, &amounts)?,
            refunds: reader.choice("REFUNDS", default.refunds, &refunds)?,
            search: reader.choice("SEARCH", default.search, &[("present", true), ("absent", false)])?,
            second_execute: reader.choice("SECOND_EXECUTE", default.second_execute, &second)?,
            closed_words: reader.choice("CLOSED_WORDS", default.closed_words, &words)?,
            handshake: reader.choice("SNS_HANDSHAKE", default.handshake, &handshakes)?,
            signature_version: reader.choice("SNS_SIGNATURE_VERSION", default.signature_version, &hashes)?,
            sns_url: var("HAAT_SANDBOX_BKASH_SNS_URL"),
            topic_arn: reader.text("SNS_TOPIC_ARN", default.topic_arn),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{BkashConfig, SignatureVersion};

    #[test]
    fn settings_are_read_and_nonsense_is_named() {
        let read = |name: &'static str, value: &'static str| {
            BkashConfig::read(&move |asked: &str| {
                (asked == format!("HAAT_SANDBOX_BKASH_{name}")).then(|| value.into())
            })
        };
        assert_eq!(read("GRANTS_PER_HOUR", "2").unwrap().grants_per_hour, 2);
        assert_eq!(read("AMOUNTS", "either").unwrap().amounts, super::Amounts::Either);
        assert_eq!(read("SNS_SIGNATURE_VERSION", "2").unwrap().signature_version, SignatureVersion::Sha256);
        assert_eq!(read("WEBHOOK_URL", "http://a.example/h").unwrap().webhook.unwrap().secrets.len(), 0);
        for (name, value) in
            [("REFUNDS", "v3"), ("DUPLICATE_MS", "-1"), ("TOKEN_LIFE_S", "long"), ("WEBHOOK_URL", "shop")]
        {
            assert!(read(name, value).unwrap_err().contains(name), "{name}");
        }
    }
}
