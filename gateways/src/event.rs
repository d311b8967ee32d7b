//! What a gateway pushes to us, and the proof that it was the gateway.
//!
//! [`Verified`] is made in two places only: by a gateway's signature check, and by
//! [`Verified::from_inbox`] for what passed that check earlier.

use std::fmt::Display;

use money::Money;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{DisputeView, GatewayName, PaymentView, Push, RefundView};

/// A pushed message in neutral words. Whatever was signed becomes one: what can't be read is [`EventBody::Unclear`], so
/// that a gateway is never answered with a fault for days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GatewayEvent {
    /// The gateway's id of the event, or one made of what it says where it has none: the same when it is delivered
    /// twice. 1 to 255 bytes without control characters.
    pub id: String,
    /// The gateway's own word for its type, as `checkout.session.completed`; [`UNREADABLE`] if there is none. Bounded as
    /// the id is.
    pub kind_text: String,
    /// When the gateway made it, unix seconds; 0 if it does not say. Events arrive in any order.
    pub created: i64,
    /// What this message is worth: never more than the gateway's [`crate::Capabilities::push`].
    pub push: Push,
    pub body: EventBody,
}

/// The type of a message that names none.
pub const UNREADABLE: &str = "unreadable";

/// What the event says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EventBody {
    Payment(PaymentView),
    Refund {
        view: RefundView,
        /// The payment it belongs to, as `pi_…`.
        payment_reference: Option<String>,
    },
    /// Something happened to a refund of a payment, and the message need not say to which: look at those that are open.
    RefundsOf {
        names: Named,
        /// As far as the message says, and perhaps the payment's.
        amount: Option<Money>,
    },
    Dispute(DisputeView),
    /// It speaks of a payment, a refund or a dispute and can't be read as one: a reason to ask about what it names.
    Unclear(Unclear),
    /// Nothing we act on: a type we don't know, or one that repeats what another says better.
    Other,
}

/// What a message names, as far as that could be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Named {
    /// [`PaymentView::reference`].
    pub page: Option<String>,
    /// [`PaymentView::payment_reference`].
    pub charge: Option<String>,
    /// [`RefundView::reference`].
    pub refund: Option<String>,
    /// The attempt we sent along, if it is one of ours.
    pub our_attempt: Option<Uuid>,
    /// The refund we sent along, if it is one of ours.
    pub our_refund: Option<Uuid>,
}

/// A genuine message that this version can't read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unclear {
    /// What could not be read. Names no customer data.
    pub why: String,
    pub names: Named,
}

/// Bytes of an event's id and of its type at the most. Stripe's ids have 255 at the most; types are shorter.
const LONGEST_NAME_BYTES: usize = 255;

impl GatewayEvent {
    /// A message without an id and a type of its own: its text stands for it.
    pub(crate) fn unreadable(gateway: GatewayName, payload: &str, error: &UnreadableEvent) -> Self {
        let body = unclear(error, Named::default());
        Self {
            id: made_id(gateway, payload),
            kind_text: UNREADABLE.to_owned(),
            created: 0,
            push: Push::Hint,
            body,
        }
    }

    /// With an id and a type that can be kept: one that can't is replaced by what the text stands for.
    pub(crate) fn storable(self, gateway: GatewayName, payload: &str) -> Self {
        let id = Some(self.id).filter(|id| is_storable(id)).unwrap_or_else(|| made_id(gateway, payload));
        let kind_text =
            Some(self.kind_text).filter(|kind| is_storable(kind)).unwrap_or_else(|| UNREADABLE.to_owned());
        Self { id, kind_text, ..self }
    }
}

fn is_storable(text: &str) -> bool {
    (1..=LONGEST_NAME_BYTES).contains(&text.len()) && !text.chars().any(char::is_control)
}

fn made_id(gateway: GatewayName, payload: &str) -> String {
    format!("{}:text:{}", gateway.as_str(), hex::encode(Sha256::digest(payload)))
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
}

/// Why a part of a message can't be read. The text names no customer data.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct UnreadableEvent(pub String);

/// A body as the text it must be: no gateway sends anything else.
pub(crate) fn text(body: &[u8]) -> Result<&str, WebhookError> {
    str::from_utf8(body).map_err(|_| WebhookError::Malformed("the body is not UTF-8"))
}

/// The error tells where it stopped and not what stood there.
pub(crate) fn json<T: DeserializeOwned>(text: &str) -> Result<T, UnreadableEvent> {
    serde_json::from_str(text).map_err(|error| {
        let (kind, line, column) = (error.classify(), error.line(), error.column());
        UnreadableEvent(format!("not the JSON expected ({kind:?} error at {line}:{column})"))
    })
}

/// What can't be read as what it should be, with what it names all the same.
pub(crate) fn unclear(error: &impl Display, names: Named) -> EventBody {
    EventBody::Unclear(Unclear { why: error.to_string(), names })
}
