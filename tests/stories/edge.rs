//! The edge: what one client may hold, what a slow or impatient one meets, and that others notice nothing.

use std::time::{Duration, Instant};

use haat_tests::{Answer, Person, World};
use reqwest::Method;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A connection by hand, for what no client library does.
struct Wire(TcpStream);

impl Wire {
    async fn to(world: &World) -> Self {
        Self(TcpStream::connect(world.url.trim_start_matches("http://")).await.unwrap())
    }

    async fn send(&mut self, text: &str) {
        self.0.write_all(text.as_bytes()).await.unwrap();
    }

    /// Everything until the server closes.
    async fn rest(&mut self) -> String {
        let mut all = Vec::new();
        let closed = tokio::time::timeout(Duration::from_secs(20), self.0.read_to_end(&mut all)).await;
        assert!(closed.is_ok(), "the connection stays open: {}", String::from_utf8_lossy(&all));
        String::from_utf8(all).unwrap()
    }

    /// One answer with a body of known length; the connection stays.
    async fn answer(&mut self) -> String {
        let mut all = Vec::new();
        loop {
            let read = self.0.read_buf(&mut all).await.unwrap();
            assert!(read > 0, "closed early: {}", String::from_utf8_lossy(&all));
            let text = String::from_utf8_lossy(&all);
            let length =
                text.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
            let end = text.find("\r\n\r\n").map(|end| end + 4);
            if let (Some(end), Some(length)) = (end, length)
                && all.len() >= end + length
            {
                return text.into_owned();
            }
        }
    }
}

/// A login that announces sixty bytes and sends nine.
const UNFINISHED: &str = "POST /api/auth/login HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n\
     content-length: 60\r\n\r\n{\"email\":";

/// One that is whole, and says nothing.
const FINISHED: &str = "POST /api/auth/login HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n\
     content-length: 2\r\n\r\n{}";

/// An event of Stripe's that announces two bytes and sends none.
const UNFINISHED_EVENT: &str = "POST /api/webhooks/stripe HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n\
     stripe-signature: t=1,v1=00\r\ncontent-length: 2\r\n\r\n";

/// Opens connections one after another and sends this on each.
async fn wires(world: &World, count: usize, text: &str) -> Vec<Wire> {
    let mut wires = Vec::new();
    for _ in 0..count {
        let mut wire = Wire::to(world).await;
        wire.send(text).await;
        wires.push(wire);
    }
    wires
}

/// What they are answered before their connections close: status line and body.
async fn answers(wires: &mut [Wire]) -> Vec<String> {
    let mut answers = Vec::new();
    for wire in wires {
        answers.push(wire.rest().await);
    }
    answers
}

fn with_status<'a>(answers: &'a [String], status: &str) -> Vec<&'a String> {
    let start = format!("HTTP/1.1 {status} ");
    answers.iter().filter(|answer| answer.starts_with(&start)).collect()
}

#[tokio::test]
async fn a_body_that_does_not_come_ends_its_request_and_costs_others_nothing() {
    let world = World::with(&[("HAAT_BODY_PAUSE_SECONDS", "1"), ("HAAT_BODIES_PER_CLIENT", "3")]).await;
    let begun = Instant::now();
    let mut unfinished = wires(&world, 4, UNFINISHED).await;
    // What is here whole takes no place, and neither does what has no body.
    let mut whole = Wire::to(&world).await;
    for _ in 0..20 {
        whole.send(FINISHED).await;
        let answer = whole.answer().await;
        assert!(answer.starts_with("HTTP/1.1 422") && answer.contains("is missing"), "{answer}");
    }
    assert_eq!(world.nobody().get("/api/products").await.status, 200);

    let told = answers(&mut unfinished).await;
    let (late, refused) = (with_status(&told, "408"), with_status(&told, "429"));
    assert_eq!((late.len(), refused.len()), (3, 1), "{told:#?}");
    assert!(refused[0].contains("too_many_uploads") && refused[0].contains("retry-after: 1"), "{refused:?}");
    for answer in late {
        assert!(answer.contains("connection: close") && answer.contains("body_too_slow"), "{answer}");
    }
    assert!(begun.elapsed() < Duration::from_secs(15), "not after the time of a whole request");
}

