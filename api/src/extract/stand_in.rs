//! Reads a body in spite of what is wrong with it, so that its rules can be checked all the same.
//!
//! One answer tells every problem of a body: those of its shape and those of its values. A rule can only look at a body
//! that was read. So an unknown field is left out, and a value that can't be read is left out too or, if the type requires
//! it, replaced by a stand-in. Such a body never reaches a handler: only its problems are of interest, and nothing is
//! told about a stand-in.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use serde_path_to_error::{Path, Segment};
use utoipa::ToSchema;

use super::problems::Problems;
use super::shape::{self, Shape};
use super::words;

/// How often a type may refuse what its schema allows. Each time costs another reading of the whole body.
const MOST_REFUSALS: usize = 8;

/// The body as its type, with stand-ins. Adds what only the type itself refuses. `None` if it can't be read at all.
pub(super) fn read<T: DeserializeOwned + ToSchema + 'static>(
    body: &Value,
    found: &mut Problems,
) -> Option<T> {
    let shape = Shape::of::<T>();
    let mut readable = shape.readable(shape.root(), body)?;
    for _ in 0..MOST_REFUSALS {
        let error = match serde_path_to_error::deserialize::<_, T>(&readable) {
            Ok(read) => return Some(read),
            Err(error) => error,
        };
        tell(error.path(), &error.inner().to_string(), found);
        if !remove(&mut readable, error.path()) {
            return None;
        }
    }
    None
}

/// Adds a refusal of serde, unless the field has a problem already.
pub(super) fn tell(path: &Path, problem: &str, found: &mut Problems) {
    let field = field(&path.to_string(), problem);
    if !found.is_about(&field) {
        found.add(&field, words::plain(problem));
    }
}

/// serde reports a missing or duplicate field at the object, not at the field.
pub(super) fn field(path: &str, problem: &str) -> String {
    let name = ["missing field `", "duplicate field `"].iter().find_map(|start| problem.strip_prefix(start));
    match name.and_then(|rest| rest.strip_suffix('`')) {
        Some(name) if path == "." => name.to_owned(),
        Some(name) => format!("{path}.{name}"),
        None => path.to_owned(),
    }
}

/// Removes the field at this path. Returns whether it was there.
fn remove(body: &mut Value, path: &Path) -> bool {
    let segments: Vec<&Segment> = path.iter().collect();
    let Some((Segment::Map { key }, outer)) = segments.split_last() else { return false };
    let mut within = Some(body);
    for segment in outer {
        within = within.and_then(|value| match segment {
            Segment::Map { key } => value.get_mut(key),
            Segment::Seq { index } => value.get_mut(*index),
            Segment::Enum { .. } | Segment::Unknown => None,
        });
    }
    let fields = within.and_then(Value::as_object_mut);
    fields.is_some_and(|fields| fields.remove(key.as_str()).is_some())
}

impl Shape {
    /// The value without what can't be read. `None` if it can't be read itself.
    fn readable(&self, schema: &Value, value: &Value) -> Option<Value> {
        if shape::is_money(schema) {
            return serde_json::from_value::<money::Money>(value.clone()).is_ok().then(|| value.clone());
        }
        let schema = self.resolved(schema);
        if let Some(choices) = shape::choices(schema) {
            return if value.is_null() && choices.iter().any(shape::is_null) {
                Some(Value::Null)
            } else {
                self.readable(self.nearest(choices, value)?, value)
            };
        }
        if let Some(words) = schema["enum"].as_array() {
            return words.contains(value).then(|| value.clone());
        }
        let kinds = words::types(schema);
        if !kinds.is_empty() && !kinds.iter().any(|kind| words::is_a(kind, value)) {
            return None;
        }
        match value {
            Value::Object(fields) => Some(Value::Object(self.readable_fields(schema, fields))),
            Value::Array(items) if schema["items"].is_object() => {
                let schema = &schema["items"];
                let item = |item| self.readable(schema, item).unwrap_or_else(|| self.stand_in(schema));
                Some(items.iter().map(item).collect())
            }
            Value::String(text) => words::has_format(schema, text).then(|| value.clone()),
            Value::Number(number) => words::is_readable(schema, number).then(|| value.clone()),
            Value::Array(_) | Value::Null | Value::Bool(_) => Some(value.clone()),
        }
    }

