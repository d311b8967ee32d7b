//! The API document is what is committed, complete, and shown without reaching out.

use std::path::Path;

use haat_tests::{Answer, Document, World};
use reqwest::Method;
use serde_json::Value;

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
    let mut ids = std::collections::BTreeSet::new();
    for operation in document.operations() {
        let name = format!("{} {}", operation.method, operation.path);
        let responses = operation.spec["responses"].as_object().unwrap();
        let has = |class: char| responses.keys().any(|status| status.starts_with(class));
        assert!((has('2') || has('3')) && has('5'), "{name}: {:?}", responses.keys());
        // What takes nothing from its caller can't be asked wrongly.
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
