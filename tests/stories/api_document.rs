//! The API document equals the committed one, is complete, and is shown without loading anything from elsewhere.

use std::collections::BTreeSet;
use std::path::Path;

use haat_tests::{Answer, Document, World};
use reqwest::Method;
use serde_json::{Value, json};

#[test]
fn the_committed_document_is_that_of_this_build() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/openapi.json");
    let committed = std::fs::read_to_string(&file).unwrap_or_default();
    let committed: Value = serde_json::from_str(&committed).unwrap_or_default();
    let current = Document::of_this_build().0;
    let differing: Vec<&String> = ["paths", "components"]
        .iter()
        .filter_map(|part| current[part].as_object().map(|now| (now, &committed[part])))
        .flat_map(|(now, then)| {
            now.iter().filter(move |(name, value)| then.get(name.as_str()) != Some(*value))
        })
        .map(|(name, _)| name)
        .collect();
    assert!(
        committed == current,
        "docs/openapi.json is not the document of this build (differs in {differing:?}); refresh it, and look at \
         the difference as your clients will: cargo run -p haat-api -- openapi > docs/openapi.json"
    );
}

#[test]
fn every_operation_says_what_can_go_wrong() {
    let document = Document::of_this_build();
    assert!(document.0["openapi"].as_str().is_some_and(|version| version.starts_with("3.1")));
    let mut ids = BTreeSet::new();
    for operation in document.operations() {
        let name = format!("{} {}", operation.method, operation.path);
        let responses = operation.spec["responses"].as_object().unwrap();
        let has = |class: char| responses.keys().any(|status| status.starts_with(class));
        assert!((has('2') || has('3')) && has('5'), "{name}: {:?}", responses.keys());
        // An operation without input can't be called wrongly.
        let takes = operation.needs_token
            || operation.spec.get("requestBody").is_some()
            || operation.spec["parameters"].as_array().is_some_and(|all| !all.is_empty());
        assert!(has('4') || !takes, "{name}: {:?}", responses.keys());
        assert!(!operation.needs_token || responses.contains_key("401"), "{name}");
        assert!(operation.spec["summary"].is_string() && operation.spec["tags"][0].is_string(), "{name}");
        assert!(
            ids.insert(operation.spec["operationId"].as_str().unwrap().to_owned()),
            "{name}: its id is taken"
        );
    }
}

/// Every part of the document, with its path.
fn parts<'d>(value: &'d Value, path: &str, all: &mut Vec<(String, &'d Value)>) {
    match value {
        Value::Object(fields) => {
            all.push((path.to_owned(), value));
            fields.iter().for_each(|(name, field)| parts(field, &format!("{path}/{name}"), all));
        }
        Value::Array(items) => items.iter().for_each(|item| parts(item, path, all)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn the_document_is_as_strict_as_the_server() {
    let document = Document::of_this_build();
    assert_eq!(document.0["servers"], json!([{ "url": "/" }]));
    assert!(document.0["info"]["license"]["identifier"].is_string());
    let tags = document.0["tags"].as_array().expect("tags");
    assert!(tags.iter().all(|tag| tag["description"].is_string()), "{tags:?}");
    for operation in document.operations() {
        let (spec, name) = (&operation.spec, format!("{} {}", operation.method, operation.path));
        assert!(spec["security"].is_array(), "{name} says not whether it needs a token");
        assert!(tags.iter().any(|tag| tag["name"] == spec["tags"][0]), "{name}: its tag is not declared");
        for (status, response) in spec["responses"].as_object().expect("responses") {
            let is_referred = response["$ref"].is_string();
            assert!(is_referred || response["description"].is_string(), "{name}: {status} is not described");
            let moves = ["201", "202", "303"].contains(&status.as_str());
            assert!(!moves || response["headers"]["Location"].is_object(), "{name}: {status} leads nowhere");
        }
        for parameter in spec["parameters"].as_array().into_iter().flatten() {
            let place = parameter["name"].as_str().expect("a name");
            let is_within = operation.path.contains(&format!("{{{place}}}"));
            assert_eq!(parameter["in"] == "path", is_within, "{name}: {place}");
        }
        if let Some(schema) = spec.pointer("/requestBody/content/application~1json/schema") {
            let is_closed = |schema: &Value| schema["additionalProperties"].is_boolean();
            let sent = document.resolved(schema);
            let choices = sent["oneOf"].as_array();
            let is_open =
                sent.as_object().is_some_and(serde_json::Map::is_empty) || spec["x-open-query"] == true;
            assert!(
                is_open || choices.map_or(is_closed(&sent), |all| all.iter().all(is_closed)),
                "{name}: {sent}"
            );
        }
    }
}

#[test]
fn the_document_has_nothing_that_nobody_refers_to() {
    let document = Document::of_this_build();
    let mut all = Vec::new();
    parts(&document.0, "", &mut all);
    let referred: BTreeSet<&str> = all.iter().filter_map(|(_, part)| part["$ref"].as_str()).collect();
    for name in document.0["components"]["schemas"].as_object().expect("schemas").keys() {
        assert!(referred.contains(format!("#/components/schemas/{name}").as_str()), "{name} is not used");
    }
}

/// Words between quotes that look like codes.
fn codes_within(text: &str) -> impl Iterator<Item = &str> {
    let word =
        |word: &&str| word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_') && !word.is_empty();
    text.split('"').skip(1).step_by(2).filter(word)
}

/// The files of Rust below a folder of the sources.
fn sources(folder: &Path, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).expect("a folder of the sources") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(std::fs::read_to_string(path).expect("a source"));
        }
    }
}

