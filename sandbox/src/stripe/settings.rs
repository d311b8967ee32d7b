//! What of the sandbox's settings is Stripe's.
//! The variables are documented in the README.

use super::permissions::RestrictedKey;
use crate::config::{self, Vars, endpoint};
use crate::webhooks::Endpoint;

#[derive(Debug, Clone)]
pub struct StripeConfig {
    /// The API key that may do everything.
    pub key: String,
    /// Further keys, and what they may do.
    pub restricted: Vec<RestrictedKey>,
    /// Connected accounts that exist; none given means all that look like one.
    pub accounts: Vec<String>,
    /// How long the money of a charge is pending before it is available.
    pub pending_s: i64,
    /// What a dispute costs, in the smallest unit of its currency; not returned when it is won.
    pub dispute_fee: i64,
    /// How long one has to submit evidence before a dispute is lost.
    pub evidence_due_s: i64,
    pub webhook: Option<Endpoint>,
}

impl Default for StripeConfig {
    fn default() -> Self {
        Self {
            key: "sk_test_sandbox".into(),
            restricted: RestrictedKey::parse_all("rk_test_readonly=*:read").unwrap_or_default(),
            accounts: Vec::new(),
            pending_s: 0,
            dispute_fee: 1_500,
            evidence_due_s: 9 * 24 * 3_600,
            webhook: None,
        }
    }
}

impl StripeConfig {
    pub(crate) fn read(var: &Vars<'_>) -> Result<Self, String> {
        let defaults = Self::default();
        let keys = "HAAT_SANDBOX_STRIPE_RESTRICTED_KEYS";
        let restricted = var(keys).map(|text| RestrictedKey::parse_all(&text)).transpose();
        let accounts = var("HAAT_SANDBOX_STRIPE_ACCOUNTS").unwrap_or_default();
        let accounts = accounts.split(',').map(str::trim).filter(|account| !account.is_empty());
        let pending_s = number(var, "HAAT_SANDBOX_STRIPE_PENDING_S")?;
        let evidence_due_s = number(var, "HAAT_SANDBOX_STRIPE_EVIDENCE_DUE_S")?;
        let dispute_fee = number(var, "HAAT_SANDBOX_STRIPE_DISPUTE_FEE")?;
        Ok(Self {
            key: var("HAAT_SANDBOX_STRIPE_KEY").unwrap_or(defaults.key),
            restricted: restricted
                .map_err(|error| format!("{keys}: {error}"))?
                .unwrap_or(defaults.restricted),
            accounts: accounts.map(str::to_owned).collect(),
            pending_s: pending_s.unwrap_or(defaults.pending_s),
            dispute_fee: dispute_fee.unwrap_or(defaults.dispute_fee),
            evidence_due_s: evidence_due_s.unwrap_or(defaults.evidence_due_s),
            webhook: endpoint(var, "HAAT_SANDBOX_STRIPE")?,
        })
    }
}

/// A number that leaves room to reckon with: at most nine digits.
fn number(var: &Vars<'_>, name: &str) -> Result<Option<i64>, String> {
    match config::number(var, name)? {
        Some(number) if !(0..1_000_000_000).contains(&number) => {
            Err(format!("{name}={number}: it must be between 0 and 999999999"))
        }
        fitting => Ok(fitting),
    }
}
