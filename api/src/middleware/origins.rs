//! Which browser frontends may call: the origins in the settings, and none by default.
//!
//! Tokens travel in a header, never in a cookie, so credentials in the sense of CORS are not allowed.

use std::time::Duration;

use http::header::{
    ACCEPT, AUTHORIZATION, CONTENT_TYPE, ETAG, IF_MATCH, IF_NONE_MATCH, LINK, LOCATION, RETRY_AFTER,
};
use http::{HeaderName, HeaderValue, Method};
use tower_http::cors::{Any, CorsLayer};

use super::request_id::X_REQUEST_ID;

const METHODS: [Method; 5] = [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];

/// `None` if no origin is allowed: then browsers refuse such calls themselves.
pub(crate) fn cors(origins: &[String]) -> Option<CorsLayer> {
    if origins.is_empty() {
        return None;
    }
    let accepted = [
        ACCEPT,
        AUTHORIZATION,
        CONTENT_TYPE,
        IF_MATCH,
        IF_NONE_MATCH,
        X_REQUEST_ID,
        HeaderName::from_static("idempotency-key"),
        HeaderName::from_static("traceparent"),
    ];
    let layer = CorsLayer::new()
        .allow_methods(METHODS)
        .allow_headers(accepted)
        .expose_headers([ETAG, LINK, LOCATION, RETRY_AFTER, X_REQUEST_ID])
        .max_age(Duration::from_secs(3600));
    if origins.iter().any(|origin| origin == "*") {
        return Some(layer.allow_origin(Any));
    }
    let named: Vec<HeaderValue> = origins
        .iter()
        .filter_map(|origin| HeaderValue::from_str(origin.trim_end_matches('/')).ok())
        .collect();
    Some(layer.allow_origin(named))
}
