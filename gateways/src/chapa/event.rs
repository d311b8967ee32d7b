//! Chapa's pushed messages in neutral words. Pure.
//!
//! They have no id: one is derived from their content, so that a second delivery has the same. A message that can't be
//! read is [`EventBody::Unclear`], with the references that it has.

use sha2::{Digest, Sha256};

use super::map::{money, our_attempt, our_name, our_refund, payment_view};
use super::wire::Charge;
use crate::event::{UnreadableEvent, json, unclear};
use crate::{EventBody, GatewayEvent, GatewayName, Named, PaymentState, PaymentView, Push, times};

const CHAPA: GatewayName = GatewayName::Chapa;

pub(super) fn parse(payload: &str) -> GatewayEvent {
    let charge: Charge = match json(payload) {
        Ok(charge) => charge,
        Err(error) => return GatewayEvent::unreadable(CHAPA, payload, &error),
    };
    let created = charge.updated_at.or(&charge.created_at).and_then(times::unix);
    let Some(kind) = charge.event.get() else {
        // The parameters of a returning browser have this form, and older documentation shows such messages.
        let error = UnreadableEvent("event is missing".to_owned());
        let body = unclear(&error, names(&charge));
        let event = GatewayEvent::unreadable(CHAPA, payload, &error);
        return GatewayEvent { created: created.unwrap_or_default(), body, ..event };
    };
    let event = GatewayEvent {
        id: id(kind, &charge),
        kind_text: kind.to_owned(),
        created: created.unwrap_or_default(),
        push: Push::Hint,
        body: body(kind, &charge),
    };
    event.storable(CHAPA, payload)
}

/// The same for every delivery of one message, and different for messages that differ in anything but the customer's
/// data.
fn id(kind: &str, charge: &Charge) -> String {
    let facts = [
        Some(kind),
        charge.reference.get(),
        charge.tx_ref.get(),
        charge.status.get(),
        charge.amount.get(),
        charge.currency.get(),
        charge.created_at.get(),
        charge.updated_at.get(),
    ];
    let text = serde_json::to_string(&facts).expect("texts are plain data");
    format!("chapa:{}", hex::encode(Sha256::digest(text)))
}

/// Payouts (`payout.success`, `payout.failed/cancelled`) are [`EventBody::Other`]: the product does not pay out through
/// Chapa yet. `find_transfer` gives their state.
fn body(kind: &str, charge: &Charge) -> EventBody {
    match kind {
        "charge.success" => payment(charge, PaymentState::Captured),
        "charge.failed/cancelled" | "charge.failed" | "charge.cancelled" => {
            payment(charge, PaymentState::Failed)
        }
        "charge.refunded" | "charge.reversed" => refund(charge),
        _ if kind.starts_with("refund.") => refund(charge),
        _ => EventBody::Other,
    }
}

/// The type of the event and the status in it must agree; otherwise the outcome is unknown.
fn payment(charge: &Charge, state: PaymentState) -> EventBody {
    match payment_view(charge) {
        Ok(view) => {
            let state = if view.state == state { state } else { PaymentState::Processing };
            EventBody::Payment(PaymentView { state, ..view })
        }
        Err(error) => unclear(&error, names(charge)),
    }
}

/// It has the form of its payment's messages. Which refund it tells of stands in what we sent along, if Chapa gives that
/// back, or in a name of its own.
fn refund(charge: &Charge) -> EventBody {
    let names = Named {
        refund: charge.ref_id.owned(),
        our_refund: our_refund(&charge.meta, &charge.reference),
        ..names(charge)
    };
    EventBody::RefundsOf { names, amount: money(&charge.amount, charge.currency.get()).ok() }
}

fn names(charge: &Charge) -> Named {
    Named {
        page: our_name(charge).map(str::to_owned),
        charge: charge.reference.or(&charge.ref_id).map(str::to_owned),
        our_attempt: our_attempt(charge),
        ..Named::default()
    }
}

#[cfg(test)]
mod tests;
