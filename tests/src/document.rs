//! The API document as a list of things to try: every operation, and bodies made from its schemas.

use reqwest::Method;
use serde_json::{Map, Value, json};

use crate::Answer;

/// The document that this build serves.
#[derive(Clone, Debug)]
pub struct Document(pub Value);

/// Whether a path is one of a path with parameters.
fn fits(template: &str, path: &str) -> bool {
    let (expected, given) = (template.split('/'), path.trim_end_matches('/').split('/'));
    expected.clone().count() == given.clone().count()
        && expected.zip(given).all(|(one, other)| one.starts_with('{') || one == other)
}

/// One method of one path.
#[derive(Clone, Debug)]
pub struct Operation {
    pub method: Method,
    pub path: String,
    pub needs_token: bool,
    pub spec: Value,
}

impl Document {
    #[must_use]
    pub fn of_this_build() -> Self {
        Self(haat_api::document())
    }

    #[must_use]
    pub fn operations(&self) -> Vec<Operation> {
        let paths = self.0["paths"].as_object().expect("paths");
        let of_path = |(path, methods): (&String, &Value)| {
            let methods = methods.as_object().expect("methods").clone();
            let path = path.clone();
            methods.into_iter().map(move |(method, spec)| Operation {
                method: method.to_uppercase().parse().expect("a method"),
                path: path.clone(),
                needs_token: spec["security"].as_array().is_some_and(|schemes| !schemes.is_empty()),
                spec,
            })
        };
        paths.iter().flat_map(of_path).collect()
    }

    /// A schema without references at its top; parts that are joined by `allOf` become one object.
    #[must_use]
    pub fn resolved(&self, schema: &Value) -> Value {
        if let Some(name) = schema["$ref"].as_str() {
            let path = name.trim_start_matches('#');
            return self.resolved(self.0.pointer(path).unwrap_or_else(|| panic!("{name} is not there")));
        }
        if let Some(parts) = schema["allOf"].as_array() {
            let (mut properties, mut required) = (Map::new(), Vec::new());
            for part in parts.iter().map(|part| self.resolved(part)) {
                properties.extend(part["properties"].as_object().cloned().unwrap_or_default());
                required.extend(part["required"].as_array().cloned().unwrap_or_default());
            }
            return json!({ "type": "object", "properties": properties, "required": required });
        }
        schema.clone()
    }

    /// What the document does not say of a refusal: its code must be in the description of its status. `None` if it says
    /// it, and of answers that no operation of the document gave.
    #[must_use]
    pub fn untold(&self, method: &Method, path: &str, answer: &Answer) -> Option<String> {
        let (status, code) = answer.refusal();
        if code.is_empty() || ["route_not_found", "method_not_allowed", "host_invalid"].contains(&code) {
            return None;
        }
        let paths = self.0["paths"].as_object().expect("paths").iter();
        let mut fitting: Vec<_> = paths.filter(|(template, _)| fits(template, path)).collect();
        fitting.sort_by_key(|(template, _)| template.matches('{').count()); // as the router: the plainest first
        let (template, methods) = fitting.first()?;
        let spec = methods.get(method.as_str().to_lowercase())?;
        let response = self.resolved(&spec["responses"][status.to_string()]);
        let told = response["description"].as_str().unwrap_or_default();
        let is_told = told.contains(&format!("`{code}`"));
        (!is_told).then(|| format!("{method} {template} does not say that it answers {status} `{code}`"))
    }

    /// The schema of the JSON body of an operation, if it has one.
    #[must_use]
    pub fn body_of(&self, operation: &Operation) -> Option<Value> {
        let schema = operation.spec.pointer("/requestBody/content/application~1json/schema")?;
        let schema = self.resolved(schema);
        Some(schema["oneOf"].as_array().map_or_else(|| schema.clone(), |choices| self.joined(choices)))
    }

    /// All fields of several objects of which one is sent. Fields are required if all objects require them.
    fn joined(&self, choices: &[Value]) -> Value {
        let choices: Vec<Value> = choices.iter().map(|choice| self.resolved(choice)).collect();
        let names = |choice: &Value| choice["required"].as_array().cloned().unwrap_or_default();
        let required: Vec<Value> = choices.iter().flat_map(names).collect();
        let required: Vec<&Value> = required
            .iter()
            .filter(|name| choices.iter().all(|choice| names(choice).contains(name)))
            .collect();
        let fields = choices.iter().filter_map(|choice| choice["properties"].as_object().cloned());
        json!({ "type": "object", "properties": fields.flatten().collect::<Map<_, _>>(), "required": required })
    }

    /// A value that the schema allows, as plain as can be.
    #[must_use]
    pub fn sample(&self, schema: &Value) -> Value {
        let schema = self.resolved(schema);
        if let Some(first) = schema["enum"].as_array().and_then(|words| words.first()) {
            return first.clone();
        }
        if let Some(choices) = schema["oneOf"].as_array() {
            let choice = choices.iter().find(|choice| choice["type"] != "null");
            return self.sample(choice.expect("a choice that is something"));
        }
        let kind = schema["type"].as_str().or_else(|| schema["type"].get(0)?.as_str()).unwrap_or_default();
        match kind {
            "integer" | "number" => json!(1),
            "boolean" => json!(true),
            "array" => json!([self.sample(&schema["items"])]),
            "object" => {
                let fields = schema["properties"].as_object().cloned().unwrap_or_default();
                fields.iter().map(|(name, field)| (name.clone(), self.sample(field))).collect()
            }
            _ if schema["format"] == "uuid" => json!("01900000-0000-7000-8000-000000000000"),
            _ if schema["pattern"] == "^[A-Z]{3}$" => json!("USD"),
            _ => {
                let example = schema["examples"].get(0).or_else(|| schema.get("example"));
                example.cloned().unwrap_or_else(|| json!("words"))
            }
        }
    }
}
