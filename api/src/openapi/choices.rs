//! Bodies with mutually exclusive fields, as `oneOf` closed objects: a generated client then can't send a wrong
//! combination.
//!
//! The handlers decide which fields go together; this module describes it.

use serde_json::{Map, Value, json};

/// Schemas and their mutually exclusive fields. A field named with a `?` may be absent too.
const CHOICES: &[(&str, &[&str])] =
    &[("StockChange", &["delta", "set"]), ("RefundWish", &["amount", "lines", "restock?"])];

/// Rewrites the schemas that have such fields.
pub(super) fn spell_out(schemas: &mut Map<String, Value>) {
    for (name, choices) in CHOICES {
        let Some(schema) = schemas.get_mut(*name) else { continue };
        let Some(fields) = schema.as_object() else { continue };
        let variants: Vec<Value> = choices.iter().map(|choice| variant(fields, choice, choices)).collect();
        *schema = json!({ "oneOf": variants, "description": fields.get("description") });
    }
}

/// The object with the chosen field and the common ones.
fn variant(object: &Map<String, Value>, chosen: &str, all: &[&str]) -> Value {
    let mut object = object.clone();
    let name = chosen.trim_end_matches('?');
    object.insert("description".to_owned(), json!(format!("With `{name}`.")));
    object.insert("additionalProperties".to_owned(), json!(false));
    if let Some(fields) = object.get_mut("properties").and_then(Value::as_object_mut) {
        let is_other =
            |field: &str| all.iter().any(|other| other.trim_end_matches('?') == field) && field != name;
        fields.retain(|field, _| !is_other(field));
        if let Some(field) = fields.get_mut(name).filter(|_| !chosen.ends_with('?')) {
            never_null(field);
        }
    }
    if !chosen.ends_with('?') {
        let required = object.entry("required").or_insert_with(|| json!([]));
        required.as_array_mut().into_iter().for_each(|required| required.push(json!(name)));
    }
    Value::Object(object)
}

/// The same schema without null.
pub(super) fn never_null(schema: &mut Value) {
    if let Some(kinds) = schema["type"].as_array() {
        let kinds: Vec<&Value> = kinds.iter().filter(|kind| **kind != "null").collect();
        if let [only] = kinds.as_slice() {
            schema["type"] = (*only).clone();
        }
    }
    if let Some(choices) = schema["oneOf"].as_array() {
        let choices: Vec<&Value> = choices.iter().filter(|choice| choice["type"] != "null").collect();
        if let [only] = choices.as_slice() {
            *schema = (*only).clone();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_fields_that_exclude_each_other_one_is_required() {
        let wish = json!({
            "type": "object",
            "properties": {
                "amount": { "type": ["integer", "null"] },
                "lines": { "type": "array" },
                "restock": { "type": "boolean" },
                "reason": { "type": "string" },
            },
        });
        let mut schemas = Map::from_iter([("RefundWish".to_owned(), wish)]);
        spell_out(&mut schemas);
        let variants = &schemas["RefundWish"]["oneOf"];
        assert_eq!(variants[0]["required"], json!(["amount"]));
        assert_eq!(
            variants[0]["properties"],
            json!({ "amount": { "type": "integer" }, "reason": { "type": "string" } })
        );
        assert_eq!(variants[2]["required"], Value::Null);
        assert_eq!(
            variants[2]["properties"],
            json!({ "restock": { "type": "boolean" }, "reason": { "type": "string" } })
        );
    }
}
