//! Entity tags: the version of the resource that an answer shows (RFC 9110, section 8.8.3).

use std::fmt::Display;

use axum::response::{IntoResponse, Response};
use http::header::ETAG;
use http::{HeaderValue, StatusCode};

/// A strong entity tag, with its quotes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Etag(HeaderValue);

impl Etag {
    /// From a text that changes whenever the resource does: a version or a hash.
    ///
    /// # Panics
    /// If the text has a quote or anything that is not visible ASCII.
    #[must_use]
    pub fn new(version: impl Display) -> Self {
        let text = format!("\"{version}\"");
        let inner = &text.as_bytes()[1..text.len() - 1];
        assert!(inner.iter().all(|byte| byte.is_ascii_graphic() && *byte != b'"'), "no version has quotes");
        Self(HeaderValue::try_from(text).expect("checked to be visible ASCII"))
    }

    /// The value as the header has it.
    #[must_use]
    pub fn header(&self) -> HeaderValue {
        self.0.clone()
    }

    /// 304: the caller has the current version. Headers that the full answer also has must be set here too.
    #[must_use]
    pub fn not_modified(&self) -> Response {
        (StatusCode::NOT_MODIFIED, [(ETAG, self.header())]).into_response()
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}
