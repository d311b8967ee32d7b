//! Request bodies: JSON into a type, or raw bytes. Both have a size limit.
//!
//! The refusals are 408 too slow, 413 too large, 415 not JSON, 400 not well-formed, and 422 `invalid`: well-formed, but not
//! of the expected shape, or with values that break a rule of [`Body::problems`]. A 422 lists the problems of both kinds by
//! the path of their field, at most a hundred ([`Problems`]). A struct is read from an object, never from an array of its fields. A field that the type
//! does not have is refused: a client that sends it expects an effect. U+0000 is refused everywhere, because PostgreSQL
//! can't store it. It is told of the body as a whole: a path with it could not be shown either.

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
use super::problems::Problems;
use super::shape::Shape;
use super::stand_in;
use crate::app::App;
use crate::error::ApiError;
use crate::middleware::{Receiving, is_announced_over, too_large};

/// Size limit of a JSON body in bytes.
const JSON_LIMIT: usize = 256 * 1024;

pub(super) const NUL: &str = "the character U+0000 is not allowed";

/// The type of a JSON body. Its schema describes its shape; this has the rules for its values.
///
/// A rule that needs no more than the request and the settings belongs here, so that all problems are told at once and
/// with one code, `invalid`, whatever stands beside them. What depends on stored data is decided by the handler's verb,
/// and has a code of its own.
pub trait Body: DeserializeOwned + ToSchema + 'static {
    /// Every value that breaks a rule, by its path.
    ///
    /// `unread` has the fields that could not be read. The body has stand-ins for them, about which nothing is told. Rules
    /// that compare fields or entries with each other, or that ask whether a field is there, run only if `unread` is empty.
    fn problems(&self, _app: &App, _unread: &Problems) -> Problems {
        Problems::default()
    }
}

/// A JSON body that keeps all its rules. As `Option<Json<T>>` it may be absent.
#[derive(Clone, Copy, Debug)]
pub struct Json<T>(pub T);

/// The raw body, of at most `LIMIT` bytes.
#[derive(Clone, Debug)]
pub struct RawBody<const LIMIT: usize>(pub Bytes);

impl<T: Body> FromRequest<App> for Json<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &App) -> Result<Self, ApiError> {
        if !is_json(request.headers()) {
            return Err(unsupported(
                "The body must be JSON, with the header Content-Type: application/json.",
            ));
        }
        let bytes = read(request, JSON_LIMIT).await?;
        parse(&bytes, app).map(Self)
    }
}

/// A body whose fields are all optional may be absent.
impl<T: Body> OptionalFromRequest<App> for Json<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &App) -> Result<Option<Self>, ApiError> {
        // The middleware has put the body in the extensions, if the request has one.
        if request.extensions().get::<Receiving>().is_none() {
            return Ok(None);
        }
        <Self as FromRequest<App>>::from_request(request, app).await.map(Some)
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

/// Reads the body. Malformed JSON is 400. Well-formed JSON of the wrong shape, or with wrong values, is 422.
fn parse<T: Body>(bytes: &[u8], app: &App) -> Result<T, ApiError> {
    // The parser does not validate what it skips, and JSON is UTF-8 throughout (RFC 8259, section 8.1).
    let text = std::str::from_utf8(bytes).map_err(|error| malformed(&error))?;
    if has_nul(text) {
        return Err(ApiError::invalid_field(".", NUL));
    }
    let (mut json, skipped) = (serde_json::Deserializer::from_str(text), Cell::new(false));
    let whole = || serde_json::from_str::<Value>(text).map_err(|error| malformed(&error));
    match serde_path_to_error::deserialize::<_, T>(Objects::new(&mut json, &skipped)) {
        Ok(value) => {
            json.end().map_err(|error| malformed(&error))?;
            if skipped.get() {
                let mut found = refused_shape::<T>(&whole()?);
                if found.is_empty() {
                    found.add(".", "has a field that is not known here");
                }
                found.merge_of_others(value.problems(app, &Problems::default()));
                return Err(ApiError::invalid(found));
            }
            let problems = value.problems(app, &Problems::default());
            if problems.is_empty() { Ok(value) } else { Err(ApiError::invalid(problems)) }
        }
        Err(error) => {
            // Only this says whether it is well-formed: the reader of an enum takes a list for a fault of syntax.
            let body = whole()?;
            let mut found = refused_shape::<T>(&body);
            let told = error.inner().to_string();
            let problem = told.rsplit_once(" at line ").map_or(told.as_str(), |(problem, _)| problem);
            let problem = if error.inner().is_data() { problem } else { "invalid type: " };
            stand_in::tell(error.path(), problem, &mut found);
            Err(refusal::<T>(&body, found, app))
        }
    }
}

/// Checks the whole body against its schema in the API document.
fn refused_shape<T: Body>(body: &Value) -> Problems {
    Shape::of::<T>().unreadable(body)
}

/// 422 with what was found, and with every rule that the rest of the body breaks. If more was found than is told, the
/// rest of the body is not read: its stand-ins could not be told from what was sent.
fn refusal<T: Body>(body: &Value, mut found: Problems, app: &App) -> ApiError {
    if !found.has_more()
        && let Some(read) = stand_in::read::<T>(body, &mut found)
    {
        let rules = read.problems(app, &found);
        found.merge_of_others(rules);
    }
    ApiError::invalid(found)
}

fn malformed(error: &dyn std::error::Error) -> ApiError {
    ApiError::new(
        StatusCode::BAD_REQUEST,
        "malformed_json",
        format!("The body is not well-formed JSON: {error}."),
    )
}

/// Whether an escaped U+0000 is anywhere, also in values that the type would skip.
///
/// This reads the text, not parsed values: a number too large or a nesting too deep for a second parser must not hide
/// the escape. In JSON a backslash occurs only in strings, and begins an escape of two characters or, with `u`, of six.
fn has_nul(text: &str) -> bool {
    let mut rest = text.as_bytes();
    while let Some(place) = rest.iter().position(|byte| *byte == b'\\') {
        let escape = &rest[place..];
        if escape.starts_with(b"\\u0000") {
            return true;
        }
        rest = escape.get(2..).unwrap_or_default();
    }
    false
}
