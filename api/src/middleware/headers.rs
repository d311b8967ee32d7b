//! Headers that every answer has: what browsers may do with it, who may keep it, which request it belongs to.
//!
//! A handler that sets one of them itself keeps its own.

use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use http::{HeaderMap, HeaderName, HeaderValue};
use shared::kernel::settings::Environment;

/// Answers are data: a browser that is made to show one must load nothing because of it.
const ALWAYS: [(HeaderName, &str); 5] = [
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (X_FRAME_OPTIONS, "DENY"),
    (REFERRER_POLICY, "no-referrer"),
    (CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
    // Most answers are somebody's own. What may be kept says so itself.
    (CACHE_CONTROL, "no-store"),
];

/// Fills in what the handler left open.
pub(super) fn complete(headers: &mut HeaderMap, environment: Environment) {
    for (name, value) in ALWAYS {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    match environment {
        Environment::Production => {
            let two_years = HeaderValue::from_static("max-age=63072000; includeSubDomains");
            headers.entry(STRICT_TRANSPORT_SECURITY).or_insert(two_years);
        }
        Environment::Development => {}
    }
}
