//! Request bodies: JSON into a type, or raw bytes. Both have a size limit.
//!
//! The refusals are 408 too slow, 413 too large, 415 not JSON, 400 not well-formed, and 422 well-formed but not of the
//! expected shape. A 422 lists every problem by the path of its field. A struct is read from an object, never from an
//! array of its fields. A field that the type does not have is refused: a client that sends it expects an effect.
//! U+0000 is refused everywhere, because PostgreSQL can't store it.

use std::cell::Cell;

use axum::body::Bytes;
use axum::extract::{FromRequest, OptionalFromRequest, Request};
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
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

/// Size limit of a JSON body in bytes.
const JSON_LIMIT: usize = 256 * 1024;

/// A JSON body. As `Option<Json<T>>` it may be absent.
#[derive(Clone, Copy, Debug)]
pub struct Json<T>(pub T);

/// The raw body, of at most `LIMIT` bytes.
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

/// A body whose fields are all optional may be absent.
impl<S: Send + Sync, T: DeserializeOwned + ToSchema + 'static> OptionalFromRequest<S> for Json<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Option<Self>, ApiError> {
        // The middleware has put the body in the extensions, if the request has one.
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

/// With `#[serde(default, deserialize_with = "present")]`, for an `Option<Option<T>>`: a field that may be absent (left as it
/// is), null (emptied) or a value. For an `Option<T>`: a field that may be absent, but not null.
pub fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Option<T>, D::Error> {
    T::deserialize(from).map(Some)
}

/// The media type of the header: lower case, without parameters, empty if there is no header.
pub(crate) fn media_type(headers: &HeaderMap) -> String {
    let text = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// 415: the route does not read bodies of this type.
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

/// Whether the header names an encoding that JSON may not have (RFC 8259, section 8.1).
fn other_charset(headers: &HeaderMap) -> bool {
    let text = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let charset = text.split(';').skip(1).filter_map(|parameter| parameter.split_once('='));
    let mut charset = charset.filter(|(name, _)| name.trim().eq_ignore_ascii_case("charset"));
    charset.any(|(_, value)| !value.trim().trim_matches('"').eq_ignore_ascii_case("utf-8"))
}

/// Whether the header names a coding of the body; `identity` is none.
fn is_encoded(headers: &HeaderMap) -> bool {
    let coding = headers.get(CONTENT_ENCODING).map(|value| value.as_bytes().trim_ascii());
    coding.is_some_and(|coding| !coding.is_empty() && !coding.eq_ignore_ascii_case(b"identity"))
}

/// Reads the body, at most `limit` bytes, from where the middleware has put it.
async fn read(request: Request, limit: usize) -> Result<Bytes, ApiError> {
    if is_encoded(request.headers()) {
        return Err(unsupported(
            "The body must not be compressed: send it without the header Content-Encoding.",
        ));
    }
    if is_announced_over(request.headers(), limit) {
        return Err(too_large(limit));
    }
    match request.extensions().get::<Receiving>() {
        Some(receiving) => receiving.clone().read(limit).await,
        None => Ok(Bytes::new()), // the request has no body
    }
}

/// Parses the body. Malformed JSON is 400; well-formed JSON of the wrong shape is 422.
fn parse<T: DeserializeOwned + ToSchema + 'static>(bytes: &[u8]) -> Result<T, ApiError> {
    // The parser does not validate what it skips, and JSON is UTF-8 throughout (RFC 8259, section 8.1).
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

/// Checks the whole body against its schema in the API document.
fn all_problems<T: ToSchema + 'static>(text: &str) -> Result<Problems, ApiError> {
    let body: Value = serde_json::from_str(text).map_err(|error| malformed(&error))?;
    Ok(Shape::of::<T>().problems(&body))
}

/// serde reports a missing or duplicate field at the object, not at the field.
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

/// Refuses an escaped U+0000 anywhere, also in values that the type would skip.
///
/// This reads the text, not parsed values: a number too large or a nesting too deep for a second parser must not hide
/// the escape. In JSON a backslash occurs only in strings, and begins an escape of two characters or, with `u`, of six.
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