#[tokio::test]
async fn a_gateway_pushes_hundreds_at_once_from_one_address() {
    let world = World::open().await;
    let mut events = wires(&world, 300, UNFINISHED_EVENT).await;
    for event in &mut events {
        event.send("{}").await;
    }
    for event in &mut events {
        // They are unsigned; it matters only that each was read.
        let answer = event.answer().await;
        assert!(answer.starts_with("HTTP/1.1 400") && answer.contains("\"webhook_"), "{answer}");
    }
}

#[tokio::test]
async fn what_gateways_push_has_a_bound_of_its_own() {
    let bounds = [
        ("HAAT_BODY_PAUSE_SECONDS", "1"),
        ("HAAT_BODIES_PER_CLIENT", "1"),
        ("HAAT_WEBHOOK_BODIES_PER_CLIENT", "2"),
    ];
    let world = World::with(&bounds).await;
    let mut all = wires(&world, 3, UNFINISHED_EVENT).await;
    all.extend(wires(&world, 2, UNFINISHED).await);
    let told = answers(&mut all).await;
    for (kind, late) in [(&told[..3], 2), (&told[3..], 1)] {
        assert_eq!((with_status(kind, "408").len(), with_status(kind, "429").len()), (late, 1), "{told:#?}");
    }
}

#[tokio::test]
async fn a_client_has_so_many_connections_and_the_next_is_closed() {
    let world = World::with(&[("HAAT_CONNECTIONS_PER_CLIENT", "3")]).await;
    let mut held = Vec::new();
    for _ in 0..3 {
        let mut wire = Wire::to(&world).await;
        wire.send("GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n").await;
        assert!(wire.answer().await.starts_with("HTTP/1.1 200"));
        held.push(wire);
    }
    let mut one_too_many = Wire::to(&world).await;
    let closed = tokio::time::timeout(Duration::from_secs(10), one_too_many.0.read(&mut [0])).await;
    assert!(matches!(closed, Ok(Ok(0) | Err(_))), "{closed:?}");
    drop(held);
    let again = haat_tests::until(async || {
        let mut wire = Wire::to(&world).await;
        wire.0.write_all(b"GET /health/live HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.ok()?;
        let mut all = String::new();
        wire.0.read_to_string(&mut all).await.ok()?;
        (!all.is_empty()).then_some(all)
    })
    .await;
    assert!(again.starts_with("HTTP/1.1 200"), "{again}");
}

#[tokio::test]
async fn a_trusted_proxy_names_the_client() {
    let settings = [
        ("HAAT_BODY_PAUSE_SECONDS", "1"),
        ("HAAT_BODIES_PER_CLIENT", "1"),
        ("HAAT_TRUSTED_PROXIES", "127.0.0.0/8"),
    ];
    let world = World::with(&settings).await;
    let from =
        |address: &str| UNFINISHED.replace("host: x", &format!("host: x\r\nx-forwarded-for: {address}"));
    let mut all = wires(&world, 2, &from("192.0.2.1")).await;
    all.extend(wires(&world, 1, &from("192.0.2.2")).await);
    let told = answers(&mut all).await;
    let (one, other) = told.split_at(2);
    assert_eq!((with_status(one, "408").len(), with_status(one, "429").len()), (1, 1), "{told:#?}");
    assert_eq!(with_status(other, "408").len(), 1, "another client behind the same proxy has its own share");
}

#[tokio::test]
async fn a_refusal_before_the_body_is_read_leaves_the_connection_clear() {
    let world = World::open().await;
    // Little is left: it is read on, and the next request on the connection is answered.
    let mut wire = Wire::to(&world).await;
    let body = "x".repeat(50_000);
    wire.send(&format!(
        "POST /api/cart HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 50000\r\n\r\n{body}"
    ))
    .await;
    let refused = wire.answer().await;
    assert!(refused.starts_with("HTTP/1.1 401") && !refused.contains("connection: close"), "{refused}");
    wire.send("GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n").await;
    assert!(wire.answer().await.starts_with("HTTP/1.1 200"));
    // Much of the body is still to come: the client learns that the connection ends.
    let mut wire = Wire::to(&world).await;
    wire.send(
        "POST /api/auth/login HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n\
         content-length: 5000000\r\n\r\n{",
    )
    .await;
    let refused = wire.rest().await;
    assert!(refused.starts_with("HTTP/1.1 413") && refused.contains("connection: close"), "{refused}");
}

#[tokio::test]
async fn a_request_names_one_host() {
    let world = World::open().await;
    let told = async |hosts: &str| {
        let mut wire = Wire::to(&world).await;
        wire.send(&format!("GET /health/live HTTP/1.1\r\n{hosts}connection: close\r\n\r\n")).await;
        wire.rest().await
    };
    assert!(told("host: shop.example\r\n").await.starts_with("HTTP/1.1 200"));
    for wrong in ["", "host: shop.example\r\nhost: other.example\r\n", "host: two words\r\n"] {
        let answer = told(wrong).await;
        assert!(
            answer.starts_with("HTTP/1.1 400") && answer.contains("\"host_invalid\""),
            "{wrong}: {answer}"
        );
    }
    // What is no HTTP is answered before there is a request; nothing of it is known.
    let mut wire = Wire::to(&world).await;
    wire.send("GET /health/live HTTP/9\r\n\r\n").await;
    assert!(wire.rest().await.starts_with("HTTP/1.1 400"));
}

#[tokio::test]
async fn a_user_watches_so_much_at_once_and_no_more() {
    let world = World::with(&[("HAAT_WATCHES_PER_USER", "2")]).await;
    let mug = world.shop("Pots").await.sells(&world, "Mug", "12.50", 9).await;
    let (ada, eve) = (world.customer().await, world.customer().await);
    let order = ada.order("cash_on_delivery", &[(mug.variant, 1)]).await;
    let others = eve.order("cash_on_delivery", &[(mug.variant, 1)]).await;
    let events = format!("/api/orders/{order}/events");
    let open = async || ada.request(Method::GET, &events).send().await.unwrap();
    let streams = [open().await, open().await];
    assert!(streams.iter().all(|stream| stream.status() == 200));
    assert_eq!(ada.get(&events).await.refusal(), (429, "too_many_waiting"));
    let etag = ada.get(&format!("/api/orders/{order}")).await.header("etag").to_owned();
    let known = [("If-None-Match", etag.as_str())];
    let poll = ada.send(Method::GET, &format!("/api/orders/{order}?wait=30"), &known, None).await;
    assert_eq!(poll.refusal(), (429, "too_many_waiting"));
    // Requests that do not wait are answered as usual, and so are all other callers.
    assert_eq!(ada.send(Method::GET, &format!("/api/orders/{order}"), &known, None).await.status, 304);
    assert_eq!(eve.get(&format!("/api/orders/{others}/events")).await.status, 200);
    drop(streams);
    haat_tests::until(async || (ada.get(&events).await.status == 200).then_some(())).await;
}

/// What it asked for may have been done, so it leaves a trace.
#[tokio::test]
async fn a_client_that_leaves_before_its_answer_is_counted() {
    let world = World::open().await;
    let mug = world.shop("Pots").await.sells(&world, "Mug", "12.50", 9).await;
    let ada = world.customer().await;
    let order = ada.order("cash_on_delivery", &[(mug.variant, 1)]).await;
    let etag = ada.get(&format!("/api/orders/{order}")).await.header("etag").to_owned();
    let mut wire = Wire::to(&world).await;
    let token = &ada.token;
    wire.send(&format!(
        "GET /api/orders/{order}?wait=30 HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\nif-none-match: {etag}\r\n\r\n"
    ))
    .await;
    drop(wire);
    let left = r#"haat_http_requests_total{method="GET",route="/api/orders/{id}",status="499"} 1"#;
    haat_tests::until(async || {
        let figures = world.nobody().get("/metrics").await.body;
        figures.as_str().is_some_and(|text| text.contains(left)).then_some(())
    })
    .await;
}

async fn ticket(person: &Person, order: uuid::Uuid) -> Answer {
    person.send(Method::POST, &format!("/api/orders/{order}/events/ticket"), &[], None).await
}

#[tokio::test]
async fn a_browser_opens_a_stream_with_a_ticket_that_opens_nothing_else() {
    let world = World::open().await;
    let mug = world.shop("Pots").await.sells(&world, "Mug", "12.50", 9).await;
    let (ada, eve) = (world.customer().await, world.customer().await);
    let order = ada.order("cash_on_delivery", &[(mug.variant, 1)]).await;
    let other = ada.order("cash_on_delivery", &[(mug.variant, 1)]).await;
    assert_eq!(ticket(&eve, order).await.refusal(), (404, "order_not_found"));
    assert_eq!(ticket(&world.nobody(), order).await.refusal(), (401, "token_required"));
    let given = ticket(&ada, order).await.data().clone();
    assert_eq!(given["expires_in"], 60);
    let given = given["ticket"].as_str().unwrap().to_owned();

    let nobody = world.nobody();
    let open =
        async |order, ticket: &str| nobody.get(&format!("/api/orders/{order}/events?ticket={ticket}")).await;
    let stream = open(order, &given).await;
    assert_eq!((stream.status.as_u16(), stream.header("content-type")), (200, "text/event-stream"));
    assert_eq!(open(other, &given).await.refusal(), (401, "token_invalid"));
    assert_eq!(open(order, &ada.token).await.refusal(), (401, "token_invalid"), "a token is no ticket");
    let by_ticket = ada.with_token(&given).get(&format!("/api/orders/{order}")).await;
    assert_eq!(by_ticket.refusal(), (401, "token_invalid"), "a ticket is no token");
    assert_eq!(nobody.get(&format!("/api/orders/{order}/events")).await.refusal(), (401, "token_required"));
    world.pass(Duration::from_secs(66));
    assert_eq!(open(order, &given).await.refusal(), (401, "token_expired"));
}

#[tokio::test]
async fn a_stream_says_that_the_order_is_over_and_does_not_begin_again() {
    let world = World::open().await;
    let mug = world.shop("Pots").await.sells(&world, "Mug", "12.50", 9).await;
    let ada = world.customer().await;
    let order = ada.order("cash_on_delivery", &[(mug.variant, 1)]).await;
    let path = format!("/api/orders/{order}/events");
    let stream = ada.request(Method::GET, &path).send().await.unwrap();
    assert_eq!(ada.cancel(order).await.status, 200);
    let told = tokio::time::timeout(Duration::from_secs(20), stream.text()).await.unwrap().unwrap();
    assert!(told.contains("\"cancelled\"") && told.contains("event: end"), "{told}");
    let last = told.lines().rev().find_map(|line| line.strip_prefix("id: ")).unwrap();
    let again = ada.send(Method::GET, &path, &[("Last-Event-ID", last)], None).await;
    assert_eq!(again.status, 204, "a browser that comes back is told to stay away");
    assert_eq!(ada.get(&path).await.status, 200, "who has seen nothing is told how it ended");
    world.books_balance().await;
}

#[tokio::test]
async fn answers_are_compressed_for_those_who_ask() {
    let world = World::open().await;
    let shop = world.shop("Pots").await;
    for number in 0..10 {
        shop.sells(&world, &format!("Mug {number}"), "12.50", 9).await;
    }
    let asked = [("Accept-Encoding", "gzip")];
    let plain = world.nobody().get("/api/products").await;
    let packed = world.nobody().request(Method::GET, "/api/products").header(asked[0].0, asked[0].1);
    let packed = packed.send().await.unwrap();
    assert_eq!(packed.headers()["content-encoding"], "gzip");
    assert!(packed.headers()["vary"].to_str().unwrap().contains("accept-encoding"));
    let (small, large) = (packed.bytes().await.unwrap().len(), plain.body.to_string().len());
    assert!(small * 3 < large, "{small} of {large} bytes");

    // An entity tag of compressed bytes is weak, and names the same version in both directions.
    let mut body = json!({ "title": "Pot", "description": "Made by hand. ".repeat(100), "variants": [
        { "price": { "amount": "5.00", "currency": "USD" }, "quantity": 3 }] });
    let made = shop.owner.post("/api/vendor/products", body.clone()).await.id();
    let path = format!("/api/products/{made}");
    let packed =
        shop.owner.request(Method::GET, &path).header("Accept-Encoding", "gzip").send().await.unwrap();
    let weak = packed.headers()["etag"].to_str().unwrap().to_owned();
    assert!(weak.starts_with("W/\""), "{weak}");
    let known = shop.owner.send(Method::GET, &path, &[("If-None-Match", &weak)], None).await;
    assert!(
        known.status == 304 || known.header("etag") == weak.trim_start_matches("W/"),
        "{:?}",
        known.headers
    );
    body = json!({ "title": "Large pot" });
    let edited = shop.owner.send(Method::PATCH, &path, &[("If-Match", &weak)], Some(body.clone())).await;
    assert_eq!(edited.data()["title"], "Large pot");
    let stale = shop.owner.send(Method::PATCH, &path, &[("If-Match", &weak)], Some(body)).await;
    assert_eq!(stale.refusal(), (412, "precondition_failed"));
}
