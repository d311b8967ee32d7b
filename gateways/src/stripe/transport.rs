//! One call to Stripe: headers, the bound on calls in flight, quick repeats, one deadline over all.
//!
//! A repeat carries the same `Idempotency-Key` and the same bytes. What an earlier try may have done is
//! remembered: an error that follows it does not turn "perhaps" into "no".

use std::time::Duration;

use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderValue, Method};
use reqwest::{Client, RequestBuilder};
use serde::de::DeserializeOwned;
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep, timeout_at};

use super::config::{StripeConfig, wrong};
use super::errors::{Reply, classify};
use super::form::Form;
use crate::calls::{note_answer, note_tries};
use crate::http_client::{BodyError, Effect, backoff, client, read_body, transport_error};
use crate::{CallContext, CallError, CallErrorKind, ConfigError, RetryAdvice, Sent};

/// Being told to slow down is not answered by a quick repeat: its wait is this many times longer.
const RATE_LIMIT_FACTOR: u32 = 4;

#[derive(Debug)]
pub(super) struct Transport {
    client: Client,
    base_url: String,
    authorization: HeaderValue,
    api_version: HeaderValue,
    in_flight: Semaphore,
    timeout: Duration,
    max_retries: u32,
    retry_base: Duration,
}

/// One call, whatever number of tries it takes.
#[derive(Debug)]
pub(super) struct Call<'a> {
    pub context: &'a CallContext,
    pub path: String,
    /// The query of a read, the body of a change.
    pub form: Form,
    pub effect: Effect,
    pub idempotency_key: Option<String>,
}

impl<'a> Call<'a> {
    pub(super) fn read(context: &'a CallContext, path: String, form: Form) -> Self {
        Self { context, path, form, effect: Effect::Reads, idempotency_key: None }
    }

    pub(super) fn change(context: &'a CallContext, path: String, form: Form, key: Option<String>) -> Self {
        Self { context, path, form, effect: Effect::Changes, idempotency_key: key }
    }
}

impl Transport {
    /// The configuration must have been validated.
    pub(super) fn new(config: &StripeConfig) -> Result<Self, ConfigError> {
        let bearer = format!("Bearer {}", config.secret_key.expose());
        let mut authorization =
            HeaderValue::from_str(&bearer).map_err(|_| wrong("secret_key", "does not fit a header"))?;
        authorization.set_sensitive(true);
        let api_version = HeaderValue::from_str(&config.api_version)
            .map_err(|_| wrong("api_version", "does not fit a header"))?;
        let client = client(config.connect_timeout)
            .map_err(|error| wrong("connect_timeout", format!("no HTTP client: {error}")))?;
        Ok(Self {
            client,
            base_url: config.base_url.trim_end_matches('/').to_owned(),
            authorization,
            api_version,
            in_flight: Semaphore::new(config.max_concurrency),
            timeout: config.timeout,
            max_retries: config.max_retries,
            retry_base: config.retry_base,
        })
    }

    /// Tries until there is an answer, the tries are used up or a further wait would pass the deadline.
    pub(super) async fn send<T: DeserializeOwned>(&self, call: &Call<'_>) -> Result<T, CallError> {
        let deadline = Instant::now() + self.timeout;
        let mut earlier = None;
        for retry in 0.. {
            note_tries(retry + 1);
            let error = match self.try_once(call, deadline).await {
                Ok(answer) => return Ok(answer),
                Err(error) => error.after(earlier.as_ref()),
            };
            if retry >= self.max_retries || !may_repeat_now(&error) {
                return Err(error);
            }
            let wait = self.wait_before_repeat(&error, retry);
            if Instant::now() + wait >= deadline {
                return Err(error);
            }
            sleep(wait).await;
            earlier = Some(error);
        }
        unreachable!("the loop ends by returning, at the latest when max_retries is reached")
    }

    fn wait_before_repeat(&self, error: &CallError, retry: u32) -> Duration {
        let factor = if error.http_status == Some(429) { RATE_LIMIT_FACTOR } else { 1 };
        let wait = backoff(self.retry_base.saturating_mul(factor), retry);
        wait.max(error.retry_after.unwrap_or_default())
    }

