//! Our requests as Stripe's forms. Pure, and equal for equal requests: the clock has no part in them,
//! because Stripe answers a repeated key with other parameters by an error.

use money::Money;

use super::amounts::{currency_code, to_units};
use super::form::Form;
use super::map::{ATTEMPT_ID, ORDER_ID, REFUND_ID, REVERSAL_ID, TRANSFER_ID};
use crate::contract::more_than_zero;
use crate::{
    CallError, CreatePayment, CreateRefund, CreateTransfer, PaymentLine, RefundReason, ReverseTransfer,
};

/// Stripe's shortest life of a page is 30 minutes from when the call arrives. Counted from when the
/// attempt was made it needs room for the retries in between.
pub(super) const MIN_LIFE_SECS: i64 = 45 * 60;
/// Stripe's longest is 24 hours; a minute less, for clocks that differ.
pub(super) const MAX_LIFE_SECS: i64 = 24 * 3600 - 60;
/// Stripe's limit of `line_items`.
const MAX_LINES: usize = 100;
/// A long product name is cut rather than refused.
const MAX_NAME_CHARS: usize = 250;

/// The body of `POST /v1/checkout/sessions`.
pub(super) fn session_form(request: &CreatePayment) -> Result<Form, CallError> {
    more_than_zero(request.amount)?;
    let expires_at = within_limits(request.attempt_created_at, request.expires_at);
    let mut form = Form::default()
        .with("mode", "payment")
        .with("client_reference_id", request.attempt_id)
        .with("success_url", &request.success_url)
        .with("cancel_url", &request.cancel_url)
        .with("expires_at", expires_at)
        // The captured amount must be the requested one, in its currency. Otherwise Stripe lets the buyer pay in
        // another currency. https://docs.stripe.com/payments/checkout/adaptive-pricing
        .with("adaptive_pricing[enabled]", false);
    if let Some(email) = request.customer_email.as_deref().filter(|email| !email.is_empty()) {
        form.set("customer_email", email);
    }
    for (index, line) in lines(request).iter().enumerate() {
        set_line(&mut form, index, line)?;
    }
    form.set("payment_intent_data[description]", &request.order_number);
    // The page shows the goods. The text at the button has the order number, which the customer knows.
    form.set("custom_text[submit][message]", format!("Order {}", request.order_number));
    // Stripe does not copy a session's metadata to its PaymentIntent.
    for prefix in ["metadata", "payment_intent_data[metadata]"] {
        form.set(format!("{prefix}[{ORDER_ID}]"), request.order_id);
        form.set(format!("{prefix}[{ATTEMPT_ID}]"), request.attempt_id);
    }
    Ok(form)
}

/// The body of `POST /v1/refunds`.
pub(super) fn refund_form(request: &CreateRefund) -> Result<Form, CallError> {
    more_than_zero(request.name.amount)?;
    let mut form = Form::default()
        .with("payment_intent", &request.name.payment_reference)
        .with("amount", units(request.name.amount)?)
        .with(format!("metadata[{ORDER_ID}]"), request.order_id)
        .with(format!("metadata[{REFUND_ID}]"), request.name.refund_id);
    match request.reason {
        RefundReason::RequestedByCustomer => form.set("reason", "requested_by_customer"),
        RefundReason::Duplicate => form.set("reason", "duplicate"),
        RefundReason::Fraudulent => form.set("reason", "fraudulent"),
        RefundReason::Other => {}
    }
    Ok(form)
}

/// The body of `POST /v1/transfers`, except for the charge that funds it. A transfer without a charge gets a group of
/// its own; with a charge, Stripe puts it into the group of the charge.
pub(super) fn transfer_form(request: &CreateTransfer, account: &str) -> Result<Form, CallError> {
    more_than_zero(request.amount)?;
    let mut form = Form::default()
        .with("amount", units(request.amount)?)
        .with("currency", currency_code(request.amount.currency()))
        .with("destination", account)
        .with("description", &request.reason)
        .with(format!("metadata[{TRANSFER_ID}]"), request.transfer_id);
    if request.payment_reference.is_none() {
        form.set("transfer_group", request.transfer_id);
    }
    Ok(form)
}

/// The body of `POST /v1/transfers/{id}/reversals`.
pub(super) fn reversal_form(request: &ReverseTransfer) -> Result<Form, CallError> {
    more_than_zero(request.amount)?;
    let form = Form::default().with("amount", units(request.amount)?);
    Ok(form.with(format!("metadata[{REVERSAL_ID}]"), request.reversal_id))
}

/// The wished closing time, moved into what Stripe accepts.
fn within_limits(created_at: i64, wish: i64) -> i64 {
    wish.clamp(created_at.saturating_add(MIN_LIFE_SECS), created_at.saturating_add(MAX_LIFE_SECS))
}

/// The customer's lines if Stripe can show them and they make the amount, else one line for all.
fn lines(request: &CreatePayment) -> Vec<PaymentLine> {
    let shown = &request.lines;
    let showable = (1..=MAX_LINES).contains(&shown.len()) && shown.iter().all(is_showable);
    if showable && sum(request).is_some_and(|sum| sum == request.amount) {
        return shown.clone();
    }
    vec![PaymentLine { name: request.order_number.clone(), unit_price: request.amount, quantity: 1 }]
}

fn is_showable(line: &PaymentLine) -> bool {
    let price = line.unit_price;
    line.quantity > 0 && !line.name.trim().is_empty() && !price.is_negative() && to_units(price).is_ok()
}

fn sum(request: &CreatePayment) -> Option<Money> {
    let zero = Money::zero(request.amount.currency());
    let add =
        |sum: Money, line: &PaymentLine| sum.checked_add(line.unit_price.times(line.quantity).ok()?).ok();
    request.lines.iter().try_fold(zero, add)
}

fn set_line(form: &mut Form, index: usize, line: &PaymentLine) -> Result<(), CallError> {
    let name: String = line.name.chars().take(MAX_NAME_CHARS).collect();
    let currency = currency_code(line.unit_price.currency());
    form.set(format!("line_items[{index}][quantity]"), line.quantity);
    form.set(format!("line_items[{index}][price_data][currency]"), currency);
    form.set(format!("line_items[{index}][price_data][unit_amount]"), units(line.unit_price)?);
    form.set(format!("line_items[{index}][price_data][product_data][name]"), name);
    Ok(())
}

fn units(amount: Money) -> Result<i64, CallError> {
    to_units(amount).map_err(|error| CallError::amount_not_supported(error.to_string()))
}

#[cfg(test)]
mod tests;
