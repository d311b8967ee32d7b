//! The requests of one call: our key in each, and one deadline over all of them.
//!
//! Nothing is repeated here, and only the envelope of an answer is interpreted.

use std::time::Duration;

use http::{HeaderValue, Method};
use serde::de::DeserializeOwned;

use super::config::{ChapaConfig, SETTINGS};
use super::errors;
use super::wire::Envelope;
use crate::exchange::{Answer, Ask, Content, Exchange, Session};
use crate::http_client::Effect;
use crate::{CallContext, CallError, ConfigError, GatewayName};

/// The connections, and the common part of every request.
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
        Ok(Self {
            exchange: Exchange::new(GatewayName::Chapa, config.connect_timeout)?,
            base_url: config.base_url.trim_end_matches('/').to_owned(),
            authorization: SETTINGS.bearer(&config.secret_key)?,
            timeout: config.timeout,
            duplicate_words: config.duplicate_words.clone(),
        })
    }

    /// Starts the time of a call.
    pub(super) fn talk<'a>(&'a self, context: &'a CallContext) -> Talk<'a> {
        Talk { line: self, session: self.exchange.begin(context, self.timeout) }
    }
}

/// One call, whatever number of requests it takes.
#[derive(Debug)]
pub(super) struct Talk<'a> {
    line: &'a Line,
    session: Session<'a>,
}

impl Talk<'_> {
    /// Reads an object.
    pub(super) async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, CallError> {
        let answer = self.send(Method::GET, path, Content::None, Effect::Reads).await?;
        errors::data(&answer, &self.line.duplicate_words)
    }

    /// Reads an answer whose shape the caller checks.
    pub(super) async fn get_envelope(&self, path: &str) -> Result<(Answer, Envelope), CallError> {
        let answer = self.send(Method::GET, path, Content::None, Effect::Reads).await?;
        let envelope = errors::open(&answer, &self.line.duplicate_words)?;
        Ok((answer, envelope))
    }

    /// Requests a change. Only a clear yes counts as one.
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
        let url = format!("{}{path}", self.line.base_url);
        let ask = Ask { method, content, effect, ..Ask::get(url) }
            .with("authorization", self.line.authorization.clone())
            .with("accept", HeaderValue::from_static("application/json"));
        self.session.send(ask).await
    }
}
