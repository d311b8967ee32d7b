//! Checks the query string against the API document before the handler runs. Unknown parameters are refused, together
//! with every other problem of the query.
//!
//! Extractors can't do this: several of them read one query, and most operations have none. Gateways send browsers back
//! with parameters of their own. An operation whose address may get such parameters says so in its description, by the
//! extension [`OPEN`].

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, LazyLock};

use http::{Method, Uri};
use serde_json::{Map, Value};

use crate::error::ApiError;
use crate::extract::{Problems, Shape, unknown};

/// The extension of an operation that accepts unknown parameters.
pub(crate) const OPEN: &str = "x-open-query";

/// The parameters of the query of each operation, by the operation's path and its method in upper case.
type Operations = HashMap<String, HashMap<String, Vec<Parameter>>>;

#[derive(Debug)]
struct Parameter {
    name: String,
    is_required: bool,
    /// Whether the text is the value itself. Otherwise it is parsed first.
    is_text: bool,
    shape: Shape,
}

static OPERATIONS: LazyLock<Operations> = LazyLock::new(|| closed_operations(&crate::routes::document()));

fn closed_operations(document: &Value) -> Operations {
    let named: Arc<Map<String, Value>> =
        Arc::new(document["components"]["schemas"].as_object().cloned().unwrap_or_default());
    let paths = document["paths"].as_object().into_iter().flatten();
    let parameters = |operation: &Value| {
        let all = operation["parameters"].as_array().into_iter().flatten();
        let within_query = all.filter(|parameter| parameter["in"] == "query");
        within_query.map(|parameter| Parameter::read(parameter, &named)).collect()
    };
    let closed = |item: &Value| {
        let operations = item.as_object().into_iter().flatten();
        let closed = operations.filter(|(_, operation)| operation[OPEN] != true);
        closed.map(|(method, operation)| (method.to_ascii_uppercase(), parameters(operation))).collect()
    };
    paths.map(|(path, item)| (path.clone(), closed(item))).collect()
}

impl Parameter {
    fn read(described: &Value, named: &Arc<Map<String, Value>>) -> Self {
        let schema = &described["schema"];
        let types = [&schema["type"], &schema["type"][0]];
        Self {
            name: described["name"].as_str().unwrap_or_default().to_owned(),
            is_required: described["required"] == true,
            is_text: !types
                .iter()
                .any(|kind| ["integer", "number", "boolean"].map(Value::from).contains(kind)),
            shape: Shape::new(schema.clone(), Arc::clone(named)),
        }
    }

    fn problems(&self, text: &str) -> Problems {
        let as_text = || Value::String(text.to_owned());
        let is_plain = !text.starts_with(['"', '[', '{', ' ']) && text != "null";
        let value = match serde_json::from_str(text) {
            Ok(value) if !self.is_text && is_plain => value,
            Ok(_) | Err(_) => as_text(),
        };
        self.shape.problems(&value)
    }
}

/// 422 with every problem of the query of a request to this route. `None` if there is none, or if the route is not in
/// the document.
pub(crate) fn refusal(method: &Method, route: &str, uri: &Uri) -> Option<ApiError> {
    let query = uri.query().filter(|query| !query.is_empty())?;
    let method = if method == Method::HEAD { &Method::GET } else { method };
    let parameters = OPERATIONS.get(route)?.get(method.as_str())?;
    let problems = problems(parameters, query);
    (!problems.is_empty()).then(|| ApiError::invalid(problems))
}

fn problems(parameters: &[Parameter], query: &str) -> Problems {
    let (mut found, mut seen) = (Problems::default(), BTreeSet::new());
    for (name, text) in form_urlencoded::parse(query.as_bytes()) {
        let Some(parameter) = parameters.iter().find(|known| known.name == name) else {
            found.add(&name, unknown(parameters.iter().map(|parameter| &parameter.name)));
            continue;
        };
        // `?name=` counts as absent, because forms send it for an empty field.
        if text.is_empty() {
            continue;
        }
        if !seen.insert(name.clone()) {
            found.add(&name, "is there twice");
        }
        parameter.problems(&text).told().for_each(|problem| found.add(&name, problem));
    }
    for parameter in parameters.iter().filter(|parameter| parameter.is_required) {
        if !seen.contains(parameter.name.as_str()) {
            found.add(&parameter.name, "is missing");
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(path: &str, query: &str) -> Value {
        let document = json!({ "paths": {
            "/mugs": { "get": { "parameters": [
                { "in": "query", "name": "limit", "schema": { "type": "integer", "minimum": 1, "maximum": 100 } },
                { "in": "query", "name": "colour", "required": true, "schema": { "type": "string", "enum": ["blue"] } },
                { "in": "path", "name": "id", "schema": { "type": "string" } },
            ] } },
            "/plain": { "get": {} },
            "/back": { "get": { OPEN: true } },
        } });
        let operations = closed_operations(&document);
        operations[path].get("GET").map_or(json!({}), |parameters| problems(parameters, query).into_json())
    }

    #[test]
    fn all_that_is_wrong_with_a_query_is_told_at_once() {
        let expected = json!({
            "colour": ["must be one of `blue`"],
            "id": ["is not known here; known are colour, limit"],
            "limit": ["must be a whole number from 1 to 100", "is there twice"],
        });
        assert_eq!(told("/mugs", "colour=%62lack&limit=0&id=7&limit=1"), expected);
        assert_eq!(told("/mugs", "limit=100&colour="), json!({ "colour": ["is missing"] }));
        assert_eq!(told("/mugs", "colour=blue&limit="), json!({}));
        assert_eq!(told("/plain", "a=b"), json!({ "a": ["is not known here; no names are"] }));
    }

    #[test]
    fn an_address_that_others_append_to_takes_what_they_append() {
        assert_eq!(told("/back", "trxref=1&reference=2"), json!({}));
    }
}
