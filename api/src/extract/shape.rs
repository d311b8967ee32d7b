//! Every problem with the shape of a value, in plain words, by the schema that the API document has of it.
//!
//! serde stops at the first value that it can't read, and describes it in terms of Rust. When serde has refused a body,
//! this module checks the body again: missing fields, unknown fields, and values that can't be read, each by its path.
//! It stops when it has found more than an answer tells. Lengths and ranges of a body are left to the rules of its capability, so that the same mistake has the same words
//! whatever stands beside it. A query has no other rules: it is refused by the document alone.

use std::any::TypeId;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

use money::Money;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use super::problems::Problems;
use super::words;

/// What a check does with the limits of a schema: lengths, and ranges that are narrower than the type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Limits {
    Told,
    /// The rules of a capability tell them.
    Left,
}

/// The schema that a value must match.
#[derive(Clone, Debug)]
pub(crate) struct Shape {
    schema: Value,
    /// Schemas by name, for references.
    named: Arc<Map<String, Value>>,
}

impl Shape {
    pub(crate) fn new(schema: Value, named: Arc<Map<String, Value>>) -> Self {
        Self { schema, named }
    }

    /// The shape of a type, made once per type.
    pub(crate) fn of<T: ToSchema + 'static>() -> Self {
        static KNOWN: LazyLock<RwLock<HashMap<TypeId, Shape>>> = LazyLock::new(RwLock::default);
        let key = TypeId::of::<T>();
        if let Some(known) = KNOWN.read().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return known.clone();
        }
        let mut named = Vec::new();
        T::schemas(&mut named);
        let named = named.into_iter().map(|(name, schema)| (name, json!(schema))).collect();
        let shape = Self::new(json!(T::schema()), Arc::new(named));
        KNOWN.write().unwrap_or_else(PoisonError::into_inner).insert(key, shape.clone());
        shape
    }

    /// Every mismatch; empty if the value has this shape.
    pub(crate) fn problems(&self, value: &Value) -> Problems {
        let mut found = Problems::default();
        Check { shape: self, limits: Limits::Told }.value(&self.schema, value, "", &mut found);
        found
    }

    /// Every part of the value that can't be read, and every unknown field, as many as are told. Lengths and ranges are not checked.
    pub(crate) fn unreadable(&self, value: &Value) -> Problems {
        let mut found = Problems::default();
        Check { shape: self, limits: Limits::Left }.value(&self.schema, value, "", &mut found);
        found
    }

    pub(super) fn resolved<'s>(&'s self, schema: &'s Value) -> &'s Value {
        match name(schema).and_then(|name| self.named.get(name)) {
            Some(named) => self.resolved(named),
            None => schema,
        }
    }

    pub(super) fn root(&self) -> &Value {
        &self.schema
    }

    /// The one of several schemas that the value matches best.
    pub(super) fn nearest<'s>(&self, choices: &'s [Value], value: &Value) -> Option<&'s Value> {
        let check = Check { shape: self, limits: Limits::Left };
        check.nearest(choices, value, "").map(|(choice, _)| choice)
    }
}

/// One check of a value.
#[derive(Clone, Copy)]
struct Check<'s> {
    shape: &'s Shape,
    limits: Limits,
}

