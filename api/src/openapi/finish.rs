//! Adds to the document what the routes don't say, so that it is as strict as the server, and removes what is unused.
//! The typed document has no place for some of it, so this works on plain JSON.
//!
//! - an operation without a token says so (`security: []`);
//! - request bodies have no fields beyond those described, as `extract::Json` refuses others;
//! - bodies, and parameters of a query or header, are absent or a value, never null;
//! - headers that follow from what an operation accepts and returns are declared;
//! - error codes are a list, and the details of an error may have any members;
//! - every answer has a description, and mutually exclusive fields are spelt out;
//! - responses and schemas without references are removed.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::choices;
use super::codes::CODES;

const SCHEMAS: &str = "#/components/schemas/";
const RESPONSES: &str = "#/components/responses/";

/// The whole document, as it is served.
pub(super) fn finish(mut document: Value) -> Value {
    for_each_operation(&mut document, |operation| {
        operation.entry("security").or_insert_with(|| json!([]));
        parameters_are_never_null(operation);
        bodies_are_never_null(operation);
        declare_headers(operation);
        describe_answers(operation);
    });
    if let Some(schemas) = document["components"]["schemas"].as_object_mut() {
        choices::spell_out(schemas);
    }
    close_what_is_sent(&mut document);
    list_codes(&mut document);
    drop_unused(&mut document);
    document
}

fn for_each_operation(document: &mut Value, change: impl FnMut(&mut Map<String, Value>)) {
    let paths = document["paths"].as_object_mut().into_iter().flat_map(Map::values_mut);
    let items = paths.filter_map(Value::as_object_mut).flat_map(Map::values_mut);
    items.filter_map(Value::as_object_mut).for_each(change);
}

fn parameters_are_never_null(operation: &mut Map<String, Value>) {
    let parameters = operation.get_mut("parameters").and_then(Value::as_array_mut);
    for parameter in parameters.into_iter().flatten() {
        choices::never_null(&mut parameter["schema"]);
    }
}

/// An optional body may be absent, but not `null`.
fn bodies_are_never_null(operation: &mut Map<String, Value>) {
    let body = operation.get_mut("requestBody");
    if let Some(schema) = body.and_then(|body| body.pointer_mut("/content/application~1json/schema")) {
        choices::never_null(schema);
    }
}

fn header(meaning: &str, schema: &Value) -> Value {
    json!({ "description": meaning, "schema": schema })
}

fn declare_headers(operation: &mut Map<String, Value>) {
    let text = json!({ "type": "string" });
    let takes = |name: &str| {
        let parameters = operation.get("parameters").and_then(Value::as_array);
        parameters.is_some_and(|all| all.iter().any(|parameter| parameter["name"] == name))
    };
    let has_versions = takes("If-None-Match") || takes("If-Match");
    let is_list = takes("cursor");
    let responses = operation.get_mut("responses").and_then(Value::as_object_mut);
    for (status, response) in responses.into_iter().flatten() {
        let mut headers = Map::new();
        if has_versions && ["200", "304"].contains(&status.as_str()) {
            headers.insert(
                "ETag".into(),
                header("The version of this answer, for If-None-Match or If-Match.", &text),
            );
        }
        if is_list && status == "200" {
            let meaning = "Addresses of the neighbouring pages, as `next` and `prev` (RFC 8288).";
            headers.insert("Link".into(), header(meaning, &text));
        }
        if ["201", "202", "303"].contains(&status.as_str()) {
            let meaning = "Address of the new resource, or of the one to poll.";
            headers.insert(
                "Location".into(),
                header(meaning, &json!({ "type": "string", "format": "uri-reference" })),
            );
        }
        if ["429", "503"].contains(&status.as_str()) && response.get("$ref").is_none() {
            headers.insert("Retry-After".into(), retry_after());
        }
        if headers.is_empty() {
            continue;
        }
        let own =
            response.as_object_mut().map(|response| response.entry("headers").or_insert_with(|| json!({})));
        if let Some(own) = own.and_then(Value::as_object_mut) {
            headers.into_iter().for_each(|(name, header)| _ = own.entry(name).or_insert(header));
        }
    }
}

/// Describes a response that its route does not describe by its content: OpenAPI requires a description.
fn describe_answers(operation: &mut Map<String, Value>) {
    let responses = operation.get_mut("responses").and_then(Value::as_object_mut);
    for response in responses.into_iter().flat_map(Map::values_mut).filter_map(Value::as_object_mut) {
        let is_described =
            response.get("description").and_then(Value::as_str).is_some_and(|text| !text.is_empty());
        if is_described || response.contains_key("$ref") {
            continue;
        }
        let schema = response
            .get("content")
            .and_then(|content| content["application/json"]["schema"]["$ref"].as_str());
        let name = schema.and_then(|path| path.strip_prefix(SCHEMAS)?.strip_prefix("Envelope_"));
        let description = match name.map(|name| (name, name.strip_prefix("Listed_"))) {
            Some((_, Some(row))) => format!("A page of `{row}`."),
            Some((thing, None)) => format!("`data` is `{thing}`."),
            None => "It worked.".to_owned(),
        };
        response.insert("description".to_owned(), Value::String(description));
    }
}

fn retry_after() -> Value {
    header("Seconds after which the same request may succeed.", &json!({ "type": "integer", "minimum": 0 }))
}

