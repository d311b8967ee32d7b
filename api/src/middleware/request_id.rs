//! The id of a request: the caller's if it is valid, else a new one. Returned in `X-Request-Id`.

use http::{HeaderMap, HeaderName, HeaderValue};
use uuid::Uuid;

pub(super) const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Longest request id in bytes that is accepted from a caller.
const LONGEST: usize = 128;

/// Visible ASCII, safe to log and to send back.
#[derive(Clone, Debug)]
pub(super) struct RequestId(String);

impl RequestId {
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let sent = headers.get(X_REQUEST_ID).and_then(|value| value.to_str().ok());
        Self(sent.filter(|id| is_sane(id)).map_or_else(|| Uuid::now_v7().to_string(), str::to_owned))
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) fn header(&self) -> HeaderValue {
        HeaderValue::from_str(&self.0).expect("only visible ASCII is let in")
    }
}

fn is_sane(id: &str) -> bool {
    let fits = (1..=LONGEST).contains(&id.len());
    fits && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.:/+=".contains(&byte))
}
