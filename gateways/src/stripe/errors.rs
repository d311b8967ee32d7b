//! Stripe's refusals classified by what may be done next. Pure.
//!
//! Follows <https://docs.stripe.com/error-low-level> and <https://docs.stripe.com/api/errors>: Stripe stores the first
//! answer under a key, failures included, once the code of the endpoint has begun to run.

use super::failures;
use super::wire::{ErrorBody, ErrorDetail};
use crate::exchange::Answer;
use crate::redaction;
use crate::{CallError, CallErrorKind, RetryAdvice, Sent};

/// The error for an answer outside 2xx.
pub(super) fn classify(answer: &Answer) -> CallError {
    let detail = answer.read::<ErrorBody>().map(|body| body.error).unwrap_or_default();
    let (kind, advice) = kind(answer, &detail);
    let sent = match kind {
        CallErrorKind::Unknown => Sent::Maybe,
        CallErrorKind::Refused | CallErrorKind::Retry | CallErrorKind::Auth | CallErrorKind::Forbidden => {
            Sent::Yes
        }
    };
    let is_card = detail.kind.as_deref() == Some("card_error");
    answer.annotate(CallError {
        advice,
        failure: Some(failures::of_refusal(answer.status, &detail)),
        code: detail.decline_code.clone().or_else(|| detail.code.clone()),
        customer_message: detail.message.clone().filter(|_| is_card),
        ..CallError::new(kind, sent, log_text(answer.status, &detail))
    })
}

fn kind(answer: &Answer, detail: &ErrorDetail) -> (CallErrorKind, RetryAdvice) {
    let advice = match answer.header("stripe-should-retry") {
        Some("true") => RetryAdvice::Repeat,
        Some("false") => RetryAdvice::Stop,
        Some(_) | None => RetryAdvice::Silent,
    };
    let unanswered = answer.effect.unanswered().0;
    let code = detail.code.as_deref();
    let by_status = match answer.status {
        // The key was used for a different request. The outcome of that one is not known, and asking again with this
        // key never reveals it.
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
    let kind = match (by_status, advice) {
        (CallErrorKind::Refused, RetryAdvice::Repeat) => CallErrorKind::Retry,
        (CallErrorKind::Retry, RetryAdvice::Stop) if matches!(answer.status, 409 | 424) => {
            CallErrorKind::Refused
        }
        (kind, _) => kind,
    };
    (kind, advice)
}

fn log_text(status: u16, detail: &ErrorDetail) -> String {
    let facts = [&detail.kind, &detail.code, &detail.decline_code, &detail.param];
    let facts = facts.into_iter().flatten().map(|fact| format!(" {fact}")).collect::<String>();
    let message = detail.message.as_deref().map(|message| format!(": {message}")).unwrap_or_default();
    redacted(&format!("HTTP {status}{facts}{message}"))
}

fn redacted(text: &str) -> String {
    redaction::redacted(text, |word| ["sk_", "rk_", "whsec_"].iter().any(|prefix| word.contains(prefix)))
}

#[cfg(test)]
mod tests;
