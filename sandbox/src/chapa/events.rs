//! What Chapa pushes: flat bodies without an event id. Amounts in them are texts or numbers as the
//! writer decides once, so that every delivery of an event has the same bytes.

use axum::body::Bytes;
use serde_json::{Value, json};

use super::amount::Places;
use super::books::Books;
use super::model::{Event, Payment, Refund, Status, Transfer, TransferStatus};
use super::render::{at, customization};
use crate::ids::token;
use crate::webhooks::Parcel;

impl Books {
    fn emit(&mut self, now_ms: i64, kind: &'static str, object: &str, body: &Value) {
        let id = token("chapa_", 20);
        let body = Bytes::from(body.to_string());
        self.outbox.push(Parcel { event_id: id.clone(), kind, body: body.clone() });
        let event = Event { id: id.clone(), created_ms: now_ms, kind, object: object.to_owned(), body };
        self.events.insert(&id, event);
        self.events.trim(self.keep);
    }

    /// How a payment ended.
    pub fn emit_charge(&mut self, now_ms: i64, tx_ref: &str) {
        let Some(payment) = self.payments.get(tx_ref) else { return };
        let (kind, word) = match payment.status {
            Status::Success => ("charge.success", "success".to_owned()),
            Status::Failed | Status::Cancelled => {
                ("charge.failed/cancelled", self.config.failed_word.clone())
            }
            Status::Open | Status::Pending => return,
        };
        let amounts = [payment.amount, payment.charge].map(|minor| self.writer.amount(minor, Places::Two));
        let body = charge(payment, kind, &word, amounts, &payment.meta);
        self.emit(now_ms, kind, tx_ref, &body);
    }

    /// How a refund ended. The body is that of its charge, with the refund's amount, status and meta.
    pub fn emit_refund(&mut self, now_ms: i64, kind: &'static str, ref_id: &str) {
        let Some(refund) = self.refunds.get(ref_id) else { return };
        let Some(payment) = self.payments.get(&refund.tx_ref) else { return };
        let amounts = [refund.amount, payment.charge].map(|minor| self.writer.amount(minor, Places::Two));
        let body = charge(payment, kind, refund.status.as_str(), amounts, meta_of(refund, payment));
        let tx_ref = refund.tx_ref.clone();
        self.emit(now_ms, kind, &tx_ref, &body);
    }

    /// How a transfer ended.
    pub fn emit_payout(&mut self, now_ms: i64, reference: &str) {
        let Some(transfer) = self.transfers.get(reference) else { return };
        let kind = match transfer.status {
            TransferStatus::Success => "payout.success",
            TransferStatus::Failed | TransferStatus::Reverted => "payout.failed/cancelled",
            TransferStatus::Unapproved | TransferStatus::Pending => return,
        };
        let amounts = [transfer.amount, 0].map(|minor| self.writer.amount(minor, Places::Two));
        let body = payout(transfer, kind, self.word_of(transfer.status), amounts);
        self.emit(now_ms, kind, reference, &body);
    }
}

fn meta_of<'a>(refund: &'a Refund, payment: &'a Payment) -> &'a Value {
    if refund.meta.is_null() { &payment.meta } else { &refund.meta }
}

fn charge(payment: &Payment, kind: &str, status: &str, amounts: [Value; 2], meta: &Value) -> Value {
    let [amount, charge] = amounts;
    json!({
        "event": kind,
        "first_name": payment.customer.first_name,
        "last_name": payment.customer.last_name,
        "email": payment.customer.email,
        "mobile": payment.customer.phone,
        "currency": payment.currency,
        "amount": amount,
        "charge": charge,
        "status": status,
        "mode": payment.mode,
        "reference": payment.reference,
        "created_at": at(payment.created_ms),
        "updated_at": at(payment.updated_ms),
        "type": "API",
        "tx_ref": payment.tx_ref,
        "payment_method": payment.method,
        "customization": customization(payment),
        "meta": meta,
    })
}

fn payout(transfer: &Transfer, kind: &str, status: &str, amounts: [Value; 2]) -> Value {
    let [amount, charge] = amounts;
    json!({
        "event": kind,
        "type": "Payout",
        "account_name": transfer.account_name,
        "account_number": transfer.account_number,
        "bank_id": transfer.bank.id,
        "bank_name": transfer.bank.name,
        "amount": amount,
        "charge": charge,
        "currency": transfer.currency,
        "status": status,
        "reference": transfer.reference,
        "chapa_reference": transfer.chapa_reference,
        "bank_reference": transfer.bank_reference,
        "created_at": at(transfer.created_ms),
        "updated_at": at(transfer.updated_ms),
    })
}
