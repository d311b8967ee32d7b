//! What a schema expects of a value, in plain words for developers.

use serde_json::{Number, Value};
use shared::kernel::text::TextProblem;

/// The types that a schema allows; none if it allows all.
pub(super) fn types(schema: &Value) -> Vec<&str> {
    match &schema["type"] {
        Value::String(one) => vec![one],
        Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => Vec::new(),
    }
}

pub(super) fn is_a(kind: &str, value: &Value) -> bool {
    match kind {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => true,
    }
}

/// Whether a text has the format of the schema, read as the types read it. Formats that are only informative are not checked.
pub(super) fn has_format(schema: &Value, text: &str) -> bool {
    match schema["format"].as_str() {
        Some("uuid") => uuid::Uuid::try_parse(text).is_ok(),
        Some("date-time") => text.parse::<chrono::DateTime<chrono::Utc>>().is_ok(),
        Some(_) | None => true,
    }
}

/// The least and the largest whole number that a schema allows.
fn bounds(schema: &Value) -> (i64, i64) {
    let (low, high) = type_bounds(schema);
    (schema["minimum"].as_i64().unwrap_or(low), schema["maximum"].as_i64().unwrap_or(high))
}

/// The least and the largest whole number that its type holds. Without a format of its own, an unsigned type is known by
/// the least 0, which the document adds to it; a signed type with that limit has an upper one too.
fn type_bounds(schema: &Value) -> (i64, i64) {
    let is_unsigned = schema["minimum"] == 0 && schema["maximum"].is_null();
    match (schema["format"].as_str(), is_unsigned) {
        (Some("int16"), _) => (i64::from(i16::MIN), i64::from(i16::MAX)),
        (Some("uint32"), _) | (Some("int32"), true) => (0, i64::from(u32::MAX)),
        (Some("int32"), false) => (i64::from(i32::MIN), i64::from(i32::MAX)),
        (Some(_) | None, _) => (i64::MIN, i64::MAX),
    }
}

fn is_between((low, high): (i64, i64), schema: &Value, number: &Number) -> bool {
    !types(schema).contains(&"integer")
        || number.as_i64().is_some_and(|number| (low..=high).contains(&number))
}

pub(super) fn is_within(schema: &Value, number: &Number) -> bool {
    is_between(bounds(schema), schema, number)
}

/// Whether the type of the schema holds the number, be it allowed or not.
pub(super) fn is_readable(schema: &Value, number: &Number) -> bool {
    is_between(type_bounds(schema), schema, number)
}

/// A whole number that the schema allows.
pub(super) fn some_number(schema: &Value) -> i64 {
    let (low, high) = bounds(schema);
    1.clamp(low, high)
}

/// The problem with the length of a text, if the schema limits it. Spaces around it do not count.
pub(super) fn length(schema: &Value, text: &str) -> Option<TextProblem> {
    let most = schema["maxLength"].as_u64().and_then(|most| usize::try_from(most).ok());
    let length = text.trim().chars().count();
    if length == 0 && schema["minLength"].as_u64().is_some_and(|least| least > 0) {
        return Some(TextProblem::Empty);
    }
    most.filter(|most| length > *most).map(TextProblem::TooLong)
}

/// The problem with the number of entries, if the schema limits it.
pub(super) fn too_many(schema: &Value, entries: &[Value]) -> Option<String> {
    let most = schema["maxItems"].as_u64().filter(|most| entries.len() as u64 > *most)?;
    Some(format!("may have at most {most} entries"))
}

/// The problem with a value: what it must be. Whether null is allowed as well does not help a caller who sent a value.
pub(super) fn must_be(schema: &Value, value: &Value) -> String {
    let names = types(schema).into_iter().filter(|kind| *kind != "null").map(|kind| kind_name(kind, schema));
    let names = names.collect::<Vec<_>>().join(" or ");
    if value.is_null() { format!("must not be null, but {names}") } else { format!("must be {names}") }
}

fn kind_name(kind: &str, schema: &Value) -> String {
    match (kind, schema["format"].as_str()) {
        ("string", Some("uuid")) => "a UUID".to_owned(),
        ("string", Some("date-time")) => "a time, as 2026-01-31T12:00:00Z".to_owned(),
        ("string", _) => "a text".to_owned(),
        ("boolean", _) => "true or false".to_owned(),
        ("integer", _) => match bounds(schema) {
            (i64::MIN, i64::MAX) => "a whole number".to_owned(),
            (low, i64::MAX) => format!("a whole number from {low}"),
            (low, high) => format!("a whole number from {low} to {high}"),
        },
        ("number", _) => "a number".to_owned(),
        ("array", _) => "a list".to_owned(),
        ("object", _) => "an object".to_owned(),
        (other, _) => other.to_owned(),
    }
}

pub(super) fn one_of(words: &[Value]) -> String {
    let words =
        words.iter().map(|word| word.as_str().map_or_else(|| word.to_string(), |word| format!("`{word}`")));
    format!("must be one of {}", words.collect::<Vec<_>>().join(", "))
}

/// The problem with an unknown name, with the known names for comparison.
pub(crate) fn unknown<'n>(known: impl Iterator<Item = &'n String>) -> String {
    let mut known: Vec<&str> = known.map(String::as_str).collect();
    known.sort_unstable();
    match known.as_slice() {
        [] => "is not known here; no names are".to_owned(),
        known => format!("is not known here; known are {}", known.join(", ")),
    }
}

/// serde's own message in plain words, for values that only a type's own rule refuses.
pub(super) fn plain(problem: &str) -> String {
    let after = |start: &str| problem.strip_prefix(start);
    if after("missing field `").is_some() {
        "is missing".to_owned()
    } else if after("duplicate field `").is_some() {
        "is there twice".to_owned()
    } else if after("unknown field `").is_some() {
        "is not known here".to_owned()
    } else if let Some((_, words)) =
        after("unknown variant `").and_then(|rest| rest.split_once(", expected "))
    {
        format!("must be {words}")
    } else if after("invalid digit").is_some() {
        "must be a whole number".to_owned()
    } else if after("invalid value: integer").is_some() {
        "is out of range".to_owned()
    } else if after("invalid type: ").is_some() || after("invalid value: ").is_some() {
        "is of a wrong type".to_owned()
    } else {
        problem.to_owned()
    }
}
