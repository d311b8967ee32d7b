//! Stripe's refusals sorted by what may be done next. Pure.
//!
//! Follows <https://docs.stripe.com/error-low-level> and <https://docs.stripe.com/api/errors>: a key
//! stores the first answer whose endpoint code began to run, failures included.

use std::time::Duration;

use http::HeaderMap;

use super::wire::{ErrorBody, ErrorDetail};
use crate::http_client::Effect;
use crate::{CallError, CallErrorKind, RetryAdvice, Sent};

/// Of the gateway's text; enough to find the cause.
const MAX_MESSAGE_CHARS: usize = 300;
/// A longer `Retry-After` is not believed.
const MAX_RETRY_AFTER_SECS: u64 = 3600;

/// What an answer says outside its body.
#[derive(Clone, Debug)]
pub(super) struct Reply {
    pub status: u16,
    pub request_id: Option<String>,
    pub advice: RetryAdvice,
    pub retry_after: Option<Duration>,
}

impl Reply {
    pub(super) fn read(status: u16, headers: &HeaderMap) -> Self {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let secs = text("retry-after").and_then(|secs| secs.trim().parse::<u64>().ok());
        Self {
            status,
            request_id: text("request-id").map(|id| id.chars().take(100).collect()),
            advice: match text("stripe-should-retry") {
                Some("true") => RetryAdvice::Repeat,
                Some("false") => RetryAdvice::Stop,
                Some(_) | None => RetryAdvice::Silent,
            },
            retry_after: secs.map(|secs| Duration::from_secs(secs.min(MAX_RETRY_AFTER_SECS))),
        }
    }

    /// Puts what is known of the answer into an error about it.
    pub(super) fn annotate(&self, error: CallError) -> CallError {
        CallError {
            http_status: Some(self.status),
            request_id: self.request_id.clone(),
            retry_after: self.retry_after,
            ..error
        }
    }
}

/// The error that an answer outside 2xx stands for.
pub(super) fn classify(reply: &Reply, body: &[u8], effect: Effect) -> CallError {
    let detail = serde_json::from_slice::<ErrorBody>(body).map(|body| body.error).unwrap_or_default();
    let (kind, advice) = kind(reply, &detail, effect);
    let sent = match kind {
        CallErrorKind::Unknown => Sent::Maybe,
        CallErrorKind::Refused | CallErrorKind::Retry | CallErrorKind::Auth | CallErrorKind::Forbidden => {
            Sent::Yes
        }
    };
    let is_card = detail.kind.as_deref() == Some("card_error");
    reply.annotate(CallError {
        advice,
        code: detail.decline_code.clone().or_else(|| detail.code.clone()),
        customer_message: detail.message.clone().filter(|_| is_card),
        ..CallError::new(kind, sent, log_text(reply.status, &detail))
    })
}

fn kind(reply: &Reply, detail: &ErrorDetail, effect: Effect) -> (CallErrorKind, RetryAdvice) {
    let unanswered = effect.unanswered().0;
    let code = detail.code.as_deref();
    let by_status = match reply.status {
        // The key was used for something else: what became of that is not known, and asking again
        // with this key never tells.
        400 if detail.kind.as_deref() == Some("idempotency_error") => return (unanswered, RetryAdvice::Stop),
        400 if code == Some("rate_limit") => CallErrorKind::Retry,
        401 => CallErrorKind::Auth,
        403 => CallErrorKind::Forbidden,
        408 => unanswered,
        // An earlier try of ours is being carried out at this moment.
        409 if code == Some("idempotency_key_in_use") => unanswered,
        409 | 424 | 429 => CallErrorKind::Retry,
        400..=499 => CallErrorKind::Refused,
        _ => unanswered,
    };
    let kind = match (by_status, reply.advice) {
        (CallErrorKind::Refused, RetryAdvice::Repeat) => CallErrorKind::Retry,
        (CallErrorKind::Retry, RetryAdvice::Stop) if matches!(reply.status, 409 | 424) => {
            CallErrorKind::Refused
        }
        (kind, _) => kind,
    };
    (kind, reply.advice)
}

fn log_text(status: u16, detail: &ErrorDetail) -> String {
    let mut text = format!("HTTP {status}");
    let facts = [&detail.kind, &detail.code, &detail.decline_code, &detail.param];
    for fact in facts.into_iter().flatten() {
        text.push(' ');
        text.push_str(&redacted(fact));
    }
    if let Some(message) = &detail.message {
        text.push_str(": ");
        text.push_str(&redacted(message));
    }
    text.chars().take(MAX_MESSAGE_CHARS).collect()
}

/// Without e-mail addresses, keys and anything that could be a card number.
fn redacted(text: &str) -> String {
    let hide = |word: &str| {
        let digits = word.bytes().filter(u8::is_ascii_digit).count();
        let keyed = ["sk_", "rk_", "whsec_"].iter().any(|prefix| word.contains(prefix));
        let numeric = word.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_punctuation());
        word.contains('@') || keyed || (numeric && digits >= 9)
    };
    let words = text.split_whitespace().map(|word| if hide(word) { "[hidden]" } else { word });
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests;