/// Names of the components of one kind that a value refers to.
fn names_within(value: &Value, kind: &str, names: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            let name = fields.get("$ref").and_then(Value::as_str).and_then(|path| path.strip_prefix(kind));
            names.extend(name.map(str::to_owned));
            fields.values().for_each(|field| names_within(field, kind, names));
        }
        Value::Array(items) => items.iter().for_each(|item| names_within(item, kind, names)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The schemas that these parts of the document reference, directly or through other schemas.
fn reached(document: &Value, from: &[&Value]) -> BTreeSet<String> {
    let (mut known, mut waiting) = (BTreeSet::new(), Vec::new());
    from.iter().for_each(|part| names_within(part, SCHEMAS, &mut waiting));
    while let Some(name) = waiting.pop() {
        if known.insert(name.clone()) {
            names_within(&document["components"]["schemas"][&name], SCHEMAS, &mut waiting);
        }
    }
    known
}

fn close_what_is_sent(document: &mut Value) {
    let bodies: Vec<Value> = document["paths"]
        .as_object()
        .into_iter()
        .flat_map(Map::values)
        .filter_map(Value::as_object)
        .flat_map(Map::values)
        .map(|operation| operation["requestBody"].clone())
        .collect();
    for name in reached(document, &bodies.iter().collect::<Vec<_>>()) {
        close(&mut document["components"]["schemas"][&name]);
    }
}

/// Forbids unknown fields in objects with fields, at any depth.
fn close(schema: &mut Value) {
    match schema {
        Value::Object(parts) => {
            if parts.contains_key("properties") {
                parts.entry("additionalProperties").or_insert(Value::Bool(false));
            }
            parts.values_mut().for_each(close);
        }
        Value::Array(items) => items.iter_mut().for_each(close),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn list_codes(document: &mut Value) {
    let meaning =
        "Stable, for machines. Later versions may add codes: treat one that you do not know as its status.";
    let codes = json!({ "type": "string", "description": meaning, "enum": CODES });
    let components = &mut document["components"];
    components["schemas"]["ErrorCode"] = codes;
    for name in ["Error", "Problem"] {
        let fields = &mut components["schemas"][name]["properties"];
        fields["code"] = json!({ "$ref": format!("{SCHEMAS}ErrorCode") });
        // The members of `errors` depend on the code. A generated TypeScript client reads an object that says nothing
        // of its members as one without any, and its caller could not read them.
        fields["errors"]["additionalProperties"] = Value::Bool(true);
    }
    for name in ["TooManyBodies", "Unavailable"] {
        components["responses"][name]["headers"] = json!({ "Retry-After": retry_after() });
    }
    let challenge = header("Bearer realm=\"haat\"", &json!({ "type": "string" }));
    components["responses"]["Unauthenticated"]["headers"] = json!({ "WWW-Authenticate": challenge });
}

fn drop_unused(document: &mut Value) {
    let mut answers = Vec::new();
    names_within(&document["paths"], RESPONSES, &mut answers);
    if let Some(responses) = document["components"]["responses"].as_object_mut() {
        responses.retain(|name, _| answers.contains(name));
    }
    let used = reached(document, &[&document["paths"], &document["components"]["responses"]]);
    if let Some(schemas) = document["components"]["schemas"].as_object_mut() {
        schemas.retain(|name, _| used.contains(name));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document() -> Value {
        let answer =
            |name: &str| json!({ "application/json": { "schema": { "$ref": format!("{SCHEMAS}{name}") } } });
        json!({
            "paths": { "/mugs": {
                "get": {
                    "parameters": [{ "in": "query", "name": "cursor", "schema": { "type": ["string", "null"] } }],
                    "responses": { "200": { "content": answer("Mug") }, "503": { "$ref": "#/components/responses/Unavailable" } },
                },
                "post": { "security": [{ "bearer": [] }], "requestBody": { "content": answer("NewMug") }, "responses": { "201": {} } },
            } },
            "components": {
                "responses": { "Unavailable": { "content": answer("Error") }, "Unauthenticated": {} },
                "schemas": {
                    "Mug": { "properties": { "size": { "$ref": format!("{SCHEMAS}Size") } } },
                    "NewMug": { "properties": { "handles": { "items": { "properties": {} } } } },
                    "Size": { "properties": {} },
                    "Error": { "properties": {} },
                    "Problem": { "properties": {} },
                    "Plate": {},
                },
            },
        })
    }

    #[test]
    fn what_follows_from_an_operation_is_said() {
        let finished = finish(document());
        let (list, make) = (&finished["paths"]["/mugs"]["get"], &finished["paths"]["/mugs"]["post"]);
        assert_eq!(list["security"], json!([]));
        assert_eq!(make["security"], json!([{ "bearer": [] }]));
        assert_eq!(list["parameters"][0]["schema"]["type"], "string");
        assert!(list["responses"]["200"]["headers"]["Link"].is_object());
        assert!(make["responses"]["201"]["headers"]["Location"].is_object());
        assert!(finished["components"]["responses"]["Unavailable"]["headers"]["Retry-After"].is_object());
    }

    #[test]
    fn the_details_of_an_error_have_members_that_a_generated_client_can_read() {
        let error = &finish(document())["components"]["schemas"]["Error"];
        assert_eq!(error["properties"]["errors"]["additionalProperties"], true);
    }

    #[test]
    fn what_is_sent_is_closed_and_what_is_unused_is_gone() {
        let finished = finish(document());
        let schemas = finished["components"]["schemas"].as_object().unwrap();
        assert_eq!(schemas["NewMug"]["additionalProperties"], false);
        assert_eq!(schemas["NewMug"]["properties"]["handles"]["items"]["additionalProperties"], false);
        assert_eq!(schemas["Size"]["additionalProperties"], Value::Null);
        assert_eq!(schemas.keys().collect::<Vec<_>>(), ["Error", "ErrorCode", "Mug", "NewMug", "Size"]);
        let answers = finished["components"]["responses"].as_object().unwrap();
        assert_eq!(answers.keys().collect::<Vec<_>>(), ["Unavailable"]);
    }
}
