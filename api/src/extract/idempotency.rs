//! The `Idempotency-Key` of requests that must take effect once (draft-ietf-httpapi-idempotency-key-header-07).
//!
//! The draft defines a quoted string; a bare token is accepted too. The capability that stores a key decides which
//! request it identifies.

use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use http::request::Parts;
use http::{HeaderValue, StatusCode};
use utoipa::IntoParams;

use crate::error::ApiError;

/// Longest key in bytes.
const LONGEST: usize = 255;

/// Identifies one request of one caller: the same key again replays the stored answer.
#[derive(Clone, Debug, PartialEq, Eq, IntoParams)]
#[into_params(names("Idempotency-Key"), parameter_in = Header)]
pub struct IdempotencyKey(
    /// 1 to 255 printable ASCII characters, in quotes or bare, new for each request. The same key with the same body
    /// replays the answer. With another body it is refused with 422, while the first request is in progress with 409.
    String,
);

impl IdempotencyKey {
    /// The key without its quotes.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn read(header: &HeaderValue) -> Option<Self> {
        let text = header.to_str().ok()?.trim();
        let key = match text.strip_prefix('"') {
            Some(rest) => unescape(rest.strip_suffix('"')?)?,
            None => text.to_owned(),
        };
        let printable = key.bytes().all(|byte| (0x20..0x7f).contains(&byte));
        (printable && (1..=LONGEST).contains(&key.len())).then_some(Self(key))
    }
}

/// RFC 8941, section 3.3.3: only `\"` and `\\` are escaped, and both always are.
fn unescape(inner: &str) -> Option<String> {
    let mut key = String::with_capacity(inner.len());
    let mut characters = inner.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => key.push(characters.next().filter(|next| matches!(next, '"' | '\\'))?),
            '"' => return None,
            other => key.push(other),
        }
    }
    Some(key)
}

impl<S: Send + Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let mut lines = parts.headers.get_all("idempotency-key").iter();
        let Some(line) = lines.next() else {
            let message =
                "Send a new Idempotency-Key with each new request, and the same one with each repeat.";
            return Err(ApiError::new(StatusCode::BAD_REQUEST, "idempotency_key_required", message));
        };
        let only = lines.next().is_none();
        Self::read(line).filter(|_| only).ok_or_else(|| {
            let message = "The Idempotency-Key must be one string of 1 to 255 printable ASCII characters.";
            ApiError::new(StatusCode::BAD_REQUEST, "idempotency_key_invalid", message)
        })
    }
}

/// An optional key is absent or valid. An invalid one is refused, never ignored.
impl<S: Send + Sync> OptionalFromRequestParts<S> for IdempotencyKey {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Option<Self>, ApiError> {
        if !parts.headers.contains_key("idempotency-key") {
            return Ok(None);
        }
        <Self as FromRequestParts<S>>::from_request_parts(parts, state).await.map(Some)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<String> {
        IdempotencyKey::read(&HeaderValue::from_str(text).unwrap()).map(|key| key.0)
    }

    #[test]
    fn quoted_and_bare_keys_are_the_same_key() {
        assert_eq!(read("\"8e03978e-40d5\"").as_deref(), Some("8e03978e-40d5"));
        assert_eq!(read("8e03978e-40d5").as_deref(), Some("8e03978e-40d5"));
        assert_eq!(read(r#""a\"b\\c""#).as_deref(), Some(r#"a"b\c"#));
    }

    #[test]
    fn what_is_no_key_is_refused() {
        let long = "k".repeat(LONGEST + 1);
        for text in ["", "\"\"", "\"", "\"open", r#""a"b""#, r#""a\b""#, "tab\there", &long] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
