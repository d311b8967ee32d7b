//! What tells one pushed message from another: Paystack gives them no ids.

use serde::Deserialize;

use crate::paystack::loose::text;

/// The names, states and times that any message may carry.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Says {
    #[serde(deserialize_with = "text")]
    id: Option<String>,
    #[serde(deserialize_with = "text")]
    reference: Option<String>,
    #[serde(deserialize_with = "text")]
    refund_reference: Option<String>,
    #[serde(deserialize_with = "text")]
    transaction_reference: Option<String>,
    #[serde(deserialize_with = "text")]
    transfer_code: Option<String>,
    #[serde(deserialize_with = "text")]
    status: Option<String>,
    #[serde(deserialize_with = "text")]
    paid_at: Option<String>,
    #[serde(deserialize_with = "text")]
    created_at: Option<String>,
    #[serde(rename = "createdAt", deserialize_with = "text")]
    made_at: Option<String>,
}

impl Says {
    /// Equal for two deliveries of one message. Where it names nothing of its own, as a refund without a reference (the
    /// payment's name alone would take two refunds for one), the whole text counts.
    pub(super) fn identity(&self, kind: &str, data: &str) -> Vec<u8> {
        let own = [&self.id, &self.reference, &self.refund_reference, &self.transfer_code];
        let named = own.iter().any(|name| name.is_some());
        let mut parts: Vec<&str> = vec![kind];
        for part in own.into_iter().chain([&self.transaction_reference, &self.status]) {
            parts.push(part.as_deref().unwrap_or_default());
        }
        parts.push(if named { "" } else { data });
        // Each with its length before it, so that no two lists read the same.
        parts
            .iter()
            .flat_map(|part| [part.len().to_string().as_bytes(), b":", part.as_bytes()].concat())
            .collect()
    }

    pub(super) fn time(&self) -> Option<&str> {
        [&self.paid_at, &self.created_at, &self.made_at].into_iter().find_map(|time| time.as_deref())
    }
}
