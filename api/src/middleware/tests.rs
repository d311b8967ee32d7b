//! What every answer has, whatever its handler does.

use std::pin::pin;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::routing::get;
use futures::{poll, stream};
use http::{Method, Request};
use serde_json::json;
use shared::kernel::TraceContext;
use tokio::sync::oneshot;

use crate::envelope::Success;
use crate::error::ApiError;
use crate::extract::RawBody;
use crate::middleware::Gate;
use crate::trial::{app, app_with, get as fetch, send, serving};

fn routes() -> Router<crate::App> {
    Router::new()
        .route("/mug", get(|| async { Success::ok("The mug.", json!({ "colour": "blue" })) }))
        .route("/api/mug", get(|| async { Success::ok("The mug.", json!({ "colour": "blue" })) }))
        .route("/panic", get(|| async { panic!("the handle came off") as Success<()> }))
        .route("/broken", get(|| async { ApiError::broken("password hunter2 refused by db-7") }))
        .route("/slow", get(|| async { tokio::time::sleep(Duration::from_secs(3600)).await }))
        .route(
            "/trace",
            get(|| async { TraceContext::current().map(TraceContext::trace_id).unwrap_or_default() }),
        )
        .route("/field", get(|| async { ApiError::invalid_field("size", "must be 1 or more") }))
}

#[tokio::test]
async fn success_and_failure_have_one_shape() {
    let router = serving(app(), routes());
    let mug = fetch(&router, "/mug", &[]).await;
    assert_eq!(
        mug.json(),
        json!({ "status": "success", "message": "The mug.", "data": { "colour": "blue" } })
    );
    let field = fetch(&router, "/field", &[("x-request-id", "r-1")]).await;
    assert_eq!(
        field.json(),
        json!({
            "status": "error", "code": "invalid", "message": "The request has invalid values.",
            "errors": { "size": ["must be 1 or more"] }, "request_id": "r-1",
        })
    );
    assert_eq!(field.header("content-type"), "application/json");
}

#[tokio::test]
async fn a_problem_says_the_same_by_rfc_9457() {
    let router = serving(app(), routes());
    let accept = [("accept", "application/json, application/problem+json"), ("x-request-id", "r-1")];
    let field = fetch(&router, "/field", &accept).await;
    assert_eq!(field.header("content-type"), "application/problem+json");
    assert_eq!(
        field.json(),
        json!({
            "type": "urn:problem-type:haat:invalid", "title": "Unprocessable Entity", "status": 422,
            "detail": "The request has invalid values.", "code": "invalid",
            "errors": { "size": ["must be 1 or more"] }, "request_id": "r-1",
        })
    );
}

#[tokio::test]
async fn a_slash_at_the_end_changes_nothing() {
    let router = serving(app(), routes());
    assert_eq!(fetch(&router, "/api/mug/", &[]).await.status, 200);
    assert_eq!(fetch(&router, "/api/mug/?size=2", &[]).await.status, 200);
}

#[tokio::test]
async fn unknown_paths_and_methods_are_failures_too() {
    let router = serving(app(), routes());
    assert_eq!(fetch(&router, "/cup", &[]).await.failure(), (404, "route_not_found".into()));
    let request = Request::delete("/mug").body(Body::empty()).unwrap();
    let refused = send(&router, request).await;
    assert_eq!(refused.failure(), (405, "method_not_allowed".into()));
    assert_eq!(refused.header("allow"), "GET,HEAD");
}

