//! JSON that does not keep to its specification: numbers as texts, objects as texts, either where the other is due.
//!
//! Nothing here fails: what can't be read is absent, and whoever needs it says that it is missing. Numbers are read
//! from their text, so that none is rounded on the way.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// A text, or a number as it was written. Empty is absent.
pub(super) fn text<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    Ok(read_text(Box::<RawValue>::deserialize(from)?.get()))
}

/// A whole number, or a text of one; `500.00` is whole too.
pub(super) fn whole<'de, D: Deserializer<'de>>(from: D) -> Result<Option<i64>, D::Error> {
    Ok(text(from)?.as_deref().and_then(read_whole))
}

/// An object, or a text of one.
pub(super) fn object<'de, D: Deserializer<'de>, T: DeserializeOwned>(from: D) -> Result<Option<T>, D::Error> {
    Ok(read_object(Box::<RawValue>::deserialize(from)?.get()))
}

pub(super) fn read_text(json: &str) -> Option<String> {
    let text = match json.bytes().next()? {
        b'"' => serde_json::from_str(json).ok()?,
        b'-' | b'0'..=b'9' => json.to_owned(),
        _ => return None,
    };
    Some(text).filter(|text| !text.trim().is_empty())
}

pub(super) fn read_object<T: DeserializeOwned>(json: &str) -> Option<T> {
    match json.bytes().next()? {
        b'{' => serde_json::from_str(json).ok(),
        b'"' => read_text(json)
            .filter(|text| text.trim_start().starts_with('{'))
            .and_then(|text| serde_json::from_str(&text).ok()),
        _ => None,
    }
}

fn read_whole(text: &str) -> Option<i64> {
    let text = text.trim();
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let zero = !fraction.is_empty() && fraction.bytes().all(|byte| byte == b'0');
    let digits = whole.strip_prefix('-').unwrap_or(whole);
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    whole.parse().ok().filter(|_| zero && plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct Row {
        #[serde(default, deserialize_with = "text")]
        text: Option<String>,
        #[serde(default, deserialize_with = "whole")]
        whole: Option<i64>,
        #[serde(default, deserialize_with = "object")]
        object: Option<Inner>,
    }

    #[derive(Deserialize)]
    struct Inner {
        n: i64,
    }

    fn row(json: &str) -> Row {
        serde_json::from_str(json).expect("nothing here fails")
    }

    #[test]
    fn numbers_are_read_from_texts_and_none_is_rounded() {
        for (json, expected) in [
            ("500000", Some(500_000)),
            ("\"500000\"", Some(500_000)),
            ("500000.00", Some(500_000)),
            ("\" 12 \"", Some(12)),
            ("9007199254740993", Some(9_007_199_254_740_993)),
            ("-5", Some(-5)),
            ("0.5", None),
            ("5e3", None),
            ("\"+5\"", None),
            ("\"5.\"", None),
            ("\"\"", None),
            ("null", None),
            ("true", None),
            ("[1]", None),
            ("99999999999999999999", None),
        ] {
            assert_eq!(row(&format!("{{\"whole\":{json}}}")).whole, expected, "{json}");
        }
    }

    #[test]
    fn texts_may_be_numbers_and_objects_may_be_texts() {
        for (json, expected) in
            [("302961", Some("302961")), ("\"x\"", Some("x")), ("\"\"", None), ("null", None)]
        {
            assert_eq!(row(&format!("{{\"text\":{json}}}")).text.as_deref(), expected, "{json}");
        }
        for (json, expected) in [
            ("{\"n\":1}", Some(1)),
            ("\"{\\\"n\\\":1}\"", Some(1)),
            ("\"\"", None),
            ("0", None),
            ("null", None),
            ("[]", None),
            ("{\"n\":\"x\"}", None),
        ] {
            let object = row(&format!("{{\"object\":{json}}}")).object;
            assert_eq!(object.map(|inner| inner.n), expected, "{json}");
        }
        let empty = row("{}");
        assert!(empty.text.is_none() && empty.whole.is_none() && empty.object.is_none());
    }
}
