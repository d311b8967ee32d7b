//! The access token: one for all processes, fetched by one of them at a time, and rarely.
//!
//! bKash blocks a merchant for an hour that fetches more than about two an hour. So each fetch takes one of a limited
//! number of places, which becomes free after an hour; it is given back only if the request was never sent.

use std::sync::Arc;
use std::time::Duration;

use http::HeaderValue;
use serde_json::json;
use tokio::time::sleep;

use super::config::{BkashConfig, SETTINGS};
use super::errors::{Deed, accepted};
use super::marks::Marks;
use super::wire::Token;
use crate::exchange::{Answer, Ask, Content, Session, unusable};
use crate::http_client::Effect;
use crate::{CallError, CallErrorKind, ConfigError, Secret, Sent};

const POLL: Duration = Duration::from_millis(50);
const HOUR: Duration = Duration::from_hours(1);
/// bKash's own figure, used if an answer has none.
const USUAL_LIFE_SECS: u64 = 3600;
/// About 28 days, less one for differing clocks.
const REFRESH_LIFE: Duration = Duration::from_hours(27 * 24);

#[derive(Debug)]
pub(super) struct Tokens {
    config: Arc<BkashConfig>,
    marks: Marks,
    username: HeaderValue,
    password: HeaderValue,
}

impl Tokens {
    /// The configuration must have been validated.
    pub(super) fn new(config: Arc<BkashConfig>, marks: Marks) -> Result<Self, ConfigError> {
        let username = SETTINGS.header("username", config.credentials.username.expose())?;
        let password = SETTINGS.header("password", config.credentials.password.expose())?;
        Ok(Self { config, marks, username, password })
    }

    /// A token other than `refused`: from the shelf, or fetched. If another process is fetching one, this waits for it.
    pub(super) async fn get(
        &self,
        session: Session<'_>,
        refused: Option<&Secret>,
    ) -> Result<Secret, CallError> {
        let marks = &self.marks;
        let (kept, lock) = (marks.name("token"), marks.name("token-lock"));
        let good = async || {
            let token = marks.shelf.read(&kept).await.map(Secret::from);
            token.filter(|token| Some(token) != refused)
        };
        loop {
            if let Some(token) = good().await {
                return Ok(token);
            }
            let left = session.left()?;
            // Longer than a fetch can last.
            if marks.shelf.take(&lock, self.config.timeout + POLL).await {
                let fetched = match good().await {
                    Some(token) => Ok(token),
                    None => self.fetch(session, refused.is_some()).await,
                };
                marks.shelf.remove(&lock).await;
                return fetched;
            }
            sleep(POLL.min(left)).await;
        }
    }

    /// By the refresh token if there is one, else with all four credentials. If a token is refused before its end, its
    /// refresh token is not trusted either.
    async fn fetch(&self, session: Session<'_>, anew: bool) -> Result<Secret, CallError> {
        let (kept, shelf) = (self.marks.name("refresh-token"), &self.marks.shelf);
        if let Some(refresh) = shelf.read(&kept).await.filter(|_| !anew) {
            match self.ask(session, Some(&refresh)).await {
                Err(error) if refuses(&error) => shelf.remove(&kept).await,
                fetched => return fetched,
            }
        }
        self.ask(session, None).await
    }

    async fn ask(&self, session: Session<'_>, refresh: Option<&str>) -> Result<Secret, CallError> {
        let credentials = &self.config.credentials;
        let mut body =
            json!({"app_key": credentials.app_key.expose(), "app_secret": credentials.app_secret.expose()});
        let mut path = "grant";
        if let Some(refresh) = refresh {
            path = "refresh";
            body["refresh_token"] = refresh.into();
        }
        let url = format!("{}/tokenized/checkout/token/{path}", self.config.base());
        // As a change, so that an error says whether it was sent.
        let ask = Ask::post(url, Content::Json(&body), Effect::Changes)
            .with("username", self.username.clone())
            .with("password", self.password.clone())
            .secret();
        let place = self.take_place().await?;
        let fetched = match session.send(ask).await {
            Ok(answer) => self.keep(&answer).await,
            Err(error) if error.sent == Sent::No => {
                self.marks.shelf.remove(&place).await;
                Err(error)
            }
            Err(error) => Err(error),
        };
        fetched.map_err(before_the_request)
    }

    async fn take_place(&self) -> Result<String, CallError> {
        for number in 1..=self.config.token_fetches_per_hour {
            let place = self.marks.name(&format!("token-fetch:{number}"));
            if self.marks.shelf.take(&place, HOUR).await {
                return Ok(place);
            }
        }
        Err(CallError::held_back("no more tokens may be fetched within this hour"))
    }

    async fn keep(&self, answer: &Answer) -> Result<Secret, CallError> {
        let marks = &self.marks;
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

/// The request for which the token was needed has not been sent, whatever became of the token.
fn before_the_request(error: CallError) -> CallError {
    let kind = if error.kind == CallErrorKind::Unknown { CallErrorKind::Retry } else { error.kind };
    CallError { kind, sent: Sent::No, ..error }
}

/// Whether bKash refused a refresh, as opposed to being unavailable.
fn refuses(error: &CallError) -> bool {
    matches!(error.kind, CallErrorKind::Auth | CallErrorKind::Forbidden | CallErrorKind::Refused)
}
