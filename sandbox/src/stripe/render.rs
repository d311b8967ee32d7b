//! Stripe's JSON, made from what the sandbox remembers.
//! Fields that never change in the sandbox are constants here.

use serde_json::{Map, Value, json};

use super::methods;
use super::model::{Charge, ChargeState, Decline, FailureReason, Movement, Payment, PaymentStatus, Refund};
use super::model::{RefundStatus, Share};

/// Fields that are a text or absent, never null.
pub fn present(object: &mut Value, fields: &[(&str, Option<&str>)]) {
    for (field, text) in fields {
        if let Some(text) = text {
            object[*field] = json!(text);
        }
    }
}

/// Puts in what was asked to be shown; within an object, field by field.
pub fn merge(object: &mut Value, shown: &Map<String, Value>) {
    for (field, value) in shown {
        match value.as_object().filter(|_| object[field].is_object()) {
            Some(inner) => merge(&mut object[field], inner),
            None => object[field] = value.clone(),
        }
    }
}

pub fn payment(payment: &Payment, public_url: &str) -> Value {
    let last_error = payment.last_error.map(|why| decline(why, payment.latest_charge()));
    let held = if payment.status == PaymentStatus::RequiresCapture { payment.amount } else { 0 };
    let mut object = json!({
        "id": payment.id,
        "object": "payment_intent",
        "allowed_payment_method_types": null,
        "amount": payment.amount,
        "amount_capturable": held,
        "amount_received": payment.captured,
        "application": null,
        "application_fee_amount": null,
        "automatic_payment_methods": null,
        "canceled_at": payment.canceled_at,
        "cancellation_reason": payment.cancellation_reason,
        "capture_method": payment.ask.capture.as_str(),
        "client_secret": client_secret(&payment.id),
        "confirmation_method": "automatic",
        "created": payment.created,
        "currency": payment.currency,
        "customer": payment.customer,
        "customer_account": null,
        "description": payment.ask.description,
        "excluded_payment_method_types": null,
        "last_payment_error": last_error,
        "latest_charge": payment.latest_charge(),
        "livemode": false,
        "managed_payments": null,
        "metadata": payment.ask.metadata,
        "next_action": next_action(payment, public_url),
        "on_behalf_of": null,
        "payment_method": payment.method.map(|_| methods::id(&payment.id)),
        "payment_method_configuration_details": null,
        "payment_method_options": {},
        "payment_method_types": ["card"],
        "payment_record": null,
        "processing": null,
        "receipt_email": null,
        "review": null,
        "setup_future_usage": null,
        "shipping": null,
        "source": null,
        "statement_descriptor": null,
        "statement_descriptor_suffix": null,
        "status": payment.status.as_str(),
        "transfer_data": payment.ask.share.as_ref().map(share),
        "transfer_group": payment.ask.transfer_group,
    });
    merge(&mut object, &payment.ask.shown);
    object
}

pub fn client_secret(id: &str) -> String {
    format!("{id}_secret_sandbox")
}

fn share(share: &Share) -> Value {
    let mut data = json!({"destination": share.destination});
    if let Some(amount) = share.amount {
        data["amount"] = json!(amount);
    }
    data
}

/// Where the customer proves himself; on a session's page he has done so before anybody can ask.
fn next_action(payment: &Payment, public_url: &str) -> Option<Value> {
    (payment.status == PaymentStatus::RequiresAction && payment.session.is_none()).then(|| {
        let url = format!("{public_url}/stripe/authenticate/{}", payment.id);
        json!({
            "type": "redirect_to_url",
            "redirect_to_url": {"return_url": payment.return_url, "url": url},
        })
    })
}

fn decline(why: Decline, charge: Option<&str>) -> Value {
    let mut error = json!({"code": why.code, "message": why.message, "type": why.kind});
    if let Some(decline_code) = why.decline_code {
        error["decline_code"] = json!(decline_code);
        error["charge"] = json!(charge);
    }
    error
}

