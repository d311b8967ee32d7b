//! Paystack's JSON, as far as we read it. Unknown fields are ignored and every field may be absent or of another
//! kind: what must be there is decided where it is used.

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::loose::{self, object, text, whole};

/// What stands around every answer. `status` says whether the call worked, not what became of the payment.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Envelope {
    #[serde(deserialize_with = "flag")]
    pub status: Option<bool>,
    #[serde(deserialize_with = "text")]
    pub message: Option<String>,
    #[serde(rename = "type", deserialize_with = "text")]
    pub kind: Option<String>,
    #[serde(deserialize_with = "text")]
    pub code: Option<String>,
    pub data: Option<Box<RawValue>>,
    #[serde(deserialize_with = "object")]
    pub meta: Option<Meta>,
}

/// Where a page of a list stands.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Meta {
    #[serde(deserialize_with = "whole")]
    pub total: Option<i64>,
    #[serde(deserialize_with = "whole")]
    pub per_page: Option<i64>,
    #[serde(deserialize_with = "whole")]
    pub page_count: Option<i64>,
}

/// The answer to `initialize`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Initialized {
    #[serde(deserialize_with = "text")]
    pub authorization_url: Option<String>,
    #[serde(deserialize_with = "text")]
    pub reference: Option<String>,
}

/// A payment. Paystack writes some times twice, in two spellings.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Transaction {
    #[serde(deserialize_with = "text")]
    pub id: Option<String>,
    #[serde(deserialize_with = "text")]
    pub status: Option<String>,
    #[serde(deserialize_with = "text")]
    pub reference: Option<String>,
    #[serde(deserialize_with = "whole")]
    pub amount: Option<i64>,
    #[serde(deserialize_with = "whole")]
    pub requested_amount: Option<i64>,
    #[serde(deserialize_with = "text")]
    pub currency: Option<String>,
    #[serde(deserialize_with = "text")]
    pub gateway_response: Option<String>,
    #[serde(deserialize_with = "text")]
    pub paid_at: Option<String>,
    #[serde(deserialize_with = "text")]
    pub created_at: Option<String>,
    #[serde(rename = "createdAt", deserialize_with = "text")]
    pub made_at: Option<String>,
    #[serde(deserialize_with = "object")]
    pub metadata: Option<Metadata>,
}

/// What we sent along, if it is one of ours.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Metadata {
    #[serde(deserialize_with = "text")]
    pub order_id: Option<String>,
}

/// A refund.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Refund {
    #[serde(deserialize_with = "text")]
    pub id: Option<String>,
    #[serde(deserialize_with = "text")]
    pub status: Option<String>,
    #[serde(deserialize_with = "whole")]
    pub amount: Option<i64>,
    #[serde(deserialize_with = "text")]
    pub currency: Option<String>,
    #[serde(deserialize_with = "which")]
    pub transaction: Which,
    #[serde(deserialize_with = "text")]
    pub transaction_reference: Option<String>,
    #[serde(deserialize_with = "text")]
    pub merchant_note: Option<String>,
    #[serde(deserialize_with = "text")]
    pub reason: Option<String>,
    #[serde(deserialize_with = "text")]
    pub created_at: Option<String>,
    #[serde(rename = "createdAt", deserialize_with = "text")]
    pub made_at: Option<String>,
}

/// A chargeback.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Dispute {
    #[serde(deserialize_with = "text")]
    pub id: Option<String>,
    #[serde(deserialize_with = "text")]
    pub status: Option<String>,
    #[serde(deserialize_with = "text")]
    pub resolution: Option<String>,
    #[serde(deserialize_with = "whole")]
    pub refund_amount: Option<i64>,
    #[serde(deserialize_with = "text")]
    pub currency: Option<String>,
    #[serde(deserialize_with = "which")]
    pub transaction: Which,
    #[serde(deserialize_with = "text")]
    pub transaction_reference: Option<String>,
    #[serde(deserialize_with = "text")]
    pub category: Option<String>,
    #[serde(rename = "dueAt", deserialize_with = "text")]
    pub due_at: Option<String>,
    #[serde(deserialize_with = "text")]
    pub created_at: Option<String>,
    #[serde(rename = "createdAt", deserialize_with = "text")]
    pub made_at: Option<String>,
}

/// A payout.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Transfer {
    #[serde(deserialize_with = "text")]
    pub status: Option<String>,
    #[serde(deserialize_with = "text")]
    pub reference: Option<String>,
    #[serde(deserialize_with = "whole")]
    pub amount: Option<i64>,
    #[serde(deserialize_with = "text")]
    pub currency: Option<String>,
    #[serde(deserialize_with = "text")]
    pub reason: Option<String>,
}

/// Who is paid out to.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Recipient {
    #[serde(deserialize_with = "text")]
    pub recipient_code: Option<String>,
}

/// The payment that another object belongs to: its id, its name or itself.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Which {
    #[serde(deserialize_with = "text")]
    pub id: Option<String>,
    #[serde(deserialize_with = "text")]
    pub reference: Option<String>,
    #[serde(deserialize_with = "whole")]
    pub amount: Option<i64>,
    #[serde(deserialize_with = "text")]
    pub currency: Option<String>,
}

/// A pushed message; the object inside is read once its kind is known.
#[derive(Debug, Deserialize)]
pub(super) struct Event {
    pub event: String,
    pub data: Box<RawValue>,
}

fn which<'de, D: Deserializer<'de>>(from: D) -> Result<Which, D::Error> {
    let json = Box::<RawValue>::deserialize(from)?;
    if let Some(whole) = loose::read_object(json.get()) {
        return Ok(whole);
    }
    let name = loose::read_text(json.get());
    let is_id = name.as_deref().is_some_and(|name| name.bytes().all(|byte| byte.is_ascii_digit()));
    let (id, reference) = if is_id { (name, None) } else { (None, name) };
    Ok(Which { id, reference, ..Which::default() })
}

fn flag<'de, D: Deserializer<'de>>(from: D) -> Result<Option<bool>, D::Error> {
    Ok(serde_json::from_str(Box::<RawValue>::deserialize(from)?.get()).ok())
}
