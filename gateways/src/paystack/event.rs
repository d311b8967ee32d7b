//! Paystack's pushed messages in neutral words. Pure.
//!
//! A push has no id of its own, so one is made of what it says: the kind, the names in it and the state. Of a refund it
//! says neither the id nor our note, so all we learn is whose refunds have moved. There is no `charge.failed`. Transfers
//! are looked after by asking.

use sha2::{Digest, Sha256};

use super::amounts::Units;
use super::map;
use super::wire::{self, Dispute, Refund, Transaction};
use crate::event::{json, told};
use crate::{EventBody, GatewayEvent, Push, UnreadableEvent, names, times};

mod identity;

pub(super) fn parse(payload: &str, units: Units) -> Result<GatewayEvent, UnreadableEvent> {
    let event: wire::Event = json(payload)?;
    let data = event.data.get();
    let says: identity::Says = serde_json::from_str(data).unwrap_or_default();
    let body = match event.event.as_str() {
        "charge.success" => payment(data, units)?,
        "refund.pending"
        | "refund.processing"
        | "refund.processed"
        | "refund.failed"
        | "refund.needs-attention" => refunds(data)?,
        "charge.dispute.create" | "charge.dispute.remind" | "charge.dispute.resolve" => dispute(data, units)?,
        _ => EventBody::Other,
    };
    let id = format!("paystack:{}", hex::encode(Sha256::digest(says.identity(&event.event, data))));
    let created = says.time().and_then(times::unix).unwrap_or(0);
    Ok(GatewayEvent { id, kind_text: event.event, created, push: Push::Hint, body })
}

fn payment(data: &str, units: Units) -> Result<EventBody, UnreadableEvent> {
    let row: Transaction = json(data)?;
    let is_foreign = row.reference.get().is_some_and(|name| names::attempt(name).is_none());
    told(map::payment_view(row, units).map(EventBody::Payment), !is_foreign)
}

fn refunds(data: &str) -> Result<EventBody, UnreadableEvent> {
    let row: Refund = json(data)?;
    let name = row.transaction_reference.or(&row.transaction.reference);
    let name = name.ok_or_else(|| UnreadableEvent("transaction_reference is missing".to_owned()))?;
    Ok(EventBody::RefundsOf(name.to_owned()))
}

/// Shown to operators, whoever made the payment.
fn dispute(data: &str, units: Units) -> Result<EventBody, UnreadableEvent> {
    told(map::dispute_view(json::<Dispute>(data)?, units).map(EventBody::Dispute), true)
}

#[cfg(test)]
mod tests;