    fn readable_fields(&self, schema: &Value, fields: &Map<String, Value>) -> Map<String, Value> {
        let (known, others) = (schema["properties"].as_object(), &schema["additionalProperties"]);
        if known.is_none() && !others.is_object() {
            return fields.clone(); // a schema without fields is any object
        }
        let schema_of = |name: &str| {
            known.and_then(|known| known.get(name)).or_else(|| others.is_object().then_some(others))
        };
        let read =
            |(name, value): (&String, &Value)| Some((name.clone(), self.readable(schema_of(name)?, value)?));
        let mut readable: Map<String, Value> = fields.iter().filter_map(read).collect();
        for name in required(schema) {
            if !readable.contains_key(name) {
                readable.insert(name.to_owned(), self.stand_in(&schema["properties"][name]));
            }
        }
        readable
    }

    /// A value that the schema allows.
    fn stand_in(&self, schema: &Value) -> Value {
        if shape::is_money(schema) {
            return json!({ "amount": "1", "currency": "USD" });
        }
        let schema = self.resolved(schema);
        if let Some(choices) = shape::choices(schema) {
            let is_optional = choices.iter().any(shape::is_null);
            return choices
                .first()
                .filter(|_| !is_optional)
                .map_or(Value::Null, |choice| self.stand_in(choice));
        }
        if let Some(word) = schema["enum"].get(0) {
            return word.clone();
        }
        let kinds = words::types(schema);
        match (kinds.first().copied(), schema["format"].as_str()) {
            _ if kinds.contains(&"null") => Value::Null,
            (Some("string"), Some("uuid")) => json!(uuid::Uuid::nil()),
            (Some("string"), Some("date-time")) => json!("2026-01-31T12:00:00Z"),
            (Some("string"), _) => json!("x"),
            (Some("integer" | "number"), _) => json!(words::some_number(schema)),
            (Some("boolean"), _) => json!(false),
            (Some("array"), _) => json!([]),
            (Some("object"), _) => Value::Object(self.readable_fields(schema, &Map::new())),
            (Some(_) | None, _) => Value::Null,
        }
    }
}

fn required(schema: &Value) -> impl Iterator<Item = &str> {
    schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use money::Money;
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize, PartialEq, ToSchema)]
    #[serde(deny_unknown_fields)]
    struct NewOrder {
        lines: Vec<Line>,
        colour: Option<Colour>,
        #[schema(max_length = 5)]
        note: String,
        options: Option<BTreeMap<String, String>>,
    }

    #[derive(Debug, Deserialize, PartialEq, ToSchema)]
    struct Line {
        #[schema(minimum = 1, maximum = 10)]
        quantity: i32,
        price: Money,
        #[schema(format = "int16")]
        place: i16,
        rate: Option<rust_decimal::Decimal>,
    }

    #[derive(Debug, Deserialize, PartialEq, ToSchema)]
    #[serde(rename_all = "snake_case")]
    enum Colour {
        Blue,
    }

    fn told(body: &Value) -> (Option<NewOrder>, Value) {
        let mut found = Problems::default();
        let read = read::<NewOrder>(body, &mut found);
        (read, found.into_json())
    }

    #[test]
    fn what_can_be_read_is_kept_and_the_rest_is_left_out_or_stood_in_for() {
        let price = |currency: &str| json!({ "amount": "9.50", "currency": currency });
        let (read, told) = told(&json!({
            "lines": [
                { "quantity": 70, "price": price("BDT"), "place": 3 },
                { "quantity": "many", "price": price("XXQ"), "place": 40_000 },
                7,
            ],
            "colour": "green",
            "note": "much too long",
            "options": { "Size": 3, "Fit": "slim" },
            "coupon": 1,
        }));
        let read = read.expect("it is read");
        let taka = Money::from_minor_units(950, "BDT".parse().unwrap()).unwrap();
        assert_eq!((read.lines[0].quantity, read.lines[0].price), (70, taka));
        assert_eq!((read.lines.len(), read.colour, read.note.as_str()), (3, None, "much too long"));
        assert_eq!(read.options, Some(BTreeMap::from([("Fit".to_owned(), "slim".to_owned())])));
        assert_eq!(told, json!({}), "the schema tells the rest");
    }

    #[test]
    fn what_only_the_type_refuses_is_told_and_left_out() {
        let line =
            json!({ "quantity": 1, "price": { "amount": "1", "currency": "USD" }, "place": 1, "rate": "x" });
        let (read, told) = told(&json!({ "lines": [line, line], "note": "n" }));
        assert_eq!(read.expect("it is read").lines[1].rate, None);
        assert_eq!(told.as_object().unwrap().keys().collect::<Vec<_>>(), ["lines[0].rate", "lines[1].rate"]);
        let (read, _) = self::told(&json!([]));
        assert_eq!(read, None);
    }
}
