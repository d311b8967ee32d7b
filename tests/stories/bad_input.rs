//! Bad input of every kind to every operation of the API document, including future ones: a clear refusal, never an
//! internal error, and an unchanged database.

use haat_sandbox::stripe::Outcome;
use haat_tests::{Answer, Dice, Document, Operation, Person, WORDS, World, bodies, values};
use reqwest::{Method, RequestBuilder};
use serde_json::{Map, Value, json};

/// A marketplace in use, and callers of every kind.
struct Scene {
    world: World,
    callers: Vec<Person>,
    // Existing things, to be named in paths by callers who own them or not.
    order: String,
    product: String,
    variant: String,
    category: String,
    shop: String,
    cart_item: String,
    document: Document,
    /// What the database held when the last request had been answered.
    held: String,
    wrong: Vec<String>,
}

impl Scene {
    async fn set() -> Self {
        let world = World::open().await;
        let (pots, tea) = (world.shop("Pots").await, world.shop("Tea").await);
        let mug = pots.sells(&world, "Mug", "12.50", 50).await;
        let assam = tea.sells(&world, "Assam", "8.00", 50).await;
        let (ada, admin) = (world.customer().await, world.admin().await);
        let order = ada.order("stripe", &[(mug.variant, 2), (assam.variant, 1)]).await;
        world.work().await;
        world.sandbox.pay(&ada.payment_page(order).await, Outcome::Pay).expect("the page is open");
        world.work().await;
        ada.fill_cart(&[(mug.variant, 1)]).await;
        let category = admin.post("/api/categories", json!({ "name": "Kitchen" })).await.id();
        let cart = ada.get("/api/cart").await.data().clone();
        let cart_item = cart["vendors"][0]["lines"][0]["id"].as_str().expect("an id").to_owned();
        Self {
            callers: vec![ada, pots.owner, admin],
            order: order.to_string(),
            product: mug.product.to_string(),
            variant: mug.variant.to_string(),
            category: category.to_string(),
            shop: tea.id.to_string(),
            cart_item,
            document: Document::of_this_build(),
            held: held(&world).await,
            wrong: Vec::new(),
            world,
        }
    }

    /// The callers that the operation does not refuse because of their role.
    async fn callers_of(&mut self, operation: &Operation) -> Vec<Person> {
        let mut let_in = Vec::new();
        for caller in &self.callers {
            let path = filled(&operation.path, &self.order);
            let request =
                caller.request(operation.method.clone(), &path).header("Content-Type", "application/json");
            if operation.method == Method::GET || Answer::to(request.body("{")).await.status != 403 {
                let_in.push(caller.clone());
            }
        }
        assert!(!let_in.is_empty(), "{} {} turns everybody away", operation.method, operation.path);
        self.held = held(&self.world).await;
        let_in.truncate(if operation.needs_token { 2 } else { 1 });
        let_in
    }

    /// Sends it, and judges the answer: never ours to answer for; a refusal is clear and changed nothing. Returns its
    /// status.
    async fn judge(&mut self, what: &str, must_refuse: bool, request: RequestBuilder) -> u16 {
        let built = request.build().expect("a request that can be sent");
        let line =
            format!("{} {} ({what})", built.method(), built.url().as_str().replace(&self.world.url, ""));
        let line: String = line.chars().take(300).collect();
        let (method, path) = (built.method().clone(), built.url().path().to_owned());
        let reading = built.method() == Method::GET;
        let answer = Answer::to(RequestBuilder::from_parts(self.world.http.clone(), built)).await;
        let status = answer.status.as_u16();
        if status >= 500 || (must_refuse && status < 400) {
            self.wrong.push(format!("{line}: {status} {}", shortened(&answer.body)));
        }
        if (400..500).contains(&status) && !is_clear(&answer) {
            self.wrong.push(format!("{line}: no clear refusal: {status} {}", shortened(&answer.body)));
        }
        if let Some(untold) = self.document.untold(&method, &path, &answer) {
            self.wrong.push(format!("{line}: {untold}"));
        }
        if !reading {
            let holds = held(&self.world).await;
            if status >= 400 && holds != self.held {
                self.wrong.push(format!("{line}: refused with {status}, and something changed"));
            }
            self.held = holds;
        }
        status
    }

