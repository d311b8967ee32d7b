//! Bad input of every kind gets a 4xx that names the problem.

use axum::Router;
use axum::body::Body;
use axum::routing::{get, post};
use http::Request;
use serde::Deserialize;
use serde_json::json;
use shared::identity::{Caller, Role};
use shared::kernel::ids::{OrderId, SessionId, UserId, VendorId};
use shared::kernel::page::{Extent, Page, Total};
use utoipa::ToSchema;

use super::*;
use crate::app::App;
use crate::envelope::{Listed, Success};
use crate::error::ApiError;
use crate::etag::Etag;
use crate::trial::{Answer, app, get as fetch, post as submit, send, serving};

#[derive(Deserialize, ToSchema)]
struct NewOrder {
    lines: Vec<Line>,
    note: Option<String>,
    colour: Option<Colour>,
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Colour {
    Blue,
}

#[derive(Deserialize, ToSchema)]
struct Line {
    quantity: u32,
}

#[derive(Deserialize)]
struct Filter {
    min: Option<u32>,
}

impl crate::extract::Body for NewOrder {
    fn problems(&self, _: &App, _: &Problems) -> Problems {
        let mut found = Problems::default();
        for (place, line) in self.lines.iter().enumerate().filter(|(_, line)| line.quantity > 9) {
            found.add(&format!("lines[{place}].quantity"), format!("{} is too many", line.quantity));
        }
        found
    }
}

type Plain = Success<u64>;

async fn create(Json(order): Json<NewOrder>) -> Plain {
    let (Some(Colour::Blue) | None) = order.colour;
    let pieces = order.lines.iter().map(|line| u64::from(line.quantity)).sum();
    Success::ok("", if order.note.is_some() { 0 } else { pieces })
}

async fn upload(RawBody(bytes): RawBody<10>) -> Plain {
    Success::ok("", bytes.len() as u64)
}

async fn filter(Query(filter): Query<Filter>) -> Plain {
    Success::ok("", filter.min.unwrap_or_default().into())
}

async fn list(paging: Paging<u32>) -> Success<Listed<u32>> {
    let begins_after = paging.asked.until().and_then(|until| until.checked_sub(2)).filter(|after| *after > 0);
    let slice = paging.asked.within(Extent { total: Total::of(5), begins_after });
    let rows = (slice.after.unwrap_or_default() + 1..=5).take(slice.limit() as usize);
    Success::list("", Page::cut(rows.collect(), &slice, |row| *row), &paging)
}

async fn edit(expected: IfMatch) -> Result<Plain, ApiError> {
    match expected.version()? {
        None | Some(7) => Ok(Success::ok("", 7)),
        Some(_) => Err(precondition_failed()),
    }
}

fn routes() -> Router<App> {
    Router::new()
        .route("/orders", post(create))
        .route("/upload", post(upload))
        .route("/filter", get(filter))
        .route("/list", get(list))
        .route("/orders/{id}", get(|Path(_): Path<OrderId>| async { Success::ok("", 0) }))
        .route("/once", get(|key: IdempotencyKey| async move { key.as_str().to_owned() }))
        .route("/edit", get(edit))
        .route("/read", get(|known: IfNoneMatch| async move { known.covers(&Etag::new(7)).to_string() }))
        .route("/mine", get(|SignedIn(caller): SignedIn| async move { caller.user.to_string() }))
        .route("/maybe", get(|caller: Option<SignedIn>| async move { caller.is_some().to_string() }))
        .route("/buy", get(|Customer(_): Customer| async {}))
        .route("/sell", get(|shop: VendorCaller| async move { shop.vendor.to_string() }))
        .route("/rule", get(|Admin(_): Admin| async {}))
}

async fn fetched(path: &str, headers: &[(&str, &str)]) -> Answer {
    fetch(&serving(app(), routes()), path, headers).await
}

#[tokio::test]
async fn a_body_is_refused_for_what_is_wrong_with_it() {
    let router = serving(app(), routes());
    let refused = async |body: &str| {
        let answer = submit(&router, "/orders", body.to_owned()).await;
        (answer.failure(), answer.json()["errors"].clone())
    };
    let malformed = ((400, "malformed_json".to_owned()), json!(null));
    assert_eq!(refused("").await, malformed);
    assert_eq!(refused(r#"{"lines":["#).await, malformed);
    assert_eq!(refused(r#"{"lines":[]} trailing"#).await, malformed);
    assert_eq!(refused(&"[".repeat(100_000)).await, malformed); // nested too deeply to be parsed

    let invalid = |field: &str, problem: &str| ((422, "invalid".to_owned()), json!({ field: [problem] }));
    let list = "must be an object";
    assert_eq!(refused(r#"[[]]"#).await, invalid(".", list));
    assert_eq!(refused(r#"{"lines":[[3]]}"#).await, invalid("lines[0]", list));
    assert_eq!(refused(r#"{"lines":[],"lines":[]}"#).await, invalid("lines", "is there twice"));
    assert_eq!(refused("{}").await, invalid("lines", "is missing"));
    assert_eq!(refused(r#"{"lines":[{}]}"#).await, invalid("lines[0].quantity", "is missing"));
    let negative = "must be a whole number from 0 to 4294967295";
    assert_eq!(refused(r#"{"lines":[{"quantity":-1}]}"#).await, invalid("lines[0].quantity", negative));
    let both = refused(r#"{"lines":[{"quantity":"2","size":3}],"notes":""}"#).await;
    let expected = json!({
        "lines[0].quantity": [negative],
        "lines[0].size": ["is not known here; known are quantity"],
        "notes": ["is not known here; known are colour, lines, note"],
    });
    assert_eq!(both, ((422, "invalid".to_owned()), expected));
    assert_eq!(
        refused(r#"{"lines":[],"notes":1}"#).await.1["notes"][0],
        "is not known here; known are colour, lines, note"
    );
    assert_eq!(refused(r#"{"lines":[],"notes":"\ud800"}"#).await, malformed);
    let nul = "the character U+0000 is not allowed";
    let deep = format!(r#"{{"note":"a\u0000b","lines":[],"z":{}{}}}"#, "[".repeat(200), "]".repeat(200));
    let long = format!(r#"{{"lines":[],"{}":[{}7]}}"#, "k".repeat(100_000), r#""\u0000","#.repeat(14_500));
    for hidden in [
        &deep,
        &long,
        r#"{"note":"a\u0000b","lines":[]}"#,
        r#"{"note":"\n\\\u0000","lines":[],"z":1e999}"#,
        r#"{"lines":[{"quantity":1,"a\u0000b":1},{"quantity":10}],"note":"\u0000"}"#,
        r#"{"note":"\u0000","note":"twice","lines":[]}"#,
    ] {
        assert_eq!(refused(hidden).await, invalid(".", nul));
    }
    assert_eq!(submit(&router, "/orders", r#"{"note":"\\u0000","lines":[]}"#).await.status, 200);
    assert_eq!(submit(&router, "/orders", r#"{"note":null,"lines":[]}"#).await.status, 200);
}

#[tokio::test]
async fn a_rule_is_told_by_the_same_words_and_code_whatever_stands_beside_it() {
    let router = serving(app(), routes());
    let rule = json!(["12 is too many"]);
    for beside in
        ["", r#","stranger":1"#, r#","colour":["blue"]"#, r#","note":7"#, r#","note":"a","note":"b""#]
    {
        let body = format!(r#"{{"lines":[{{"quantity":1}},{{"quantity":12}}]{beside}}}"#);
        let answer = submit(&router, "/orders", body).await;
        assert_eq!(answer.failure(), (422, "invalid".to_owned()), "{beside}");
        assert_eq!(answer.json()["errors"]["lines[1].quantity"], rule, "{beside}");
        let others = answer.json()["errors"].as_object().unwrap().len() - 1;
        assert_eq!(others, usize::from(!beside.is_empty()), "{beside}");
    }
    // Nothing is told about what could not be read.
    let answer = submit(&router, "/orders", r#"{"lines":[{"quantity":"12"},7,{"quantity":12}]}"#).await;
    let told = answer.json()["errors"].clone();
    assert_eq!(
        told.as_object().unwrap().keys().collect::<Vec<_>>(),
        ["lines[0].quantity", "lines[1]", "lines[2].quantity"]
    );
}

#[tokio::test]
async fn an_answer_tells_at_most_a_hundred_problems_of_a_body() {
    let router = serving(app(), routes());
    let more = "there are more problems: at most 100 are told";
    let strangers: String = (0..20_000).map(|n| format!(r#","s{n}":0"#)).collect();
    for body in [
        format!(r#"{{"lines":[{}0]}}"#, "0,".repeat(120_000)),
        format!(r#"{{"lines":[{}{{"quantity":12}}]}}"#, r#"{"quantity":12},"#.repeat(5_000)),
        format!(r#"{{"lines":[]{strangers}}}"#),
    ] {
        let answer = submit(&router, "/orders", body).await;
        assert_eq!(answer.failure(), (422, "invalid".to_owned()));
        let told = answer.json()["errors"].clone();
        assert_eq!((&told["."], told.as_object().unwrap().len()), (&json!([more]), 101));
    }
    let named = format!(r#"{{"lines":[],"{}":0}}"#, "k".repeat(100_000));
    assert!(submit(&router, "/orders", named).await.body.len() < 2_000);
}

#[tokio::test]
async fn a_body_has_a_type_and_a_size() {
    let router = serving(app(), routes());
    let typed = |kind: &str| Request::post("/orders").header("content-type", kind);
    let body = || Body::from(r#"{"lines":[{"quantity":2}]}"#);
    assert_eq!(send(&router, typed("text/plain").body(body()).unwrap()).await.status, 415);
    assert_eq!(send(&router, Request::post("/orders").body(body()).unwrap()).await.status, 415);
    let versioned = typed("Application/vnd.haat+JSON; charset=utf-8").body(body()).unwrap();
    assert_eq!(send(&router, versioned).await.json()["data"], 2);
    let wide = typed("application/json; charset=utf-16").body(body()).unwrap();
    assert_eq!(send(&router, wide).await.status, 415);

    assert_eq!(submit(&router, "/upload", "0123456789").await.status, 200);
    assert_eq!(submit(&router, "/upload", "0123456789+").await.failure(), (413, "body_too_large".into()));
    let chunks = futures::stream::iter((0..20).map(|_| Ok::<_, std::io::Error>("x")));
    assert_eq!(
        submit(&router, "/upload", Body::from_stream(chunks)).await.failure(),
        (413, "body_too_large".into())
    );
    assert_eq!(submit(&router, "/orders", vec![b' '; 300_000]).await.status, 413);
}

#[tokio::test]
async fn a_parameter_that_cannot_be_read_is_named() {
    let bad = fetched("/filter?min=many", &[]).await;
    assert_eq!(bad.failure(), (422, "invalid".into()));
    assert_eq!(bad.json()["errors"], json!({ "min": ["must be a whole number"] }));
    assert_eq!(fetched("/filter?min=&other=1", &[]).await.json()["data"], 0);
    let nul = fetched("/filter?min=%00&other=1", &[]).await;
    assert_eq!(nul.json()["errors"], json!({ ".": ["the character U+0000 is not allowed"] }));
}

#[tokio::test]
async fn of_two_parameters_of_one_name_none_is_believed() {
    for (path, name) in [
        ("/filter?min=1&min=2", "min"),
        ("/filter?min=1&m%69n=1", "min"),
        ("/list?limit=1&limit=2", "limit"),
        ("/list?cursor=MQ&cursor=Mg", "cursor"),
    ] {
        let refused = fetched(path, &[]).await;
        assert_eq!(refused.failure(), (422, "invalid".into()), "{path}");
        assert_eq!(refused.json()["errors"], json!({ name: ["is there twice"] }));
    }
    let page = fetched("/list?limit=1&c%75rsor=MQ", &[]).await.json()["data"].clone();
    assert_eq!((&page["results"], &page["next"]), (&json!([2]), &json!("/list?limit=1&cursor=Mg")));
    assert_eq!(fetched("/filter?other=1&other=2", &[]).await.status, 200);
}

#[tokio::test]
async fn an_id_that_cannot_be_names_nothing() {
    assert_eq!(fetched(&format!("/orders/{}", OrderId::new()), &[]).await.status, 200);
    for id in ["7", "%00", "%ff", "not-a-uuid"] {
        assert_eq!(fetched(&format!("/orders/{id}"), &[]).await.failure(), (404, "not_found".into()), "{id}");
    }
}

#[tokio::test]
async fn pages_lead_to_the_next_until_the_last_and_back() {
    let router = serving(app(), routes());
    let mut path = "/list?limit=2&q=mug".to_owned();
    let mut seen = Vec::new();
    loop {
        let page = fetch(&router, &path, &[]).await;
        let data = page.json()["data"].clone();
        assert_eq!((&data["count"], &data["count_is_exact"]), (&json!(5), &json!(true)));
        seen.push(data["results"].clone());
        let Some(next) = data["next"].as_str() else { break };
        assert!(next.starts_with("/list?limit=2&q=mug&cursor="), "{next}");
        assert!(
            page.header("link").starts_with(&format!("<{next}>; rel=\"next\"")),
            "{}",
            page.header("link")
        );
        path = next.to_owned();
    }
    assert_eq!(seen, [json!([1, 2]), json!([3, 4]), json!([5])]);
    let last = fetch(&router, &path, &[]).await;
    let previous = last.json()["data"]["previous"].as_str().unwrap().to_owned();
    assert_eq!(last.header("link"), format!("<{previous}>; rel=\"prev\""));
    assert_eq!(fetch(&router, &previous, &[]).await.json()["data"]["results"], seen[1]);
    for bad in ["limit=0", "limit=101", "limit=-1"] {
        assert_eq!(fetched(&format!("/list?{bad}"), &[]).await.failure(), (422, "invalid".into()), "{bad}");
    }
    assert_eq!(fetched("/list?cursor=zzz*", &[]).await.failure(), (422, "invalid".into()));
    assert_eq!(fetched("/list?limit=x", &[]).await.failure(), (422, "invalid".into()));
}

#[tokio::test]
async fn an_idempotency_key_is_required_and_checked() {
    assert_eq!(fetched("/once", &[]).await.failure(), (400, "idempotency_key_required".into()));
    assert_eq!(fetched("/once", &[("idempotency-key", "\"\"")]).await.failure().1, "idempotency_key_invalid");
    let twice = [("idempotency-key", "a"), ("idempotency-key", "b")];
    assert_eq!(fetched("/once", &twice).await.failure().1, "idempotency_key_invalid");
    assert_eq!(fetched("/once", &[("idempotency-key", "\"k-1\"")]).await.body, b"k-1");
}

#[tokio::test]
async fn conditions_compare_versions() {
    assert_eq!(fetched("/edit", &[]).await.failure(), (428, "precondition_required".into()));
    assert_eq!(
        fetched("/edit", &[("if-match", "\"6\"")]).await.failure(),
        (412, "precondition_failed".into())
    );
    // A version is a version: proxies that compress make the tag weak.
    for (sent, status) in [
        ("\"7\"", 200),
        ("W/\"7\"", 200),
        ("W/\"6\"", 412),
        ("*", 200),
        ("\"6\", \"7\"", 412),
        ("seven", 412),
    ] {
        assert_eq!(fetched("/edit", &[("if-match", sent)]).await.status, status, "{sent}");
    }
    for (sent, covers) in [("\"6\"", "false"), ("W/\"7\"", "true"), ("\"6\",\"7\"", "true"), ("*", "true")] {
        assert_eq!(fetched("/read", &[("if-none-match", sent)]).await.body, covers.as_bytes(), "{sent}");
    }
}

#[tokio::test]
async fn tokens_open_what_their_role_may() {
    let app = app();
    let router = serving(app.clone(), routes());
    let token = |role, vendor| {
        let caller = Caller { user: UserId::new(), session: SessionId::new(), role, vendor };
        format!("bearer {}", app.tokens.sign(&caller, app.clock.now()).unwrap().token)
    };
    let shop = Some(VendorId::new());
    let status = async |path: &str, token: &str| {
        fetch(&router, path, &[("authorization", token)]).await.status.as_u16()
    };
    let callers = [
        (token(Role::Customer, None), [200, 200, 403, 403]),
        (token(Role::Vendor, shop), [200, 403, 200, 403]),
        (token(Role::VendorStaff, None), [200, 403, 403, 403]),
        (token(Role::SuperAdmin, None), [200, 403, 403, 200]),
    ];
    for (token, expected) in &callers {
        for (path, expected) in ["/mine", "/buy", "/sell", "/rule"].iter().zip(expected) {
            assert_eq!(status(path, token).await, *expected, "{path}");
        }
    }
    assert_eq!(fetch(&router, "/maybe", &[]).await.body, b"false");
    let two = [("authorization", callers[0].0.as_str()), ("authorization", callers[0].0.as_str())];
    assert_eq!(fetch(&router, "/mine", &two).await.failure(), (401, "token_invalid".into()));
}

#[tokio::test]
async fn no_token_and_bad_tokens_are_challenged() {
    let none = fetched("/mine", &[]).await;
    assert_eq!(none.failure(), (401, "token_required".into()));
    assert!(none.header("www-authenticate").starts_with("Bearer"));
    for token in ["Bearer x.y.z", "Basic dXNlcg==", "Bearer", "Bearer "] {
        assert_eq!(
            fetched("/maybe", &[("authorization", token)]).await.failure().1,
            "token_invalid",
            "{token}"
        );
    }
}
