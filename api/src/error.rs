//! Every answer that is not a success: one map from error kinds to statuses, and the API's own refusals.
//!
//! A capability's error becomes an [`ApiError`] by `?`. The error travels as an extension of the response. The
//! outermost middleware writes the body, because only there are the request id and the accepted media types known. It
//! also logs internal errors, once, with all their sources.

use std::borrow::Cow;
use std::error::Error;
use std::fmt::Display;
use std::sync::Arc;
use std::time::Duration;

use axum::response::{IntoResponse, Response};
use http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderName, HeaderValue, StatusCode};
use serde_json::Value;
use shared::kernel::error::with_sources;
use shared::kernel::{Fault, INVALID, Kind, db};

use crate::extract::Problems;

/// Why a request failed.
#[derive(Debug)]
pub struct ApiError(Box<Failure>);

/// The content of a failure, until the middleware writes it.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    pub status: StatusCode,
    pub code: &'static str,
    pub message: Cow<'static, str>,
    pub errors: Option<Value>,
    /// For the log, never for the caller.
    pub source: Option<Arc<dyn Error + Send + Sync>>,
    header: Option<(HeaderName, HeaderValue)>,
}

/// Error kinds become statuses here and nowhere else.
const fn status_of(kind: Kind) -> StatusCode {
    match kind {
        Kind::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
        Kind::Unauthenticated => StatusCode::UNAUTHORIZED,
        Kind::Denied => StatusCode::FORBIDDEN,
        Kind::Missing => StatusCode::NOT_FOUND,
        Kind::Conflict => StatusCode::CONFLICT,
        Kind::Busy => StatusCode::SERVICE_UNAVAILABLE,
        Kind::Throttled => StatusCode::TOO_MANY_REQUESTS,
        Kind::Broken => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

impl<F: Fault> From<F> for ApiError {
    fn from(fault: F) -> Self {
        let kind = fault.kind();
        if kind == Kind::Broken {
            db::notice(&fault);
            return if db::is_away(&fault) {
                Self::away(&fault)
            } else if db::took_too_long(&fault) {
                Self::busy(&fault)
            } else {
                Self::broken(fault)
            };
        }
        let mut error = Self::new(status_of(kind), fault.code(), fault.to_string());
        error.0.errors = fault.detail();
        match kind {
            Kind::Unauthenticated => error.challenge(),
            Kind::Busy | Kind::Throttled => {
                // Rounded up: a client that waits this long is not refused again for a fraction of a second.
                let wait = fault.retry_after().unwrap_or(Duration::from_secs(1)).as_millis().div_ceil(1000);
                error.retry_after_seconds(u32::try_from(wait).unwrap_or(u32::MAX))
            }
            Kind::Invalid | Kind::Denied | Kind::Missing | Kind::Conflict | Kind::Broken => error,
        }
    }
}

impl ApiError {
    /// With a status, a stable code and a text for people.
    pub fn new(status: StatusCode, code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        let message = message.into();
        Self(Box::new(Failure { status, code, message, errors: None, source: None, header: None }))
    }

    /// 500 with a text that reveals nothing; the log has the details.
    pub fn broken(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        let message = "Something went wrong on our side. It has been recorded.";
        let mut error = Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", message);
        error.0.source = Some(Arc::from(source.into()));
        error
    }

    /// 404 for a resource that does not exist, or not for this caller.
    #[must_use]
    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", "There is no such resource.")
    }

    /// 401 for a request that needs a token and has none, or a bad one.
    #[must_use]
    pub fn unauthenticated(code: &'static str, message: &'static str) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, code, message).challenge()
    }

    /// 403: the caller is known, and its role does not allow this.
    #[must_use]
    pub fn denied(message: &'static str) -> Self {
        Self::new(StatusCode::FORBIDDEN, "denied", message)
    }

    /// 422 that names one field and its problem.
    pub fn invalid_field(field: &str, problem: impl Display) -> Self {
        let mut problems = Problems::default();
        problems.add(field, problem.to_string());
        Self::invalid(problems)
    }

    /// 422 that names every wrong field.
    pub(crate) fn invalid(problems: Problems) -> Self {
        let error = Self::new(StatusCode::UNPROCESSABLE_ENTITY, INVALID, "The request has invalid values.");
        error.with_errors(problems.into_json())
    }

    /// 503: the database restarts or is out of reach. Logged here; no detail reaches the caller.
    fn away(error: &dyn Error) -> Self {
        tracing::warn!(error = with_sources(error), "the database is away");
        let message = "We can't answer just now. Try again in a moment.";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", message).retry_after_seconds(1)
    }

    /// 503: the database took longer than allowed. Logged here; no detail reaches the caller.
    fn busy(error: &dyn Error) -> Self {
        tracing::warn!(error = with_sources(error), "the database took too long");
        let message = "That takes too long just now. Try again in a moment.";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "busy", message).retry_after_seconds(2)
    }

    /// 503 for a request for which there is no room.
    pub(crate) fn overloaded() -> Self {
        let message = "Too many requests are being worked on. Try again in a moment.";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "overloaded", message).retry_after_seconds(1)
    }

    /// 503 for a request that took too long. It may have taken effect.
    pub(crate) fn timed_out() -> Self {
        let message = "The request took too long. Repeat it with the same Idempotency-Key, or look first.";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "timeout", message).retry_after_seconds(2)
    }

    /// The details of the error, for machines.
    #[must_use]
    pub fn with_errors(mut self, errors: Value) -> Self {
        self.0.errors = Some(errors);
        self
    }

    /// After how long the same request may succeed.
    #[must_use]
    pub fn retry_after_seconds(self, seconds: u32) -> Self {
        self.with_header(RETRY_AFTER, HeaderValue::from(seconds))
    }

    pub(crate) fn status(&self) -> StatusCode {
        self.0.status
    }

    pub(crate) fn into_failure(self) -> Failure {
        *self.0
    }

    fn challenge(self) -> Self {
        self.with_header(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"haat\""))
    }

    fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.0.header = Some((name, value));
        self
    }
}

impl IntoResponse for ApiError {
    /// The body stays empty: the middleware writes it from the extension.
    fn into_response(mut self) -> Response {
        let mut response = self.0.status.into_response();
        if let Some((name, value)) = self.0.header.take() {
            response.headers_mut().insert(name, value);
        }
        response.extensions_mut().insert(*self.0);
        response
    }
}
