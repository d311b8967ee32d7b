//! Request bodies: JSON into a type, or bytes as they came. Both have a limit on their size.
//!
//! 408 too slow, 413 too large, 415 not JSON, 400 not well-formed, 422 well-formed but not what the type asks for, with
//! all that is wrong by the paths of the fields. A struct is an object, never an array of its fields. A field that the
//! type does not have is refused: what is sent is meant. U+0000 is refused anywhere: PostgreSQL can't store it.

use std::cell::Cell;

use axum::body::Bytes;
use axum::extract::{FromRequest, OptionalFromRequest, Request};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, StatusCode};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use utoipa::ToSchema;

use super::objects::Objects;
use super::shape::{Problems, Shape};
use super::words;
use crate::error::ApiError;
use crate::middleware::{Receiving, is_announced_over, too_large};

/// Bytes of a JSON body at the most.
const JSON_LIMIT: usize = 256 * 1024;

/// A JSON body. As `Option<Json<T>>` it may be absent.
#[derive(Clone, Copy, Debug)]
pub struct Json<T>(pub T);

/// A body as it came, of at most `LIMIT` bytes.
#[derive(Clone, Debug)]
pub struct RawBody<const LIMIT: usize>(pub Bytes);

impl<S: Send + Sync, T: DeserializeOwned + ToSchema + 'static> FromRequest<S> for Json<T> {
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

/// Where all of a body is optional, there need be none.
impl<S: Send + Sync, T: DeserializeOwned + ToSchema + 'static> OptionalFromRequest<S> for Json<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Option<Self>, ApiError> {
        // The middleware has taken the body in its care, if there is one.
        if request.extensions().get::<Receiving>().is_none() {
            return Ok(None);
        }
        <Self as FromRequest<S>>::from_request(request, state).await.map(Some)
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

/// `application/json`, or any type with the suffix `+json`, in UTF-8.
fn is_json(headers: &HeaderMap) -> bool {
    let kind = media_type(headers);
    if other_charset(headers) {
        return false;
    }
    kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json"))
}

/// Whether the body is said to be in another encoding than JSON may have (RFC 8259, section 8.1).
fn other_charset(headers: &HeaderMap) -> bool {
    let text = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let charset = text.split(';').skip(1).filter_map(|parameter| parameter.split_once('='));
    let mut charset = charset.filter(|(name, _)| name.trim().eq_ignore_ascii_case("charset"));
    charset.any(|(_, value)| !value.trim().trim_matches('"').eq_ignore_ascii_case("utf-8"))
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
fn parse<T: DeserializeOwned + ToSchema + 'static>(bytes: &[u8]) -> Result<T, ApiError> {
    // What is skipped is not looked at by the parser, and JSON is UTF-8 throughout (RFC 8259, section 8.1).
    let text = std::str::from_utf8(bytes).map_err(|error| malformed(&error))?;
    refuse_nul(text)?;
    let (mut json, skipped) = (serde_json::Deserializer::from_str(text), Cell::new(false));
    let value: T = serde_path_to_error::deserialize(Objects::new(&mut json, &skipped)).map_err(|error| {
        let path = error.path().to_string();
        refusal::<T>(text, &path, error.inner())
    })?;
    json.end().map_err(|error| malformed(&error))?;
    if skipped.get() {
        let mut problems = all_problems::<T>(text)?;
        if problems.is_empty() {
            problems.add(".", "has a field that is not known here");
        }
        return Err(ApiError::invalid(problems));
    }
    Ok(value)
}

fn refusal<T: ToSchema + 'static>(text: &str, path: &str, error: &serde_json::Error) -> ApiError {
    match error.classify() {
        serde_json::error::Category::Data => {
            let told = error.to_string();
            let problem = told.rsplit_once(" at line ").map_or(told.as_str(), |(problem, _)| problem);
            let mut problems = match all_problems::<T>(text) {
                Ok(problems) => problems,
                Err(malformed) => return malformed,
            };
            let field = field(path, problem);
            if !problems.is_about(&field) {
                problems.add(&field, words::plain(problem));
            }
            ApiError::invalid(problems)
        }
        serde_json::error::Category::Io
        | serde_json::error::Category::Syntax
        | serde_json::error::Category::Eof => malformed(error),
    }
}

/// The whole body held against what the document says of it.
fn all_problems<T: ToSchema + 'static>(text: &str) -> Result<Problems, ApiError> {
    let body: Value = serde_json::from_str(text).map_err(|error| malformed(&error))?;
    Ok(Shape::of::<T>().problems(&body))
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
