//! Stripe's JSON, as far as we read it. Unknown fields are ignored, and nearly every field may be
//! absent: what must be there is decided where it is used.

use std::collections::HashMap;

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::loose::{Loose, object, object_or_text};

pub(super) type Metadata = HashMap<String, String>;

/// A Checkout Session, `cs_…`.
#[derive(Debug, Deserialize)]
pub(super) struct Session {
    pub id: String,
    pub status: Option<String>,
    pub payment_status: Option<String>,
    pub url: Option<String>,
    pub amount_total: Option<i64>,
    pub currency: Option<String>,
    pub client_reference_id: Option<String>,
    /// Null until the customer pays.
    pub payment_intent: Option<Expandable<PaymentIntent>>,
    pub expires_at: Option<i64>,
    pub metadata: Option<Metadata>,
}

/// A PaymentIntent, `pi_…`.
#[derive(Debug, Deserialize)]
pub(super) struct PaymentIntent {
    pub id: String,
    pub status: Option<String>,
    pub amount: Option<i64>,
    pub amount_received: Option<i64>,
    pub currency: Option<String>,
    pub metadata: Option<Metadata>,
    pub last_payment_error: Option<ErrorDetail>,
}

/// A refund, `re_…`.
#[derive(Debug, Deserialize)]
pub(super) struct Refund {
    pub id: String,
    pub status: Option<String>,
    pub amount: Option<i64>,
    pub currency: Option<String>,
    pub payment_intent: Option<Expandable<Named>>,
    pub failure_reason: Option<String>,
    pub metadata: Option<Metadata>,
}

/// A charge, `ch_…`: one try of a PaymentIntent, with the metadata of that.
#[derive(Debug, Deserialize)]
pub(super) struct Charge {
    pub status: Option<String>,
    pub amount: Option<i64>,
    pub amount_captured: Option<i64>,
    pub currency: Option<String>,
    pub payment_intent: Option<Expandable<Named>>,
    pub metadata: Option<Metadata>,
}

/// A movement of our balance, `txn_…`.
#[derive(Debug, Deserialize)]
pub(super) struct Movement {
    pub id: String,
    #[serde(default)]
    pub created: i64,
    /// The object it was made for; read once its kind is known.
    pub source: Option<Box<RawValue>>,
}

/// Any object, when only its kind matters.
#[derive(Debug, Deserialize)]
pub(super) struct Kind {
    pub object: String,
}

/// A dispute, `dp_…`.
#[derive(Debug, Deserialize)]
pub(super) struct Dispute {
    pub id: String,
    pub status: Option<String>,
    pub amount: Option<i64>,
    pub currency: Option<String>,
    pub payment_intent: Option<Expandable<Named>>,
    pub reason: Option<String>,
    pub evidence_details: Option<EvidenceDetails>,
}

#[derive(Debug, Deserialize)]
pub(super) struct EvidenceDetails {
    pub due_by: Option<i64>,
}

/// A PaymentIntent, when only its charge matters.
#[derive(Debug, Deserialize)]
pub(super) struct Intent {
    pub latest_charge: Option<Expandable<Named>>,
}

/// A transfer, `tr_…`.
#[derive(Debug, Deserialize)]
pub(super) struct Transfer {
    pub id: String,
    pub amount: Option<i64>,
    pub amount_reversed: Option<i64>,
    pub currency: Option<String>,
    pub metadata: Option<Metadata>,
}

/// A reversal of a transfer, `trr_…`.
#[derive(Debug, Deserialize)]
pub(super) struct Reversal {
    pub id: String,
    pub amount: Option<i64>,
    pub metadata: Option<Metadata>,
}

/// Any object, when only its id matters.
#[derive(Debug, Deserialize)]
pub(super) struct Named {
    pub id: String,
}

/// A reference: an id, or the object itself if it was expanded.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Expandable<T> {
    Id(String),
    Object(Box<T>),
}

/// One page of a list.
#[derive(Debug, Deserialize)]
pub(super) struct List<T> {
    pub data: Vec<T>,
    #[serde(default)]
    pub has_more: bool,
}

#[derive(Debug, Deserialize)]
pub(super) struct ErrorBody {
    pub error: ErrorDetail,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct ErrorDetail {
    #[serde(rename = "type")]
    pub kind: Option<String>,
    pub code: Option<String>,
    pub decline_code: Option<String>,
    pub message: Option<String>,
    pub param: Option<String>,
}

/// The envelope of a pushed event; the object inside is read once its type is known. An event of the newer, thin style
/// has its time as a text and no object: it names what it is about.
#[derive(Debug, Deserialize)]
pub(super) struct Event {
    pub id: Loose,
    #[serde(rename = "type")]
    pub kind: Loose,
    pub created: Loose,
    pub api_version: Loose,
    #[serde(default, deserialize_with = "object")]
    pub data: Option<EventData>,
    #[serde(default, deserialize_with = "object")]
    pub related_object: Option<Related>,
}

#[derive(Debug, Deserialize)]
pub(super) struct EventData {
    pub object: Option<Box<RawValue>>,
}

/// What a thin event is about, as `{"id":"cs_…","type":"checkout.session"}`.
#[derive(Debug, Deserialize)]
pub(super) struct Related {
    pub id: Loose,
}

/// The references in any object: for one that can't be read as what it is.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Names {
    pub id: Loose,
    pub client_reference_id: Loose,
    #[serde(default, deserialize_with = "id_of")]
    pub payment_intent: Loose,
    #[serde(default, deserialize_with = "object")]
    pub metadata: Option<HashMap<String, Loose>>,
}

/// An id, or the object that has it.
fn id_of<'de, D: Deserializer<'de>>(from: D) -> Result<Loose, D::Error> {
    Ok(object_or_text::<_, Related>(from)?.map_or_else(|id| id, |object| object.id))
}

impl Expandable<PaymentIntent> {
    pub(super) fn id(&self) -> &str {
        match self {
            Self::Id(id) => id,
            Self::Object(object) => &object.id,
        }
    }

    pub(super) fn object(&self) -> Option<&PaymentIntent> {
        match self {
            Self::Id(_) => None,
            Self::Object(object) => Some(object),
        }
    }
}

impl Expandable<Named> {
    pub(super) fn into_id(self) -> String {
        match self {
            Self::Id(id) => id,
            Self::Object(object) => object.id,
        }
    }
}
