//! Headers of every answer: rules for browsers and caches, and the id of its request.
//!
//! A header that the handler has set itself is kept.

use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use http::{HeaderMap, HeaderName, HeaderValue};
use shared::kernel::settings::Environment;

/// Answers are data. A browser that is made to show one must not load anything because of it.
const ALWAYS: [(HeaderName, &str); 5] = [
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (X_FRAME_OPTIONS, "DENY"),
    (REFERRER_POLICY, "no-referrer"),
    (CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
    // Most answers are personal. An answer that may be cached sets its own header.
    (CACHE_CONTROL, "no-store"),
];

/// Adds the headers that the handler did not set.
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
