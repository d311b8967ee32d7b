//! Paystack's JSON of transactions and their customers, made from what the sandbox remembers.
//! Fields that never change in the sandbox are constants here.

use serde_json::{Value, json};

use super::model::{Authorization, Customer, Transaction};
use super::when::iso;

/// What stands for metadata that was not given: it differs from path to path.
#[derive(Debug, Clone, Copy)]
pub enum Nothing {
    /// `""`, as verify has it.
    Text,
    /// `0`, as events have it.
    Zero,
    /// `null`, as lists have it.
    Null,
}

pub fn transaction(transaction: &Transaction, nothing: Nothing) -> Value {
    let paid_at = transaction.paid_ms.map(iso);
    let created_at = iso(transaction.created_ms);
    let nothing = match nothing {
        Nothing::Text => json!(""),
        Nothing::Zero => json!(0),
        Nothing::Null => Value::Null,
    };
    json!({
        "id": transaction.id,
        "domain": "test",
        "status": transaction.status.as_str(),
        "reference": transaction.reference,
        "receipt_number": null,
        "amount": transaction.amount,
        "message": null,
        "gateway_response": transaction.gateway_response,
        "paid_at": paid_at,
        "created_at": created_at,
        "channel": transaction.channel,
        "currency": transaction.currency,
        "ip_address": null,
        "metadata": transaction.metadata.clone().unwrap_or(nothing),
        "log": log(transaction),
        "fees": transaction.fees,
        "fees_split": null,
        "authorization": transaction.authorization.as_ref().map_or_else(|| json!({}), authorization),
        "customer": customer(&transaction.customer),
        "plan": null,
        "split": {},
        "order_id": null,
        "paidAt": paid_at,
        "createdAt": created_at,
        "requested_amount": transaction.requested,
        "pos_transaction_data": null,
        "source": null,
        "fees_breakdown": null,
        "connect": null,
        "transaction_date": created_at,
        "plan_object": {},
        "subaccount": {},
        "helpdesk_link": null,
    })
}

pub fn customer(customer: &Customer) -> Value {
    json!({
        "id": customer.id,
        "first_name": null,
        "last_name": null,
        "email": customer.email,
        "customer_code": customer.code,
        "phone": null,
        "metadata": null,
        "risk_action": "default",
        "international_format_phone": null,
    })
}

fn authorization(card: &Authorization) -> Value {
    json!({
        "authorization_code": card.code,
        "bin": card.bin,
        "last4": card.last4,
        "exp_month": "12",
        "exp_year": "2030",
        "channel": "card",
        // The blank is the vendor's.
        "card_type": format!("{} ", card.brand),
        "bank": "TEST BANK",
        "country_code": "NG",
        "brand": card.brand,
        "reusable": true,
        "signature": card.signature,
        "account_name": null,
        "receiver_bank_account_number": null,
        "receiver_bank": null,
    })
}

/// Nobody has tried: no log.
fn log(transaction: &Transaction) -> Value {
    let (Some(first), Some(last)) = (transaction.attempts.first(), transaction.attempts.last()) else {
        return Value::Null;
    };
    let since_start = |at_ms: i64| (at_ms - transaction.created_ms).div_euclid(1000);
    let history = transaction.attempts.iter().map(|attempt| {
        let kind = if attempt.worked { "success" } else { "error" };
        json!({"type": kind, "message": attempt.message, "time": since_start(attempt.at_ms)})
    });
    json!({
        "start_time": first.at_ms.div_euclid(1000),
        "time_spent": since_start(last.at_ms),
        "attempts": transaction.attempts.len(),
        "errors": transaction.attempts.iter().filter(|attempt| !attempt.worked).count(),
        "success": last.worked,
        "mobile": false,
        "input": [],
        "history": history.collect::<Vec<_>>(),
    })
}
