//! The identity of a pushed message: Paystack gives it no id.

use serde::Deserialize;

use crate::loose::Loose;

/// The names, states and times that any message may carry.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Says {
    id: Loose,
    reference: Loose,
    refund_reference: Loose,
    transaction_reference: Loose,
    transfer_code: Loose,
    status: Loose,
    paid_at: Loose,
    created_at: Loose,
    #[serde(rename = "createdAt")]
    made_at: Loose,
}

impl Says {
    /// Equal for two deliveries of one message. If it has no reference of its own, such as a refund without one (the
    /// payment's reference alone would make two refunds equal), the whole text counts.
    pub(super) fn identity(&self, kind: &str, data: &str) -> Vec<u8> {
        let own = [&self.id, &self.reference, &self.refund_reference, &self.transfer_code];
        let named = own.iter().any(|name| name.get().is_some());
        let mut parts: Vec<&str> = vec![kind];
        for part in own.into_iter().chain([&self.transaction_reference, &self.status]) {
            parts.push(part.get().unwrap_or_default());
        }
        parts.push(if named { "" } else { data });
        // Each with its length before it, so that no two lists have the same bytes.
        parts
            .iter()
            .flat_map(|part| [part.len().to_string().as_bytes(), b":", part.as_bytes()].concat())
            .collect()
    }

    pub(super) fn time(&self) -> Option<&str> {
        [&self.paid_at, &self.created_at, &self.made_at].into_iter().find_map(Loose::get)
    }
}