#[tokio::test]
async fn what_is_broken_says_nothing_of_its_cause() {
    let router = serving(app(), routes());
    for path in ["/broken", "/panic"] {
        let broken = fetch(&router, path, &[]).await;
        assert_eq!(broken.failure(), (500, "internal".into()), "{path}");
        let text = String::from_utf8(broken.body).unwrap();
        assert!(!text.contains("hunter2") && !text.contains("handle"), "{text}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_request_that_takes_too_long_is_told_so() {
    let router = serving(app(), routes());
    let late = fetch(&router, "/slow", &[]).await;
    assert_eq!((late.failure(), late.header("retry-after")), ((503, "timeout".into()), "2"));
}

/// The routes of [`routes`], and one that reads its body or not, behind a gate with so many places.
fn gated(places: usize) -> Router {
    let pot = get(|| async {}).delete(|| async {}).put(|| async {});
    let pot = pot.post(|RawBody(body): RawBody<100>| async move { body });
    serving(app().with_gate(Gate::of_few(places, 0)), routes().route("/pot", pot))
}

fn with_body(method: Method, body: impl Into<Body>) -> Request<Body> {
    Request::builder().method(method).uri("/pot").body(body.into()).unwrap()
}

#[tokio::test]
async fn a_request_takes_a_place_also_with_a_body_that_its_handler_does_not_read() {
    let (full, free) = (gated(0), gated(1));
    for method in [Method::GET, Method::HEAD, Method::DELETE, Method::PUT, Method::POST] {
        for body in ["", "a"] {
            assert_eq!(send(&full, with_body(method.clone(), body)).await.status, 503, "{method} {body:?}");
            assert_eq!(send(&free, with_body(method.clone(), body)).await.status, 200, "{method} {body:?}");
        }
    }
}

#[tokio::test]
async fn a_request_that_waits_for_its_body_gives_its_place_to_others() {
    let router = gated(1);
    let (sender, body) = oneshot::channel::<Bytes>();
    let mut post = pin!(send(&router, with_body(Method::POST, Body::from_stream(stream::once(body)))));
    // It looks for the body twice before it waits.
    for _ in 0..3 {
        assert!(poll!(&mut post).is_pending());
    }
    assert_eq!(fetch(&router, "/mug", &[]).await.status, 200);
    sender.send("clay".into()).unwrap();
    let answer = post.await;
    assert_eq!((answer.status.as_u16(), answer.body.as_slice()), (200, b"clay".as_slice()));
    assert_eq!(fetch(&router, "/mug", &[]).await.status, 200, "no place is lost");
}

#[tokio::test]
async fn a_sane_request_id_is_kept_and_any_other_replaced() {
    let router = serving(app(), routes());
    assert_eq!(fetch(&router, "/mug", &[("x-request-id", "a-1")]).await.header("x-request-id"), "a-1");
    for id in ["", "two words", "<script>", &"x".repeat(129)] {
        let answered = fetch(&router, "/mug", &[("x-request-id", id)]).await;
        assert_eq!(answered.header("x-request-id").len(), 36, "{id}");
    }
}

#[tokio::test]
async fn the_callers_trace_is_continued() {
    let router = serving(app(), routes());
    let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let traced = fetch(&router, "/trace", &[("traceparent", parent)]).await;
    assert_eq!(traced.body, b"0af7651916cd43dd8448eb211c80319c");
    assert_eq!(fetch(&router, "/trace", &[("traceparent", "rubbish")]).await.body.len(), 32);
}

#[tokio::test]
async fn browsers_are_told_to_do_little_with_an_answer() {
    let development = fetch(&serving(app(), routes()), "/mug", &[]).await;
    assert_eq!(development.header("x-content-type-options"), "nosniff");
    assert_eq!(development.header("x-frame-options"), "DENY");
    assert_eq!(development.header("cache-control"), "no-store");
    assert!(development.header("content-security-policy").starts_with("default-src 'none'"));
    assert_eq!(development.header("strict-transport-security"), "");
    let key = ("HAAT_JWT_KEYS", "k1:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822c");
    let production =
        serving(app_with(&[("HAAT_ENV", "production"), ("HAAT_ALLOW_HTTP", "true"), key]), routes());
    assert!(
        fetch(&production, "/mug", &[]).await.header("strict-transport-security").starts_with("max-age=")
    );
}

#[tokio::test]
async fn only_configured_frontends_may_call_from_a_browser() {
    let router = serving(app_with(&[("HAAT_CORS_ORIGINS", "https://shop.example")]), routes());
    let preflight = |origin: &str| {
        let request = Request::options("/api/mug/").header("origin", origin);
        request.header("access-control-request-method", "POST").body(Body::empty()).unwrap()
    };
    let ours = send(&router, preflight("https://shop.example")).await;
    assert_eq!(
        (ours.status.as_u16(), ours.header("access-control-allow-origin")),
        (200, "https://shop.example")
    );
    assert!(ours.header("access-control-allow-headers").contains("idempotency-key"));
    let foreign = send(&router, preflight("https://evil.example")).await;
    assert_eq!(foreign.header("access-control-allow-origin"), "");
}
