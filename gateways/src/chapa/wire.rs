//! Chapa's JSON, as far as it is read. Fields may be missing or of another type: numbers come as strings and strings as
//! numbers. Required fields are checked where they are used.

use std::collections::HashMap;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::loose::{Loose, object};

/// The values that we sent along: an object, the same as a string, or something else, which is ignored.
pub(super) type Meta = HashMap<String, Loose>;

/// The envelope of every answer.
#[derive(Debug, Deserialize)]
pub(super) struct Envelope {
    /// A text, or an object of texts by field.
    pub message: Option<serde_json::Value>,
    pub status: Loose,
    pub data: Option<Box<RawValue>>,
}

impl Envelope {
    /// The data in a shape; `None` if it has another.
    pub(super) fn read<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_str(self.data.as_ref()?.get()).ok()
    }

    /// Whether the request was carried out. An unknown word means no.
    pub(super) fn says_yes(&self) -> bool {
        self.status.get() == Some("success")
    }

    /// The request failed, whatever the HTTP status says.
    pub(super) fn says_no(&self) -> bool {
        matches!(self.status.get(), Some("failed" | "fail" | "error"))
    }
}

/// The answer to `initialize`.
#[derive(Debug, Deserialize)]
pub(super) struct Opened {
    pub checkout_url: Loose,
}

/// A payment as `verify`, a pushed event or a row of the list has it; each has other fields.
#[derive(Debug, Deserialize)]
pub(super) struct Charge {
    /// In pushed events only, as `charge.success`.
    pub event: Loose,
    pub status: Loose,
    #[serde(rename = "type")]
    pub kind: Loose,
    /// Chapa's reference, `AP…`; in the list it is `ref_id`.
    pub reference: Loose,
    pub ref_id: Loose,
    /// Our reference; in the list it is `trans_id`, if it is there.
    pub tx_ref: Loose,
    pub trans_id: Loose,
    /// The field of the type in a message without `event`.
    pub trx_ref: Loose,
    pub amount: Loose,
    pub currency: Loose,
    pub created_at: Loose,
    pub updated_at: Loose,
    #[serde(default, deserialize_with = "object")]
    pub meta: Option<Meta>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Refund {
    pub status: Loose,
    /// Chapa's reference of the refund.
    pub ref_id: Loose,
    /// Ours.
    pub reference: Loose,
    /// Of the payment.
    pub payment_reference: Loose,
    pub amount: Loose,
    pub currency: Loose,
    #[serde(default, deserialize_with = "object")]
    pub meta: Option<Meta>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Transfer {
    pub status: Loose,
    pub amount: Loose,
    pub currency: Loose,
}

/// One page of `GET /transactions`: an object that contains or accompanies its paging, or a bare list.
#[derive(Debug, Default)]
pub(super) struct Listed {
    pub rows: Vec<Box<RawValue>>,
    pub has_more: bool,
}

#[derive(Deserialize)]
struct ListObject {
    #[serde(alias = "data")]
    transactions: Vec<Box<RawValue>>,
    pagination: Option<Paging>,
    next_page_url: Loose,
}

#[derive(Deserialize)]
struct Paging {
    next_page_url: Loose,
}

impl Listed {
    pub(super) fn of(envelope: &Envelope) -> Option<Self> {
        if let Some(rows) = envelope.read() {
            return Some(Self { rows, has_more: false });
        }
        let list: ListObject = envelope.read()?;
        let within = list.pagination.as_ref().and_then(|paging| paging.next_page_url.get());
        let has_more = within.or(list.next_page_url.get()).is_some();
        Some(Self { rows: list.transactions, has_more })
    }
}

/// One bank of `GET /banks`.
#[derive(Debug, Deserialize)]
pub(super) struct Bank {
    pub id: Loose,
    pub name: Loose,
    /// 1, null or another way to say so.
    pub is_mobilemoney: Option<serde_json::Value>,
    pub acct_length: Loose,
    pub currency: Loose,
}

/// The body of `POST /transaction/initialize`.
#[derive(Debug, Serialize)]
pub(super) struct Initialize<'a> {
    pub amount: String,
    pub currency: &'a str,
    pub tx_ref: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone_number: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub callback_url: Option<&'a str>,
    pub return_url: String,
    pub customization: Customization<'a>,
    pub meta: OurMeta,
}

#[derive(Debug, Serialize)]
pub(super) struct Customization<'a> {
    pub title: &'a str,
    pub description: String,
}

#[derive(Debug, Serialize)]
pub(super) struct OurMeta {
    pub order_id: String,
    pub attempt_id: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn meta_is_read_from_an_object_or_from_its_text() {
        let meta = |json: &str| {
            let charge: Charge = serde_json::from_str(&format!(r#"{{"meta":{json}}}"#)).expect("JSON");
            charge.meta
        };
        for json in [r#"{"order_id":"7","x":[1]}"#, r#""{\"order_id\":7}""#] {
            let meta = meta(json).expect("an object");
            let get = |key: &str| meta.get(key).and_then(Loose::get);
            assert_eq!((get("order_id"), get("x")), (Some("7"), None), "{json}");
        }
        for json in ["[]", "3", "null", r#""words""#] {
            assert_eq!(meta(json), None, "{json}");
        }
    }

    #[test]
    fn a_list_has_one_of_three_shapes() {
        let cases = [
            (r#"[{"a":1}]"#, false),
            (r#"{"transactions":[{}],"pagination":{"next_page_url":"u?page=2"}}"#, true),
            (r#"{"transactions":[{}],"pagination":{"next_page_url":null}}"#, false),
            (r#"{"data":[{}],"current_page":1,"next_page_url":"u?page=2"}"#, true),
        ];
        for (data, has_more) in cases {
            let envelope: Envelope = serde_json::from_str(&format!(r#"{{"data":{data}}}"#)).expect("JSON");
            let listed = Listed::of(&envelope).expect(data);
            assert_eq!((listed.rows.len(), listed.has_more), (1, has_more), "{data}");
        }
    }
}
