//! One call to a gateway with a JSON API: its requests under one deadline, a limit on the size of an answer, and the
//! meaning of failures below the gateway's own words. The adapter interprets the words.
//!
//! Nothing is repeated here: only the adapter knows what may be repeated.

use std::fmt::Display;
use std::time::Duration;

use http::{HeaderMap, HeaderValue, Method};
use reqwest::Client;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::time::Instant;

use crate::calls::note_answer;
use crate::http_client::{BodyError, Effect, client, read_body, transport_error};
use crate::record::{self, Answered, Record};
use crate::settings::Settings;
use crate::{CallContext, CallError, CallErrorKind, ConfigError, EndedBy, GatewayName, Sent, redaction};

/// The content of a request.
#[derive(Debug)]
pub(crate) enum Content<'a> {
    None,
    Json(&'a serde_json::Value),
    /// Already encoded.
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
    pub keep: Keep,
}

/// Whether the answer may be stored for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keep {
    Yes,
    /// The answer is a secret.
    Never,
}

impl<'a> Ask<'a> {
    pub(crate) fn get(url: String) -> Self {
        let headers = HeaderMap::new();
        Self {
            method: Method::GET,
            url,
            content: Content::None,
            headers,
            effect: Effect::Reads,
            keep: Keep::Yes,
        }
    }

    /// A POST, which may change something or only read.
    pub(crate) fn post(url: String, content: Content<'a>, effect: Effect) -> Self {
        Self { method: Method::POST, content, effect, ..Self::get(url) }
    }

    /// The answer is a secret.
    pub(crate) fn secret(self) -> Self {
        Self { keep: Keep::Never, ..self }
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
    pub headers: HeaderMap,
    pub body: Vec<u8>,
    pub effect: Effect,
}

/// A longer `Retry-After` is ignored.
const LONGEST_RETRY_AFTER_SECS: u64 = 3600;
const MAX_REQUEST_ID_CHARS: usize = 100;

impl Answer {
    pub(crate) fn succeeded(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The body as JSON; `None` if it does not have that shape.
    pub(crate) fn read<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_slice(&self.body).ok()
    }

    /// The body of a success. If it can't be read, a change was most likely carried out.
    pub(crate) fn expect<T: DeserializeOwned>(&self) -> Result<T, CallError> {
        self.read().ok_or_else(|| self.annotate(unusable("the answer could not be read", self.effect)))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Adds the known facts about the answer to an error about it.
    pub(crate) fn annotate(&self, error: CallError) -> CallError {
        CallError {
            http_status: Some(self.status),
            request_id: self.header("request-id").map(|id| id.chars().take(MAX_REQUEST_ID_CHARS).collect()),
            retry_after: self.retry_after(),
            ..error
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        let secs: u64 = self.header("retry-after")?.trim().parse().ok()?;
        Some(Duration::from_secs(secs.min(LONGEST_RETRY_AFTER_SECS)))
    }

    /// The error by the status alone, for an answer without known words.
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

/// A 2xx that can't be used. A change was most likely carried out. The gateway did answer, so it has no fault.
pub(crate) fn unusable(text: impl Into<String>, effect: Effect) -> CallError {
    let (kind, _) = effect.unanswered();
    let sent = match effect {
        Effect::Reads => Sent::Yes,
        Effect::Changes => Sent::Maybe,
    };
    CallError { http_status: Some(200), ..CallError::new(kind, sent, text) }
}

/// A 2xx that says too little, or something without a neutral word.
pub(crate) fn unmapped(error: impl Display, effect: Effect) -> CallError {
    unusable(format!("the answer is not usable: {error}"), effect)
}

/// The connections to a gateway.
#[derive(Clone, Debug)]
pub(crate) struct Exchange {
    client: Client,
}

impl Exchange {
    pub(crate) fn new(gateway: GatewayName, connect_timeout: Duration) -> Result<Self, ConfigError> {
        let client = client(connect_timeout).map_err(|error| {
            Settings(gateway).wrong("connect_timeout", format!("no HTTP client: {error}"))
        })?;
        Ok(Self { client })
    }

    /// Starts the time of a call.
    pub(crate) fn begin<'a>(&'a self, context: &'a CallContext, time: Duration) -> Session<'a> {
        Session { exchange: self, context, deadline: Instant::now() + time }
    }
}

/// One call to an adapter, with all its requests, and its deadline.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Session<'a> {
    exchange: &'a Exchange,
    pub context: &'a CallContext,
    deadline: Instant,
}

impl Session<'_> {
    /// Ends after this at the latest.
    pub(crate) fn within(self, time: Duration) -> Self {
        Self { deadline: self.deadline.min(Instant::now() + time), ..self }
    }

    /// The time left; an error once there is none.
    pub(crate) fn left(self) -> Result<Duration, CallError> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        if left.is_zero() { Err(out_of_time()) } else { Ok(left) }
    }

