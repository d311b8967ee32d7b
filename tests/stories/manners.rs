//! Rules for every operation of the API document: nothing is accepted and ignored, all problems are reported at once,
//! and lists can be read both ways.

use haat_tests::{Answer, Document, Operation, Person, World};
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

/// One person of each kind that operations ask for.
async fn everybody(world: &World) -> Vec<Person> {
    vec![world.customer().await, world.shop("Pots").await.owner, world.admin().await]
}

fn filled(path: &str) -> String {
    let thing = Uuid::now_v7().to_string();
    let part = |part: &str| match part {
        "{gateway}" => "stripe".to_owned(),
        part if part.starts_with('{') => thing.clone(),
        part => part.to_owned(),
    };
    path.split('/').map(part).collect::<Vec<_>>().join("/")
}

/// The answer to the first of these people whom the operation does not refuse because of their role.
async fn answer(people: &[Person], operation: &Operation, query: &str, body: Option<&Value>) -> Answer {
    let path = format!("{}{query}", filled(&operation.path));
    let mut last = None;
    for person in people {
        let request = person.request(operation.method.clone(), &path);
        let mut request = request.header("Idempotency-Key", "k").header("If-Match", "*");
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = Answer::to(request).await;
        if answer.status != 403 {
            return answer;
        }
        last = Some(answer);
    }
    last.expect("there are people")
}

/// The sample with an unknown field in each of its objects in turn, and the path of that field.
fn with_a_stranger(sample: &Value) -> Vec<(String, Value)> {
    let mut all = Vec::new();
    match sample {
        // A map by names of the caller's own is empty in a sample.
        Value::Object(fields) if !fields.is_empty() => {
            let mut own = fields.clone();
            own.insert("stranger".to_owned(), json!(1));
            all.push(("stranger".to_owned(), Value::Object(own)));
            for (name, value) in fields {
                all.extend(with_a_stranger(value).into_iter().map(|(path, inner)| {
                    let mut changed = fields.clone();
                    changed.insert(name.clone(), inner);
                    let path = if path.starts_with('[') {
                        format!("{name}{path}")
                    } else {
                        format!("{name}.{path}")
                    };
                    (path, Value::Object(changed))
                }));
            }
        }
        Value::Array(items) if !items.is_empty() => {
            let inner = with_a_stranger(&items[0]).into_iter();
            all.extend(inner.map(|(path, inner)| (format!("[0].{path}"), json!([inner]))));
        }
        Value::Object(_)
        | Value::Array(_)
        | Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::String(_) => {}
    }
    all
}

#[tokio::test]
async fn no_operation_takes_a_field_that_it_does_not_know() {
    let world = World::open().await;
    let people = everybody(&world).await;
    let (document, mut tried) = (Document::of_this_build(), 0);
    for operation in document.operations() {
        let Some(schema) = document.body_of(&operation) else { continue };
        for (path, body) in with_a_stranger(&document.sample(&schema)) {
            let answer = answer(&people, &operation, "", Some(&body)).await;
            let line = format!("{} {} with {body}: {}", operation.method, operation.path, answer.body);
            assert_eq!(answer.status, 422, "{line}");
            let told = answer.body["errors"][&path][0].as_str().unwrap_or_default();
            assert!(told.starts_with("is not known here"), "{path} is not named: {line}");
            tried += 1;
        }
    }
    assert!(tried > 20, "only {tried} bodies were tried");
}

#[tokio::test]
async fn no_operation_takes_a_parameter_that_it_does_not_know() {
    let world = World::open().await;
    let people = everybody(&world).await;
    for operation in Document::of_this_build().operations() {
        let answer = answer(&people, &operation, "?stranger=1", None).await;
        let line = format!("{} {}: {} {}", operation.method, operation.path, answer.status, answer.body);
        let told = answer.body["errors"]["stranger"].is_array();
        // Gateways append their own parameters to the addresses that they send browsers and messages to.
        let is_open = operation.spec["x-open-query"] == true;
        assert!(told != is_open && (is_open || answer.status == 422), "{line}");
        assert!(
            !is_open || operation.path.contains("/payment/") || operation.path.contains("/webhooks/"),
            "{line}"
        );
    }
}

