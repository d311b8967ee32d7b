//! Paystack's pushed messages in neutral words. Pure.
//!
//! A push has no id, so one is derived from its content: the kind, the references and the state. For a refund it gives
//! neither the id nor our note, so it shows only the payment whose refunds have changed. There is no `charge.failed`.
//! Transfers are polled. A message that can't be read is [`EventBody::Unclear`], with the references that it has.

use sha2::{Digest, Sha256};

use super::amounts::Units;
use super::map;
use super::wire::{self, Dispute, Refund, Transaction, Which};
use crate::event::{UnreadableEvent, json, unclear};
use crate::loose::Loose;
use crate::{EventBody, GatewayEvent, GatewayName, Named, Push, names, times};

mod identity;

const PAYSTACK: GatewayName = GatewayName::Paystack;

pub(super) fn parse(payload: &str, units: Units) -> GatewayEvent {
    let event: wire::Event = match json(payload) {
        Ok(event) => event,
        Err(error) => return GatewayEvent::unreadable(PAYSTACK, payload, &error),
    };
    let (Some(kind), Some(data)) = (event.event.get(), &event.data) else {
        let error = UnreadableEvent("event or data is missing".to_owned());
        return GatewayEvent::unreadable(PAYSTACK, payload, &error);
    };
    let data = data.get();
    let says: identity::Says = serde_json::from_str(data).unwrap_or_default();
    let body = match kind {
        "charge.success" => payment(data, units),
        "refund.pending"
        | "refund.processing"
        | "refund.processed"
        | "refund.failed"
        | "refund.needs-attention" => refunds(data),
        "charge.dispute.create" | "charge.dispute.remind" | "charge.dispute.resolve" => dispute(data, units),
        _ => Ok(EventBody::Other),
    };
    let body = body.unwrap_or_else(|error| unclear(&error, Named::default()));
    let id = format!("paystack:{}", hex::encode(Sha256::digest(says.identity(kind, data))));
    let created = says.time().and_then(times::unix).unwrap_or(0);
    GatewayEvent { id, kind_text: kind.to_owned(), created, push: Push::Hint, body }
        .storable(PAYSTACK, payload)
}

fn payment(data: &str, units: Units) -> Result<EventBody, UnreadableEvent> {
    let row: Transaction = json(data)?;
    let names = named(&row.reference, &row.id);
    Ok(map::payment_view(row, units).map_or_else(|error| unclear(&error, names), EventBody::Payment))
}

/// By its name, or by Paystack's number alone.
fn refunds(data: &str) -> Result<EventBody, UnreadableEvent> {
    let row: Refund = json(data)?;
    // Paystack is asked for all refunds of the payment, so what else the message says does not matter.
    Ok(EventBody::RefundsOf { names: of(&row.transaction_reference, &row.transaction), amount: None })
}

/// Shown to operators, whichever system made the payment.
fn dispute(data: &str, units: Units) -> Result<EventBody, UnreadableEvent> {
    let row: Dispute = json(data)?;
    let names = of(&row.transaction_reference, &row.transaction);
    Ok(map::dispute_view(row, units).map_or_else(|error| unclear(&error, names), EventBody::Dispute))
}

fn of(name: &Loose, payment: &Which) -> Named {
    named(if name.get().is_some() { name } else { &payment.reference }, &payment.id)
}

fn named(name: &Loose, id: &Loose) -> Named {
    let our_attempt = name.get().and_then(names::attempt);
    Named { page: name.owned(), charge: id.owned(), our_attempt, ..Named::default() }
}

#[cfg(test)]
mod tests;
