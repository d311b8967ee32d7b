//! Every body that the API takes: all problems are told at once, each by its path, and a mistake has the same words and
//! the same code whatever stands beside it.

mod table;

use haat_tests::{Answer, Document, Person, World};
use reqwest::Method;
use serde_json::{Map, Value, json};
use table::{Case, WITHOUT_RULES, cases};
use uuid::Uuid;

/// Puts a value into a body.
fn put(body: &mut Value, path: &str, value: Value) {
    let path = path.replace('[', ".").replace(']', "");
    let mut place = body;
    for part in path.split('.') {
        place = match part.parse::<usize>() {
            Ok(index) => &mut place[index],
            Err(_) => &mut place[part],
        };
    }
    *place = value;
}

struct Scene {
    document: Document,
    world: World,
    people: Vec<Person>,
}

impl Scene {
    async fn set() -> Self {
        let switched_off = [
            ("HAAT_BKASH_APP_KEY", ""),
            ("HAAT_BKASH_APP_SECRET", ""),
            ("HAAT_BKASH_USERNAME", ""),
            ("HAAT_BKASH_PASSWORD", ""),
        ];
        let world = World::with(&switched_off).await;
        let people = vec![world.customer().await, world.shop("Pots").await.owner, world.admin().await];
        Self { document: Document::of_this_build(), world, people }
    }

    /// The answer to the first person whom the operation does not refuse because of their role.
    async fn answer(&self, operation: &str, body: &Value) -> Answer {
        let (method, path) = operation.split_once(' ').expect("a method and a path");
        let id = Uuid::now_v7().to_string();
        let part = |part: &str| if part.starts_with('{') { id.clone() } else { part.to_owned() };
        let path = path.split('/').map(part).collect::<Vec<_>>().join("/");
        let method: Method = method.parse().expect("a method");
        for person in &self.people {
            let request = person.request(method.clone(), &path).header("Idempotency-Key", "k");
            let answer = Answer::to(request.header("If-Match", "*").json(body)).await;
            if answer.status != 403 {
                assert_eq!(self.document.untold(&method, &path, &answer), None);
                return answer;
            }
        }
        panic!("{operation} turns everybody away");
    }

    /// The texts by path of a body that is refused.
    async fn told(&self, operation: &str, body: &Value) -> Map<String, Value> {
        let answer = self.answer(operation, body).await;
        assert_eq!(answer.refusal(), (422, "invalid"), "{operation} {body}: {}", answer.body);
        answer.body["errors"].as_object().expect("texts by path").clone()
    }
}

#[tokio::test]
async fn shape_and_rules_are_told_together_and_each_as_if_it_were_alone() {
    let scene = Scene::set().await;
    for Case { operation, sound, rules } in cases() {
        let mut alone = Map::new();
        let mut all_wrong = sound.clone();
        for (path, value) in rules {
            let mut body = sound.clone();
            put(&mut body, path, value.clone());
            put(&mut all_wrong, path, value);
            let mut told = scene.told(operation, &body).await;
            let text = told.remove(path);
            assert!(text.is_some(), "{operation}: {path} is not told: {told:?}");
            assert!(told.is_empty(), "{operation}: {path} is not all that is told: {told:?}");
            alone.extend(text.map(|text| (path.to_owned(), text)));
        }
        assert_eq!(scene.told(operation, &all_wrong).await, alone, "{operation}: all together");
        all_wrong["stranger"] = json!(1);
        let mut told = scene.told(operation, &all_wrong).await;
        assert!(told.remove("stranger").is_some(), "{operation}: {told:?}");
        assert_eq!(told, alone, "{operation}: beside an unknown field");
    }
    assert_eq!(scene.world.count("select count(*) from products").await, 0);
    scene.world.books_balance().await;
}