#[test]
fn every_code_of_an_error_is_listed() {
    let document = Document::of_this_build();
    let listed: BTreeSet<&str> = document.0["components"]["schemas"]["ErrorCode"]["enum"]
        .as_array()
        .expect("codes")
        .iter()
        .filter_map(Value::as_str)
        .collect();
    let (root, mut files) = (Path::new(env!("CARGO_MANIFEST_DIR")).join(".."), Vec::new());
    ["shared/src", "api/src"].iter().for_each(|folder| sources(&root.join(folder), &mut files));
    let mut missing = BTreeSet::new();
    for file in &files {
        let told = file.split("fn code(&self) -> &'static str {").skip(1);
        let of_faults =
            told.flat_map(|rest| codes_within(rest.split("\n    }\n").next().unwrap_or_default()));
        // The API's own refusals name a status and a code.
        let refusals = file.split("StatusCode::").skip(1).filter_map(|rest| rest.split_once(','));
        let own = refusals.filter_map(|(_, rest)| rest.trim_start().strip_prefix('"')?.split('"').next());
        missing.extend(of_faults.chain(own).filter(|code| !listed.contains(code)).map(str::to_owned));
    }
    assert!(missing.is_empty(), "list these in api/src/openapi/codes.rs: {missing:?}");
}

/// Codes that only the worker or a race of two commands sees, or that the API translates: no operation answers them.
const OF_NO_OPERATION: [&str; 2] = [
    "shop_exists",     // an account is made with its shop
    "version_changed", // answered as `precondition_failed`
];

#[test]
fn every_code_is_in_the_description_of_an_operation() {
    let document = Document::of_this_build();
    let mut told = document.0["info"]["description"].as_str().expect("a description").to_owned();
    for operation in document.operations() {
        for response in operation.spec["responses"].as_object().expect("responses").values() {
            told.push_str(document.resolved(response)["description"].as_str().unwrap_or_default());
        }
    }
    let codes = document.0["components"]["schemas"]["ErrorCode"]["enum"].as_array().expect("codes");
    let codes: Vec<&str> = codes.iter().filter_map(Value::as_str).collect();
    let is_told = |code: &&&str| told.contains(&format!("`{code}`"));
    let untold: Vec<_> =
        codes.iter().filter(|code| !is_told(code) && !OF_NO_OPERATION.contains(code)).collect();
    assert!(untold.is_empty(), "no operation documents {untold:?}");
    let gone: Vec<_> = OF_NO_OPERATION.iter().filter(|code| is_told(code) || !codes.contains(code)).collect();
    assert!(gone.is_empty(), "{gone:?} need no exception");
}

#[test]
fn every_reference_leads_somewhere() {
    fn follow(document: &Document, value: &Value) {
        if let Some(name) = value["$ref"].as_str() {
            assert!(document.0.pointer(name.trim_start_matches('#')).is_some(), "{name} is not there");
        }
        match value {
            Value::Object(fields) => fields.values().for_each(|field| follow(document, field)),
            Value::Array(items) => items.iter().for_each(|item| follow(document, item)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    let document = Document::of_this_build();
    follow(&document, &document.0);
}

#[tokio::test]
async fn the_pages_show_the_document_and_load_nothing_from_elsewhere() {
    let world = World::open().await;
    let nobody = world.nobody();
    let schema = nobody.get("/api/schema").await;
    assert_eq!(schema.body, Document::of_this_build().0);
    let known = [("If-None-Match", schema.header("etag"))];
    assert_eq!(nobody.send(Method::GET, "/api/schema", &known, None).await.status, 304);
    for page in ["/api/docs", "/api/redoc", "/api/docs/", "/api/redoc/"] {
        let answer = nobody.get(page).await;
        assert_eq!(answer.status, 200, "{page}");
        let html = answer.body.as_str().unwrap();
        assert!(!html.contains("http://") && !html.contains("https://"), "{page}");
        let policy = answer.header("content-security-policy");
        assert!(policy.contains("default-src 'none'") && !policy.contains("http"), "{page}: {policy}");
        let links: Vec<&str> = html.split('"').filter(|word| word.starts_with("/api/")).collect();
        assert!(!links.is_empty(), "{page} loads nothing at all");
        for link in links {
            let loaded = Answer::to(nobody.request(Method::GET, link)).await;
            assert_eq!(loaded.status, 200, "{page} names {link}");
        }
    }
}