#[tokio::test]
async fn all_that_is_wrong_with_a_body_is_told_at_once_in_plain_words() {
    let world = World::open().await;
    let ada = world.customer().await;
    let body = json!({ "payment_method": "paypal", "shipping_address": { "name": 7, "country": "BD" }, "coupon": "X" });
    let answer =
        ada.send(Method::POST, "/api/orders/checkout", &[("Idempotency-Key", "k")], Some(body)).await;
    assert_eq!(answer.refusal(), (422, "invalid"));
    let errors = answer.body["errors"].as_object().expect("texts by field");
    for (field, told) in [
        ("coupon", "is not known here"),
        ("payment_method", "must be one of `stripe`"),
        ("shipping_address.city", "is missing"),
        ("shipping_address.line1", "is missing"),
        ("shipping_address.name", "must be a text"),
    ] {
        assert!(errors[field][0].as_str().is_some_and(|text| text.starts_with(told)), "{field}: {errors:?}");
    }
    let one = ada.post("/api/cart", json!({ "variant_id": "abc", "quantity": "1" })).await;
    assert_eq!(one.body["errors"]["variant_id"], json!(["must be a UUID"]));
    assert_eq!(
        one.body["errors"]["quantity"][0].as_str().map(|text| &text[..23]),
        Some("must be a whole number ")
    );
    // What once was answered "Changed.", with the password as it was.
    let password =
        ada.send(Method::PATCH, "/api/users/me", &[], Some(json!({ "password": "correct horse" }))).await;
    assert_eq!(password.refusal(), (422, "invalid"));
    for query in ["limit=0", "limit=101", "limit=1&limit=2", "status=no", "cursor=zzz"] {
        assert_eq!(ada.get(&format!("/api/orders?{query}")).await.refusal(), (422, "invalid"), "{query}");
    }
}

#[tokio::test]
async fn a_body_of_which_all_is_optional_may_be_absent() {
    let world = World::open().await;
    let mug = world.shop("Pots").await.sells(&world, "Mug", "12.50", 5).await;
    let ada = world.customer().await;
    let order = ada.order("cash_on_delivery", &[(mug.variant, 1)]).await;
    let path = format!("/api/orders/{order}/cancel");
    let form = ada.request(Method::POST, &path).header("Content-Type", "text/plain").body("why");
    assert_eq!(Answer::to(form).await.status, 415);
    let cancelled = Answer::to(ada.request(Method::POST, &path)).await;
    assert_eq!(cancelled.data()["status"], "cancelled", "{}", cancelled.body);
}

#[tokio::test]
async fn a_list_is_counted_and_walked_there_and_back() {
    let world = World::open().await;
    let shop = world.shop("Pots").await;
    for n in 0..7 {
        shop.sells(&world, &format!("Pot {n}"), "1.00", 1).await;
    }
    let public = format!("/api/products?vendor={}&limit=3", shop.slug);
    for path in ["/api/vendor/products?status=approved&limit=3", &public] {
        let (mut there, mut address) = (Vec::new(), path.to_owned());
        loop {
            let page = shop.owner.get(&address).await;
            let data = page.data().clone();
            assert_eq!((&data["count"], &data["count_is_exact"]), (&json!(7), &json!(true)), "{address}");
            let link = |relation: &str, address: &Value| {
                address.as_str().map(|address| format!("<{address}>; rel=\"{relation}\""))
            };
            let links = [link("next", &data["next"]), link("prev", &data["previous"])];
            assert_eq!(page.header("link"), links.into_iter().flatten().collect::<Vec<_>>().join(", "));
            there.push(data.clone());
            let Some(next) = data["next"].as_str() else { break };
            assert!(next.starts_with(path), "{next} has lost its filters");
            next.clone_into(&mut address);
        }
        assert_eq!(
            there.iter().map(|page| page["results"].as_array().unwrap().len()).collect::<Vec<_>>(),
            [3, 3, 1]
        );
        let mut back = vec![there.pop().expect("three pages")];
        assert!(there[0]["previous"].is_null());
        while let Some(previous) = back.last().and_then(|page| page["previous"].as_str()) {
            let page = shop.owner.get(previous).await.data().clone();
            assert_eq!(page["results"], there.pop().expect("no more pages back than there")["results"]);
            back.push(page);
        }
        assert!(there.is_empty() && back.len() == 3);
    }
}
