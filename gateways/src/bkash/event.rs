//! What SNS brings from bKash in neutral words. Pure.
//!
//! A notification is a reason to look, whatever it says: its state is `Processing`, and `find_payment` tells.

use super::clock;
use super::map::{self, MapError};
use super::webhook::NOTIFICATION;
use super::wire::{Notice, Posted};
use crate::event::{json, told};
use crate::{EventBody, GatewayEvent, PaymentState, PaymentView, Push, UnreadableEvent};

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
    Ok(GatewayEvent { id: posted.message_id, kind_text, created, push: Push::Hint, body })
}

/// bKash's type, as `10002294`, and the payment.
fn notification(message: &str) -> Result<(String, EventBody), UnreadableEvent> {
    let Ok(notice) = serde_json::from_str::<Notice>(message) else {
        return Ok((NOTIFICATION.to_owned(), EventBody::Other));
    };
    let kind = notice.transaction_type.get().unwrap_or(NOTIFICATION).to_owned();
    let is_ours = map::attempt(notice.merchant_invoice_number.get()).is_some();
    Ok((kind, told(view(&notice).map(EventBody::Payment), is_ours)?))
}

fn view(notice: &Notice) -> Result<PaymentView, MapError> {
    let amount = notice.sale_amount.or(&notice.amount);
    Ok(PaymentView {
        reference: None,
        payment_reference: notice.trx_id.owned(),
        state: PaymentState::Processing,
        amount: map::money(amount, notice.currency.get().unwrap_or(map::BDT))?,
        our_attempt: map::attempt(notice.merchant_invoice_number.get()),
        our_order: None,
        failure_reason: None,
    })
}

#[cfg(test)]
mod tests;
