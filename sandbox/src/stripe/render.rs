//! Stripe's JSON, made from what the sandbox remembers.
//! Fields that never change in the sandbox are constants here.

use serde_json::{Value, json};

use super::model::{Capture, Charge, ChargeState, Decline, Line, Movement, Payment, PaymentStatus, Refund};
use super::model::{RefundStatus, Session, SessionStatus, Share, Shipping};

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

pub fn payment(payment: &Payment, public_url: &str) -> Value {
    let last_error = payment.last_error.map(|why| decline(why, payment.latest_charge()));
    let held = if payment.status == PaymentStatus::RequiresCapture { payment.amount } else { 0 };
    json!({
        "id": payment.id,
        "object": "payment_intent",
        "amount": payment.amount,
        "amount_capturable": held,
        "amount_received": payment.captured,
        "canceled_at": payment.canceled_at,
        "cancellation_reason": payment.cancellation_reason,
        "capture_method": if payment.ask.capture == Capture::Manual { "manual" } else { "automatic" },
        "client_secret": client_secret(&payment.id),
        "created": payment.created,
        "currency": payment.currency,
        "customer": payment.customer,
        "description": payment.ask.description,
        "last_payment_error": last_error,
        "latest_charge": payment.latest_charge(),
        "livemode": false,
        "metadata": payment.ask.metadata,
        "next_action": next_action(payment, public_url),
        "payment_method_types": ["card"],
        "status": payment.status.as_str(),
        "transfer_data": payment.ask.share.as_ref().map(share),
        "transfer_group": payment.ask.transfer_group,
    })
}

pub fn client_secret(payment: &str) -> String {
    format!("{payment}_secret_sandbox")
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
    json!({
        "id": charge.id,
        "object": "charge",
        "amount": payment.amount,
        "amount_captured": captured,
        "amount_refunded": refunded,
        "balance_transaction": charge.balance_transaction,
        "captured": charge.state == ChargeState::Paid,
        "created": charge.created,
        "currency": payment.currency,
        "customer": payment.customer,
        "description": payment.ask.description,
        "disputed": charge.state == ChargeState::Paid && !payment.disputes.is_empty(),
        "failure_code": failure.map(|why| why.code),
        "failure_message": failure.map(|why| why.message),
        "livemode": false,
        "metadata": payment.ask.metadata,
        "paid": status == "succeeded",
        "payment_intent": payment.id,
        "refunded": charge.state == ChargeState::Released || (captured > 0 && refunded == captured),
        "status": status,
        "transfer": charge.transfer,
        "transfer_data": payment.ask.share.as_ref().map(share),
        "transfer_group": payment.ask.transfer_group,
    })
}

pub fn refund(refund: &Refund) -> Value {
    json!({
        "id": refund.id,
        "object": "refund",
        "amount": refund.amount,
        "balance_transaction": refund.balance_transaction,
        "charge": refund.charge,
        "created": refund.created,
        "currency": refund.currency,
        "failure_balance_transaction": refund.failure_balance_transaction,
        "failure_reason": refund.failure_reason,
        "metadata": refund.metadata,
        "payment_intent": refund.payment,
        "pending_reason": (refund.status == RefundStatus::Pending).then_some("processing"),
        "reason": refund.reason,
        "receipt_number": null,
        "status": refund.status.as_str(),
        "transfer_reversal": refund.transfer_reversal,
    })
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
