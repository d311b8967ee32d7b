//! Errors of calls, classified by what the caller may do next.
//!
//! What matters for money is whether the gateway may have acted although there is no answer.
//! [`CallError::outcome_unknown`] answers that, over all tries of the call.

use std::time::Duration;

use crate::FailureCode;

/// The kind of failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CallErrorKind {
    /// The gateway refused, for a business reason or because of our own mistake. A repeat will be refused again.
    Refused,
    /// Not carried out. Safe to repeat with the same key.
    Retry,
    /// It may have been carried out. Repeat with the same key until there is an answer, or look it up.
    Unknown,
    /// Our key is not accepted: alarm.
    Auth,
    /// Our key lacks the permission: alarm.
    Forbidden,
}

impl CallErrorKind {
    /// The word for logs and metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Retry => "retry",
            Self::Unknown => "unknown",
            Self::Auth => "auth",
            Self::Forbidden => "forbidden",
        }
    }
}

/// Whether a request that changes something reached the gateway. For reads always `No` or `Yes`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Sent {
    /// Nothing was sent, or nothing that could change anything.
    No,
    /// The gateway answered, and the answer says that nothing was done.
    Yes,
    /// It may have arrived and been carried out.
    Maybe,
}

/// What the gateway itself says about a repeat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RetryAdvice {
    Silent,
    Repeat,
    /// A repeat with the same key gets the same answer.
    Stop,
}

/// Which side ended the call: the breaker needs to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EndedBy {
    /// The gateway, or the network.
    Gateway,
    /// We did, before anything was sent: no free place, our own rate limit, an invalid request. It shows nothing about
    /// the gateway.
    Us,
}

/// A call that failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: {message}", kind.as_str())]
pub struct CallError {
    pub kind: CallErrorKind,
    pub sent: Sent,
    pub ended_by: EndedBy,
    pub advice: RetryAdvice,
    /// Safe for logs: no secret, no card, no e-mail address.
    pub message: String,
    /// The gateway's own word, such as `card_declined`; the decline code if there is one.
    pub code: Option<String>,
    /// What the refusal of a payment means to its customer, if the gateway says so.
    pub failure: Option<FailureCode>,
    /// Text of the gateway for the customer.
    pub customer_message: Option<String>,
    /// The last HTTP status, if there was an answer.
    pub http_status: Option<u16>,
    /// The request id that the gateway's support asks for.
    pub request_id: Option<Box<str>>,
    /// How long the gateway wants us to wait.
    pub retry_after: Option<Duration>,
}

impl CallError {
    /// An error with nothing but its kind, whether it was sent, and a text for logs.
    pub(crate) fn new(kind: CallErrorKind, sent: Sent, message: impl Into<String>) -> Self {
        Self {
            kind,
            sent,
            ended_by: EndedBy::Gateway,
            advice: RetryAdvice::Silent,
            message: message.into(),
            code: None,
            failure: None,
            customer_message: None,
            http_status: None,
            request_id: None,
            retry_after: None,
        }
    }

    /// The request is invalid for this gateway; it was not sent.
    pub(crate) fn unsendable(message: impl Into<String>) -> Self {
        Self { ended_by: EndedBy::Us, ..Self::new(CallErrorKind::Refused, Sent::No, message) }
    }

    /// The gateway does not accept this amount; it was not sent.
    pub(crate) fn amount_not_supported(message: impl Into<String>) -> Self {
        Self { failure: Some(FailureCode::AmountNotSupported), ..Self::unsendable(message) }
    }

    /// Held back here for now; it was not sent.
    pub(crate) fn held_back(message: impl Into<String>) -> Self {
        Self { ended_by: EndedBy::Us, ..Self::new(CallErrorKind::Retry, Sent::No, message) }
    }

    /// A repeat with the same key, later, may get an answer.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self.kind {
            CallErrorKind::Retry => true,
            CallErrorKind::Unknown => self.advice != RetryAdvice::Stop,
            CallErrorKind::Refused | CallErrorKind::Auth | CallErrorKind::Forbidden => false,
        }
    }

    /// The gateway may have carried it out. Never treat this as a refusal: repeat with the same key if
    /// [`CallError::is_retryable`], otherwise look up the payment or refund.
    #[must_use]
    pub fn outcome_unknown(&self) -> bool {
        self.kind == CallErrorKind::Unknown || self.sent == Sent::Maybe
    }

    /// The gateway does not know the payment or refund.
    #[must_use]
    pub fn is_missing(&self) -> bool {
        self.http_status == Some(404)
    }

    /// An earlier try of the same call may have been carried out, so this error does not rule that out unless the
    /// gateway's answer does.
    pub(crate) fn after(mut self, earlier: Option<&Self>) -> Self {
        if self.ended_by == EndedBy::Us {
            self.ended_by = earlier.map_or(EndedBy::Us, |earlier| earlier.ended_by);
        }
        if earlier.is_some_and(Self::outcome_unknown) {
            match self.kind {
                CallErrorKind::Retry | CallErrorKind::Unknown => {
                    self.kind = CallErrorKind::Unknown;
                    self.sent = Sent::Maybe;
                }
                CallErrorKind::Auth | CallErrorKind::Forbidden => self.sent = Sent::Maybe,
                // The key was the same: if the first try had been carried out, this would be its answer.
                CallErrorKind::Refused => {}
            }
        }
        self
    }
}

/// The settings of a gateway are invalid. The text names the setting, never its value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{gateway}: {setting}: {problem}")]
pub struct ConfigError {
    pub gateway: &'static str,
    pub setting: &'static str,
    pub problem: String,
}
