//! bKash's refusals classified by what may be done next. Pure.
//!
//! Its codes come in four envelopes and with any HTTP status, so the code decides, and the status only if there is no
//! code. An unknown code is an unknown outcome if money may have moved.

use super::wire::Envelope;
use crate::exchange::{Answer, unusable};
use crate::http_client::Effect;
use crate::redaction::{self, has_long_number};
use crate::{CallError, CallErrorKind, FailureCode, Sent};

/// Keys, secrets and tokens are longer than this; words of a message are not.
const LONGEST_WORD_CHARS: usize = 20;

/// The purpose of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Deed {
    /// Opens a page, which charges nothing.
    Create,
    Execute,
    Refund,
    Read,
    Token,
}

impl Deed {
    pub(super) const fn effect(self) -> Effect {
        match self {
            Self::Create | Self::Execute | Self::Refund => Effect::Changes,
            // A token too many changes nothing for the caller.
            Self::Read | Self::Token => Effect::Reads,
        }
    }

    const fn moves_money(self) -> bool {
        matches!(self, Self::Execute | Self::Refund)
    }
}

/// The subject of a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Group {
    Fine,
    /// Executed already.
    Settled,
    /// A reason on the customer's side: this attempt has ended.
    Customer,
    /// Ill for now.
    Again,
    /// The same wallet paid the same amount a moment ago.
    Duplicate,
    /// Our settings or our permissions: alarm.
    Configuration,
    Refused,
    Strange,
}

pub(super) fn group(code: &str) -> Group {
    match code {
        "0000" => Group::Fine,
        "2062" | "2068" | "2116" | "2117" | "2119" => Group::Settled,
        "2010" | "2011" | "2013" | "2014" | "2015" | "2016" | "2017" | "2018" | "2019" | "2023" | "2037"
        | "2038" | "2039" | "2040" | "2041" | "2043" | "2044" | "2045" | "2046" | "2057" | "2058"
        | "2059" | "2069" => Group::Customer,
        "503" | "2003" | "2020" | "2024" => Group::Again,
        "2029" => Group::Duplicate,
        "2001" | "2049" | "2063" | "2064" | "2065" | "2067" | "2079" => Group::Configuration,
        "2002" | "2004" | "2005" | "2006" | "2007" | "2008" | "2009" | "2012" | "2118" | "2127" => {
            Group::Refused
        }
        code => match code.parse() {
            Ok(2021..=2056 | 2060 | 2061 | 2066 | 2071..=2078 | 2080..=2082) if code.len() == 4 => {
                Group::Refused
            }
            Ok(0_u32..) | Err(_) => Group::Strange,
        },
    }
}

/// The failure code of a refused payment.
pub(super) fn failure(code: &str) -> FailureCode {
    match (group(code), code) {
        (_, "2023") => FailureCode::InsufficientFunds,
        (_, "2010" | "2011" | "2013" | "2014" | "2015" | "2016" | "2017" | "2018" | "2019" | "2059") => {
            FailureCode::AuthenticationFailed
        }
        (_, "2009" | "2057" | "2058") => FailureCode::InvalidDetails,
        (_, "2006" | "2007") => FailureCode::AmountNotSupported,
        // The state of the account, a limit of the wallet, or an agreement: the wallet can't pay this now.
        (_, "2037" | "2038" | "2039" | "2040" | "2041" | "2043" | "2044" | "2045" | "2046") => {
            FailureCode::Declined
        }
        (_, "2069") => FailureCode::Abandoned,
        (Group::Duplicate, _) => FailureCode::RepeatedTooSoon,
        (Group::Configuration, _) => FailureCode::Misconfigured,
        (Group::Customer, _) => FailureCode::Declined,
        (Group::Fine | Group::Settled | Group::Again | Group::Refused | Group::Strange, _) => {
            FailureCode::Refused
        }
    }
}

