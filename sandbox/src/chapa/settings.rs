//! What of the sandbox's settings is Chapa's. Where Chapa's documents leave a point open, a setting
//! decides it. The variables are documented in the README.

use super::amount::{self, Style};
use crate::config::{self, SWITCH, Vars, endpoint};
use crate::webhooks::Endpoint;

const PREFIX: &str = "HAAT_SANDBOX_CHAPA";

/// What the path of a refund names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefundBy {
    /// Chapa's own `AP…`.
    Reference,
    TxRef,
    Either,
}

/// What the signature of an approval call is made over, with the approval secret as the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hashed {
    Body,
    Secret,
}

/// Who is asked before a transfer is queued.
#[derive(Debug, Clone)]
pub struct ApprovalConfig {
    pub url: String,
    pub secret: String,
    pub hashed: Hashed,
}

/// The status words of transfers.
#[derive(Debug, Clone)]
pub struct TransferWords {
    pub pending: String,
    pub success: String,
    pub failed: String,
    pub reverted: String,
}

#[derive(Debug, Clone)]
pub struct ChapaConfig {
    /// The secret key that is accepted. `CHASECK_TEST-…` is test mode, any other is live mode.
    pub key: String,
    pub webhook: Option<Endpoint>,
    pub approval: Option<ApprovalConfig>,
    pub amounts: Style,
    /// Decides over what looks random in the answers; the sandbox's own.
    pub seed: u64,
    /// Whether a test key may not refund, as at the real Chapa.
    pub refund_live_only: bool,
    pub refund_by: RefundBy,
    /// Whether a refund is also found by the caller's own reference.
    pub refund_verify_by_ours: bool,
    /// Whether a transaction can be cancelled.
    pub cancel: bool,
    /// Whether the title and the description of a customization have limits.
    pub strict_customization: bool,
    /// How the callback calls our reference.
    pub callback_name: String,
    /// Whether the list of transactions carries our reference, as `trans_id`.
    pub list_tx_ref: bool,
    /// The status of a payment that failed or was cancelled.
    pub failed_word: String,
    pub transfer_words: TransferWords,
    /// What a `tx_ref` that is not new is answered.
    pub duplicate_text: String,
    /// Opening balance of each currency, in its smallest unit.
    pub balance: i64,
}

impl Default for ChapaConfig {
    fn default() -> Self {
        Self {
            key: "CHASECK_TEST-sandbox".into(),
            webhook: None,
            approval: None,
            amounts: Style::Random,
            seed: 0,
            refund_live_only: false,
            refund_by: RefundBy::Reference,
            refund_verify_by_ours: false,
            cancel: true,
            strict_customization: true,
            callback_name: "trx_ref".into(),
            list_tx_ref: true,
            failed_word: "failed".into(),
            transfer_words: TransferWords {
                pending: "pending".into(),
                success: "success".into(),
                failed: "failed/cancelled".into(),
                reverted: "reverted".into(),
            },
            duplicate_text: "Transaction reference has been used before".into(),
            balance: 100_000_000_000,
        }
    }
}

impl ChapaConfig {
    pub(crate) fn read(var: &Vars<'_>) -> Result<Self, String> {
        let text = |name: &str| var(&format!("{PREFIX}_{name}"));
        let or = Self::default();
        let amounts = [("random", Style::Random), ("string", Style::Text), ("number", Style::Number)];
        let refund_by =
            [("reference", RefundBy::Reference), ("tx_ref", RefundBy::TxRef), ("either", RefundBy::Either)];
        Ok(Self {
            key: text("KEY").unwrap_or(or.key),
            webhook: endpoint(var, PREFIX)?,
            approval: approval(var)?,
            amounts: one_of(var, "AMOUNTS", &amounts)?.unwrap_or(or.amounts),
            seed: or.seed,
            refund_live_only: one_of(var, "REFUND_LIVE_ONLY", &SWITCH)?.unwrap_or(or.refund_live_only),
            refund_by: one_of(var, "REFUND_BY", &refund_by)?.unwrap_or(or.refund_by),
            refund_verify_by_ours: one_of(var, "REFUND_VERIFY_BY_OURS", &SWITCH)?
                .unwrap_or(or.refund_verify_by_ours),
            cancel: one_of(var, "CANCEL", &SWITCH)?.unwrap_or(or.cancel),
            strict_customization: one_of(var, "STRICT_CUSTOMIZATION", &SWITCH)?
                .unwrap_or(or.strict_customization),
            callback_name: text("CALLBACK_NAME").unwrap_or(or.callback_name),
            list_tx_ref: one_of(var, "LIST_TX_REF", &SWITCH)?.unwrap_or(or.list_tx_ref),
            failed_word: text("FAILED_WORD").unwrap_or(or.failed_word),
            transfer_words: words(var)?.unwrap_or(or.transfer_words),
            duplicate_text: text("DUPLICATE_TEXT").unwrap_or(or.duplicate_text),
            balance: balance(var)?.unwrap_or(or.balance),
        })
    }

