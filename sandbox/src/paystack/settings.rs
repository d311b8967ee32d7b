//! What of the sandbox's settings is Paystack's: keys, currencies, and what the vendor's documents
//! leave open. The variables are documented in the README.

use super::initialize::is_web_address;
use crate::config::{SWITCH, Vars, endpoint, number, one_of};
use crate::webhooks::Endpoint;

/// What verify answers to a reference that nobody has used; both have been seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnknownReference {
    NotFound404,
    BadRequest400,
}

#[derive(Debug, Clone)]
pub struct PaystackConfig {
    /// The secret API key that is accepted. Webhooks are signed with it too, unless told otherwise.
    pub key: String,
    pub webhook: Option<Endpoint>,
    /// Where the browser goes when a transaction names no `callback_url`: the dashboard's setting.
    pub callback_url: Option<String>,
    /// What the merchant may charge, pay out and hold.
    pub currencies: Vec<String>,
    /// Those of them whose amounts travel in whole units; all others in hundredths.
    pub whole_currencies: Vec<String>,
    /// The balance in each currency at the start, as it travels.
    pub opening_balance: i64,
    /// Whether a transfer waits for a one-time password.
    pub transfer_otp: bool,
    /// Whether a transaction's reference may have underscores.
    pub underscores: bool,
    /// Whether the list of refunds understands `transaction`, `reference` and `currency`.
    pub refund_filters: bool,
    pub unknown_reference: UnknownReference,
    /// The share of objects that take one of the odd forms that Paystack's samples have, 0 to 1.
    pub odd_rate: f64,
    /// Of the odd forms, the sandbox's own: the same seed, the same decisions.
    pub seed: u64,
}

impl Default for PaystackConfig {
    fn default() -> Self {
        Self {
            key: "sk_test_paystack".into(),
            webhook: None,
            callback_url: None,
            currencies: ["NGN", "GHS", "ZAR", "KES", "USD"].map(str::to_owned).into(),
            whole_currencies: Vec::new(),
            opening_balance: 1_000_000_000,
            transfer_otp: false,
            underscores: false,
            refund_filters: false,
            unknown_reference: UnknownReference::NotFound404,
            odd_rate: 0.0,
            seed: 0,
        }
    }
}

impl PaystackConfig {
    pub(crate) fn read(var: &Vars<'_>) -> Result<Self, String> {
        let defaults = Self::default();
        let key = var("HAAT_SANDBOX_PAYSTACK_KEY").unwrap_or(defaults.key);
        let signed_with_key = |name: &str| {
            let own = || (name == "HAAT_SANDBOX_PAYSTACK_WEBHOOK_SECRETS").then(|| key.clone());
            var(name).or_else(own)
        };
        let unknown = [("404", UnknownReference::NotFound404), ("400", UnknownReference::BadRequest400)];
        Ok(Self {
            webhook: endpoint(&signed_with_key, "HAAT_SANDBOX_PAYSTACK")?,
            callback_url: callback_url(var)?,
            currencies: currencies(var, "HAAT_SANDBOX_PAYSTACK_CURRENCIES")?.unwrap_or(defaults.currencies),
            whole_currencies: currencies(var, "HAAT_SANDBOX_PAYSTACK_WHOLE_CURRENCIES")?.unwrap_or_default(),
            opening_balance: number(var, "HAAT_SANDBOX_PAYSTACK_BALANCE")?
                .unwrap_or(defaults.opening_balance),
            transfer_otp: one_of(var, "HAAT_SANDBOX_PAYSTACK_TRANSFER_OTP", &SWITCH)?
                .unwrap_or(defaults.transfer_otp),
            underscores: one_of(var, "HAAT_SANDBOX_PAYSTACK_UNDERSCORES", &SWITCH)?
                .unwrap_or(defaults.underscores),
            refund_filters: one_of(var, "HAAT_SANDBOX_PAYSTACK_REFUND_FILTERS", &SWITCH)?
                .unwrap_or(defaults.refund_filters),
            unknown_reference: one_of(var, "HAAT_SANDBOX_PAYSTACK_UNKNOWN_REFERENCE", &unknown)?
                .unwrap_or(defaults.unknown_reference),
            odd_rate: odd_rate(var)?,
            seed: defaults.seed,
            key,
        })
    }
}