    async fn end(self) {
        assert!(self.wrong.is_empty(), "{} wrong answers:\n{}", self.wrong.len(), self.wrong.join("\n"));
        self.world.work().await;
        self.world.books_balance().await;
    }

    /// A request without its body, about the thing that the path is about.
    fn request(&self, caller: &Person, operation: &Operation) -> RequestBuilder {
        let path = filled(&operation.path, self.thing(&operation.path));
        let request = caller.request(operation.method.clone(), &path);
        request.header("Idempotency-Key", "k").header("If-Match", "*")
    }

    fn thing(&self, path: &str) -> &str {
        match path {
            path if path.contains("/orders/") => &self.order,
            path if path.starts_with("/api/variants") => &self.variant,
            path if path.starts_with("/api/categories") => &self.category,
            path if path.starts_with("/api/admin/vendors") => &self.shop,
            path if path.starts_with("/api/cart") => &self.cart_item,
            path if path.starts_with("/api/webhooks") => "stripe",
            _ => &self.product,
        }
    }
}

fn filled(path: &str, thing: &str) -> String {
    let parts = path.split('/').map(|part| if part.starts_with('{') { thing } else { part });
    parts.collect::<Vec<_>>().join("/")
}

/// A refusal that a client can act on.
fn is_clear(answer: &Answer) -> bool {
    let code = answer.body["code"].as_str().unwrap_or_default();
    answer.body["status"] == "error"
        && !code.is_empty()
        && code.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'_')
        && answer.body["message"].as_str().is_some_and(|message| !message.is_empty())
        && answer.body["request_id"].is_string()
}

fn shortened(body: &Value) -> String {
    body.to_string().chars().take(300).collect()
}

/// Every row of every table, as one number each.
async fn held(world: &World) -> String {
    let tables = world.table_names().await;
    let each = tables.iter().map(|table| {
        format!("select '{table}' || ':' || count(*) || ':' || coalesce(sum(hashtextextended(t::text, 0)), 0) from {table} t")
    });
    let all = each.collect::<Vec<_>>().join(" union all ");
    let sums: Vec<String> =
        sqlx::query_scalar(sqlx::AssertSqlSafe(all)).fetch_all(&world.pool).await.expect("all tables");
    sums.join(" ")
}

/// Operations in two halves, for two tests at once.
fn with_bodies(document: &Document, half: usize) -> Vec<(Operation, Value)> {
    let all = document.operations().into_iter();
    let with_body = all.filter_map(|operation| document.body_of(&operation).map(|body| (operation, body)));
    with_body.enumerate().filter(|(place, _)| place % 2 == half).map(|(_, pair)| pair).collect()
}

async fn bodies_that_are_none(half: usize) {
    let mut scene = Scene::set().await;
    for (operation, _) in with_bodies(&scene.document, half) {
        for caller in scene.callers_of(&operation).await {
            for (what, bytes) in bodies() {
                let request = scene.request(&caller, &operation).header("Content-Type", "application/json");
                // Where all of a body is optional, there need be none.
                let may_be = what == "empty" && operation.spec["requestBody"]["required"] != true;
                scene.judge(what, !may_be, request.body(bytes)).await;
            }
            for kind in ["text/plain", "multipart/form-data", "application/x-www-form-urlencoded", "\u{b5}"] {
                let is_json_only = operation.spec["requestBody"]["content"].get("text/csv").is_none();
                let request = scene.request(&caller, &operation).header("Content-Type", kind);
                scene.judge(kind, is_json_only, request.body("a=b")).await;
            }
        }
    }
    scene.end().await;
}

#[tokio::test]
async fn bodies_that_are_none_are_refused() {
    bodies_that_are_none(0).await;
}

#[tokio::test]
async fn bodies_that_are_none_are_refused_elsewhere_too() {
    bodies_that_are_none(1).await;
}

