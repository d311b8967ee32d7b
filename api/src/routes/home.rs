//! The first page: what this is, and where to continue. A page for people, the same as data for programs.

use axum::Router;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use http::header::{ACCEPT, CONTENT_SECURITY_POLICY, VARY};
use http::{HeaderMap, HeaderValue};
use serde::Serialize;

use crate::app::App;
use crate::envelope::Success;

/// The page has its style inline; it loads nothing.
pub(super) const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; \
     frame-ancestors 'none'";

const PAGE: &str = include_str!("../../assets/home.html");

/// Paths to start from.
#[derive(Debug, Serialize)]
struct Home {
    name: &'static str,
    version: &'static str,
    documentation: &'static str,
    reference: &'static str,
    schema: &'static str,
    products: &'static str,
    health: &'static str,
}

pub(super) fn router() -> Router<App> {
    Router::new().route("/", get(home)).route("/api", get(home))
}

async fn home(headers: HeaderMap) -> Response {
    let accepted = headers.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut response = if accepted.contains("text/html") {
        let page = PAGE.replace("{version}", shared::VERSION);
        ([(CONTENT_SECURITY_POLICY, POLICY)], Html(page)).into_response()
    } else {
        let home = Home {
            name: "Haat",
            version: shared::VERSION,
            documentation: "/api/docs",
            reference: "/api/redoc",
            schema: "/api/schema",
            products: "/api/products",
            health: "/health/ready",
        };
        Success::ok("Haat, the order-processing backend of a marketplace.", home).into_response()
    };
    response.headers_mut().insert(VARY, HeaderValue::from_static("accept"));
    response
}