pub fn charge(payment: &Payment, charge: &Charge) -> Value {
    let (status, failure) = match charge.state {
        ChargeState::Pending => ("pending", None),
        ChargeState::Held | ChargeState::Paid | ChargeState::Released => ("succeeded", None),
        ChargeState::Failed(why) => ("failed", Some(why)),
    };
    let (captured, refunded) = match charge.state {
        ChargeState::Paid => (payment.captured, payment.refunded),
        ChargeState::Released => (0, payment.amount),
        ChargeState::Pending | ChargeState::Held | ChargeState::Failed(_) => (0, 0),
    };
    let shown = |field: &str| payment.ask.shown.get(field).cloned().unwrap_or_default();
    let mut object = json!({
        "id": charge.id,
        "object": "charge",
        "amount": payment.amount,
        "amount_captured": captured,
        "amount_refunded": refunded,
        "application": null,
        "application_fee": null,
        "application_fee_amount": shown("application_fee_amount"),
        "balance_transaction": charge.balance_transaction,
        "billing_details": methods::billing_details(),
        "calculated_statement_descriptor": null,
        "captured": charge.state == ChargeState::Paid,
        "created": charge.created,
        "currency": payment.currency,
        "customer": payment.customer,
        "description": payment.ask.description,
        "disputed": charge.state == ChargeState::Paid && !payment.disputes.is_empty(),
        "failure_balance_transaction": null,
        "failure_code": failure.map(|why| why.code),
        "failure_message": failure.map(|why| why.message),
        "fraud_details": {},
        "livemode": false,
        "metadata": payment.ask.metadata,
        "on_behalf_of": shown("on_behalf_of"),
        "outcome": outcome(failure),
        "paid": status == "succeeded",
        "payment_intent": payment.id,
        "payment_method": methods::id(&payment.id),
        "payment_method_details": methods::details(charge.method),
        "receipt_email": shown("receipt_email"),
        "receipt_number": null,
        "receipt_url": null,
        "refunded": charge.state == ChargeState::Released || (captured > 0 && refunded == captured),
        "review": null,
        "shipping": shown("shipping"),
        "source": null,
        "source_transfer": null,
        "statement_descriptor": shown("statement_descriptor"),
        "statement_descriptor_suffix": shown("statement_descriptor_suffix"),
        "status": status,
        "transfer_data": payment.ask.share.as_ref().map(share),
        "transfer_group": payment.ask.transfer_group,
    });
    present(&mut object, &[("transfer", charge.transfer.as_deref())]);
    object
}

fn outcome(failure: Option<Decline>) -> Value {
    let (kind, network, message) = match failure {
        None => ("authorized", "approved_by_network", "Payment complete."),
        Some(why) => ("issuer_declined", "declined_by_network", why.message),
    };
    json!({
        "advice_code": null,
        "network_advice_code": null,
        "network_decline_code": null,
        "network_status": network,
        "reason": failure.and_then(|why| why.decline_code),
        "risk_level": "normal",
        "seller_message": message,
        "type": kind,
    })
}

pub fn refund(refund: &Refund) -> Value {
    let mut object = json!({
        "id": refund.id,
        "object": "refund",
        "amount": refund.amount,
        "balance_transaction": refund.balance_transaction,
        "charge": refund.charge,
        "created": refund.created,
        "currency": refund.currency,
        "customer": null,
        "customer_account": null,
        "metadata": refund.metadata,
        "payment_intent": refund.payment,
        "payment_method": methods::id(&refund.payment),
        "reason": refund.reason,
        "receipt_number": null,
        "source_transfer_reversal": null,
        "status": refund.status.as_str(),
        "transfer_reversal": refund.transfer_reversal,
    });
    let open = refund.status == RefundStatus::Pending;
    let texts = [
        ("failure_balance_transaction", refund.failure_balance_transaction.as_deref()),
        ("failure_reason", refund.failure_reason.map(FailureReason::as_str)),
        ("instructions_email", refund.instructions_email.as_deref()),
        ("pending_reason", open.then_some("processing")),
    ];
    present(&mut object, &texts);
    object
}

pub fn movement(movement: &Movement, now: i64) -> Value {
    let fee_of = if movement.category == "dispute" { "Dispute fee" } else { "Stripe processing fees" };
    let fees: Vec<Value> = (movement.fee != 0)
        .then(|| {
            json!({"amount": movement.fee, "application": null, "currency": movement.currency,
                "description": fee_of, "type": "stripe_fee"})
        })
        .into_iter()
        .collect();
    json!({
        "id": movement.id,
        "object": "balance_transaction",
        "amount": movement.amount,
        "available_on": movement.available_on,
        "balance_type": "payments",
        "created": movement.created,
        "currency": movement.currency,
        "description": null,
        "exchange_rate": null,
        "fee": movement.fee,
        "fee_details": fees,
        "net": movement.amount - movement.fee,
        "reporting_category": movement.category,
        "source": movement.source,
        "status": if movement.available_on > now { "pending" } else { "available" },
        "type": movement.kind,
    })
}
