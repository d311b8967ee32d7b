//! One call to Stripe: headers, the bound on calls in flight, quick repeats, one deadline over all.
//!
//! A repeat carries the same `Idempotency-Key` and the same bytes. What an earlier try may have done is
//! remembered: an error that follows it does not turn "perhaps" into "no".

use std::time::Duration;

use http::HeaderValue;
use serde::de::DeserializeOwned;
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};

use super::config::{SETTINGS, StripeConfig};
use super::errors::classify;
use super::form::Form;
use crate::calls::note_tries;
use crate::exchange::{Ask, Content, Exchange, Session};
use crate::http_client::{Effect, backoff};
use crate::{CallContext, CallError, ConfigError, GatewayName, RetryAdvice};

/// After a rate limit the wait before the next try is this many times longer.
const RATE_LIMIT_FACTOR: u32 = 4;

#[derive(Debug)]
pub(super) struct Transport {
    exchange: Exchange,
    base_url: String,
    authorization: HeaderValue,
    api_version: HeaderValue,
    account: Option<HeaderValue>,
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
        Ok(Self {
            exchange: Exchange::new(GatewayName::Stripe, config.connect_timeout)?,
            base_url: config.base_url.trim_end_matches('/').to_owned(),
            authorization: SETTINGS.bearer(&config.secret_key)?,
            api_version: SETTINGS.header("api_version", &config.api_version)?,
            account: config.account.as_deref().map(|id| SETTINGS.header("account", id)).transpose()?,
            in_flight: Semaphore::new(config.max_concurrency),
            timeout: config.timeout,
            max_retries: config.max_retries,
            retry_base: config.retry_base,
        })
    }

    /// Tries until there is an answer, the tries are used up or a further wait would pass the deadline.
    pub(super) async fn send<T: DeserializeOwned>(&self, call: &Call<'_>) -> Result<T, CallError> {
        let session = self.exchange.begin(call.context, self.timeout);
        let mut earlier = None;
        for retry in 0.. {
            note_tries(retry + 1);
            let error = match self.try_once(call, session).await {
                Ok(answer) => return Ok(answer),
                Err(error) => error.after(earlier.as_ref()),
            };
            if retry >= self.max_retries || !may_repeat_now(&error) {
                return Err(error);
            }
            let wait = self.wait_before_repeat(&error, retry);
            if session.left().is_ok_and(|left| wait < left) {
                sleep(wait).await;
                earlier = Some(error);
            } else {
                return Err(error);
            }
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
        session: Session<'_>,
    ) -> Result<T, CallError> {
        let place = timeout(session.left()?, self.in_flight.acquire()).await;
        let Ok(Ok(_place)) = place else { return Err(CallError::held_back("too many calls in flight")) };
        let answer = session.send(self.ask(call)).await?;
        if answer.succeeded() { answer.expect() } else { Err(classify(&answer)) }
    }

    fn ask(&self, call: &Call<'_>) -> Ask<'static> {
        let url = format!("{}{}", self.base_url, call.path);
        let form = call.form.encode();
        let ask = match call.effect {
            Effect::Reads if form.is_empty() => Ask::get(url),
            Effect::Reads => Ask::get(format!("{url}?{form}")),
            // The content type is expected even when the body is empty.
            Effect::Changes => Ask::post(url, Content::Form(form), Effect::Changes),
        };
        let mut ask = ask
            .with("authorization", self.authorization.clone())
            .with("stripe-version", self.api_version.clone());
        if let Some(account) = &self.account {
            ask = ask.with("stripe-account", account.clone());
        }
        if let Some(key) = &call.idempotency_key {
            let key = HeaderValue::from_str(key).expect("an id of ours and a word");
            ask = ask.with("idempotency-key", key);
        }
        ask
    }
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
    use crate::{CallErrorKind, Secret, Sent};

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
