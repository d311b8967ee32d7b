//! Paystack's JSON, as far as it is read. Unknown fields are ignored, and every field may be absent or of another kind.
//! Required fields are checked where they are used.

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::loose::{Loose, Whole, object, object_or_text};

/// The envelope of every answer. `status` says whether the call worked, not what became of the payment.
#[derive(Debug, Deserialize)]
pub(super) struct Envelope {
    #[serde(default, deserialize_with = "flag")]
    pub status: Option<bool>,
    pub message: Loose,
    #[serde(rename = "type")]
    pub kind: Loose,
    pub code: Loose,
    pub data: Option<Box<RawValue>>,
    #[serde(default, deserialize_with = "object")]
    pub meta: Option<Meta>,
}

/// The position of a page in a list.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Meta {
    pub total: Whole,
    pub per_page: Whole,
    pub page_count: Whole,
}

/// The answer to `initialize`.
#[derive(Debug, Deserialize)]
pub(super) struct Initialized {
    pub authorization_url: Loose,
    pub reference: Loose,
}

/// A payment. Paystack writes some times twice, in two spellings.
#[derive(Debug, Deserialize)]
pub(super) struct Transaction {
    pub id: Loose,
    pub status: Loose,
    pub reference: Loose,
    pub amount: Whole,
    pub requested_amount: Whole,
    pub currency: Loose,
    pub gateway_response: Loose,
    pub paid_at: Loose,
    pub created_at: Loose,
    #[serde(rename = "createdAt")]
    pub made_at: Loose,
    #[serde(default, deserialize_with = "object")]
    pub metadata: Option<Metadata>,
}

/// The fields that we sent along, if they are ours.
#[derive(Debug, Deserialize)]
pub(super) struct Metadata {
    pub order_id: Loose,
}

/// A refund.
#[derive(Debug, Deserialize)]
pub(super) struct Refund {
    pub id: Loose,
    pub status: Loose,
    pub amount: Whole,
    pub currency: Loose,
    #[serde(default, deserialize_with = "which")]
    pub transaction: Which,
    pub transaction_reference: Loose,
    pub merchant_note: Loose,
    pub reason: Loose,
    pub created_at: Loose,
    #[serde(rename = "createdAt")]
    pub made_at: Loose,
}

/// A chargeback.
#[derive(Debug, Deserialize)]
pub(super) struct Dispute {
    pub id: Loose,
    pub status: Loose,
    pub resolution: Loose,
    pub refund_amount: Whole,
    pub currency: Loose,
    #[serde(default, deserialize_with = "which")]
    pub transaction: Which,
    pub transaction_reference: Loose,
    pub category: Loose,
    #[serde(rename = "dueAt")]
    pub due_at: Loose,
    pub created_at: Loose,
    #[serde(rename = "createdAt")]
    pub made_at: Loose,
}

/// A payout.
#[derive(Debug, Deserialize)]
pub(super) struct Transfer {
    pub status: Loose,
    pub reference: Loose,
    pub amount: Whole,
    pub currency: Loose,
}

/// The payee.
#[derive(Debug, Deserialize)]
pub(super) struct Recipient {
    pub recipient_code: Loose,
}

/// The payment that another object belongs to: its id, its reference or itself.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Which {
    pub id: Loose,
    pub reference: Loose,
    pub amount: Whole,
    pub currency: Loose,
}

/// A pushed message; the object inside is read once its kind is known.
#[derive(Debug, Deserialize)]
pub(super) struct Event {
    pub event: Loose,
    pub data: Option<Box<RawValue>>,
}

fn which<'de, D: Deserializer<'de>>(from: D) -> Result<Which, D::Error> {
    Ok(object_or_text(from)?.unwrap_or_else(|name: Loose| {
        let is_id = name.get().is_some_and(|name| name.bytes().all(|byte| byte.is_ascii_digit()));
        let (id, reference) = if is_id { (name, Loose::default()) } else { (Loose::default(), name) };
        Which { id, reference, ..Which::default() }
    }))
}

fn flag<'de, D: Deserializer<'de>>(from: D) -> Result<Option<bool>, D::Error> {
    Ok(serde_json::from_str(Box::<RawValue>::deserialize(from)?.get()).ok())
}
