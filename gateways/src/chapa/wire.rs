//! Chapa's JSON, as far as we read it. Nothing is certain to be there or to be of one type: numbers come as strings
//! and strings as numbers, and what must be there is decided where it is used.

use std::collections::HashMap;

use serde::de::{DeserializeOwned, Deserializer};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// A string, or a number digit by digit as it was written: no float comes between. Empty for anything else.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Text(String);

impl Text {
    /// `None` for nothing but white space.
    pub(super) fn get(&self) -> Option<&str> {
        Some(self.0.trim()).filter(|text| !text.is_empty())
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        let raw = raw.get();
        Ok(Self(match raw.as_bytes().first() {
            Some(b'"') => serde_json::from_str(raw).unwrap_or_default(),
            Some(b'{' | b'[' | b'n') | None => String::new(),
            Some(_) => raw.to_owned(),
        }))
    }
}

/// What a field says, if it is there and says anything.
pub(super) fn said(field: &Option<Text>) -> Option<&str> {
    field.as_ref().and_then(Text::get)
}

/// What we sent along: an object, the same as a string, or something else, which is nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Meta(HashMap<String, Text>);

impl Meta {
    pub(super) fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).and_then(Text::get)
    }
}

impl<'de> Deserialize<'de> for Meta {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        let inner: Option<String> = serde_json::from_str(raw.get()).ok();
        Ok(Self(serde_json::from_str(inner.as_deref().unwrap_or(raw.get())).unwrap_or_default()))
    }
}

/// What every answer is wrapped in.
#[derive(Debug, Deserialize)]
pub(super) struct Envelope {
    /// A text, or an object of texts by field.
    pub message: Option<serde_json::Value>,
    pub status: Option<Text>,
    pub data: Option<Box<RawValue>>,
}

impl Envelope {
    /// The data in a shape; `None` if it has another.
    pub(super) fn read<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_str(self.data.as_ref()?.get()).ok()
    }

    /// The request was carried out. A word we don't know is not this one.
    pub(super) fn says_yes(&self) -> bool {
        said(&self.status) == Some("success")
    }

    /// The request failed, whatever the HTTP status says.
    pub(super) fn says_no(&self) -> bool {
        matches!(said(&self.status), Some("failed" | "fail" | "error"))
    }
}

/// The answer to `initialize`.
#[derive(Debug, Deserialize)]
pub(super) struct Opened {
    pub checkout_url: Option<Text>,
}

/// A payment as `verify`, a pushed event or a row of the list has it; each has other fields.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Charge {
    /// In pushed events only, as `charge.success`.
    pub event: Option<Text>,
    pub status: Option<Text>,
    #[serde(rename = "type")]
    pub kind: Option<Text>,
    /// Chapa's name, `AP…`; in the list it is `ref_id`.
    pub reference: Option<Text>,
    pub ref_id: Option<Text>,
    /// Ours; in the list it is, where it is anything, `trans_id`.
    pub tx_ref: Option<Text>,
    pub trans_id: Option<Text>,
    pub amount: Option<Text>,
    pub currency: Option<Text>,
    pub created_at: Option<Text>,
    pub updated_at: Option<Text>,
    pub meta: Option<Meta>,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Refund {
    pub status: Option<Text>,
    /// Chapa's name for the refund.
    pub ref_id: Option<Text>,
    /// Ours.
    pub reference: Option<Text>,
    /// Of the payment.
    pub payment_reference: Option<Text>,
    pub amount: Option<Text>,
    pub currency: Option<Text>,
    pub meta: Option<Meta>,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Transfer {
    pub status: Option<Text>,
    pub amount: Option<Text>,
    pub currency: Option<Text>,
}

/// One page of `GET /transactions`: in an object with its paging beside it, or within it, or bare.
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
    next_page_url: Option<Text>,
}

#[derive(Deserialize)]
struct Paging {
    next_page_url: Option<Text>,
}

impl Listed {
    pub(super) fn of(envelope: &Envelope) -> Option<Self> {
        if let Some(rows) = envelope.read() {
            return Some(Self { rows, has_more: false });
        }
        let list: ListObject = envelope.read()?;
        let within = list.pagination.as_ref().and_then(|paging| said(&paging.next_page_url));
        let has_more = within.or_else(|| said(&list.next_page_url)).is_some();
        Some(Self { rows: list.transactions, has_more })
    }
}

/// One bank of `GET /banks`.
#[derive(Debug, Deserialize)]
pub(super) struct Bank {
    pub id: Option<Text>,
    pub name: Option<Text>,
    pub is_mobilemoney: Option<Text>,
    pub acct_length: Option<Text>,
    pub currency: Option<Text>,
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

    fn text(json: &str) -> Text {
        serde_json::from_str(json).expect("JSON")
    }

    #[test]
    fn any_scalar_is_text_and_no_digit_is_lost() {
        let long = "12345678901234567890.10";
        assert_eq!(text(long).get(), Some(long));
        assert_eq!(text(r#"" 400.00 ""#).get(), Some("400.00"));
        for nothing in ["null", "{}", "[1]", r#""""#, r#"" ""#] {
            assert_eq!(text(nothing).get(), None, "{nothing}");
        }
    }

    #[test]
    fn meta_is_read_from_an_object_or_from_its_text() {
        for json in [r#"{"order_id":"7","x":[1]}"#, r#""{\"order_id\":7}""#] {
            let meta: Meta = serde_json::from_str(json).expect("JSON");
            assert_eq!((meta.get("order_id"), meta.get("x")), (Some("7"), None), "{json}");
        }
        for json in ["[]", "3", r#""words""#] {
            let meta: Meta = serde_json::from_str(json).expect("JSON");
            assert_eq!(meta, Meta::default(), "{json}");
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
