//! The requests of one call: our key in each, and one deadline over all of them.
//!
//! Nothing is repeated here, and no answer is judged by more than its envelope.

use std::time::Duration;

use http::header::{ACCEPT, AUTHORIZATION};
use http::{HeaderValue, Method};
use serde::de::DeserializeOwned;
use tokio::time::Instant;

use super::config::{ChapaConfig, wrong};
use super::errors;
use super::wire::Envelope;
use crate::exchange::{Answer, Ask, Content, Exchange};
use crate::http_client::Effect;
use crate::{CallContext, CallError, CallErrorKind, ConfigError, GatewayName, Sent};

/// The connections and what goes into every request.
#[derive(Debug)]
pub(super) struct Line {
    exchange: Exchange,
    base_url: String,
    authorization: HeaderValue,
    timeout: Duration,
    duplicate_words: Vec<String>,
}

impl Line {
    /// The configuration must have been validated.
    pub(super) fn new(config: &ChapaConfig) -> Result<Self, ConfigError> {
        let bearer = format!("Bearer {}", config.secret_key.expose());
        let mut authorization =
            HeaderValue::from_str(&bearer).map_err(|_| wrong("secret_key", "does not fit a header"))?;
        authorization.set_sensitive(true);
        Ok(Self {
            exchange: Exchange::new(GatewayName::Chapa, config.connect_timeout)?,
            base_url: config.base_url.trim_end_matches('/').to_owned(),
            authorization,
            timeout: config.timeout,
            duplicate_words: config.duplicate_words.clone(),
        })
    }

    /// The time of a call begins to run.
    pub(super) fn talk<'a>(&'a self, context: &'a CallContext) -> Talk<'a> {
        Talk { line: self, context, deadline: Instant::now() + self.timeout }
    }
}

/// One call, whatever number of requests it takes.
#[derive(Debug)]
pub(super) struct Talk<'a> {
    line: &'a Line,
    context: &'a CallContext,
    deadline: Instant,
}

impl Talk<'_> {
    /// Reads something.
    pub(super) async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, CallError> {
        let answer = self.send(Method::GET, path, Content::None, Effect::Reads).await?;
        errors::data(&answer, &self.line.duplicate_words)
    }

    /// Reads something whose shape is looked at by the caller.
    pub(super) async fn get_envelope(&self, path: &str) -> Result<(Answer, Envelope), CallError> {
        let answer = self.send(Method::GET, path, Content::None, Effect::Reads).await?;
        let envelope = errors::open(&answer, &self.line.duplicate_words)?;
        Ok((answer, envelope))
    }

    /// Asks for a change. Only a clear yes is one.
    pub(super) async fn change(
        &self,
        method: Method,
        path: &str,
        content: Content<'_>,
    ) -> Result<(Answer, Envelope), CallError> {
        let answer = self.send(method, path, content, Effect::Changes).await?;
        let envelope = errors::open(&answer, &self.line.duplicate_words)?;
        if envelope.says_yes() { Ok((answer, envelope)) } else { Err(errors::unreadable(&answer)) }
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        content: Content<'_>,
        effect: Effect,
    ) -> Result<Answer, CallError> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(CallError::new(CallErrorKind::Retry, Sent::No, "no time left for another request"));
        }
        let url = format!("{}{path}", self.line.base_url);
        let ask = Ask { method, content, effect, ..Ask::get(url, left) };
        let ask = ask
            .with(AUTHORIZATION.as_str(), self.line.authorization.clone())
            .with(ACCEPT.as_str(), HeaderValue::from_static("application/json"));
        self.line.exchange.send(self.context, ask).await
    }
}
