//! The API document as a list of things to try: every operation, and bodies made from its schemas.

use reqwest::Method;
use serde_json::{Map, Value, json};

/// The document that this build serves.
#[derive(Clone, Debug)]
pub struct Document(pub Value);

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
