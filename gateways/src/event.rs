//! What a gateway pushes to us, and the proof that it was the gateway.
//!
//! [`Verified`] is made in two places only: by a gateway's signature check, and by
//! [`Verified::from_inbox`] for what passed that check earlier.

use std::fmt::Display;

use serde::de::DeserializeOwned;

use crate::{DisputeView, PaymentView, Push, RefundView};

/// A pushed message in neutral words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GatewayEvent {
    /// The gateway's id of the event, or one made of what it says where it has none: the same when it is delivered
    /// twice.
    pub id: String,
    /// The gateway's own word for its type, as `checkout.session.completed`.
    pub kind_text: String,
    /// When the gateway made it, unix seconds. Events arrive in any order.
    pub created: i64,
    /// What this message is worth: never more than the gateway's [`crate::Capabilities::push`].
    pub push: Push,
    pub body: EventBody,
}

/// What the event says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EventBody {
    Payment(PaymentView),
    Refund {
        view: RefundView,
        /// The payment it belongs to, as `pi_…`.
        payment_reference: Option<String>,
    },
    /// Something happened to the refunds of a payment, and the message does not say to which: look at those that are
    /// open. The name is [`PaymentView::reference`].
    RefundsOf(String),
    Dispute(DisputeView),
    /// Nothing we act on: a type we don't know, or one that repeats what another says better.
    Other,
}

/// A value whose origin is proven.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified<T>(T);

impl<T> Verified<T> {
    /// Only a signature check may call this.
    pub(crate) fn new(value: T) -> Self {
        Self(value)
    }

    /// For what was read from the webhook inbox: a payload is stored there only after its signature was
    /// checked. Calling it for anything else makes the type a lie.
    pub fn from_inbox(value: T) -> Self {
        Self(value)
    }

    pub fn get(&self) -> &T {
        &self.0
    }

    pub fn into_inner(self) -> T {
        self.0
    }
}

/// Why a pushed message was not believed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WebhookError {
    /// The signature header is not there.
    #[error("the signature header is missing")]
    MissingSignature,
    /// The signature header is there and can't be one.
    #[error("the signature header is malformed: {0}")]
    Malformed(&'static str),
    /// None of the signatures was made with any of our secrets over this body.
    #[error("no signature matches")]
    NoMatch,
    /// Signed too long ago: perhaps a replay.
    #[error("signed {0} s ago, beyond the tolerance")]
    TooOld(i64),
    /// Signed too far ahead of our clock.
    #[error("signed {0} s in the future, beyond the tolerance")]
    InFuture(i64),
    /// The signer's certificate could not be had: ask the gateway to send it again.
    #[error("the signature cannot be checked now: {0}")]
    Unverifiable(String),
    /// The signature is good and the message can't be read: ours to mend.
    #[error(transparent)]
    Unreadable(#[from] UnreadableEvent),
}

/// A genuine message that this version can't read. The text names no customer data.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unreadable event: {0}")]
pub struct UnreadableEvent(pub String);

/// A body as the text it must be.
pub(crate) fn text(body: &[u8]) -> Result<&str, UnreadableEvent> {
    str::from_utf8(body).map_err(|_| UnreadableEvent("not UTF-8".to_owned()))
}

/// The error tells where it stopped and not what stood there.
pub(crate) fn json<T: DeserializeOwned>(text: &str) -> Result<T, UnreadableEvent> {
    serde_json::from_str(text).map_err(|error| {
        let (kind, line, column) = (error.classify(), error.line(), error.column());
        UnreadableEvent(format!("not the JSON expected ({kind:?} error at {line}:{column})"))
    })
}

/// What is not ours and can't be read means nothing to us; one of ours is an error, so that it is seen.
pub(crate) fn told(
    body: Result<EventBody, impl Display>,
    is_ours: bool,
) -> Result<EventBody, UnreadableEvent> {
    match body {
        Ok(body) => Ok(body),
        Err(_) if !is_ours => Ok(EventBody::Other),
        Err(error) => Err(UnreadableEvent(error.to_string())),
    }
}
