//! Chapa's refusals classified by what may be done next. Pure.
//!
//! There are no error codes: the HTTP status and a table of texts decide, and the code is our own word for the text.
//! The texts follow <https://developer.chapa.co/integrations/responses>.

use serde::de::DeserializeOwned;

use super::wire::Envelope;
use crate::exchange::{Answer, unusable};
use crate::http_client::Effect;
use crate::redaction;
use crate::{CallError, CallErrorKind, FailureCode, RetryAdvice, Sent};

/// Our reference was used by an earlier request.
pub(super) const DUPLICATE: &str = "duplicate_reference";
/// Chapa knows the page, and it is not paid.
const NOT_PAID: &str = "not_paid_yet";
pub(super) const NOT_FOUND: &str = "not_found";
/// The page was closed before it was paid.
pub(super) const PAGE_CLOSED: &str = "page_closed";
/// The page can't be paid any more, for whatever reason.
pub(super) const NOT_ACTIVE: &str = "not_active";
/// The payment was refunded, by this refund or another.
pub(super) const ALREADY_REFUNDED: &str = "already_refunded";

/// Parts of texts in lower case, with the kind of refusal and our word for it. The first match counts. A refusal for
/// lack of balance is not final: the balance grows with the next sale, and the request stays the same.
const TEXTS: &[(&str, CallErrorKind, &str)] = &[
    ("not paid yet", CallErrorKind::Refused, NOT_PAID),
    ("already refunded", CallErrorKind::Refused, ALREADY_REFUNDED),
    ("been refunded", CallErrorKind::Refused, ALREADY_REFUNDED),
    ("fully refunded", CallErrorKind::Refused, ALREADY_REFUNDED),
    ("not found", CallErrorKind::Refused, NOT_FOUND),
    ("nowhere to be found", CallErrorKind::Refused, NOT_FOUND),
    ("invalid api key", CallErrorKind::Auth, "invalid_key"),
    ("authorization required", CallErrorKind::Auth, "invalid_key"),
    ("secret keys can", CallErrorKind::Auth, "key_of_other_mode"),
    ("api is disabled", CallErrorKind::Forbidden, "api_disabled"),
    ("receive payments", CallErrorKind::Forbidden, "account_disabled"),
    ("transfer hours", CallErrorKind::Retry, "outside_transfer_hours"),
    ("available now", CallErrorKind::Retry, "transfers_unavailable"),
    ("too many requests", CallErrorKind::Retry, "rate_limited"),
    ("insufficient", CallErrorKind::Retry, "insufficient_balance"),
    ("live mode", CallErrorKind::Refused, "live_mode_only"),
    ("bank code", CallErrorKind::Refused, "unknown_bank"),
    ("no longer supported", CallErrorKind::Refused, "unsupported_bank"),
    ("account number", CallErrorKind::Refused, "invalid_account"),
    ("invalid currency", CallErrorKind::Refused, "unsupported_currency"),
    ("expired", CallErrorKind::Refused, PAGE_CLOSED),
    ("already cancelled", CallErrorKind::Refused, PAGE_CLOSED),
    ("been cancelled", CallErrorKind::Refused, PAGE_CLOSED),
    ("only active transactions", CallErrorKind::Refused, NOT_ACTIVE),
    ("content-type", CallErrorKind::Refused, "content_type"),
    ("validation.", CallErrorKind::Refused, "invalid_field"),
    ("required", CallErrorKind::Refused, "invalid_field"),
];

/// The envelope of a success, or the error for the answer.
pub(super) fn open(answer: &Answer, duplicate_words: &[String]) -> Result<Envelope, CallError> {
    let envelope: Option<Envelope> = answer.read();
    match envelope {
        _ if !answer.succeeded() => Err(classify(answer, envelope.as_ref(), duplicate_words)),
        Some(envelope) if envelope.says_no() => Err(classify(answer, Some(&envelope), duplicate_words)),
        Some(envelope) => Ok(envelope),
        None => Err(unreadable(answer)),
    }
}

/// The data of a success.
pub(super) fn data<T: DeserializeOwned>(answer: &Answer, duplicate_words: &[String]) -> Result<T, CallError> {
    open(answer, duplicate_words)?.read().ok_or_else(|| unreadable(answer))
}