#[tokio::test]
async fn no_rule_hides_behind_another_field_that_can_not_be_read() {
    let scene = Scene::set().await;
    for Case { operation, sound, rules } in cases() {
        let fields: Vec<String> = sound.as_object().expect("an object").keys().cloned().collect();
        for (path, value) in rules {
            let mut body = sound.clone();
            put(&mut body, path, value);
            let outer = path.split(['.', '[']).next().expect("a field");
            for other in fields.iter().filter(|field| field.as_str() != outer) {
                let mut body = body.clone();
                body[other] = json!([7.5]);
                let told = scene.told(operation, &body).await;
                let about_other = |key: &&String| *key == other || key.starts_with(&format!("{other}["));
                assert!(told.contains_key(path), "{operation} {path} beside {other}: {told:?}");
                assert!(told.keys().any(|key| about_other(&key)), "{operation} {other}: {told:?}");
                let others = told.keys().filter(|key| *key != path && !about_other(key)).count();
                assert_eq!(others, 0, "{operation} {path} beside {other}: {told:?}");
            }
        }
    }
}

#[test]
fn every_body_of_the_document_is_in_one_of_the_lists() {
    let document = Document::of_this_build();
    let listed: Vec<&str> = cases().iter().map(|case| case.operation).chain(WITHOUT_RULES).collect();
    let mut with_body: Vec<String> = Vec::new();
    for operation in document.operations() {
        if operation.spec.pointer("/requestBody/content/application~1json").is_some() {
            with_body.push(format!("{} {}", operation.method, operation.path));
        }
    }
    let unlisted: Vec<&String> = with_body.iter().filter(|name| !listed.contains(&name.as_str())).collect();
    assert!(unlisted.is_empty(), "give each a row with its rules: {unlisted:?}");
    let gone: Vec<&&str> =
        listed.iter().filter(|name| !with_body.iter().any(|known| known == **name)).collect();
    assert!(gone.is_empty(), "{gone:?}");
}

#[tokio::test]
async fn nothing_is_told_about_what_was_not_read() {
    let scene = Scene::set().await;
    let euro = json!({ "amount": "9.00", "currency": "EUR" });
    for (operation, body, expected) in [
        // A price that can't be read is in no other currency than its neighbours.
        (
            "POST /api/products",
            json!({ "title": "Pot", "variants": [
                { "price": 5, "compare_at": euro, "options": { "Size": "S" } },
                { "price": euro, "options": { "Size": "M" } },
            ] }),
            vec!["variants[0].price"],
        ),
        // Options that can't be read are no other options, and no twin of any.
        (
            "POST /api/products",
            json!({ "title": "Pot", "variants": [
                { "price": euro, "options": "S" },
                { "price": euro, "options": {} },
                { "price": euro, "options": {}, "sku": 7 },
            ] }),
            vec!["variants[0].options", "variants[2].sku"],
        ),
        // What is compared with something else is told when everything can be read.
        (
            "POST /api/products",
            json!({ "title": 7, "variants": [{ "price": euro, "compare_at": { "amount": "1", "currency": "USD" } }] }),
            vec!["title"],
        ),
        (
            "POST /api/orders/{id}/refunds",
            json!({ "lines": [{ "quantity": 1 }, { "line_no": 1, "quantity": 1 }] }),
            vec!["lines[0].line_no"],
        ),
        ("POST /api/orders/{id}/refunds", json!({ "restock": true, "lines": [7] }), vec!["lines[0]"]),
        (
            "POST /api/admin/refunds/{id}/resolution",
            json!({ "outcome": "lost", "reason": "seen", "reference": "R1" }),
            vec!["outcome"],
        ),
        ("POST /api/variants/{id}/stock", json!({ "set": "many" }), vec!["set"]),
        ("POST /api/variants/{id}/stock", json!({ "delta": null, "set": 3 }), vec!["delta"]),
        ("PATCH /api/admin/vendors/{id}", json!({ "cash_on_delivery": "no" }), vec!["cash_on_delivery"]),
        (
            "POST /api/admin/reconciliation",
            json!({ "gateway": "paypal", "from": 7 }),
            vec!["from", "gateway"],
        ),
        // One character that can't be stored, and nothing else is looked at.
        ("POST /api/categories", json!({ "name": "a\u{0}b", "position": -1 }), vec!["."]),
    ] {
        let told = scene.told(operation, &body).await;
        assert_eq!(told.keys().collect::<Vec<_>>(), expected, "{operation} {body}: {told:?}");
    }
}

