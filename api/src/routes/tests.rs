//! The API's own routes, and what holds for the whole document.

use serde_json::Value;
use shared::identity::{Caller, Role};
use shared::kernel::ids::{SessionId, UserId};

use super::*;
use crate::trial::{app, get as fetch, send};

fn json() -> Value {
    document()
}

#[tokio::test]
async fn the_process_lives_while_the_database_is_away_but_is_not_ready() {
    let router = router(app());
    assert_eq!(fetch(&router, "/health/live", &[]).await.status, 200);
    let ready = fetch(&router, "/health/ready", &[]).await;
    assert_eq!(ready.failure(), (503, "unready".into()));
    assert_eq!(ready.json()["errors"]["database"], "down");
}

/// Two items of one batch: neither is retried alone, and neither is an internal error.
#[tokio::test]
async fn checkouts_are_told_to_come_back_while_the_database_is_away() {
    let app = app();
    let checkout = async |key: &str| {
        let caller =
            Caller { user: UserId::new(), session: SessionId::new(), role: Role::Customer, vendor: None };
        let token = format!("Bearer {}", app.tokens.sign(&caller, app.clock.now()).unwrap().token);
        let address =
            serde_json::json!({ "name": "Ada", "line1": "1 High St", "city": "Dhaka", "country": "BD" });
        let body = serde_json::json!({ "payment_method": "cash_on_delivery", "shipping_address": address });
        let request = http::Request::post("/api/orders/checkout")
            .header("authorization", token)
            .header("idempotency-key", format!("\"{key}\""))
            .header("content-type", "application/json");
        send(&router(app.clone()), request.body(body.to_string().into()).unwrap()).await
    };
    let (one, other) = tokio::join!(checkout("one"), checkout("other"));
    for answer in [one, other] {
        assert_eq!(answer.failure(), (503, "unavailable".into()), "{}", answer.json());
        assert_eq!(answer.header("retry-after"), "1");
    }
}

#[tokio::test]
async fn metrics_count_requests_by_route() {
    let router = router(app());
    fetch(&router, "/health/live", &[]).await;
    let text = String::from_utf8(fetch(&router, "/metrics", &[]).await.body).unwrap();
    assert!(text.contains("haat_http_requests_total{"), "{text}");
    assert!(text.contains("route=\"/health/live\""), "{text}");
}

#[tokio::test]
async fn figures_and_readiness_can_move_to_an_address_of_their_own() {
    let app = crate::trial::app_with(&[("HAAT_API_METRICS_ADDR", "127.0.0.1:0")]);
    let (public, own) = (router(app.clone()), operators_router(app));
    for path in ["/metrics", "/health/ready"] {
        assert_eq!(fetch(&public, path, &[]).await.failure(), (404, "route_not_found".into()), "{path}");
        assert_ne!(fetch(&own, path, &[]).await.status, 404, "{path}");
    }
    assert_eq!(fetch(&public, "/health/live", &[]).await.status, 200);
    assert_eq!(fetch(&own, "/api/products", &[]).await.status, 404);
}

/// A proxy keeps them from the public by their paths, so there is one path to each.
#[tokio::test]
async fn figures_and_readiness_have_one_spelling() {
    let router = router(app());
    for kept in ["metrics", "health/ready", "health/live"] {
        let (first, others) = kept.split_at(1);
        let escaped = format!("/%{:x}{others}", first.as_bytes()[0]);
        let capital = format!("/{}{others}", first.to_uppercase());
        for spelling in [
            format!("//{kept}"),
            format!("///{kept}"),
            format!("/{kept}/"),
            format!("/{kept}//"),
            format!("/./{kept}"),
            format!("/api/../{kept}"),
            format!("/api/%2e%2e/{kept}"),
            format!("//api/../{kept}"),
            format!("/{kept}%2f"),
            format!("/{kept};a=b"),
            format!("/{kept}%20"),
            escaped,
            capital,
        ] {
            let answer = fetch(&router, &spelling, &[]).await;
            assert_eq!(answer.failure(), (404, "route_not_found".into()), "{spelling}");
        }
    }
    assert_eq!(fetch(&router, "//api/products", &[]).await.status, 404);
    assert_eq!(fetch(&router, "/metrics", &[]).await.status, 200);
}

#[tokio::test]
async fn a_scrape_explains_itself_and_begins_at_zero() {
    let router = router(app());
    let text = String::from_utf8(fetch(&router, "/metrics", &[]).await.body).unwrap();
    for line in [
        "# HELP haat_sign_ins_total ",
        "haat_sign_ins_total{outcome=\"wrong\"} ",
        "haat_wakeups_dropped_total ",
        "haat_build_info{version=",
        "haat_database_connections{state=\"idle\"}",
        "process_open_fds ",
    ] {
        assert!(text.contains(line), "{line} is missing from\n{text}");
    }
    let named = text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next());
    for name in named {
        assert!(text.contains(&format!("# HELP {name} ")), "{name} says not what it is");
    }
}

#[tokio::test]
async fn the_documentation_is_served_and_revalidated() {
    let router = router(app());
    for path in ["/api/schema", "/api/docs/", "/api/redoc", "/api/docs/swagger-ui-bundle.js"] {
        let first = fetch(&router, path, &[]).await;
        assert_eq!(first.status, 200, "{path}");
        let again = fetch(&router, path, &[("if-none-match", first.header("etag"))]).await;
        assert_eq!(again.status, 304, "{path}");
        for kept in ["etag", "cache-control", "content-security-policy"] {
            assert_eq!(again.header(kept), first.header(kept), "{path}");
        }
    }
    let page = fetch(&router, "/api/docs", &[]).await;
    assert!(page.header("content-security-policy").contains("script-src 'self';"));
}

#[tokio::test]
async fn who_has_no_list_of_orders_is_told_so() {
    let app = app();
    for role in [Role::Delivery, Role::Vendor, Role::VendorStaff] {
        let caller = Caller { user: UserId::new(), session: SessionId::new(), role, vendor: None };
        let token = format!("Bearer {}", app.tokens.sign(&caller, app.clock.now()).unwrap().token);
        let answer = fetch(&router(app.clone()), "/api/orders", &[("authorization", &token)]).await;
        assert_eq!(answer.failure(), (403, "denied".into()), "{role:?}");
    }
}

#[test]
fn the_document_is_3_1_and_refers_only_to_what_it_has() {
    let document = json();
    assert_eq!(document["openapi"], "3.1.0");
    let mut references = Vec::new();
    collect(&document, &mut references);
    for reference in references {
        let pointer = reference.trim_start_matches('#');
        assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
    }
}

fn collect(value: &Value, references: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            references.extend(fields.get("$ref").and_then(Value::as_str).map(str::to_owned));
            fields.values().for_each(|value| collect(value, references));
        }
        Value::Array(items) => items.iter().for_each(|value| collect(value, references)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn every_operation_is_named_once_described_and_tagged() {
    let document = json();
    let mut ids = std::collections::BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let name = format!("{method} {path}");
            let id = operation["operationId"].as_str().unwrap_or_default().to_owned();
            assert!(ids.insert(id.clone()), "{name}: {id} names two operations");
            assert!(operation["summary"].is_string(), "{name} says not what it does");
            assert!(operation["tags"].is_array(), "{name} has no tag");
            assert!(operation["responses"]["500"].is_object(), "{name} documents no failure");
        }
    }
}