impl Check<'_> {
    fn value(&self, schema: &Value, value: &Value, path: &str, found: &mut Problems) {
        if found.has_more() {
            return;
        }
        let is_money = is_money(schema);
        let schema = self.shape.resolved(schema);
        if let Some(choices) = choices(schema) {
            return self.choices(choices, value, path, found);
        }
        if let Some(words) = schema["enum"].as_array() {
            if !words.contains(value) {
                found.add(path, words::one_of(words));
            }
            return;
        }
        let kinds = words::types(schema);
        if !kinds.is_empty() && !kinds.iter().any(|kind| words::is_a(kind, value)) {
            return found.add(path, words::must_be(schema, value));
        }
        match value {
            Value::Object(fields) => {
                self.fields(schema, fields, path, found);
                if is_money && !found.is_about(path) {
                    check_money(value, path, found);
                }
            }
            Value::Array(items) => {
                if let Some(problem) = words::too_many(schema, items).filter(|_| self.limits == Limits::Told)
                {
                    found.add(path, problem);
                }
                if schema["items"].is_object() {
                    for (place, item) in items.iter().enumerate() {
                        if found.has_more() {
                            return;
                        }
                        self.value(&schema["items"], item, &format!("{path}[{place}]"), found);
                    }
                }
            }
            Value::String(text) if !words::has_format(schema, text) => {
                found.add(path, words::must_be(schema, value));
            }
            Value::String(text) => {
                if let Some(problem) = words::length(schema, text).filter(|_| self.limits == Limits::Told) {
                    found.add(path, problem.to_string());
                }
            }
            Value::Number(number) => {
                let fits = match self.limits {
                    Limits::Told => words::is_within(schema, number),
                    Limits::Left => words::is_readable(schema, number),
                };
                if !fits {
                    found.add(path, words::must_be(schema, value));
                }
            }
            Value::Null | Value::Bool(_) => {}
        }
    }

    fn fields(&self, schema: &Value, fields: &Map<String, Value>, path: &str, found: &mut Problems) {
        let at = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
        let known = schema["properties"].as_object();
        let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
        for name in required.filter(|name| !fields.contains_key(*name)) {
            found.add(&at(name), "is missing");
        }
        for (name, value) in fields {
            if found.has_more() {
                return;
            }
            match (known.and_then(|known| known.get(name)), &schema["additionalProperties"]) {
                (Some(field), _) => self.value(field, value, &at(name), found),
                (None, any @ Value::Object(_)) => self.value(any, value, &at(name), found),
                // A schema without fields is any object.
                (None, _) if known.is_none() => {}
                (None, _) => {
                    found.add(&at(name), words::unknown(known.into_iter().flatten().map(|(name, _)| name)))
                }
            }
        }
    }

    /// One of several schemas: reports the problems with the schema that the value matches best.
    fn choices(&self, choices: &[Value], value: &Value, path: &str, found: &mut Problems) {
        if value.is_null() && choices.iter().any(is_null) {
            return;
        }
        if let Some((_, problems)) = self.nearest(choices, value, path) {
            found.merge(problems);
        }
    }

    fn nearest<'c>(&self, choices: &'c [Value], value: &Value, path: &str) -> Option<(&'c Value, Problems)> {
        let tried = choices.iter().filter(|choice| !is_null(choice)).map(|choice| {
            let mut problems = Problems::default();
            self.value(choice, value, path, &mut problems);
            (choice, problems)
        });
        tried.min_by_key(|(_, problems)| problems.count())
    }
}

/// The schemas of which a value matches one.
pub(super) fn choices(schema: &Value) -> Option<&Vec<Value>> {
    schema["oneOf"].as_array().or_else(|| schema["anyOf"].as_array())
}

pub(super) fn is_null(schema: &Value) -> bool {
    schema["type"] == "null"
}

pub(super) fn is_money(schema: &Value) -> bool {
    name(schema) == Some("Money")
}

/// The name of the schema that this one refers to.
fn name(schema: &Value) -> Option<&str> {
    schema["$ref"].as_str().and_then(|path| path.strip_prefix("#/components/schemas/"))
}

