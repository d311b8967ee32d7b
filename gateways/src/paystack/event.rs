//! Paystack's pushed messages in neutral words. Pure.
//!
//! A push has no id of its own, so one is made of what it says: the kind, the names in it and the state. Of a refund it
//! says neither the id nor our note, so all we learn is whose refunds have moved. There is no `charge.failed`. Transfers
//! are looked after by asking.

use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use super::amounts::Units;
use super::map;
use super::reference;
use super::times;
use super::wire::{self, Dispute, Refund, Transaction};
use crate::{EventBody, GatewayEvent, UnreadableEvent};

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
    Ok(GatewayEvent { id, kind_text: event.event, created, body })
}

/// A payment that is not ours and can't be read means nothing to us; one of ours is an error, so that it is seen.
fn payment(data: &str, units: Units) -> Result<EventBody, UnreadableEvent> {
    let row: Transaction = json(data)?;
    let is_foreign = row.reference.as_deref().is_some_and(|name| reference::attempt(name).is_none());
    match map::payment_view(row, units) {
        Ok(view) => Ok(EventBody::Payment(view)),
        Err(_) if is_foreign => Ok(EventBody::Other),
        Err(error) => Err(UnreadableEvent(error.to_string())),
    }
}

fn refunds(data: &str) -> Result<EventBody, UnreadableEvent> {
    let row: Refund = json(data)?;
    let name = row.transaction_reference.or(row.transaction.reference);
    let name = name.ok_or_else(|| UnreadableEvent("transaction_reference is missing".to_owned()))?;
    Ok(EventBody::RefundsOf(name))
}

/// Shown to operators, whoever made the payment.
fn dispute(data: &str, units: Units) -> Result<EventBody, UnreadableEvent> {
    let view = map::dispute_view(json::<Dispute>(data)?, units);
    view.map(EventBody::Dispute).map_err(|error| UnreadableEvent(error.to_string()))
}

/// The error tells where it stopped and not what stood there.
fn json<T: DeserializeOwned>(text: &str) -> Result<T, UnreadableEvent> {
    serde_json::from_str(text).map_err(|error| {
        let (kind, line, column) = (error.classify(), error.line(), error.column());
        UnreadableEvent(format!("not the JSON expected ({kind:?} error at {line}:{column})"))
    })
}

#[cfg(test)]
mod tests;
