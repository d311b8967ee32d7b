//! Requests to Paystack within one call: the key, the envelope around every answer, and one deadline for all of them.
//!
//! Nothing is repeated here.

use std::time::Duration;

use http::HeaderValue;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::config::{PaystackConfig, SETTINGS};
use super::errors::classify;
use super::wire::{Envelope, Meta};
use crate::exchange::{Answer, Ask, Content, Exchange, Session, out_of_time, unusable};
use crate::http_client::Effect;
use crate::{CallContext, CallError, ConfigError, GatewayName};

/// Rows per request.
pub(super) const PER_PAGE: usize = 100;
/// A request that changes something is started only with at least a quarter of the call's time left.
const LEAST_SHARE: u32 = 4;

/// The connections, and the common part of every request.
#[derive(Debug)]
pub(super) struct Line {
    exchange: Exchange,
    base_url: String,
    authorization: HeaderValue,
    timeout: Duration,
}

/// One call to the adapter, whatever number of requests it takes.
#[derive(Debug)]
pub(super) struct Talk<'a> {
    line: &'a Line,
    session: Session<'a>,
}

/// Some rows of a list.
#[derive(Debug)]
pub(super) struct Page<T> {
    pub rows: Vec<T>,
    meta: Meta,
}

impl Line {
    /// The configuration must have been validated.
    pub(super) fn new(config: &PaystackConfig) -> Result<Self, ConfigError> {
        Ok(Self {
            exchange: Exchange::new(GatewayName::Paystack, config.connect_timeout)?,
            base_url: config.base_url.trim_end_matches('/').to_owned(),
            authorization: SETTINGS.bearer(&config.secret_key)?,
            timeout: config.timeout,
        })
    }

    /// Starts the time of a call.
    pub(super) fn talk<'a>(&'a self, context: &'a CallContext) -> Talk<'a> {
        Talk { line: self, session: self.exchange.begin(context, self.timeout) }
    }
}

impl Talk<'_> {
    pub(super) async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, CallError> {
        data(&self.send(Ask::get(self.url(path))).await?).map(|(data, _)| data)
    }

    pub(super) async fn page<T: DeserializeOwned>(&self, path: &str) -> Result<Page<T>, CallError> {
        data(&self.send(Ask::get(self.url(path))).await?).map(|(rows, meta)| Page { rows, meta })
    }

    /// Changes something. Not started with so little time left that its answer would hardly be received.
    pub(super) async fn post<T: DeserializeOwned>(&self, path: &str, body: &Value) -> Result<T, CallError> {
        if self.session.left()? < self.line.timeout / LEAST_SHARE {
            return Err(out_of_time());
        }
        let ask = Ask::post(self.url(path), Content::Json(body), Effect::Changes);
        data(&self.send(ask).await?).map(|(data, _)| data)
    }

    async fn send(&self, ask: Ask<'_>) -> Result<Answer, CallError> {
        self.session.send(ask.with("authorization", self.line.authorization.clone())).await
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.line.base_url)
    }
}

impl<T> Page<T> {
    /// Whether to ask for the page after this one. Where Paystack does not count them, an empty page is the last.
    pub(super) fn has_more(&self, page: u32) -> bool {
        let page = i64::from(page);
        let Meta { total, per_page, page_count } = self.meta;
        !self.rows.is_empty()
            && match (page_count.get(), total.get(), per_page.get()) {
                (Some(count @ 1..), ..) => page < count,
                (_, Some(total), Some(per_page @ 1..)) => page.saturating_mul(per_page) < total,
                (_, Some(_) | None, _) => true,
            }
    }
}

/// The data of an answer, without its envelope.
fn data<T: DeserializeOwned>(answer: &Answer) -> Result<(T, Meta), CallError> {
    if !answer.succeeded() {
        return Err(classify(answer));
    }
    let useless = |text: &str| answer.annotate(unusable(text, answer.effect));
    let said: Envelope = answer.expect()?;
    if said.status == Some(false) {
        return Err(useless("the answer says both yes and no"));
    }
    let data = said.data.ok_or_else(|| useless("the answer is empty"))?;
    let data = serde_json::from_str(data.get()).map_err(|_| useless("the answer could not be read"))?;
    Ok((data, said.meta.unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CallErrorKind, Sent};

    fn answer(body: &str, effect: Effect) -> Answer {
        Answer { status: 200, headers: http::HeaderMap::new(), body: body.as_bytes().to_vec(), effect }
    }

    #[test]
    fn the_last_page_is_known_by_its_number_or_by_being_empty() {
        let page = |json: &str| {
            let (rows, meta) = data::<Vec<i64>>(&answer(json, Effect::Reads)).expect("a page");
            Page { rows, meta }
        };
        let counted =
            page(r#"{"status":true,"data":[1],"meta":{"total":"150","perPage":100,"page":1,"pageCount":2}}"#);
        assert!(counted.has_more(1) && !counted.has_more(2));
        let uncounted = page(r#"{"status":true,"data":[1],"meta":{"total":150,"perPage":100}}"#);
        assert!(uncounted.has_more(1) && !uncounted.has_more(2));
        assert!(page(r#"{"status":true,"data":[1]}"#).has_more(7));
        assert!(!page(r#"{"status":true,"data":[],"meta":{"pageCount":9}}"#).has_more(1));
    }

    #[test]
    fn an_answer_that_says_nothing_clear_to_a_change_is_unknown() {
        for body in [
            "",
            "[]",
            "{}",
            r#"{"status":true}"#,
            r#"{"status":true,"data":null}"#,
            r#"{"status":false,"data":7}"#,
        ] {
            let error = data::<i64>(&answer(body, Effect::Changes)).expect_err(body);
            assert_eq!((error.kind, error.sent), (CallErrorKind::Unknown, Sent::Maybe), "{body}");
            let error = data::<i64>(&answer(body, Effect::Reads)).expect_err(body);
            assert!(!error.outcome_unknown() && error.is_retryable(), "{body}");
        }
        assert_eq!(data::<i64>(&answer(r#"{"data":7}"#, Effect::Reads)).map(|(data, _)| data), Ok(7));
    }
}
