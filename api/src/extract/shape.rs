//! Every problem with the shape of a value, in plain words, by the schema that the API document has of it.
//!
//! serde stops at the first value that it can't read, and describes it in terms of Rust. When serde has refused a body,
//! this module checks the body again: missing fields, unknown fields, and values of a wrong type, length or range, each
//! by its path. The problems follow from the document, and this module alone never decides whether a body is accepted:
//! the rules of a capability do, with their own error codes. A query is refused by the document alone.

use std::any::TypeId;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

use money::Money;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use super::words;

/// Problems by the path of the field that has them; `.` is the value as a whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Problems(BTreeMap<String, Vec<String>>);

impl Problems {
    pub(crate) fn add(&mut self, path: &str, problem: impl Into<String>) {
        let path = if path.is_empty() { "." } else { path };
        let (told, problem) = (self.0.entry(path.to_owned()).or_default(), problem.into());
        if !told.contains(&problem) {
            told.push(problem);
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether there is a problem with this field or a field within it.
    pub(crate) fn is_about(&self, path: &str) -> bool {
        self.0.keys().any(|told| {
            told == path || told.strip_prefix(path).is_some_and(|rest| rest.starts_with(['.', '[']))
        })
    }

    /// All problems, without their paths.
    pub(crate) fn told(self) -> impl Iterator<Item = String> {
        self.0.into_values().flatten()
    }

    fn merge(&mut self, others: Self) {
        for (path, problems) in others.0 {
            problems.into_iter().for_each(|problem| self.add(&path, problem));
        }
    }

    pub(crate) fn into_json(self) -> Value {
        json!(self.0)
    }
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
        self.check(&self.schema, value, "", &mut found);
        found
    }

    fn check(&self, schema: &Value, value: &Value, path: &str, found: &mut Problems) {
        let is_money = name(schema) == Some("Money");
        let schema = self.resolved(schema);
        if let Some(choices) = schema["oneOf"].as_array().or_else(|| schema["anyOf"].as_array()) {
            return self.check_choices(choices, value, path, found);
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
                self.check_fields(schema, fields, path, found);
                if is_money && !found.is_about(path) {
                    check_money(value, path, found);
                }
            }
            Value::Array(items) => {
                if let Some(problem) = words::too_many(schema, items) {
                    found.add(path, problem);
                }
                if schema["items"].is_object() {
                    for (place, item) in items.iter().enumerate() {
                        self.check(&schema["items"], item, &format!("{path}[{place}]"), found);
                    }
                }
            }
            Value::String(text) if !words::has_format(schema, text) => {
                found.add(path, words::must_be(schema, value));
            }
            Value::String(text) => {
                if let Some(problem) = words::length(schema, text) {
                    found.add(path, problem.to_string());
                }
            }
            Value::Number(number) if !words::is_within(schema, number) => {
                found.add(path, words::must_be(schema, value));
            }
            Value::Number(_) | Value::Null | Value::Bool(_) => {}
        }
    }

    fn check_fields(&self, schema: &Value, fields: &Map<String, Value>, path: &str, found: &mut Problems) {
        let at = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
        let known = schema["properties"].as_object();
        let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
        for name in required.filter(|name| !fields.contains_key(*name)) {
            found.add(&at(name), "is missing");
        }
        for (name, value) in fields {
            match (known.and_then(|known| known.get(name)), &schema["additionalProperties"]) {
                (Some(field), _) => self.check(field, value, &at(name), found),
                (None, any @ Value::Object(_)) => self.check(any, value, &at(name), found),
                // A schema without fields is any object.
                (None, _) if known.is_none() => {}
                (None, _) => {
                    found.add(&at(name), words::unknown(known.into_iter().flatten().map(|(name, _)| name)))
                }
            }
        }
    }

    /// One of several schemas: reports the problems with the schema that the value matches best.
    fn check_choices(&self, choices: &[Value], value: &Value, path: &str, found: &mut Problems) {
        let is_null = |choice: &Value| choice["type"] == "null";
        if value.is_null() && choices.iter().any(is_null) {
            return;
        }
        let tried = choices.iter().filter(|choice| !is_null(choice)).map(|choice| {
            let mut problems = Problems::default();
            self.check(choice, value, path, &mut problems);
            problems
        });
        if let Some(nearest) = tried.min_by_key(|problems| problems.0.len()) {
            found.merge(nearest);
        }
    }

    fn resolved<'s>(&'s self, schema: &'s Value) -> &'s Value {
        match name(schema).and_then(|name| self.named.get(name)) {
            Some(named) => self.resolved(named),
            None => schema,
        }
    }
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
}