    /// One try. Holds its place among the calls in flight only while it runs, not while it waits.
    async fn try_once<T: DeserializeOwned>(
        &self,
        call: &Call<'_>,
        deadline: Instant,
    ) -> Result<T, CallError> {
        let place = timeout_at(deadline, self.in_flight.acquire()).await;
        let _place = match place {
            Ok(Ok(place)) => place,
            Ok(Err(_)) | Err(_) => {
                return Err(CallError::held_back("too many calls in flight"));
            }
        };
        let left = deadline.saturating_duration_since(Instant::now());
        let response = self.request(call).timeout(left).send().await;
        let response = response.map_err(|error| transport_error(&error, call.effect))?;
        let reply = Reply::read(response.status().as_u16(), response.headers());
        let succeeded = response.status().is_success();
        note_answer(reply.status, reply.request_id.as_deref());
        match (read_body(response).await, succeeded) {
            (Ok(body), true) => serde_json::from_slice(&body)
                .map_err(|_| reply.annotate(unusable("the answer could not be read", call.effect))),
            (Ok(body), false) => Err(classify(&reply, &body, call.effect)),
            // The status alone says what became of it.
            (Err(_), false) => Err(classify(&reply, b"", call.effect)),
            (Err(BodyError::TooLarge), true) => {
                Err(reply.annotate(unusable("the answer is too large", call.effect)))
            }
            (Err(BodyError::Broken(error)), true) => {
                Err(reply.annotate(transport_error(&error, call.effect)))
            }
        }
    }

    fn request(&self, call: &Call<'_>) -> RequestBuilder {
        let encoded = call.form.encode();
        let mut url = format!("{}{}", self.base_url, call.path);
        let request = match call.effect {
            Effect::Reads => {
                if !call.form.is_empty() {
                    url.push('?');
                    url.push_str(&encoded);
                }
                self.client.request(Method::GET, url)
            }
            // The content type is expected even when the body is empty.
            Effect::Changes => self
                .client
                .request(Method::POST, url)
                .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
                .body(encoded),
        };
        let mut request = request
            .header(AUTHORIZATION, self.authorization.clone())
            .header("Stripe-Version", self.api_version.clone());
        if let Some(key) = &call.idempotency_key {
            request = request.header("Idempotency-Key", key);
        }
        let traceparent = call.context.traceparent.as_deref().map(HeaderValue::from_str);
        if let Some(Ok(traceparent)) = traceparent {
            request = request.header("traceparent", traceparent);
        }
        request
    }
}

/// A 2xx that can't be used: for a change, it was most likely carried out.
pub(super) fn unusable(text: impl Into<String>, effect: Effect) -> CallError {
    let (kind, _) = effect.unanswered();
    let sent = match effect {
        Effect::Reads => Sent::Yes,
        Effect::Changes => Sent::Maybe,
    };
    CallError::new(kind, sent, text)
}

fn may_repeat_now(error: &CallError) -> bool {
    match error.advice {
        RetryAdvice::Repeat => true,
        RetryAdvice::Stop => false,
        RetryAdvice::Silent => error.is_retryable(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Secret;

    #[tokio::test]
    async fn a_call_that_finds_no_place_in_time_was_not_sent() {
        let mut config = StripeConfig::new(Secret::from("sk_test_x"), vec![Secret::from("whsec_x")]);
        config.base_url = "http://127.0.0.1:9".to_owned();
        config.max_concurrency = 1;
        config.timeout = Duration::from_millis(20);
        let transport = Transport::new(&config).expect("a good configuration");
        let _taken = transport.in_flight.acquire().await.expect("it is never closed");
        let context = CallContext::default();
        let call = Call::change(&context, "/v1/refunds".to_owned(), Form::default(), None);
        let error = transport.send::<serde_json::Value>(&call).await.expect_err("no place");
        assert_eq!((error.kind, error.sent), (CallErrorKind::Retry, Sent::No));
        assert_eq!(error.message, "too many calls in flight");
    }
}
