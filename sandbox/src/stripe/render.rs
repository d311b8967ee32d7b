//! Stripe's JSON, made from what the sandbox remembers.
//! Fields that never change in the sandbox are constants here.

use serde_json::{Value, json};

use super::model::{Charge, Decline, Line, Movement, Payment, PaymentStatus, Refund, RefundStatus, Session};
use super::model::{SessionStatus, Shipping};

pub fn session(session: &Session, public_url: &str) -> Value {
    let open = session.status == SessionStatus::Open;
    let url = open.then(|| format!("{public_url}/stripe/pay/{}", session.id));
    let details = (session.status == SessionStatus::Complete || session.customer_email.is_some()).then(|| {
        let email = session.customer_email.as_deref().unwrap_or("customer@example.com");
        json!({"address": null, "email": email, "name": null, "phone": null, "tax_exempt": "none", "tax_ids": []})
    });
    let shipping_cost = session.shipping.first().map(|option| {
        json!({"amount_subtotal": option.amount, "amount_tax": 0, "amount_total": option.amount,
            "shipping_rate": option.id})
    });
    json!({
        "id": session.id,
        "object": "checkout.session",
        "amount_subtotal": session.subtotal(),
        "amount_total": session.total(),
        "automatic_tax": {"enabled": false, "status": null},
        "cancel_url": session.cancel_url,
        "client_reference_id": session.client_reference_id,
        "created": session.created,
        "currency": session.currency,
        "customer": session.customer,
        "customer_details": details,
        "customer_email": session.customer_email,
        "expires_at": session.expires_at,
        "livemode": false,
        "metadata": session.metadata,
        "mode": "payment",
        "payment_intent": session.payment,
        "payment_method_types": ["card"],
        "payment_status": session.payment_status(),
        "shipping_cost": shipping_cost,
        "shipping_options": session.shipping.iter().map(shipping_option).collect::<Vec<_>>(),
        "status": session.status.as_str(),
        "success_url": session.success_url,
        "total_details": {"amount_discount": 0, "amount_shipping": session.shipping_amount(), "amount_tax": 0},
        "url": url,
    })
}

fn shipping_option(option: &Shipping) -> Value {
    json!({"shipping_amount": option.amount, "shipping_rate": option.id})
}

pub fn line(line: &Line, currency: &str) -> Value {
    let amount = line.unit_amount * line.quantity;
    json!({
        "id": line.id,
        "object": "item",
        "amount_discount": 0,
        "amount_subtotal": amount,
        "amount_tax": 0,
        "amount_total": amount,
        "currency": currency,
        "description": line.name,
        "quantity": line.quantity,
        "price": {"object": "price", "currency": currency, "type": "one_time", "unit_amount": line.unit_amount},
    })
}

pub fn payment(payment: &Payment) -> Value {
    let failure = payment.charge.as_ref().and_then(|charge| charge.failure.map(|why| (charge, why)));
    let last_error = failure.map(|(charge, why)| decline(why, &charge.id));
    json!({
        "id": payment.id,
        "object": "payment_intent",
        "amount": payment.amount,
        "amount_capturable": 0,
        "amount_received": payment.received(),
        "canceled_at": null,
        "cancellation_reason": null,
        "capture_method": "automatic",
        "client_secret": format!("{}_secret_sandbox", payment.id),
        "created": payment.created,
        "currency": payment.currency,
        "customer": null,
        "description": payment.description,
        "last_payment_error": last_error,
        "latest_charge": payment.charge.as_ref().map(|charge| charge.id.as_str()),
        "livemode": false,
        "metadata": payment.metadata,
        "payment_method_types": ["card"],
        "status": payment.status.as_str(),
        "transfer_group": payment.transfer_group,
    })
}

fn decline(why: Decline, charge: &str) -> Value {
    json!({"charge": charge, "code": why.code, "decline_code": why.decline_code, "message": why.message,
        "type": "card_error"})
}

pub fn charge(payment: &Payment, charge: &Charge) -> Value {
    let status = match (payment.status, charge.paid) {
        (PaymentStatus::Processing, _) => "pending",
        (_, true) => "succeeded",
        (_, false) => "failed",
    };
    json!({
        "id": charge.id,
        "object": "charge",
        "amount": payment.amount,
        "amount_captured": payment.received(),
        "amount_refunded": payment.refunded,
        "balance_transaction": charge.balance_transaction,
        "captured": charge.paid,
        "created": charge.created,
        "currency": payment.currency,
        "description": payment.description,
        "disputed": false,
        "failure_code": charge.failure.map(|why| why.code),
        "failure_message": charge.failure.map(|why| why.message),
        "livemode": false,
        "metadata": payment.metadata,
        "paid": charge.paid,
        "payment_intent": payment.id,
        "refunded": charge.paid && payment.refunded == payment.amount,
        "status": status,
        "transfer_group": payment.transfer_group,
    })
}

pub fn refund(refund: &Refund) -> Value {
    let failed = refund.status == RefundStatus::Failed;
    json!({
        "id": refund.id,
        "object": "refund",
        "amount": refund.amount,
        "balance_transaction": refund.balance_transaction,
        "charge": refund.charge,
        "created": refund.created,
        "currency": refund.currency,
        "failure_balance_transaction": refund.failure_balance_transaction,
        "failure_reason": failed.then_some("expired_or_canceled_card"),
        "metadata": refund.metadata,
        "payment_intent": refund.payment,
        "pending_reason": (refund.status == RefundStatus::Pending).then_some("processing"),
        "reason": refund.reason,
        "receipt_number": null,
        "status": refund.status.as_str(),
    })
}

pub fn movement(movement: &Movement) -> Value {
    let fees: Vec<Value> = (movement.fee != 0)
        .then(|| {
            json!({"amount": movement.fee, "application": null, "currency": movement.currency,
                "description": "Stripe processing fees", "type": "stripe_fee"})
        })
        .into_iter()
        .collect();
    json!({
        "id": movement.id,
        "object": "balance_transaction",
        "amount": movement.amount,
        "available_on": movement.created,
        "created": movement.created,
        "currency": movement.currency,
        "description": null,
        "exchange_rate": null,
        "fee": movement.fee,
        "fee_details": fees,
        "net": movement.amount - movement.fee,
        "reporting_category": movement.kind,
        "source": movement.source,
        "status": "available",
        "type": movement.kind,
    })
}
