//! One request to bKash with its token, within the time that is left for the whole call.
//!
//! Only a request whose token the proxy in front of bKash refused is repeated, and only once.

use std::sync::Arc;

use http::HeaderValue;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::config::{BkashConfig, RefundVersion, SETTINGS};
use super::errors::{Deed, accepted, token_refused};
use super::marks::Marks;
use super::tokens::Tokens;
use crate::exchange::{Answer, Ask, Content, Exchange, Session};
use crate::{CallContext, CallError, ConfigError, GatewayName, Secret};

pub(super) const CREATE: &str = "/tokenized/checkout/create";
pub(super) const EXECUTE: &str = "/tokenized/checkout/execute";
pub(super) const STATUS: &str = "/tokenized/checkout/payment/status";
pub(super) const SEARCH: &str = "/tokenized/checkout/general/searchTransaction";
const REFUND_V1: &str = "/tokenized/checkout/payment/refund";
const REFUND_V2: &str = "/v2/tokenized-checkout/refund/payment/transaction";
const REFUND_STATUS_V2: &str = "/v2/tokenized-checkout/refund/payment/status";

/// The client of bKash.
#[derive(Debug)]
pub(super) struct Line {
    config: Arc<BkashConfig>,
    exchange: Exchange,
    app_key: HeaderValue,
    tokens: Tokens,
}

impl Line {
    /// The configuration must have been validated.
    pub(super) fn new(config: Arc<BkashConfig>, marks: Marks) -> Result<Self, ConfigError> {
        let exchange = Exchange::new(GatewayName::Bkash, config.connect_timeout)?;
        let app_key = SETTINGS.header("app_key", config.credentials.app_key.expose())?;
        let tokens = Tokens::new(Arc::clone(&config), marks)?;
        Ok(Self { config, exchange, app_key, tokens })
    }

    /// Starts the time of a call.
    pub(super) fn talk<'a>(&'a self, context: &'a CallContext) -> Talk<'a> {
        Talk { line: self, session: self.exchange.begin(context, self.config.timeout) }
    }

    /// With more time, for a request that moves money and the questions before and after it.
    pub(super) fn talk_patiently<'a>(&'a self, context: &'a CallContext) -> Talk<'a> {
        Talk { line: self, session: self.exchange.begin(context, self.config.longest_call()) }
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
}

/// One call to the adapter, whatever number of requests it takes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Talk<'a> {
    line: &'a Line,
    session: Session<'a>,
}

impl Talk<'_> {
    /// For a question: it ends after the normal timeout.
    pub(super) fn briefly(self) -> Self {
        Self { session: self.session.within(self.line.config.timeout), ..self }
    }

    /// For the request that moves the money.
    pub(super) fn moving(self) -> Self {
        Self { session: self.session.within(self.line.config.execute_timeout), ..self }
    }

    /// The caller's clock.
    pub(super) fn now(self) -> i64 {
        self.session.context.now
    }

    /// The answer, if it says that the request was carried out.
    pub(super) async fn call<T: DeserializeOwned>(
        self,
        deed: Deed,
        url: &str,
        body: &Value,
    ) -> Result<T, CallError> {
        let answer = self.ask(deed, url, body).await?;
        accepted(&answer, deed)?;
        answer.expect()
    }

    pub(super) async fn ask(self, deed: Deed, url: &str, body: &Value) -> Result<Answer, CallError> {
        // No longer than the lock of a fetch lasts.
        let brief = self.session.within(self.line.config.timeout);
        let token = self.line.tokens.get(brief, None).await?;
        let answer = self.send(deed, url, body, &token).await?;
        if !token_refused(&answer) {
            return Ok(answer);
        }
        let brief = self.session.within(self.line.config.timeout);
        let token = self.line.tokens.get(brief, Some(&token)).await?;
        self.send(deed, url, body, &token).await
    }

    async fn send(self, deed: Deed, url: &str, body: &Value, token: &Secret) -> Result<Answer, CallError> {
        let token = SETTINGS.header("token", token.expose());
        let token = token.map_err(|_| CallError::held_back("the token on the shelf is none"))?;
        let ask = Ask::post(url.to_owned(), Content::Json(body), deed.effect())
            .with("authorization", token)
            .with("x-app-key", self.line.app_key.clone());
        self.session.send(ask).await
    }
}
