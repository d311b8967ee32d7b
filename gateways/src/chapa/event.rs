//! Chapa's pushed messages in neutral words. Pure.
//!
//! They have no id: one is made of what they say, so that a second delivery has the same. A message about a payment that
//! is not ours and can't be read is [`EventBody::Other`]; one of ours is an error, so that it is seen.

use sha2::{Digest, Sha256};

use super::map::{our_attempt, payment_view};
use super::wire::Charge;
use crate::event::{json, told};
use crate::{EventBody, GatewayEvent, PaymentState, PaymentView, UnreadableEvent, times};

pub(super) fn parse(payload: &str) -> Result<GatewayEvent, UnreadableEvent> {
    let charge: Charge = json(payload)?;
    let kind = charge.event.get().ok_or_else(|| UnreadableEvent("event is missing".to_owned()))?;
    let created = charge.updated_at.or(&charge.created_at).and_then(times::unix);
    Ok(GatewayEvent {
        id: id(kind, &charge),
        kind_text: kind.to_owned(),
        created: created.unwrap_or_default(),
        body: body(kind, &charge)?,
    })
}

/// The same for every delivery of one message, and another for one that differs in anything but the customer's data.
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

/// Payouts (`payout.success`, `payout.failed/cancelled`) are [`EventBody::Other`]: nothing is paid out through Chapa
/// yet, and what is done with them comes with paying out. `find_transfer` tells their state until then.
fn body(kind: &str, charge: &Charge) -> Result<EventBody, UnreadableEvent> {
    match kind {
        "charge.success" => payment(charge, PaymentState::Captured),
        "charge.failed/cancelled" | "charge.failed" | "charge.cancelled" => {
            payment(charge, PaymentState::Failed)
        }
        "charge.refunded" | "charge.reversed" => refunds(charge),
        _ if kind.starts_with("refund.") => refunds(charge),
        _ => Ok(EventBody::Other),
    }
}

/// The type of the event and the status within must agree; else it is not known what happened.
fn payment(charge: &Charge, state: PaymentState) -> Result<EventBody, UnreadableEvent> {
    let view = payment_view(charge).map(|view| {
        let state = if view.state == state { state } else { PaymentState::Processing };
        EventBody::Payment(PaymentView { state, ..view })
    });
    told(view, our_attempt(charge).is_some())
}

fn refunds(charge: &Charge) -> Result<EventBody, UnreadableEvent> {
    let of = charge.tx_ref.owned().ok_or_else(|| UnreadableEvent("tx_ref is missing".to_owned()))?;
    Ok(EventBody::RefundsOf(of))
}

#[cfg(test)]
mod tests;
