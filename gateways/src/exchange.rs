//! One call to a gateway that speaks JSON: headers, one deadline, the size of the answer, and what a failure below the
//! gateway's own words means. What the words mean is the adapter's.
//!
//! Nothing is repeated here: without idempotency keys only the adapter knows what may be.

use std::time::Duration;

use http::{HeaderMap, HeaderValue, Method};
use reqwest::Client;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::calls::note_answer;
use crate::http_client::{BodyError, Effect, client, read_body, transport_error};
use crate::{CallContext, CallError, CallErrorKind, ConfigError, GatewayName, Sent};

/// What goes into a request.
#[derive(Debug)]
pub(crate) enum Content<'a> {
    None,
    Json(&'a serde_json::Value),
    /// Encoded already.
    Form(String),
}

/// One request.
#[derive(Debug)]
pub(crate) struct Ask<'a> {
    pub method: Method,
    /// The whole address.
    pub url: String,
    pub content: Content<'a>,
    pub headers: HeaderMap,
    pub effect: Effect,
    pub timeout: Duration,
}

impl<'a> Ask<'a> {
    pub(crate) fn get(url: String, timeout: Duration) -> Self {
        let headers = HeaderMap::new();
        Self { method: Method::GET, url, content: Content::None, headers, effect: Effect::Reads, timeout }
    }

    /// A POST, which may change something or only ask.
    pub(crate) fn post(url: String, body: &'a serde_json::Value, effect: Effect, timeout: Duration) -> Self {
        let headers = HeaderMap::new();
        Self { method: Method::POST, url, content: Content::Json(body), headers, effect, timeout }
    }

    pub(crate) fn with(mut self, name: &'static str, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }
}

/// An answer, whatever its status.
#[derive(Debug)]
pub(crate) struct Answer {
    pub status: u16,
    pub body: Vec<u8>,
    pub effect: Effect,
    /// As the header has it, an hour at the most.
    pub retry_after: Option<Duration>,
}

const LONGEST_RETRY_AFTER_SECS: u64 = 3600;

impl Answer {
    pub(crate) fn succeeded(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The body as JSON; `None` if it is none of that shape.
    pub(crate) fn read<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_slice(&self.body).ok()
    }

    /// The body of a success. One that can't be used was most likely carried out, if it could change anything.
    pub(crate) fn expect<T: DeserializeOwned>(&self) -> Result<T, CallError> {
        self.read().ok_or_else(|| self.annotate(unusable("the answer could not be read", self.effect)))
    }

    /// Puts what is known of the answer into an error about it.
    pub(crate) fn annotate(&self, error: CallError) -> CallError {
        CallError { http_status: Some(self.status), retry_after: self.retry_after, ..error }
    }

    /// What the status alone says, for an answer without words we know.
    pub(crate) fn by_status(&self, message: impl Into<String>) -> CallError {
        let kind = match self.status {
            401 => CallErrorKind::Auth,
            403 => CallErrorKind::Forbidden,
            408 => self.effect.unanswered().0,
            429 => CallErrorKind::Retry,
            400..=499 => CallErrorKind::Refused,
            _ => self.effect.unanswered().0,
        };
        let sent = if kind == CallErrorKind::Unknown { Sent::Maybe } else { Sent::Yes };
        self.annotate(CallError::new(kind, sent, format!("HTTP {}: {}", self.status, message.into())))
    }
}

/// A 2xx that can't be used: for a change, it was most likely carried out.
pub(crate) fn unusable(text: impl Into<String>, effect: Effect) -> CallError {
    let (kind, _) = effect.unanswered();
    let sent = match effect {
        Effect::Reads => Sent::Yes,
        Effect::Changes => Sent::Maybe,
    };
    CallError::new(kind, sent, text)
}

/// A gateway's connections.
#[derive(Clone, Debug)]
pub(crate) struct Exchange {
    client: Client,
}

impl Exchange {
    pub(crate) fn new(gateway: GatewayName, connect_timeout: Duration) -> Result<Self, ConfigError> {
        let client = client(connect_timeout).map_err(|error| ConfigError {
            gateway: gateway.as_str(),
            setting: "connect_timeout",
            problem: format!("no HTTP client: {error}"),
        })?;
        Ok(Self { client })
    }

    /// Sends it once.
    pub(crate) async fn send(&self, context: &CallContext, ask: Ask<'_>) -> Result<Answer, CallError> {
        let Ask { method, url, content, headers, effect, timeout } = ask;
        let mut request = self.client.request(method, url).headers(headers).timeout(timeout);
        request = match content {
            Content::None => request,
            Content::Json(body) => request.json(body),
            Content::Form(body) => {
                request.header("content-type", "application/x-www-form-urlencoded").body(body)
            }
        };
        if let Some(Ok(traceparent)) = context.traceparent.as_deref().map(HeaderValue::from_str) {
            request = request.header("traceparent", traceparent);
        }
        let response = request.send().await.map_err(|error| transport_error(&error, effect))?;
        let status = response.status().as_u16();
        note_answer(status, None);
        let retry_after = retry_after(response.headers());
        let succeeded = response.status().is_success();
        let body = match read_body(response).await {
            Ok(body) => body,
            // The status alone says what became of it.
            Err(_) if !succeeded => Vec::new(),
            Err(BodyError::TooLarge) => return Err(unusable("the answer is too large", effect)),
            Err(BodyError::Broken(error)) => return Err(transport_error(&error, effect)),
        };
        Ok(Answer { status, body, effect, retry_after })
    }
}

fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let secs: u64 = headers.get("retry-after")?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(secs.min(LONGEST_RETRY_AFTER_SECS)))
}

/// A value as JSON: requests are plain data.
pub(crate) fn json(value: &impl Serialize) -> serde_json::Value {
    serde_json::to_value(value).expect("requests are plain data")
}
