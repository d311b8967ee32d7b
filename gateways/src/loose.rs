//! JSON that differs from its description: numbers as texts, texts as numbers, objects as texts.
//!
//! Nothing here fails: a value that can't be read is absent, and code that needs it reports it as missing. Numbers are
//! read from their text, so that none is rounded on the way.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// A text, or a number exactly as it was written. Blank is absent, and so is any other value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Loose(Option<String>);

impl Loose {
    /// Without surrounding white space.
    pub(crate) fn get(&self) -> Option<&str> {
        self.0.as_deref()
    }

    pub(crate) fn owned(&self) -> Option<String> {
        self.0.clone()
    }

    pub(crate) fn or<'a>(&'a self, other: &'a Self) -> Option<&'a str> {
        self.get().or(other.get())
    }

    fn of_json(json: &str) -> Self {
        match json.as_bytes().first() {
            Some(b'"') => Self::from(serde_json::from_str::<String>(json).unwrap_or_default().as_str()),
            Some(b'-' | b'0'..=b'9') => Self::from(json),
            Some(_) | None => Self(None),
        }
    }
}

impl From<&str> for Loose {
    fn from(text: &str) -> Self {
        Self(Some(text.trim()).filter(|text| !text.is_empty()).map(str::to_owned))
    }
}

impl<'de> Deserialize<'de> for Loose {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        // As an option, so that a field of this kind may be absent.
        let raw = Option::<Box<RawValue>>::deserialize(from)?;
        Ok(raw.map(|raw| Self::of_json(raw.get())).unwrap_or_default())
    }
}

/// A whole number, or a text of one; `500.00` is whole too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Whole(Option<i64>);

impl Whole {
    pub(crate) fn get(self) -> Option<i64> {
        self.0
    }
}

impl<'de> Deserialize<'de> for Whole {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Ok(Self(Loose::deserialize(from)?.get().and_then(whole)))
    }
}

fn whole(text: &str) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let zero = !fraction.is_empty() && fraction.bytes().all(|byte| byte == b'0');
    let digits = whole.strip_prefix('-').unwrap_or(whole);
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    whole.parse().ok().filter(|_| zero && plain)
}

/// The text of an amount without the commas between groups. Groups have three digits, or two except for the last, as is
/// usual in South Asia. A comma anywhere else is not a group separator.
pub(crate) fn ungrouped(text: &str) -> Option<String> {
    let (whole, fraction) = text.split_once('.').map_or((text, None), |(whole, rest)| (whole, Some(rest)));
    let groups: Vec<&str> = whole.split(',').collect();
    let (first, rest) = groups.split_first()?;
    let last = rest.len().saturating_sub(1);
    let fits = |(at, group): (usize, &&str)| group.len() == 3 || (group.len() == 2 && at < last);
    let grouped = !rest.is_empty();
    if grouped && (!(1..=3).contains(&first.len()) || !rest.iter().enumerate().all(fits)) {
        return None;
    }
    let fraction = fraction.map(|rest| format!(".{rest}")).unwrap_or_default();
    Some(format!("{}{fraction}", groups.concat()))
}

/// An object, or a text of one.
pub(crate) fn object<'de, D: Deserializer<'de>, T: DeserializeOwned>(from: D) -> Result<Option<T>, D::Error> {
    Ok(object_or_text(from)?.ok())
}

/// An object, or a text of one, or else the value that is there instead.
pub(crate) fn object_or_text<'de, D: Deserializer<'de>, T: DeserializeOwned>(
    from: D,
) -> Result<Result<T, Loose>, D::Error> {
    let raw = Box::<RawValue>::deserialize(from)?;
    let text = Loose::of_json(raw.get());
    let json = text.get().unwrap_or(raw.get());
    let object = json.starts_with('{').then(|| serde_json::from_str(json).ok()).flatten();
    Ok(object.ok_or(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct Row {
        text: Loose,
        whole: Whole,
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
            assert_eq!(row(&format!("{{\"whole\":{json}}}")).whole.get(), expected, "{json}");
        }
    }

    #[test]
    fn groups_are_taken_out_of_an_amount_and_stray_commas_are_not() {
        for (text, plain) in [
            ("1,000.00", Some("1000.00")),
            ("1,00,000", Some("100000")),
            ("12,34,567.8", Some("1234567.8")),
            ("999,999,999", Some("999999999")),
            ("1000.00", Some("1000.00")),
            ("", Some("")),
            ("1,0", None),
            ("1,00", None),
            (",100", None),
            ("1000,000", None),
            ("1,000,", None),
            ("1.000,00", Some("1.000,00")),
        ] {
            assert_eq!(ungrouped(text).as_deref(), plain, "{text}");
        }
    }

    #[test]
    fn texts_may_be_numbers_and_objects_may_be_texts() {
        for (json, expected) in [
            ("302961", Some("302961")),
            ("12345678901234567890.10", Some("12345678901234567890.10")),
            ("\"x\"", Some("x")),
            ("\" 400.00 \"", Some("400.00")),
            ("\"\"", None),
            ("\" \"", None),
            ("null", None),
            ("true", None),
            ("{}", None),
            ("[1]", None),
        ] {
            assert_eq!(row(&format!("{{\"text\":{json}}}")).text.get(), expected, "{json}");
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
        assert!(empty.text.get().is_none() && empty.whole.get().is_none() && empty.object.is_none());
        assert!(serde_json::from_str::<Row>("[]").is_err(), "a list is no row");
    }
}
