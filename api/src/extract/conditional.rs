//! Conditional requests: `If-None-Match` on resources that are polled, `If-Match` on resources that are edited (RFC
//! 9110, section 13).

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use http::header::{IF_MATCH, IF_NONE_MATCH};
use http::request::Parts;
use http::{HeaderMap, HeaderName, StatusCode};
use utoipa::IntoParams;

use crate::error::ApiError;
use crate::etag::Etag;

/// The versions that the caller has. Never refuses: without the header it matches nothing.
#[derive(Clone, Debug, Default, IntoParams)]
#[into_params(names("If-None-Match"), parameter_in = Header)]
pub struct IfNoneMatch(
    /// ETag of the version you have: 304 if it is still the newest.
    Option<String>,
);

/// The version that the caller wants to change; required.
#[derive(Clone, Debug, IntoParams)]
#[into_params(names("If-Match"), parameter_in = Header)]
pub struct IfMatch(
    /// ETag of the version you read: 412 if it is no longer the newest, 428 if absent.
    String,
);

impl IfNoneMatch {
    /// Whether the caller sent the header.
    #[must_use]
    pub fn is_given(&self) -> bool {
        self.0.is_some()
    }

    /// Whether the caller has this version already. The comparison is weak.
    #[must_use]
    pub fn covers(&self, current: &Etag) -> bool {
        let is_current =
            |tag: &str| tag == "*" || tag.trim_start_matches("W/").as_bytes() == current.as_bytes();
        self.0.as_deref().is_some_and(|listed| listed.split(',').map(str::trim).any(is_current))
    }
}

impl IfMatch {
    /// The version that the caller read, for a resource whose ETag is its version number; `None` for `*`, which matches
    /// any. A tag that is not a version number can't match: 412. Several tags are 412 too, because an edit is based on
    /// one version.
    ///
    /// A weak tag counts like a strong one. It names the same version: proxies that compress make tags weak.
    pub fn version(&self) -> Result<Option<i32>, ApiError> {
        if self.0.trim() == "*" {
            return Ok(None);
        }
        let tag = self.0.trim();
        let tag = tag.strip_prefix("W/").unwrap_or(tag);
        let inner = tag.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        inner.and_then(|version| version.parse().ok()).map(Some).ok_or_else(precondition_failed)
    }
}

/// 412: the resource has changed since the caller read it.
pub(crate) fn precondition_failed() -> ApiError {
    let message = "It has changed since you read it. Read it again, then decide.";
    ApiError::new(StatusCode::PRECONDITION_FAILED, "precondition_failed", message)
}

fn listed(headers: &HeaderMap, name: HeaderName) -> Option<String> {
    let mut lines = headers.get_all(name).iter().filter_map(|line| line.to_str().ok());
    let first = lines.next()?.to_owned();
    Some(lines.fold(first, |all, line| all + "," + line))
}

impl<S: Send + Sync> FromRequestParts<S> for IfNoneMatch {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(listed(&parts.headers, IF_NONE_MATCH)))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for IfMatch {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        listed(&parts.headers, IF_MATCH).map(Self).ok_or_else(|| {
            let message = "Send the ETag of the version you read in the header If-Match.";
            ApiError::new(StatusCode::PRECONDITION_REQUIRED, "precondition_required", message)
        })
    }
}