/// The group of an error's code; `None` without one.
pub(super) fn group_of(error: &CallError) -> Option<Group> {
    error.code.as_deref().map(group)
}

/// Whether the proxy in front of bKash refused the token: the request went no further.
pub(super) fn token_refused(answer: &Answer) -> bool {
    let envelope: Envelope = answer.read().unwrap_or_default();
    let expired = envelope.words().is_some_and(|words| words.contains("token has expired"));
    match envelope.code() {
        Some(code) => code == "2079",
        None => answer.status == 401 || (!answer.succeeded() && expired),
    }
}

/// Whether an answer says that the request was carried out.
pub(super) fn accepted(answer: &Answer, deed: Deed) -> Result<(), CallError> {
    let envelope: Envelope = answer.read().unwrap_or_default();
    match envelope.code() {
        Some("0000") if answer.succeeded() => Ok(()),
        Some("0000") | None if !answer.succeeded() => {
            Err(answer.by_status(redacted(envelope.words().unwrap_or("no words"))))
        }
        Some(code) => Err(refusal(answer, &envelope, code, deed)),
        None if envelope.original_trx_id.get().is_some() => Ok(()),
        None => Err(answer.annotate(unusable("the answer has no statusCode", deed.effect()))),
    }
}

fn refusal(answer: &Answer, envelope: &Envelope, code: &str, deed: Deed) -> CallError {
    let group = group(code);
    let kind = kind(group, code, deed);
    let sent = if kind == CallErrorKind::Unknown { Sent::Maybe } else { Sent::Yes };
    let words = redacted(envelope.words().unwrap_or_default());
    let text = format!("HTTP {} {}: {words}", answer.status, redacted(code));
    let customer_message = match group {
        Group::Customer => Some(words).filter(|words| !words.is_empty()),
        Group::Duplicate => Some(DUPLICATE.to_owned()),
        Group::Fine
        | Group::Settled
        | Group::Again
        | Group::Configuration
        | Group::Refused
        | Group::Strange => None,
    };
    let error = answer.annotate(CallError {
        code: Some(redacted(code)),
        failure: Some(failure(code)),
        customer_message,
        ..CallError::new(kind, sent, text)
    });
    if deed == Deed::Read && code == UNKNOWN_PAYMENT {
        // What a caller asks for is `is_missing`, which goes by 404.
        return CallError { http_status: Some(404), ..error };
    }
    error
}

/// "Invalid Payment ID": our ids are well-formed, so bKash does not know the payment, or no longer.
const UNKNOWN_PAYMENT: &str = "2002";

const DUPLICATE: &str = "bKash saw a payment of the same amount from this wallet a moment ago. \
                         Please wait some minutes and try again.";

fn kind(group: Group, code: &str, deed: Deed) -> CallErrorKind {
    match group {
        Group::Configuration if matches!(code, "2001" | "2079") => CallErrorKind::Auth,
        Group::Configuration => CallErrorKind::Forbidden,
        Group::Again | Group::Strange | Group::Settled if deed.moves_money() => CallErrorKind::Unknown,
        Group::Again => CallErrorKind::Retry,
        // The block ends by itself, and a refund can wait. Before each try it is looked up whether the refund was made
        // meanwhile.
        Group::Duplicate if deed == Deed::Refund => CallErrorKind::Retry,
        // A token is refused because of our credentials, whatever the code.
        Group::Strange | Group::Refused if deed == Deed::Token => CallErrorKind::Auth,
        Group::Strange if deed == Deed::Read => CallErrorKind::Retry,
        Group::Fine
        | Group::Settled
        | Group::Customer
        | Group::Duplicate
        | Group::Refused
        | Group::Strange => CallErrorKind::Refused,
    }
}

/// Removes wallet numbers, however they are written, and everything long enough to be a key.
fn redacted(text: &str) -> String {
    redaction::redacted(text, |word| has_long_number(word) || word.chars().count() >= LONGEST_WORD_CHARS)
}

#[cfg(test)]
mod tests;
