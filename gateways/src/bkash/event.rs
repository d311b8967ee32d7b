//! What SNS brings from bKash in neutral words. Pure.
//!
//! A notification is a reason to look, whatever it says: its state is `Processing`, and `find_payment` tells.

use serde::de::DeserializeOwned;

use super::clock;
use super::map::{self, MapError};
use super::webhook::NOTIFICATION;
use super::wire::{Notice, Posted};
use crate::{EventBody, GatewayEvent, PaymentState, PaymentView, UnreadableEvent};

/// Reads a stored message.
pub(super) fn parse(payload: &str) -> Result<GatewayEvent, UnreadableEvent> {
    event(json(payload)?)
}

pub(super) fn event(posted: Posted) -> Result<GatewayEvent, UnreadableEvent> {
    let created = clock::unix(&posted.timestamp).unwrap_or_default();
    let (kind_text, body) = match posted.kind.as_str() {
        NOTIFICATION => notification(&posted.message)?,
        _ => (posted.kind, EventBody::Other),
    };
    Ok(GatewayEvent { id: posted.message_id, kind_text, created, body })
}

/// bKash's type, as `10002294`, and the payment. What can't be read is an error only if it is about one of ours.
fn notification(message: &str) -> Result<(String, EventBody), UnreadableEvent> {
    let Ok(notice) = serde_json::from_str::<Notice>(message) else {
        return Ok((NOTIFICATION.to_owned(), EventBody::Other));
    };
    let kind = notice.transaction_type.get().unwrap_or(NOTIFICATION).to_owned();
    let is_ours = map::attempt(notice.merchant_invoice_number.get()).is_some();
    match view(&notice) {
        Ok(view) => Ok((kind, EventBody::Payment(view))),
        Err(_) if !is_ours => Ok((kind, EventBody::Other)),
        Err(error) => Err(UnreadableEvent(error.to_string())),
    }
}

fn view(notice: &Notice) -> Result<PaymentView, MapError> {
    let amount = if notice.sale_amount.get().is_some() { &notice.sale_amount } else { &notice.amount };
    Ok(PaymentView {
        reference: None,
        payment_reference: notice.trx_id.get().map(str::to_owned),
        state: PaymentState::Processing,
        amount: map::money(amount, notice.currency.get().unwrap_or(map::BDT))?,
        our_attempt: map::attempt(notice.merchant_invoice_number.get()),
        our_order: None,
        failure_reason: None,
    })
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