/// A success that can't be used.
pub(super) fn unreadable(answer: &Answer) -> CallError {
    answer.annotate(unusable("the answer could not be read", answer.effect))
}

fn classify(answer: &Answer, envelope: Option<&Envelope>, duplicate_words: &[String]) -> CallError {
    let text = envelope.and_then(|envelope| envelope.message.as_ref()).map(flat).unwrap_or_default();
    let by_status = answer.by_status(redacted(&text));
    let may_tell_more = match by_status.kind {
        CallErrorKind::Refused | CallErrorKind::Auth | CallErrorKind::Forbidden => true,
        CallErrorKind::Retry | CallErrorKind::Unknown => answer.succeeded(),
    };
    if !may_tell_more {
        return by_status;
    }
    let (kind, code) = match meaning(&text.to_lowercase(), duplicate_words) {
        Some((kind, code)) => (kind, Some(code.to_owned())),
        None if answer.succeeded() => (CallErrorKind::Refused, None),
        None => (by_status.kind, None),
    };
    let failure = failure(kind, code.as_deref(), &text);
    let error = CallError { kind, failure, code, sent: Sent::Yes, ..by_status };
    if answer.effect == Effect::Reads && is_unknown_thing(&error) {
        // What a caller asks for is `is_missing`, which goes by 404.
        return CallError { http_status: Some(404), ..error };
    }
    error
}

/// The failure code of a refused payment.
fn failure(kind: CallErrorKind, code: Option<&str>, text: &str) -> Option<FailureCode> {
    let text = text.to_lowercase();
    match (kind, code) {
        (CallErrorKind::Auth | CallErrorKind::Forbidden, _) => Some(FailureCode::Misconfigured),
        (_, Some("unsupported_currency")) => Some(FailureCode::AmountNotSupported),
        (_, Some("content_type")) => Some(FailureCode::Misconfigured),
        _ if text.contains("amount") => Some(FailureCode::AmountNotSupported),
        _ if text.contains("url") || text.contains("customization") => Some(FailureCode::Misconfigured),
        _ => None,
    }
}

fn meaning(text: &str, duplicate_words: &[String]) -> Option<(CallErrorKind, &'static str)> {
    let found = TEXTS.iter().find(|(part, _, _)| text.contains(part));
    let of_reference = text.contains("reference") || text.contains("tx_ref");
    let used = of_reference && duplicate_words.iter().any(|word| text.contains(word.as_str()));
    match found {
        Some((_, kind, code)) if !used || *code == ALREADY_REFUNDED => Some((*kind, *code)),
        _ if used => Some((CallErrorKind::Refused, DUPLICATE)),
        _ => None,
    }
}

/// Whether our reference was used before.
pub(super) fn is_duplicate(error: &CallError) -> bool {
    error.code.as_deref() == Some(DUPLICATE)
}

/// Whether Chapa says in words that it does not know the object: a bare 404 does not.
pub(super) fn is_unknown_thing(error: &CallError) -> bool {
    error.code.as_deref() == Some(NOT_FOUND)
}

/// Asking again never reveals it, and it may have been carried out: an operator has to look.
pub(super) fn undecided(error: CallError) -> CallError {
    CallError { kind: CallErrorKind::Unknown, sent: Sent::Maybe, advice: RetryAdvice::Stop, ..error }
}

/// One text from a text, or from texts by field.
fn flat(message: &serde_json::Value) -> String {
    match message {
        serde_json::Value::String(text) => text.clone(),
        serde_json::Value::Null => String::new(),
        serde_json::Value::Bool(_) | serde_json::Value::Number(_) => message.to_string(),
        serde_json::Value::Array(texts) => texts.iter().map(flat).collect::<Vec<_>>().join(", "),
        serde_json::Value::Object(fields) => {
            let fields = fields.iter().map(|(field, texts)| format!("{field}: {}", flat(texts)));
            fields.collect::<Vec<_>>().join("; ")
        }
    }
}

fn redacted(text: &str) -> String {
    redaction::redacted(text, |word| ["CHASECK", "CHAPUBK"].iter().any(|prefix| word.contains(prefix)))
}

#[cfg(test)]
mod tests;
