//! Messages that gateways push, and the proof of their origin.
//!
//! [`Verified`] is created in two places only: by a gateway's signature check, and by [`Verified::from_inbox`] for a
//! message that passed that check earlier.

use std::fmt::Display;

use money::Money;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{DisputeView, GatewayName, PaymentView, Push, RefundView};

/// A pushed message in neutral words. Every signed message becomes one. A message that can't be read is
/// [`EventBody::Unclear`], so that its gateway does not get errors, and repeat it, for days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GatewayEvent {
    /// The gateway's id of the event, or one derived from its content if it has none: the same when the event is
    /// delivered twice. 1 to 255 bytes without control characters.
    pub id: String,
    /// The gateway's own word for its type, such as `checkout.session.completed`; [`UNREADABLE`] if there is none.
    /// Limited as the id.
    pub kind_text: String,
    /// When the gateway created it, in unix seconds; 0 if it does not say. Events arrive in any order.
    pub created: i64,
    /// What this message proves: never more than the gateway's [`crate::Capabilities::push`].
    pub push: Push,
    pub body: EventBody,
}

/// The type of a message that names none.
pub const UNREADABLE: &str = "unreadable";

/// The content of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EventBody {
    Payment(PaymentView),
    Refund {
        view: RefundView,
        /// The payment it belongs to, such as `pi_…`.
        payment_reference: Option<String>,
    },
    /// Something happened to a refund of a payment, and the message may not say to which: check the open ones.
    RefundsOf {
        names: Named,
        /// If the message contains it; it may be the amount of the payment.
        amount: Option<Money>,
    },
    Dispute(DisputeView),
    /// It concerns a payment, a refund or a dispute and can't be read as one: ask about the references that it has.
    Unclear(Unclear),
    /// Nothing to act on: an unknown type, or one that repeats what another says better.
    Other,
}

/// The references in a message, as far as they could be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Named {
    /// [`PaymentView::reference`].
    pub page: Option<String>,
    /// [`PaymentView::payment_reference`].
    pub charge: Option<String>,
    /// [`RefundView::reference`].
    pub refund: Option<String>,
    /// The attempt id that we sent along, if it is one of ours.
    pub our_attempt: Option<Uuid>,
    /// The refund id that we sent along, if it is one of ours.
    pub our_refund: Option<Uuid>,
}

/// A genuine message that this version can't read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unclear {
    /// The part that could not be read. Contains no customer data.
    pub why: String,
    pub names: Named,
}

/// Most bytes of an event's id, and of its type. Stripe's ids have at most 255; types are shorter.
const LONGEST_NAME_BYTES: usize = 255;

impl GatewayEvent {
    /// A message without an id and a type of its own: a hash of its text replaces the id.
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

    /// The event with an id and a type that can be stored: an unsuitable one is replaced by one derived from the text.
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

    /// For a payload from the webhook inbox, which was stored only after its signature was checked. For anything else
    /// the type would promise a check that did not happen.
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

/// Why a pushed message was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WebhookError {
    /// The signature header is missing.
    #[error("the signature header is missing")]
    MissingSignature,
    /// The signature header is malformed.
    #[error("the signature header is malformed: {0}")]
    Malformed(&'static str),
    /// None of the signatures was made with any of our secrets over this body.
    #[error("no signature matches")]
    NoMatch,
    /// Signed too long ago: it may be a replay.
    #[error("signed {0} s ago, beyond the tolerance")]
    TooOld(i64),
    /// Signed too far ahead of our clock.
    #[error("signed {0} s in the future, beyond the tolerance")]
    InFuture(i64),
    /// The signer's certificate could not be fetched: the gateway should send the message again.
    #[error("the signature cannot be checked now: {0}")]
    Unverifiable(String),
}

/// Why a part of a message can't be read. The text contains no customer data.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct UnreadableEvent(pub String);

/// The body as text: gateways send nothing else.
pub(crate) fn text(body: &[u8]) -> Result<&str, WebhookError> {
    str::from_utf8(body).map_err(|_| WebhookError::Malformed("the body is not UTF-8"))
}

/// The error says where it stopped, and not which text was there.
pub(crate) fn json<T: DeserializeOwned>(text: &str) -> Result<T, UnreadableEvent> {
    serde_json::from_str(text).map_err(|error| {
        let (kind, line, column) = (error.classify(), error.line(), error.column());
        UnreadableEvent(format!("not the JSON expected ({kind:?} error at {line}:{column})"))
    })
}

/// A message that can't be read as what it should be, with the references that it has.
pub(crate) fn unclear(error: &impl Display, names: Named) -> EventBody {
    EventBody::Unclear(Unclear { why: error.to_string(), names })
}
