//! Writes the body of a failure in the format that the caller accepts, and logs internal errors.

use axum::body::Body;
use axum::response::Response;
use http::header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, StatusCode};
use shared::kernel::error::with_sources;

use super::request_id::RequestId;
use crate::envelope::{Failed, Problem};
use crate::error::{ApiError, Failure};

/// The format that the caller wants for failures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    Envelope,
    /// RFC 9457.
    Problem,
}

impl Wanted {
    /// A problem, if the caller accepts it by name and does not prefer plain JSON.
    pub(super) fn by(headers: &HeaderMap) -> Self {
        let lines = || headers.get_all(ACCEPT).iter().filter_map(|line| line.to_str().ok());
        let quality =
            |kind: &str| lines().flat_map(|line| line.split(',')).find_map(|range| quality(range, kind));
        let problem = quality("application/problem+json").unwrap_or(0.0);
        let plain = quality("application/json").unwrap_or(0.0);
        if problem > 0.0 && problem >= plain { Self::Problem } else { Self::Envelope }
    }
}

/// The weight of a media range, if it names this kind (RFC 9110, section 12.4.2).
fn quality(range: &str, kind: &str) -> Option<f32> {
    let mut parts = range.split(';').map(str::trim);
    if !parts.next()?.eq_ignore_ascii_case(kind) {
        return None;
    }
    let weight = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
    Some(weight.and_then(|weight| weight.parse().ok()).unwrap_or(1.0))
}

/// Writes the body of a failed response and returns its error code. Any other response passes through.
pub(super) fn render(
    mut response: Response,
    wanted: Wanted,
    id: &RequestId,
) -> (Response, Option<&'static str>) {
    let failure = match response.extensions_mut().remove::<Failure>() {
        Some(failure) => failure,
        None if response.status() == StatusCode::METHOD_NOT_ALLOWED => method_not_allowed(),
        None => return (response, None),
    };
    if let Some(source) = &failure.source {
        tracing::error!(
            request.id = id.as_str(),
            code = failure.code,
            error = with_sources(source.as_ref()),
            "broken"
        );
    }
    let (kind, json) = match wanted {
        Wanted::Envelope => ("application/json", serde_json::to_vec(&envelope(&failure, id))),
        Wanted::Problem => ("application/problem+json", serde_json::to_vec(&problem(&failure, id))),
    };
    let json = json.expect("texts and plain values always serialise");
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response.headers_mut().remove(CONTENT_LENGTH); // of the empty body before
    *response.body_mut() = Body::from(json);
    (response, Some(failure.code))
}

fn envelope<'a>(failure: &'a Failure, id: &'a RequestId) -> Failed<'a> {
    Failed {
        status: "error",
        code: failure.code,
        message: &failure.message,
        errors: failure.errors.as_ref(),
        request_id: id.as_str(),
    }
}

fn problem<'a>(failure: &'a Failure, id: &'a RequestId) -> Problem<'a> {
    Problem {
        kind: format!("urn:problem-type:haat:{}", failure.code),
        title: failure.status.canonical_reason().unwrap_or("Error"),
        status: failure.status.as_u16(),
        detail: &failure.message,
        code: failure.code,
        errors: failure.errors.as_ref(),
        request_id: id.as_str(),
    }
}

/// 405, which axum answers itself, with `Allow` and without a body.
fn method_not_allowed() -> Failure {
    let message = "This path does not support the method; see the Allow header.";
    ApiError::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", message).into_failure()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(accept: &'static str) -> Wanted {
        Wanted::by(&HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static(accept))]))
    }

    #[test]
    fn a_problem_is_sent_to_those_who_ask_for_one() {
        assert_eq!(wanted("application/problem+json"), Wanted::Problem);
        assert_eq!(wanted("application/json, application/problem+json"), Wanted::Problem);
        assert_eq!(wanted("Application/Problem+JSON;q=0.9, text/html"), Wanted::Problem);
        assert_eq!(wanted("application/json, application/problem+json;q=0.5"), Wanted::Envelope);
        assert_eq!(wanted("application/problem+json;q=0"), Wanted::Envelope);
        assert_eq!(wanted("*/*"), Wanted::Envelope);
    }
}
