//! The access token: one for all processes, fetched by one of them at a time, and not often.
//!
//! bKash blocks a merchant for an hour who fetches more than about two an hour. So each fetch takes one of as many
//! places, which is free again after an hour; it is given back only if the request never left.

use std::sync::Arc;
use std::time::Duration;

use http::HeaderValue;
use serde_json::json;
use tokio::time::sleep;

use super::config::{BkashConfig, wrong};
use super::errors::{Deed, accepted};
use super::line::Deadline;
use super::marks::Marks;
use super::wire::Token;
use crate::exchange::{Answer, Ask, Exchange, unusable};
use crate::http_client::Effect;
use crate::{CallContext, CallError, CallErrorKind, ConfigError, Secret, Sent};

const POLL: Duration = Duration::from_millis(50);
const HOUR: Duration = Duration::from_hours(1);
/// bKash's own figure, where an answer has none.
const USUAL_LIFE_SECS: u64 = 3600;
/// About 28 days, less one for clocks and doubts.
const REFRESH_LIFE: Duration = Duration::from_hours(27 * 24);

#[derive(Debug)]
pub(super) struct Tokens {
    config: Arc<BkashConfig>,
    username: HeaderValue,
    password: HeaderValue,
}

impl Tokens {
    /// The configuration must have been validated.
    pub(super) fn new(config: Arc<BkashConfig>) -> Result<Self, ConfigError> {
        let username = header("username", &config.credentials.username)?;
        let password = header("password", &config.credentials.password)?;
        Ok(Self { config, username, password })
    }

    /// A token that is not `refused`: from the shelf, or fetched. Who finds another fetching waits for what it gets.
    pub(super) async fn get(
        &self,
        exchange: &Exchange,
        marks: &Marks,
        context: &CallContext,
        refused: Option<&Secret>,
        deadline: Deadline,
    ) -> Result<Secret, CallError> {
        let (kept, lock) = (marks.name("token"), marks.name("token-lock"));
        let good = async || {
            let token = marks.shelf.read(&kept).await.map(Secret::from);
            token.filter(|token| Some(token) != refused)
        };
        loop {
            if let Some(token) = good().await {
                return Ok(token);
            }
            let left = deadline.left()?;
            // Longer than a fetch can last.
            if marks.shelf.take(&lock, self.config.timeout + POLL).await {
                let fetched = match good().await {
                    Some(token) => Ok(token),
                    None => self.fetch(exchange, marks, context, refused.is_some(), deadline).await,
                };
                marks.shelf.remove(&lock).await;
                return fetched;
            }
            sleep(POLL.min(left)).await;
        }
    }

    /// By the refresh token if there is one, else with all four credentials. A token that was refused in the middle of
    /// its life says that its refresh token is not to be trusted either.
    async fn fetch(
        &self,
        exchange: &Exchange,
        marks: &Marks,
        context: &CallContext,
        anew: bool,
        deadline: Deadline,
    ) -> Result<Secret, CallError> {
        let kept = marks.name("refresh-token");
        if let Some(refresh) = marks.shelf.read(&kept).await.filter(|_| !anew) {
            match self.ask(exchange, marks, context, Some(&refresh), deadline).await {
                Err(error) if refuses(&error) => marks.shelf.remove(&kept).await,
                fetched => return fetched,
            }
        }
        self.ask(exchange, marks, context, None, deadline).await
    }

    async fn ask(
        &self,
        exchange: &Exchange,
        marks: &Marks,
        context: &CallContext,
        refresh: Option<&str>,
        deadline: Deadline,
    ) -> Result<Secret, CallError> {
        let credentials = &self.config.credentials;
        let mut body =
            json!({"app_key": credentials.app_key.expose(), "app_secret": credentials.app_secret.expose()});
        let mut path = "grant";
        if let Some(refresh) = refresh {
            path = "refresh";
            body["refresh_token"] = refresh.into();
        }
        let url = format!("{}/tokenized/checkout/token/{path}", self.config.base());
        // As a change, so that an error tells whether it left.
        let ask = Ask::post(url, &body, Effect::Changes, deadline.left()?)
            .with("username", self.username.clone())
            .with("password", self.password.clone());
        let place = self.take_place(marks).await?;
        let fetched = match exchange.send(context, ask).await {
            Ok(answer) => self.keep(marks, &answer).await,
            Err(error) if error.sent == Sent::No => {
                marks.shelf.remove(&place).await;
                Err(error)
            }
            Err(error) => Err(error),
        };
        fetched.map_err(before_the_request)
    }

    async fn take_place(&self, marks: &Marks) -> Result<String, CallError> {
        for number in 1..=self.config.token_fetches_per_hour {
            let place = marks.name(&format!("token-fetch:{number}"));
            if marks.shelf.take(&place, HOUR).await {
                return Ok(place);
            }
        }
        Err(CallError::held_back("no more tokens may be fetched within this hour"))
    }

    async fn keep(&self, marks: &Marks, answer: &Answer) -> Result<Secret, CallError> {
        accepted(answer, Deed::Token)?;
        let token: Token = answer.expect()?;
        let id = token.id_token.get().filter(|id| HeaderValue::from_str(id).is_ok());
        let id =
            id.ok_or_else(|| answer.annotate(unusable("the answer has no token", Deed::Token.effect())))?;
        let secs = token.expires_in.get().and_then(|secs| secs.parse().ok()).unwrap_or(USUAL_LIFE_SECS);
        let whole = Duration::from_secs(secs);
        let life = whole.saturating_sub(self.config.token_margin).max(whole / 2);
        marks.shelf.write(&marks.name("token"), id, life).await;
        if let Some(refresh) = token.refresh_token.get() {
            marks.shelf.write(&marks.name("refresh-token"), refresh, REFRESH_LIFE).await;
        }
        Ok(Secret::from(id))
    }
}

/// What the token was for has not been sent, whatever became of the token.
fn before_the_request(error: CallError) -> CallError {
    let kind = if error.kind == CallErrorKind::Unknown { CallErrorKind::Retry } else { error.kind };
    CallError { kind, sent: Sent::No, ..error }
}

/// Whether bKash said no to a refresh, other than for being ill.
fn refuses(error: &CallError) -> bool {
    matches!(error.kind, CallErrorKind::Auth | CallErrorKind::Forbidden | CallErrorKind::Refused)
}

pub(super) fn header(setting: &'static str, secret: &Secret) -> Result<HeaderValue, ConfigError> {
    let mut value =
        HeaderValue::from_str(secret.expose()).map_err(|_| wrong(setting, "does not fit a header"))?;
    value.set_sensitive(true);
    Ok(value)
}