    /// Whether the key belongs to test mode or to live mode, in Chapa's words.
    pub(super) fn mode(&self) -> &'static str {
        if self.key.starts_with("CHASECK_TEST") { "test" } else { "live" }
    }
}

fn one_of<T: Clone>(var: &Vars<'_>, name: &str, known: &[(&str, T)]) -> Result<Option<T>, String> {
    config::one_of(var, &format!("{PREFIX}_{name}"), known)
}

fn approval(var: &Vars<'_>) -> Result<Option<ApprovalConfig>, String> {
    let (url_name, secret_name) = (format!("{PREFIX}_APPROVAL_URL"), format!("{PREFIX}_APPROVAL_SECRET"));
    let Some(url) = var(&url_name) else { return Ok(None) };
    let secret = var(&secret_name).ok_or_else(|| format!("{url_name} needs {secret_name} too"))?;
    let endpoint = Endpoint { url, secrets: vec![secret.clone()] };
    endpoint.check().map_err(|error| format!("{url_name}: {error}"))?;
    let hashed = [("body", Hashed::Body), ("secret", Hashed::Secret)];
    let hashed = one_of(var, "APPROVAL_HASH", &hashed)?.unwrap_or(Hashed::Body);
    Ok(Some(ApprovalConfig { url: endpoint.url, secret, hashed }))
}

fn words(var: &Vars<'_>) -> Result<Option<TransferWords>, String> {
    let name = format!("{PREFIX}_TRANSFER_WORDS");
    let Some(text) = var(&name) else { return Ok(None) };
    let words: Vec<&str> = text.split(',').map(str::trim).filter(|word| !word.is_empty()).collect();
    let [pending, success, failed, reverted] = words.as_slice() else {
        return Err(format!("{name}={text}: four words are needed, for pending, success, failed, reverted"));
    };
    let [pending, success, failed, reverted] =
        [pending, success, failed, reverted].map(|word| (*word).to_owned());
    Ok(Some(TransferWords { pending, success, failed, reverted }))
}

fn balance(var: &Vars<'_>) -> Result<Option<i64>, String> {
    let name = format!("{PREFIX}_BALANCE");
    let Some(text) = var(&name) else { return Ok(None) };
    amount::minor(text.trim()).map(Some).ok_or_else(|| format!("{name}={text}: it must be as 1000.00"))
}

#[cfg(test)]
mod tests {
    use super::{ChapaConfig, Hashed};

    fn read(vars: &[(&str, &str)]) -> Result<ChapaConfig, String> {
        ChapaConfig::read(&|name: &str| {
            let known = |(known, _): &&(&str, &str)| name.strip_prefix("HAAT_SANDBOX_CHAPA_") == Some(*known);
            vars.iter().find(known).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn what_is_open_can_be_decided() {
        let config = read(&[
            ("KEY", "CHASECK-1"),
            ("APPROVAL_URL", "http://127.0.0.1:1/ok"),
            ("APPROVAL_SECRET", "s"),
            ("APPROVAL_HASH", "secret"),
            ("TRANSFER_WORDS", "queued, done, failed, reverted"),
            ("BALANCE", "10.50"),
        ]);
        let config = config.unwrap();
        assert_eq!((config.mode(), config.balance), ("live", 1050));
        assert_eq!(config.approval.unwrap().hashed, Hashed::Secret);
        assert_eq!(config.transfer_words.success, "done");
        assert_eq!(read(&[]).unwrap().mode(), "test");
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        for wrong in [
            ("AMOUNTS", "both"),
            ("REFUND_BY", "id"),
            ("CANCEL", "perhaps"),
            ("TRANSFER_WORDS", "pending,success"),
            ("BALANCE", "much"),
            ("APPROVAL_URL", "http://127.0.0.1:1/ok"),
            ("WEBHOOK_URL", "http://127.0.0.1:1/hook"),
        ] {
            assert!(read(&[wrong]).unwrap_err().contains(wrong.0), "{wrong:?}");
        }
    }
}