/// The sample with one field changed, for every field at every depth.
fn twisted(sample: &Value, nasty: &Value) -> Vec<(String, Value)> {
    let mut all = vec![(String::new(), nasty.clone())];
    match sample {
        Value::Object(fields) => {
            for (name, value) in fields {
                all.extend(twisted(value, nasty).into_iter().map(|(path, inner)| {
                    let mut changed: Map<String, Value> = fields.clone();
                    changed.insert(name.clone(), inner);
                    (format!(".{name}{path}"), Value::Object(changed))
                }));
            }
        }
        Value::Array(items) if !items.is_empty() => {
            let inner = twisted(&items[0], nasty).into_iter();
            all.extend(inner.map(|(path, inner)| (format!("[0]{path}"), json!([inner]))));
        }
        Value::Array(_) | Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
    all
}

async fn fields_that_do_not_fit(half: usize) {
    let mut scene = Scene::set().await;
    for (operation, schema) in with_bodies(&scene.document, half) {
        // A password that may be right is hashed: some milliseconds each, so fewer of them.
        let slow = operation.path.starts_with("/api/auth/");
        let sample = scene.document.sample(&schema);
        let callers = scene.callers_of(&operation).await;
        let mut dice = Dice::from_env();
        for (place, nasty) in values().iter().enumerate().filter(|(place, _)| !slow || place % 4 == 0) {
            let caller = &callers[place % callers.len()];
            // A third of all pairs; another seed takes others.
            for (path, body) in twisted(&sample, nasty).into_iter().filter(|_| dice.roll(3) == 0) {
                let request = scene.request(caller, &operation).json(&body);
                scene.judge(&format!("{path} = {}", shortened(nasty)), false, request).await;
            }
        }
    }
    scene.end().await;
}

#[tokio::test]
async fn fields_that_do_not_fit_are_refused() {
    fields_that_do_not_fit(0).await;
}

#[tokio::test]
async fn fields_that_do_not_fit_are_refused_elsewhere_too() {
    fields_that_do_not_fit(1).await;
}

#[tokio::test]
async fn chance_finds_no_fault() {
    let mut scene = Scene::set().await;
    let mut dice = Dice::from_env();
    for (operation, schema) in [with_bodies(&scene.document, 0), with_bodies(&scene.document, 1)].concat() {
        let sample = scene.document.sample(&schema);
        let callers = scene.callers_of(&operation).await;
        for _ in 0..if operation.path.starts_with("/api/auth/") { 4 } else { 25 } {
            let mut body = sample.clone();
            for field in body.as_object_mut().into_iter().flat_map(|fields| fields.values_mut()) {
                if dice.roll(3) == 0 {
                    *field = dice.json(3);
                }
            }
            let caller = &callers[dice.roll(callers.len())];
            let request = scene.request(caller, &operation).json(&body);
            scene.judge(&format!("by chance {}", shortened(&body)), false, request).await;
        }
    }
    scene.end().await;
}

#[tokio::test]
async fn paths_queries_and_headers_that_name_nothing_are_refused() {
    const HEADERS: [&str; 6] =
        ["Idempotency-Key", "If-Match", "If-None-Match", "Accept", "X-Request-Id", "traceparent"];
    let long = "x".repeat(5000);
    let values = ["", "\"", &long, "ключ", "W/\"1\"", "\"99999999999999999999\"", ",,,"];
    let mut scene = Scene::set().await;
    let mut operations = scene.document.operations();
    // Operations that end something come last.
    operations.sort_by_key(|operation| operation.method == Method::DELETE);
    for operation in operations {
        let caller = scene.callers_of(&operation).await.swap_remove(0);
        let body = scene.document.body_of(&operation).map(|schema| scene.document.sample(&schema));
        let request = |path: &str| {
            let request = caller.request(operation.method.clone(), path);
            if let Some(body) = &body { request.json(body) } else { request }
        };
        // An existing order would be waited for, and some of the words are numbers.
        let waits = operation.path == "/api/orders/{id}";
        let base = filled(&operation.path, if waits { &scene.product } else { scene.thing(&operation.path) });
        for parameter in operation.spec["parameters"].as_array().into_iter().flatten() {
            let name = parameter["name"].as_str().expect("a name");
            for word in WORDS {
                let request = match parameter["in"].as_str() {
                    Some("path") => request(&filled(&operation.path, word)),
                    Some("query") => request(&format!("{base}?{name}={word}")),
                    _ => request(&base).header(name, *word),
                };
                scene.judge(&format!("{name} = {word}"), false, request).await;
            }
        }
        for (header, value) in HEADERS.iter().flat_map(|header| values.map(|value| (*header, value))) {
            let what: String = format!("{header}: {value}").chars().take(50).collect();
            scene.judge(&what, false, request(&base).header(header, value)).await;
        }
    }
    scene.end().await;
}

#[tokio::test]
async fn expired_and_forged_tokens_open_no_operation() {
    let mut scene = Scene::set().await;
    let caller = scene.callers[2].clone();
    let early = chrono::TimeDelta::days(3);
    let admin = shared::identity::Caller {
        user: caller.user,
        session: shared::kernel::ids::SessionId::new(),
        role: shared::identity::Role::SuperAdmin,
        vendor: None,
    };
    let expired =
        scene.world.app.tokens.sign(&admin, scene.world.clock.now() - early).expect("a token").token;
    let forged = format!("{}x", caller.token);
    for operation in scene.document.operations().into_iter().filter(|operation| operation.needs_token) {
        for token in [&expired, &forged, &"x".repeat(7000)] {
            let request = scene.request(&caller.with_token(token), &operation).json(&json!({}));
            let status = scene.judge("a bad token", true, request).await;
            assert_eq!(status, 401, "{} {}", operation.method, operation.path);
        }
    }
    scene.end().await;
}

#[tokio::test]
async fn who_asks_for_a_problem_gets_one() {
    let world = World::open().await;
    let forger = world.nobody().with_token("forged");
    for operation in Document::of_this_build().operations() {
        let request = forger.request(operation.method.clone(), &filled(&operation.path, "%00"));
        let request = request.header("Accept", "application/problem+json").body("{");
        let answer = Answer::to(request).await;
        let line = format!("{} {}: {} {}", operation.method, operation.path, answer.status, answer.body);
        if answer.status.is_success() {
            assert!(!operation.needs_token, "{line}");
            continue;
        }
        assert_eq!(answer.header("content-type"), "application/problem+json", "{line}");
        assert_eq!(answer.body["status"], answer.status.as_u16(), "{line}");
        assert!(answer.body["type"].as_str().is_some_and(|kind| kind.starts_with("urn:")), "{line}");
        for member in ["title", "detail", "code"] {
            assert!(answer.body[member].is_string(), "{member}: {line}");
        }
    }
}

#[tokio::test]
async fn paths_and_methods_that_are_not_there() {
    let world = World::open().await;
    let nobody = world.nobody();
    assert_eq!(nobody.get("/api/nothing").await.refusal(), (404, "route_not_found"));
    let wrong = nobody.send(Method::DELETE, "/api/products", &[], None).await;
    assert_eq!(wrong.refusal(), (405, "method_not_allowed"));
    assert!(wrong.header("allow").contains("GET"), "{:?}", wrong.headers);
    let invented = nobody.send(Method::from_bytes(b"BREW").unwrap(), "/api/products", &[], None).await;
    assert_eq!(invented.status, 405);
}

#[tokio::test]
async fn a_refund_with_a_misspelt_amount_is_not_a_refund_of_everything() {
    let scene = Scene::set().await;
    let path = format!("/api/orders/{}/refunds", scene.order);
    let amount = json!({ "amount": "1.00", "currency": "USD" });
    let answer = scene.callers[2].post(&path, json!({ "amout": amount })).await;
    assert_eq!(answer.refusal(), (422, "invalid"), "{}", answer.body);
    assert_eq!(scene.world.count("select count(*) from refunds").await, 0);
}

#[tokio::test]
async fn a_zero_character_is_refused_wherever_it_hides() {
    let scene = Scene::set().await;
    let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
    let cancel = format!("/api/orders/{}/cancel", scene.order);
    let refunds = format!("/api/orders/{}/refunds", scene.order);
    for (path, body) in [
        (&cancel, r#"{"reason":"a\u0000b"}"#.to_owned()),
        (&cancel, r#"{"reason":"a\u0000b","z":1e999}"#.to_owned()),
        (&cancel, format!(r#"{{"reason":"a\u0000b","z":{deep}}}"#)),
        (&refunds, r#"{"reason":"a\u0000b","amount":{"amount":"1","currency":"USD","z":1e999}}"#.to_owned()),
        (&cancel, r#"{"reason":"\u001b[31mred"}"#.to_owned()),
    ] {
        let request = scene.callers[2].request(Method::POST, path).header("Content-Type", "application/json");
        let answer = Answer::to(request.body(body.clone())).await;
        assert_eq!(answer.refusal(), (422, "invalid"), "{body}: {}", answer.body);
    }
    assert_eq!(scene.world.count("select count(*) from refunds").await, 0);
    scene.end().await;
}
