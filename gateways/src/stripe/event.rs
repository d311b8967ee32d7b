//! Stripe's events in neutral words. Pure.
//!
//! `charge.refunded` and the charge's other events become [`EventBody::Other`]: they repeat as a total
//! what `refund.*` says refund by refund. An object that is not ours (no attempt, no refund id of ours)
//! and can't be read is `Other` too; one of ours that can't be read is an error, so that it is seen.

use super::map;
use super::wire::{self, Dispute, Expandable, PaymentIntent, Refund, Session};
use crate::event::{json, told};
use crate::{EventBody, GatewayEvent, PaymentState, Push, UnreadableEvent};

/// The types that mean something to us: Stripe lists 20 at once at the most.
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
pub(super) fn parse(payload: &str, version: &str) -> Result<GatewayEvent, UnreadableEvent> {
    let event: wire::Event = json(payload)?;
    let object = event.data.object.get();
    let body = match event.kind.as_str() {
        "checkout.session.completed" | "checkout.session.async_payment_succeeded" => session(object, None)?,
        "checkout.session.async_payment_failed" => session(object, Some(PaymentState::Failed))?,
        "checkout.session.expired" => session(object, Some(PaymentState::Expired))?,
        "payment_intent.succeeded"
        | "payment_intent.payment_failed"
        | "payment_intent.processing"
        | "payment_intent.canceled" => intent(object)?,
        "refund.created" | "refund.updated" | "refund.failed" | "charge.refund.updated" => refund(object)?,
        "charge.dispute.created"
        | "charge.dispute.updated"
        | "charge.dispute.closed"
        | "charge.dispute.funds_withdrawn"
        | "charge.dispute.funds_reinstated" => dispute(object)?,
        _ => EventBody::Other,
    };
    let push = if event.api_version.as_deref() == Some(version) { Push::Proof } else { Push::Hint };
    Ok(GatewayEvent { id: event.id, kind_text: event.kind, created: event.created, push, body })
}

/// `outcome` is what the event's type itself says; money that came is not overruled by it.
fn session(object: &str, outcome: Option<PaymentState>) -> Result<EventBody, UnreadableEvent> {
    let session: Session = json(object)?;
    let is_ours = map::session_attempt(&session).is_some();
    let view = map::session_view(session).map(|view| match outcome {
        Some(state) if view.state != PaymentState::Captured => crate::PaymentView { state, ..view },
        Some(_) | None => view,
    });
    told(view.map(EventBody::Payment), is_ours)
}

fn intent(object: &str) -> Result<EventBody, UnreadableEvent> {
    let intent: PaymentIntent = json(object)?;
    let is_ours = map::ours(intent.metadata.as_ref(), map::ATTEMPT_ID).is_some();
    told(map::intent_view(intent).map(EventBody::Payment), is_ours)
}

fn refund(object: &str) -> Result<EventBody, UnreadableEvent> {
    let mut refund: Refund = json(object)?;
    let is_ours = map::ours(refund.metadata.as_ref(), map::REFUND_ID).is_some();
    let payment_reference = refund.payment_intent.take().map(Expandable::into_id);
    told(map::refund_view(refund).map(|view| EventBody::Refund { view, payment_reference }), is_ours)
}

/// Shown to operators, whoever made the payment.
fn dispute(object: &str) -> Result<EventBody, UnreadableEvent> {
    let dispute: Dispute = json(object)?;
    told(map::dispute_view(dispute).map(EventBody::Dispute), true)
}

#[cfg(test)]
mod tests;
