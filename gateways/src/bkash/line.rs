//! One request to bKash with its token, within the time that is left for the whole call.
//!
//! Repeated is only what the gateway in front of bKash turned away for its token, and that once.

use std::sync::Arc;
use std::time::Duration;

use http::HeaderValue;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::time::Instant;

use super::config::{BkashConfig, RefundVersion, wrong};
use super::errors::{Deed, accepted, token_refused};
use super::marks::Marks;
use super::tokens::{Tokens, header};
use crate::exchange::{Answer, Ask, Exchange};
use crate::{CallContext, CallError, CallErrorKind, ConfigError, GatewayName, Secret, Sent};

pub(super) const CREATE: &str = "/tokenized/checkout/create";
pub(super) const EXECUTE: &str = "/tokenized/checkout/execute";
pub(super) const STATUS: &str = "/tokenized/checkout/payment/status";
pub(super) const SEARCH: &str = "/tokenized/checkout/general/searchTransaction";
const REFUND_V1: &str = "/tokenized/checkout/payment/refund";
const REFUND_V2: &str = "/v2/tokenized-checkout/refund/payment/transaction";
const REFUND_STATUS_V2: &str = "/v2/tokenized-checkout/refund/payment/status";

/// When a call must be over.
#[derive(Clone, Copy, Debug)]
pub(super) struct Deadline(Instant);

impl Deadline {
    pub(super) fn within(time: Duration) -> Self {
        Self(Instant::now() + time)
    }

    /// Earlier by this, for what has to follow.
    pub(super) fn less(self, time: Duration) -> Self {
        Self(self.0.checked_sub(time).unwrap_or(self.0))
    }

    pub(super) fn left(self) -> Result<Duration, CallError> {
        let left = self.0.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(CallError::new(CallErrorKind::Retry, Sent::No, "no time left for the request"));
        }
        Ok(left)
    }
}

/// The way to bKash.
#[derive(Debug)]
pub(super) struct Line {
    config: Arc<BkashConfig>,
    exchange: Exchange,
    app_key: HeaderValue,
    tokens: Tokens,
}

impl Line {
    /// The configuration must have been validated.
    pub(super) fn new(config: Arc<BkashConfig>) -> Result<Self, ConfigError> {
        let exchange = Exchange::new(GatewayName::Bkash, config.connect_timeout)?;
        let app_key = header("app_key", &config.credentials.app_key)?;
        let tokens = Tokens::new(Arc::clone(&config))?;
        Ok(Self { config, exchange, app_key, tokens })
    }

    pub(super) fn exchange(&self) -> &Exchange {
        &self.exchange
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.config.base())
    }

    pub(super) fn refund_url(&self) -> String {
        match self.config.refund_version {
            RefundVersion::V1 => self.url(REFUND_V1),
            RefundVersion::V2 => format!("{}{REFUND_V2}", self.config.root()),
        }
    }

    pub(super) fn refunds_url(&self) -> String {
        match self.config.refund_version {
            RefundVersion::V1 => self.url(REFUND_V1),
            RefundVersion::V2 => format!("{}{REFUND_STATUS_V2}", self.config.root()),
        }
    }

    /// The answer, if it says that it was done.
    pub(super) async fn call<T: DeserializeOwned>(
        &self,
        context: &CallContext,
        marks: &Marks,
        deed: Deed,
        url: String,
        body: &Value,
        deadline: Deadline,
    ) -> Result<T, CallError> {
        let answer = self.ask(context, marks, deed, url, body, deadline).await?;
        accepted(&answer, deed)?;
        answer.expect()
    }

    pub(super) async fn ask(
        &self,
        context: &CallContext,
        marks: &Marks,
        deed: Deed,
        url: String,
        body: &Value,
        deadline: Deadline,
    ) -> Result<Answer, CallError> {
        let token = self.tokens.get(&self.exchange, marks, context, None, deadline).await?;
        let answer = self.send(context, deed, url.clone(), body, &token, deadline).await?;
        if !token_refused(&answer) {
            return Ok(answer);
        }
        let token = self.tokens.get(&self.exchange, marks, context, Some(&token), deadline).await?;
        self.send(context, deed, url, body, &token, deadline).await
    }

    async fn send(
        &self,
        context: &CallContext,
        deed: Deed,
        url: String,
        body: &Value,
        token: &Secret,
        deadline: Deadline,
    ) -> Result<Answer, CallError> {
        let ask = Ask::post(url, body, deed.effect(), deadline.left()?)
            .with("authorization", token_header(token)?)
            .with("x-app-key", self.app_key.clone());
        self.exchange.send(context, ask).await
    }
}

fn token_header(token: &Secret) -> Result<HeaderValue, CallError> {
    header("token", token).map_err(|_| CallError::held_back(wrong("token", "on the shelf is none").problem))
}
