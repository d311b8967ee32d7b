//! Request bodies: JSON into a type, or bytes as they came. Both have a limit on their size.
//!
//! 408 too slow, 413 too large, 415 not JSON, 400 not well-formed, 422 well-formed but not what the type asks for, with the path
//! of the field. A struct is an object, never an array of its fields. Unknown fields are ignored unless the type
//! forbids them. U+0000 is refused anywhere: PostgreSQL can't store it.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, StatusCode};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};

use super::objects::Objects;
use crate::error::ApiError;
use crate::middleware::{Receiving, is_announced_over, too_large};

/// Bytes of a JSON body at the most.
const JSON_LIMIT: usize = 256 * 1024;

/// A JSON body.
#[derive(Clone, Copy, Debug)]
pub struct Json<T>(pub T);

/// A body as it came, of at most `LIMIT` bytes.
#[derive(Clone, Debug)]
pub struct RawBody<const LIMIT: usize>(pub Bytes);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        if !is_json(request.headers()) {
            return Err(unsupported(
                "The body must be JSON, with the header Content-Type: application/json.",
            ));
        }
        let bytes = read(request, JSON_LIMIT).await?;
        parse(&bytes).map(Self)
    }
}

impl<S: Send + Sync, const LIMIT: usize> FromRequest<S> for RawBody<LIMIT> {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        read(request, LIMIT).await.map(Self)
    }
}

/// For a field that may be absent (left as it is), null (emptied) or a value: `Option<Option<T>>`, with
/// `#[serde(default, deserialize_with = "present")]`.
pub fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Option<T>, D::Error> {
    T::deserialize(from).map(Some)
}

/// The type that the body is said to have: in lower case, without parameters, empty if nothing is said.
pub(crate) fn media_type(headers: &HeaderMap) -> String {
    let text = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// 415: the body is of another type than the route reads.
pub(crate) fn unsupported(message: &'static str) -> ApiError {
    ApiError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", message)
}

/// `application/json`, or any type with the suffix `+json`.
fn is_json(headers: &HeaderMap) -> bool {
    let kind = media_type(headers);
    kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json"))
}

/// The body, of at most `limit` bytes; the middleware has taken it in its care.
async fn read(request: Request, limit: usize) -> Result<Bytes, ApiError> {
    if is_announced_over(request.headers(), limit) {
        return Err(too_large(limit));
    }
    match request.extensions().get::<Receiving>() {
        Some(receiving) => receiving.clone().read(limit).await,
        None => Ok(Bytes::new()), // it has none
    }
}

/// What is wrong with a body stays apart from what is wrong with its values.
fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ApiError> {
    // What is skipped is not looked at by the parser, and JSON is UTF-8 throughout (RFC 8259, section 8.1).
    let text = std::str::from_utf8(bytes).map_err(|error| malformed(&error))?;
    refuse_nul(text)?;
    let mut json = serde_json::Deserializer::from_str(text);
    let value = serde_path_to_error::deserialize(Objects(&mut json)).map_err(|error| {
        let path = error.path().to_string();
        refusal(&path, error.inner())
    })?;
    json.end().map_err(|error| malformed(&error))?;
    Ok(value)
}

fn refusal(path: &str, error: &serde_json::Error) -> ApiError {
    match error.classify() {
        serde_json::error::Category::Data => {
            let text = error.to_string();
            let problem = text.rsplit_once(" at line ").map_or(text.as_str(), |(problem, _)| problem);
            let field = field(path, problem);
            // Our names of structs mean nothing to a caller.
            match problem.rsplit_once(", expected struct ") {
                Some((found, _)) => ApiError::invalid_field(&field, format!("{found}, expected an object")),
                None => ApiError::invalid_field(&field, problem),
            }
        }
        serde_json::error::Category::Io
        | serde_json::error::Category::Syntax
        | serde_json::error::Category::Eof => malformed(error),
    }
}

/// serde reports a field that is missing, or there twice, at the object it is missing from.
pub(super) fn field(path: &str, problem: &str) -> String {
    let name = ["missing field `", "duplicate field `"].iter().find_map(|start| problem.strip_prefix(start));
    match name.and_then(|rest| rest.strip_suffix('`')) {
        Some(name) if path == "." => name.to_owned(),
        Some(name) => format!("{path}.{name}"),
        None => path.to_owned(),
    }
}

fn malformed(error: &dyn std::error::Error) -> ApiError {
    ApiError::new(
        StatusCode::BAD_REQUEST,
        "malformed_json",
        format!("The body is not well-formed JSON: {error}."),
    )
}

/// An escaped U+0000, wherever it stands: in what the type reads, and in what it would skip.
///
/// Looks at the text and not at parsed values: a number too large or a nesting too deep for a second parser must not
/// hide it. In JSON a backslash stands in strings only, and begins an escape of two characters or, with `u`, of six.
fn refuse_nul(text: &str) -> Result<(), ApiError> {
    let mut rest = text.as_bytes();
    while let Some(place) = rest.iter().position(|byte| *byte == b'\\') {
        let escape = &rest[place..];
        if escape.starts_with(b"\\u0000") {
            return Err(ApiError::invalid_field(".", "the character U+0000 is not allowed"));
        }
        rest = escape.get(2..).unwrap_or_default();
    }
    Ok(())
}
