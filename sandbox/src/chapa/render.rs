//! Chapa's JSON, made from what the sandbox remembers.
//! Fields that never change in the sandbox are constants here.

use chrono::DateTime;
use serde_json::{Value, json};

use super::amount::{Places, Writer};
use super::model::{Moment, Payment, Refund, Transfer};

/// The envelope of whatever went well.
pub fn done(message: &str, data: &Value) -> Value {
    json!({"message": message, "status": "success", "data": data})
}

/// `2026-01-01T00:00:00.000000Z`.
pub fn at(ms: i64) -> String {
    DateTime::from_timestamp_millis(ms).unwrap_or_default().format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string()
}

pub fn customization(payment: &Payment) -> Value {
    let [title, description, logo] = &payment.customization;
    json!({"title": title, "description": description, "logo": logo})
}

/// As verify shows it; the status is Chapa's word.
pub fn payment(payment: &Payment, status: &str, writer: &mut Writer) -> Value {
    json!({
        "first_name": payment.customer.first_name,
        "last_name": payment.customer.last_name,
        "email": payment.customer.email,
        "currency": payment.currency,
        "amount": writer.amount(payment.amount, Places::Plain),
        "charge": writer.amount(payment.charge, Places::Plain),
        "mode": payment.mode,
        "method": payment.method,
        "type": "API",
        "status": status,
        "reference": payment.reference,
        "tx_ref": payment.tx_ref,
        "customization": customization(payment),
        "meta": payment.meta,
        "created_at": at(payment.created_ms),
        "updated_at": at(payment.updated_ms),
    })
}

/// As the list of transactions shows it. Chapa calls its own reference `ref_id` there.
pub fn listed(payment: &Payment, status: &str, trans_id: Option<&str>, writer: &mut Writer) -> Value {
    let charge = if payment.captured() > 0 { payment.charge } else { 0 };
    json!({
        "status": status,
        "ref_id": payment.reference,
        "type": "API",
        "created_at": at(payment.created_ms),
        "currency": payment.currency,
        "amount": writer.amount(payment.amount, Places::Three),
        "charge": writer.amount(charge, Places::Three),
        "trans_id": trans_id,
        "payment_method": payment.method,
        "customer": {
            "id": payment.customer.id,
            "email": payment.customer.email,
            "first_name": payment.customer.first_name,
            "last_name": payment.customer.last_name,
            "mobile": payment.customer.phone,
        },
    })
}

pub fn moment(number: usize, moment: &Moment) -> Value {
    json!({
        "item": number,
        "message": moment.message,
        "type": moment.kind,
        "created_at": at(moment.at_ms),
        "updated_at": at(moment.at_ms),
    })
}

pub fn refund(refund: &Refund, writer: &mut Writer) -> Value {
    json!({
        "amount": writer.amount(refund.amount, Places::Plain),
        "currency": refund.currency,
        "ref_id": refund.ref_id,
        "payment_reference": refund.payment_reference,
        "reference": refund.reference,
        "status": refund.status.as_str(),
        "reason": refund.reason,
        "meta": refund.meta,
        "created_at": at(refund.created_ms),
        "updated_at": at(refund.updated_ms),
    })
}

/// As verify shows it.
pub fn transfer(transfer: &Transfer, status: &str, writer: &mut Writer) -> Value {
    json!({
        "account_name": transfer.account_name,
        "account_number": transfer.account_number,
        "mobile": null,
        "currency": transfer.currency,
        "amount": writer.amount(transfer.amount, Places::Plain),
        "charge": writer.amount(0, Places::Plain),
        "mode": transfer.mode,
        "transfer_method": method(transfer),
        "narration": null,
        "chapa_transfer_id": transfer.chapa_transfer_id,
        "bank_code": transfer.bank.id,
        "bank_name": transfer.bank.name,
        "bank_reference": transfer.bank_reference,
        "cross_party_reference": null,
        "ip_address": "UNKNOWN",
        "status": status,
        "tx_ref": transfer.reference,
        "created_at": at(transfer.created_ms),
        "updated_at": at(transfer.updated_ms),
    })
}

/// As the list of transfers shows it.
pub fn listed_transfer(transfer: &Transfer, status: &str, writer: &mut Writer) -> Value {
    json!({
        "account_name": transfer.account_name,
        "account_number": transfer.account_number,
        "currency": transfer.currency,
        "amount": writer.amount(transfer.amount, Places::Plain),
        "charge": writer.amount(0, Places::Plain),
        "transfer_type": method(transfer),
        "chapa_reference": transfer.chapa_reference,
        "bank_code": transfer.bank.id,
        "bank_name": transfer.bank.name,
        "bank_reference": transfer.bank_reference,
        "status": status,
        "reference": transfer.reference,
        "created_at": at(transfer.created_ms),
        "updated_at": at(transfer.updated_ms),
    })
}

fn method(transfer: &Transfer) -> &'static str {
    if transfer.bank.mobile_money { "mobile_money" } else { "bank" }
}

#[cfg(test)]
mod tests {
    #[test]
    fn times_have_six_digits_after_the_point() {
        assert_eq!(super::at(1_767_225_600_000), "2026-01-01T00:00:00.000000Z");
        assert_eq!(super::at(1_767_225_600_042), "2026-01-01T00:00:00.042000Z");
    }
}
