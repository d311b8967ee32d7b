//! bKash's messages through SNS, in neutral words. Pure.
//!
//! A notification is only a hint, whatever it says: its state is `Processing`, and `find_payment` gives the real one. A
//! notification that can't be read is [`EventBody::Unclear`], with the references that it has.

use super::clock;
use super::map::{self, MapError};
use super::webhook::NOTIFICATION;
use super::wire::{Notice, Posted};
use crate::event::{json, unclear};
use crate::{EventBody, GatewayEvent, GatewayName, Named, PaymentState, PaymentView, Push};

const BKASH: GatewayName = GatewayName::Bkash;

/// Reads a stored message.
pub(super) fn parse(payload: &str) -> GatewayEvent {
    match json(payload) {
        Ok(posted) => event(posted, payload),
        Err(error) => GatewayEvent::unreadable(BKASH, payload, &error),
    }
}

pub(super) fn event(posted: Posted, payload: &str) -> GatewayEvent {
    let created = clock::unix(&posted.timestamp).unwrap_or_default();
    let (kind_text, body) = match posted.kind.as_str() {
        NOTIFICATION => notification(&posted.message),
        _ => (posted.kind, EventBody::Other),
    };
    GatewayEvent { id: posted.message_id, kind_text, created, push: Push::Hint, body }
        .storable(BKASH, payload)
}

/// bKash's type, such as `10002294`, and the payment. A text that is not JSON is no message of bKash.
fn notification(message: &str) -> (String, EventBody) {
    let Ok(notice) = serde_json::from_str::<Notice>(message) else {
        return (NOTIFICATION.to_owned(), EventBody::Other);
    };
    let kind = notice.transaction_type.get().unwrap_or(NOTIFICATION).to_owned();
    let body = view(&notice).map_or_else(|error| unclear(&error, names(&notice)), EventBody::Payment);
    (kind, body)
}

fn names(notice: &Notice) -> Named {
    let our_attempt = map::attempt(notice.merchant_invoice_number.get());
    Named { charge: notice.trx_id.owned(), our_attempt, ..Named::default() }
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
