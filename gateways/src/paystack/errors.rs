//! Paystack's refusals classified by what may be done next. Pure.
//!
//! There are two shapes: `{"status":false,"message":…,"type":…,"code":…}`, and an older one with the first two only. A
//! proxy in between answers with neither. The `code` decides, and the message only if there is no code.

use super::wire::Envelope;
use crate::exchange::Answer;
use crate::http_client::Effect;
use crate::loose::Loose;
use crate::redaction;
use crate::{CallError, CallErrorKind, FailureCode, Sent};

const DUPLICATE: &str = "duplicate_reference";

/// The error for an answer outside 2xx.
pub(super) fn classify(answer: &Answer) -> CallError {
    let Some(said) = answer.read::<Envelope>().filter(|said| said.status == Some(false)) else {
        return by_a_stranger(answer);
    };
    let error = answer.by_status(log_text(&said));
    let error = CallError { failure: failure(answer.status, &said), code: code(&said), ..error };
    if answer.effect == Effect::Reads && is_missing(answer.status, &said) {
        // What a caller asks for is `is_missing`, which goes by 404.
        return CallError { http_status: Some(404), ..error };
    }
    error
}

/// The reference was used before.
pub(super) fn is_duplicate(error: &CallError) -> bool {
    error.code.as_deref() == Some(DUPLICATE)
}

/// A refused read before a change is no refusal of the change, which was not requested yet.
pub(super) fn not_a_refusal(error: CallError) -> CallError {
    match error.kind {
        CallErrorKind::Refused => CallError { kind: CallErrorKind::Retry, ..error },
        CallErrorKind::Retry | CallErrorKind::Unknown | CallErrorKind::Auth | CallErrorKind::Forbidden => {
            error
        }
    }
}

/// Not in Paystack's words, so perhaps from a proxy: such a 404 does not mean that the payment does not exist.
fn by_a_stranger(answer: &Answer) -> CallError {
    let error = answer.by_status("not in the words of Paystack");
    if answer.effect == Effect::Reads && answer.status == 404 {
        return CallError { kind: CallErrorKind::Retry, sent: Sent::No, http_status: None, ..error };
    }
    error
}

/// An unknown payment has been answered by 400 too.
fn is_missing(status: u16, said: &Envelope) -> bool {
    let by_word = match (said.code.get(), said.message.get()) {
        (Some(code), _) => code.ends_with("_not_found"),
        (None, Some(message)) => message.to_ascii_lowercase().ends_with("not found"),
        (None, None) => false,
    };
    status == 404 || (status == 400 && by_word)
}

fn code(said: &Envelope) -> Option<String> {
    let old_duplicate = || {
        let message = said.message.get()?.to_ascii_lowercase();
        message.starts_with("duplicate transaction reference").then(|| DUPLICATE.to_owned())
    };
    said.code.get().map(redacted).or_else(old_duplicate)
}

/// The failure code of a refused payment. Paystack names the field in its text.
fn failure(status: u16, said: &Envelope) -> Option<FailureCode> {
    let text = said.message.get().unwrap_or_default().to_ascii_lowercase();
    match status {
        401 => Some(FailureCode::Misconfigured),
        400..=499 if text.contains("amount") || text.contains("currency") => {
            Some(FailureCode::AmountNotSupported)
        }
        403 => Some(FailureCode::Misconfigured),
        400..=499 if text.contains("callback") || text.contains("channel") => {
            Some(FailureCode::Misconfigured)
        }
        _ => None,
    }
}

fn log_text(said: &Envelope) -> String {
    let facts = [&said.kind, &said.code, &said.message];
    let words: Vec<String> = facts.into_iter().filter_map(Loose::get).map(redacted).collect();
    words.join(" ")
}

pub(super) fn redacted(text: &str) -> String {
    redaction::redacted(text, |word| ["sk_", "pk_", "AUTH_"].iter().any(|prefix| word.contains(prefix)))
}

#[cfg(test)]
mod tests;