/// Money refuses more than a schema can say, such as decimals that its currency does not have.
fn check_money(value: &Value, path: &str, found: &mut Problems) {
    if let Err(error) = serde_path_to_error::deserialize::<_, Money>(value) {
        let within = error.path().to_string();
        let path = if within == "." { path.to_owned() } else { format!("{path}.{within}") };
        found.add(&path, words::plain(&error.inner().to_string()));
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;

    use super::*;

    #[derive(Deserialize, ToSchema)]
    #[expect(dead_code, reason = "only described")]
    struct NewOrder {
        lines: Vec<Line>,
        colour: Option<Colour>,
        #[schema(max_length = 5)]
        note: Option<String>,
        #[schema(max_items = 2)]
        names: Option<Vec<String>>,
        gift: bool,
        at: Option<chrono::DateTime<chrono::Utc>>,
        options: Option<BTreeMap<String, String>>,
    }

    #[derive(Deserialize, ToSchema)]
    #[expect(dead_code, reason = "only described")]
    struct Line {
        variant_id: shared::kernel::ids::VariantId,
        quantity: u32,
        price: Option<Money>,
    }

    #[derive(Deserialize, ToSchema)]
    #[serde(rename_all = "snake_case")]
    enum Colour {
        Blue,
        LightRed,
    }

    fn told(body: &Value) -> Value {
        Shape::of::<NewOrder>().problems(body).into_json()
    }

    #[test]
    fn everything_wrong_is_told_at_once_by_its_path() {
        let body = json!({
            "lines": [
                { "variant_id": "mug", "quantity": "1", "price": { "amount": 5, "curency": "USD" } },
                { "quantity": -1 },
            ],
            "colour": "green",
            "note": 7,
            "at": "yesterday",
            "coupon": "SUMMER",
        });
        let expected = json!({
            "at": ["must be a time, as 2026-01-31T12:00:00Z"],
            "colour": ["must be one of `blue`, `light_red`"],
            "coupon": ["is not known here; known are at, colour, gift, lines, names, note, options"],
            "gift": ["is missing"],
            "lines[0].price.amount": ["must be a text"],
            "lines[0].price.curency": ["is not known here; known are amount, currency"],
            "lines[0].price.currency": ["is missing"],
            "lines[0].quantity": ["must be a whole number from 0 to 4294967295"],
            "lines[0].variant_id": ["must be a UUID"],
            "lines[1].quantity": ["must be a whole number from 0 to 4294967295"],
            "lines[1].variant_id": ["is missing"],
            "note": ["must be a text"],
        });
        assert_eq!(told(&body), expected);
    }

    #[test]
    fn lengths_and_amounts_are_told_together_with_the_rest() {
        let line = |amount: &str, currency: &str| {
            let price = json!({ "amount": amount, "currency": currency });
            json!({ "variant_id": "01900000-0000-7000-8000-000000000000", "quantity": 1, "price": price })
        };
        let lines = [line("12,50", "USD"), line("1.005", "USD"), line("1", "XXQ"), line("12.50", "USD")];
        let body = json!({ "lines": lines, "gift": 1, "note": "longer", "names": ["a", "b", "c"] });
        let expected = json!({
            "gift": ["must be true or false"],
            "lines[0].price.amount": ["must be a decimal, as \"12.50\""],
            "lines[1].price": ["the amount has more decimals than USD allows"],
            "lines[2].price.currency": ["unknown currency"],
            "names": ["may have at most 2 entries"],
            "note": ["must not have more than 5 characters"],
        });
        assert_eq!(told(&body), expected);
        assert_eq!(told(&json!({ "lines": [], "gift": true, "note": " five  " })), json!({}));
    }

    #[test]
    fn what_fits_has_no_problems() {
        let line =
            json!({ "variant_id": "01900000-0000-7000-8000-000000000000", "quantity": 1, "price": null });
        let body = json!({ "lines": [line], "colour": null, "gift": true, "options": { "Size": "L" } });
        assert_eq!(told(&body), json!({}));
        assert_eq!(
            told(&json!({ "lines": [], "gift": true, "options": { "Size": 3 } })),
            json!({ "options.Size": ["must be a text"] })
        );
        assert_eq!(told(&json!([])), json!({ ".": ["must be an object"] }));
    }

    #[test]
    fn a_time_is_what_the_type_reads() {
        for time in ["2026-01-31T12:00:00Z", "2026-01-31 12:00:00+0000", "2026-01-31T12:00", "yesterday"] {
            let is_read = serde_json::from_value::<chrono::DateTime<chrono::Utc>>(json!(time)).is_ok();
            let told = told(&json!({ "lines": [], "gift": true, "at": time }));
            assert_eq!(told == json!({}), is_read, "{time}: {told}");
        }
    }
}