fn currencies(var: &Vars<'_>, name: &str) -> Result<Option<Vec<String>>, String> {
    let Some(text) = var(name) else { return Ok(None) };
    let found: Vec<String> = text.split(',').map(|code| code.trim().to_ascii_uppercase()).collect();
    if found.iter().all(|code| code.len() == 3 && code.bytes().all(|letter| letter.is_ascii_uppercase())) {
        return Ok(Some(found));
    }
    Err(format!("{name}={text}: currencies have three letters, separated by commas"))
}

fn callback_url(var: &Vars<'_>) -> Result<Option<String>, String> {
    let url = var("HAAT_SANDBOX_PAYSTACK_CALLBACK_URL");
    match url.as_deref() {
        Some(text) if !is_web_address(text) => {
            Err(format!("HAAT_SANDBOX_PAYSTACK_CALLBACK_URL={text}: it begins with http:// or https://"))
        }
        _ => Ok(url),
    }
}

fn odd_rate(var: &Vars<'_>) -> Result<f64, String> {
    let rate = number(var, "HAAT_SANDBOX_PAYSTACK_ODD")?.unwrap_or(0.0);
    if (0.0..=1.0).contains(&rate) {
        return Ok(rate);
    }
    Err(format!("HAAT_SANDBOX_PAYSTACK_ODD={rate}: it lies between 0 and 1"))
}

#[cfg(test)]
mod tests {
    use super::{PaystackConfig, UnknownReference};

    fn read(vars: &[(&str, &str)]) -> Result<PaystackConfig, String> {
        PaystackConfig::read(&|name: &str| {
            vars.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn webhooks_are_signed_with_the_key_unless_told_otherwise() {
        let url = ("HAAT_SANDBOX_PAYSTACK_WEBHOOK_URL", "http://127.0.0.1:1/hook");
        let config = read(&[url, ("HAAT_SANDBOX_PAYSTACK_KEY", "sk_test_a")]).unwrap();
        assert_eq!(config.webhook.unwrap().secrets, ["sk_test_a"]);
        let config = read(&[url, ("HAAT_SANDBOX_PAYSTACK_WEBHOOK_SECRETS", "sk_test_b")]).unwrap();
        assert_eq!(config.webhook.unwrap().secrets, ["sk_test_b"]);
    }

    #[test]
    fn open_points_are_settings() {
        let config = read(&[
            ("HAAT_SANDBOX_PAYSTACK_CURRENCIES", "ngn, xof"),
            ("HAAT_SANDBOX_PAYSTACK_UNKNOWN_REFERENCE", "400"),
            ("HAAT_SANDBOX_PAYSTACK_REFUND_FILTERS", "on"),
        ]);
        let config = config.unwrap();
        assert_eq!(config.currencies, ["NGN", "XOF"]);
        assert_eq!(config.unknown_reference, UnknownReference::BadRequest400);
        assert!(config.refund_filters && !config.transfer_otp);
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        for (name, value) in [
            ("HAAT_SANDBOX_PAYSTACK_ODD", "2"),
            ("HAAT_SANDBOX_PAYSTACK_CALLBACK_URL", "shop"),
            ("HAAT_SANDBOX_PAYSTACK_BALANCE", "much"),
            ("HAAT_SANDBOX_PAYSTACK_CURRENCIES", "naira"),
            ("HAAT_SANDBOX_PAYSTACK_TRANSFER_OTP", "yes"),
            ("HAAT_SANDBOX_PAYSTACK_UNKNOWN_REFERENCE", "500"),
        ] {
            assert!(read(&[(name, value)]).unwrap_err().contains(name));
        }
    }
}
