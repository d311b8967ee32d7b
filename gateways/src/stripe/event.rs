//! Stripe's events in neutral words. Pure.
//!
//! `charge.refunded` and the charge's other events become [`EventBody::Other`]: they repeat as a total
//! what `refund.*` says refund by refund. An object that can't be read, as one in a currency that we do not know, is
//! [`EventBody::Unclear`], with what it names; so is an event of the thin style, which has no object.

use super::map;
use super::wire::{self, Dispute, Expandable, PaymentIntent, Refund, Session};
use crate::event::{UnreadableEvent, json, unclear};
use crate::loose::Loose;
use crate::{EventBody, GatewayEvent, GatewayName, Named, PaymentState, Push, times};

const STRIPE: GatewayName = GatewayName::Stripe;

/// The types that we use: Stripe accepts at most 20 in one list request.
pub(super) const KINDS: &[&str] = &[
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "checkout.session.expired",
    "payment_intent.succeeded",
    "payment_intent.payment_failed",
    "payment_intent.processing",
    "payment_intent.canceled",
    "refund.created",
    "refund.updated",
    "refund.failed",
    "charge.refund.updated",
    "charge.dispute.created",
    "charge.dispute.updated",
    "charge.dispute.closed",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.funds_reinstated",
];

/// `version` is the one our calls are made in. An event has the version of its endpoint, and in another one an amount may
/// mean something else (what the buyer paid, as currencies were converted): such an event only makes us ask.
pub(super) fn parse(payload: &str, version: &str) -> GatewayEvent {
    let event: wire::Event = match json(payload) {
        Ok(event) => event,
        Err(error) => return GatewayEvent::unreadable(STRIPE, payload, &error),
    };
    let object = event.data.as_ref().and_then(|data| data.object.as_ref());
    let body = match (event.kind.get(), object, &event.related_object) {
        (Some(kind), Some(object), _) => of(kind, object.get()),
        (Some(_), None, Some(related)) => thin(&related.id),
        (None, ..) => unclear(&"type is missing", Named::default()),
        (Some(kind), None, None) if KINDS.contains(&kind) => unclear(&"object is missing", Named::default()),
        (Some(_), None, None) => EventBody::Other,
    };
    let created = event.created.get().and_then(|at| at.parse().ok().or_else(|| times::unix(at)));
    GatewayEvent {
        id: event.id.owned().unwrap_or_default(),
        kind_text: event.kind.owned().unwrap_or_default(),
        created: created.unwrap_or_default(),
        push: if event.api_version.get() == Some(version) { Push::Proof } else { Push::Hint },
        body,
    }
    .storable(STRIPE, payload)
}

/// What an event of this type and with this object says.
fn of(kind: &str, object: &str) -> EventBody {
    let read = match kind {
        "checkout.session.completed" | "checkout.session.async_payment_succeeded" => session(object, None),
        "checkout.session.async_payment_failed" => session(object, Some(PaymentState::Failed)),
        "checkout.session.expired" => session(object, Some(PaymentState::Expired)),
        "payment_intent.succeeded"
        | "payment_intent.payment_failed"
        | "payment_intent.processing"
        | "payment_intent.canceled" => intent(object),
        "refund.created" | "refund.updated" | "refund.failed" | "charge.refund.updated" => refund(object),
        "charge.dispute.created"
        | "charge.dispute.updated"
        | "charge.dispute.closed"
        | "charge.dispute.funds_withdrawn"
        | "charge.dispute.funds_reinstated" => dispute(object),
        _ => Ok(EventBody::Other),
    };
    read.unwrap_or_else(|error| unclear(&error, names(object)))
}

/// An event of the thin style names a page or a payment, or nothing that we act on.
fn thin(id: &Loose) -> EventBody {
    let names = named(id);
    if names == Named::default() { EventBody::Other } else { unclear(&"an event without its object", names) }
}

/// `outcome` is what the event's type itself says; money that came is not overruled by it.
fn session(object: &str, outcome: Option<PaymentState>) -> Result<EventBody, UnreadableEvent> {
    let session: Session = json(object)?;
    let view = map::session_view(session).map_err(unreadable)?;
    Ok(EventBody::Payment(match outcome {
        Some(state) if view.state != PaymentState::Captured => crate::PaymentView { state, ..view },
        Some(_) | None => view,
    }))
}

fn intent(object: &str) -> Result<EventBody, UnreadableEvent> {
    let intent: PaymentIntent = json(object)?;
    map::intent_view(intent).map(EventBody::Payment).map_err(unreadable)
}

fn refund(object: &str) -> Result<EventBody, UnreadableEvent> {
    let mut refund: Refund = json(object)?;
    let payment_reference = refund.payment_intent.take().map(Expandable::into_id);
    let view = map::refund_view(refund).map_err(unreadable)?;
    Ok(EventBody::Refund { view, payment_reference })
}

/// Shown to operators, whichever system made the payment.
fn dispute(object: &str) -> Result<EventBody, UnreadableEvent> {
    Ok(EventBody::Dispute(map::dispute_view(json::<Dispute>(object)?)))
}

fn unreadable(error: map::MapError) -> UnreadableEvent {
    UnreadableEvent(error.to_string())
}

/// The names in an object that can't be read as what it is.
fn names(object: &str) -> Named {
    let found: wire::Names = serde_json::from_str(object).unwrap_or_default();
    let ours = |key: &str| found.metadata.as_ref()?.get(key)?.get()?.parse().ok();
    let named = named(&found.id);
    Named {
        charge: found.payment_intent.owned().or(named.charge),
        our_attempt: ours(map::ATTEMPT_ID).or_else(|| found.client_reference_id.get()?.parse().ok()),
        our_refund: ours(map::REFUND_ID),
        ..named
    }
}

/// What an id names, by its beginning.
fn named(id: &Loose) -> Named {
    let (id, nothing) = (id.owned(), Named::default());
    match id.as_deref().and_then(|id| id.split_once('_')) {
        Some(("cs", _)) => Named { page: id, ..nothing },
        Some(("pi", _)) => Named { charge: id, ..nothing },
        Some(("re" | "pyr", _)) => Named { refund: id, ..nothing },
        Some(_) | None => nothing,
    }
}

#[cfg(test)]
mod tests;