#[tokio::test]
async fn an_unknown_field_and_a_bad_entry_hide_nothing_around_them() {
    let scene = Scene::set().await;
    let usd = json!({ "amount": "1.00", "currency": "USD" });
    let mut tags: Vec<Value> = (0..251).map(|n| json!(format!("tag {n}"))).collect();
    tags.push(json!(7));
    for (operation, body, expected) in [
        (
            "POST /api/orders/{id}/refunds",
            json!({ "amount": usd, "lines": [{ "line_no": 1, "quantity": 1, "size": 3 }] }),
            vec!["amount", "lines", "lines[0].size"],
        ),
        (
            "POST /api/products",
            json!({ "title": "Pot", "variants": [{ "price": usd, "colour": 1 }, { "price": usd }] }),
            vec!["variants[0].colour", "variants[1].options"],
        ),
        ("POST /api/products", json!({ "title": "Pot", "tags": tags }), vec!["tags", "tags[251]"]),
    ] {
        let told = scene.told(operation, &body).await;
        assert_eq!(told.keys().collect::<Vec<_>>(), expected, "{operation} {body}: {told:?}");
    }
}

#[tokio::test]
async fn a_change_to_nothing_is_refused_where_nothing_can_not_be() {
    let scene = Scene::set().await;
    for (operation, fields) in [
        ("PATCH /api/products/{id}", &["title", "handle", "description", "tags", "status"][..]),
        ("PATCH /api/variants/{id}", &["title", "options", "price", "position", "active"]),
        ("PATCH /api/categories/{id}", &["name", "slug", "position"]),
        ("PATCH /api/users/me", &["full_name"]),
        ("PATCH /api/vendor/me", &["name", "description", "cash_on_delivery"]),
        ("PATCH /api/admin/vendors/{id}", &["commission_rate", "cash_on_delivery"]),
        ("POST /api/variants/{id}/stock", &["delta", "set"]),
        ("POST /api/orders/{id}/refunds", &["amount", "lines"]),
    ] {
        for field in fields {
            let told = scene.told(operation, &json!({ *field: null })).await;
            let text = told[*field][0].as_str().unwrap_or_default();
            let is_told = ["must not be null", "must be one of"].iter().any(|words| text.starts_with(words));
            assert!(is_told, "{operation} {field}: {told:?}");
        }
    }
    // The document says which may be null: those that null empties.
    let document = Document::of_this_build();
    for operation in document.operations().iter().filter(|operation| operation.method == Method::PATCH) {
        let schema = document.body_of(operation).expect("a change has a body");
        let is_nullable = |schema: &Value| {
            let kinds = schema["type"].as_array();
            let choices = schema["oneOf"].as_array();
            kinds.is_some_and(|kinds| kinds.contains(&json!("null")))
                || choices.is_some_and(|choices| choices.iter().any(|choice| choice["type"] == "null"))
        };
        let fields = schema["properties"].as_object().expect("fields");
        let nullable: Vec<&String> =
            fields.iter().filter(|(_, schema)| is_nullable(schema)).map(|(name, _)| name).collect();
        let expected: &[&str] = match operation.path.as_str() {
            "/api/products/{id}" => &["category_id", "product_type"],
            "/api/variants/{id}" => &["barcode", "compare_at", "sku", "weight_grams"],
            "/api/categories/{id}" => &["parent_id"],
            "/api/users/me" => &["phone"],
            _ => &[],
        };
        assert_eq!(nullable, expected, "{}", operation.path);
    }
}