    /// Sends a request once. The answer is added to the record of the call, if there is one.
    pub(crate) async fn send(self, ask: Ask<'_>) -> Result<Answer, CallError> {
        if ask.keep == Keep::Never || !Record::is_kept() {
            return self.sent(ask).await;
        }
        let (request, begun) = (record::line(&ask.method, &ask.url), Instant::now());
        let answer = self.sent(ask).await;
        Record::add(match &answer {
            Ok(answer) => answered(request, begun, answer),
            // Nothing was sent, so there is nothing to record.
            Err(error) if error.ended_by == EndedBy::Us => return Err(error.clone()),
            Err(error) => Answered {
                request,
                status: error.http_status,
                body: None,
                problem: Some(error.message.clone()),
                took: begun.elapsed(),
            },
        });
        answer
    }

    async fn sent(self, ask: Ask<'_>) -> Result<Answer, CallError> {
        let Ask { method, url, content, headers, effect, keep: _ } = ask;
        let request = self.exchange.client.request(method, url).headers(headers).timeout(self.left()?);
        let mut request = match content {
            Content::None => request,
            Content::Json(body) => request.json(body),
            Content::Form(body) => {
                request.header("content-type", "application/x-www-form-urlencoded").body(body)
            }
        };
        if let Some(Ok(traceparent)) = self.context.traceparent.as_deref().map(HeaderValue::from_str) {
            request = request.header("traceparent", traceparent);
        }
        let mut response = request.send().await.map_err(|error| transport_error(&error, effect))?;
        let (status, headers) = (response.status().as_u16(), std::mem::take(response.headers_mut()));
        let mut answer = Answer { status, headers, body: Vec::new(), effect };
        note_answer(status, answer.header("request-id"));
        match read_body(response).await {
            Ok(body) => answer.body = body,
            // The status alone decides the outcome.
            Err(_) if !answer.succeeded() => {}
            Err(BodyError::TooLarge) => {
                return Err(answer.annotate(unusable("the answer is too large", effect)));
            }
            Err(BodyError::Broken(error)) => return Err(transport_error(&error, effect)),
        }
        Ok(answer)
    }
}

fn answered(request: String, begun: Instant, answer: &Answer) -> Answered {
    Answered {
        request,
        status: Some(answer.status),
        body: Some(redaction::kept(&answer.body)),
        problem: None,
        took: begun.elapsed(),
    }
}

/// Nothing was sent, because the call has no time left for its answer.
pub(crate) fn out_of_time() -> CallError {
    CallError::new(CallErrorKind::Retry, Sent::No, "no time left for a further request")
}

/// A value as JSON: requests are plain data.
pub(crate) fn json(value: &impl Serialize) -> serde_json::Value {
    serde_json::to_value(value).expect("requests are plain data")
}

#[cfg(test)]
mod tests {
    use http::header::RETRY_AFTER;

    use super::*;

    #[test]
    fn retry_after_is_read_and_bounded() {
        let read = |text: &'static str| {
            let headers = HeaderMap::from_iter([(RETRY_AFTER, HeaderValue::from_static(text))]);
            Answer { status: 429, headers, body: vec![], effect: Effect::Reads }.by_status("").retry_after
        };
        assert_eq!(read("7"), Some(Duration::from_secs(7)));
        assert_eq!(read("999999999"), Some(Duration::from_secs(3600)));
        assert_eq!(read("Wed, 21 Oct 2015 07:28:00 GMT"), None);
        assert_eq!(read("-1"), None);
    }
}
