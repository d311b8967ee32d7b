//! A deserializer that reads a struct only from a JSON object, and notices fields that the struct does not have.
//!
//! serde also accepts an array for a struct, by position. That bypasses the names of the fields and
//! `deny_unknown_fields`. [`Objects`] wraps a deserializer and everything that it passes on, and asks for a map
//! wherever a struct is wanted. serde skips a field that no type reads as an ignored value, and [`Objects`] notes that
//! this happened. It does not see values that serde buffers first: a flattened struct, or a struct in a variant of an
//! enum. Bodies therefore have no flattened fields, and their enums are plain words; a story sends every operation an
//! unknown field.

use std::cell::Cell;

use serde::de::{DeserializeSeed, MapAccess, SeqAccess, Visitor};
use serde::{Deserializer, forward_to_deserialize_any};

/// Wraps a deserializer or one of its parts. Accepts only objects for structs, and notes whether a value was skipped.
#[derive(Debug)]
pub(super) struct Objects<'n, X> {
    inner: X,
    skipped: &'n Cell<bool>,
}

impl<'n, X> Objects<'n, X> {
    /// Set to true when a value is skipped.
    pub(super) fn new(inner: X, skipped: &'n Cell<bool>) -> Self {
        Self { inner, skipped }
    }
}

macro_rules! as_asked {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
            self.inner.$method(Objects::new(visitor, self.skipped))
        }
    )*};
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Objects<'_, D> {
    type Error = D::Error;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.deserialize_map(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.inner.deserialize_enum(name, variants, visitor)
    }

    as_asked! {
        deserialize_any deserialize_bool deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64
        deserialize_i128 deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128
        deserialize_f32 deserialize_f64 deserialize_char deserialize_str deserialize_string deserialize_bytes
        deserialize_byte_buf deserialize_option deserialize_unit deserialize_seq deserialize_map
        deserialize_identifier
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.skipped.set(true);
        self.inner.deserialize_ignored_any(visitor)
    }

    forward_to_deserialize_any! { unit_struct tuple tuple_struct }
}

macro_rules! handed_on {
    ($($method:ident($value:ty))*) => {$(
        fn $method<E: serde::de::Error>(self, value: $value) -> Result<V::Value, E> {
            self.inner.$method(value)
        }
    )*};
}

/// Forwards every kind of value that JSON has.
impl<'de, V: Visitor<'de>> Visitor<'de> for Objects<'_, V> {
    type Value = V::Value;

    fn expecting(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.inner.expecting(to)
    }

    handed_on! {
        visit_bool(bool) visit_i64(i64) visit_i128(i128) visit_u64(u64) visit_u128(u128) visit_f64(f64)
        visit_str(&str) visit_borrowed_str(&'de str) visit_string(String)
        visit_bytes(&[u8]) visit_borrowed_bytes(&'de [u8]) visit_byte_buf(Vec<u8>)
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<V::Value, E> {
        self.inner.visit_unit()
    }

    fn visit_none<E: serde::de::Error>(self) -> Result<V::Value, E> {
        self.inner.visit_none()
    }

    fn visit_some<D: Deserializer<'de>>(self, value: D) -> Result<V::Value, D::Error> {
        self.inner.visit_some(Objects::new(value, self.skipped))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<V::Value, A::Error> {
        self.inner.visit_seq(Objects::new(items, self.skipped))
    }

    fn visit_map<A: MapAccess<'de>>(self, fields: A) -> Result<V::Value, A::Error> {
        self.inner.visit_map(Objects::new(fields, self.skipped))
    }
}

impl<'de, A: SeqAccess<'de>> SeqAccess<'de> for Objects<'_, A> {
    type Error = A::Error;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, A::Error> {
        self.inner.next_element_seed(Objects::new(seed, self.skipped))
    }
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Objects<'_, A> {
    type Error = A::Error;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, A::Error> {
        self.inner.next_key_seed(seed)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        self.inner.next_value_seed(Objects::new(seed, self.skipped))
    }
}

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for Objects<'_, S> {
    type Value = S::Value;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<S::Value, D::Error> {
        self.inner.deserialize(Objects::new(from, self.skipped))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;
    use serde_json::{Value, json};

    use super::*;

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct Wish {
        amount: Option<Size>,
        lines: Option<Vec<Size>>,
        by_name: Option<BTreeMap<String, Size>>,
        colour: Option<Colour>,
        weight: Option<Weight>,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    struct Size {
        height: u32,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(rename_all = "snake_case")]
    enum Colour {
        Blue,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    struct Weight(f64);

    fn read(json: &Value) -> Result<(Wish, bool), String> {
        let (text, skipped) = (json.to_string(), Cell::new(false));
        let mut json = serde_json::Deserializer::from_str(&text);
        let wish = Wish::deserialize(Objects::new(&mut json, &skipped)).map_err(|error| error.to_string())?;
        Ok((wish, skipped.get()))
    }

    #[test]
    fn an_array_is_no_struct_at_any_depth() {
        for array in [
            json!([null, null, null, null, null]),
            json!({ "amount": [3] }),
            json!({ "lines": [[3]] }),
            json!({ "by_name": { "mug": [3] } }),
        ] {
            let refused = read(&array).unwrap_err();
            assert!(refused.starts_with("invalid type: sequence, expected struct"), "{array}: {refused}");
        }
    }

    #[test]
    fn all_else_is_read_as_ever() {
        let size = || Size { height: 3 };
        let wish = read(&json!({
            "amount": { "height": 3 },
            "lines": [{ "height": 3 }],
            "by_name": { "mug": { "height": 3 } },
            "colour": "blue",
            "weight": 2,
        }));
        let expected = Wish {
            amount: Some(size()),
            lines: Some(vec![size()]),
            by_name: Some(BTreeMap::from([("mug".to_owned(), size())])),
            colour: Some(Colour::Blue),
            weight: Some(Weight(2.0)),
        };
        assert_eq!(wish, Ok((expected, false)));
        assert!(read(&json!({ "amuont": null })).is_err());
    }

    #[test]
    fn a_field_that_is_read_for_nothing_is_noticed_at_any_depth() {
        for body in [
            json!({ "amount": { "height": 3, "width": [[{}]] } }),
            json!({ "lines": [{ "height": 3 }, { "height": 3, "width": null }] }),
            json!({ "by_name": { "mug": { "height": 3, "width": 4 } } }),
        ] {
            assert!(read(&body).is_ok_and(|(_, skipped)| skipped), "{body}");
        }
    }
}
