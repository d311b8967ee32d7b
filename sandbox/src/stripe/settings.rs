//! What of the sandbox's settings is Stripe's.
//! The variables are documented in the README.

use crate::config::{Vars, endpoint};
use crate::webhooks::Endpoint;

#[derive(Debug, Clone)]
pub struct StripeConfig {
    /// The API key that is accepted.
    pub key: String,
    pub webhook: Option<Endpoint>,
}

impl Default for StripeConfig {
    fn default() -> Self {
        Self { key: "sk_test_sandbox".into(), webhook: None }
    }
}

impl StripeConfig {
    pub(crate) fn read(var: &Vars<'_>) -> Result<Self, String> {
        let key = var("HAAT_SANDBOX_STRIPE_KEY").unwrap_or_else(|| Self::default().key);
        Ok(Self { key, webhook: endpoint(var, "HAAT_SANDBOX_STRIPE")? })
    }
}
