//! bKash's answers in neutral words, and our requests in bKash's. Pure.
//!
//! Unknown words count as not finished, never as paid or failed.

use money::{Currency, Money, MoneyError};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use uuid::Uuid;

use super::clock;
use super::config::RefundVersion;
use super::wire::{Payment, Refund, Refunds};
use crate::contract::more_than_zero;
use crate::loose::ungrouped;
use crate::names;
use crate::{
    CallError, CreatePayment, CreateRefund, FailureCode, FailureReason, HostedPayment, PaymentState,
    PaymentView, RefundName, RefundReason, RefundState, RefundView,
};

pub(super) const BDT: &str = "BDT";
/// How long a page can be paid and executed.
pub(super) const PAGE_LIFE_SECS: i64 = 24 * 3600;
/// Longest order number in an invoice number.
const MAX_ORDER_CHARS: usize = 32;
/// Longest amount, with its groups.
const MAX_AMOUNT_CHARS: usize = 24;

/// An answer without a required part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum MapError {
    #[error("{0} is missing")]
    Missing(&'static str),
    #[error("the amount is not a number")]
    NoNumber,
    #[error(transparent)]
    Money(#[from] MoneyError),
}

/// The body of `create`. `number` is 1, or more if bKash knows the earlier invoices already.
pub(super) fn create_body(request: &CreatePayment, number: u32) -> Result<Value, CallError> {
    Ok(json!({
        "mode": "0011",
        "payerReference": payer_reference(request.customer_phone.as_deref()),
        "callbackURL": request.success_url,
        "amount": amount_text(request.amount)?,
        "currency": BDT,
        "intent": "sale",
        "merchantInvoiceNumber": invoice(request, number),
    }))
}

/// The body of a refund. Its `sku` is our id, the only field of ours that an answer repeats.
pub(super) fn refund_body(request: &CreateRefund, version: RefundVersion) -> Result<Value, CallError> {
    let name = &request.name;
    let amount = amount_text(name.amount)?;
    let (sku, reason) = (name.refund_id, reason(request.reason));
    Ok(match version {
        RefundVersion::V1 => json!({
            "paymentID": name.page_reference, "trxID": name.payment_reference, "amount": amount,
            "sku": sku, "reason": reason,
        }),
        RefundVersion::V2 => json!({
            "paymentId": name.page_reference, "trxId": name.payment_reference, "refundAmount": amount,
            "sku": sku, "reason": reason,
        }),
    })
}

/// The body that asks for the refunds of a payment.
pub(super) fn refunds_body(page: &str, payment: &str, version: RefundVersion) -> Value {
    match version {
        RefundVersion::V1 => json!({"paymentID": page, "trxID": payment}),
        RefundVersion::V2 => json!({"paymentId": page, "trxId": payment}),
    }
}

const fn reason(reason: RefundReason) -> &'static str {
    match reason {
        RefundReason::RequestedByCustomer => "requested by customer",
        RefundReason::Duplicate => "duplicate payment",
        RefundReason::Fraudulent => "fraudulent payment",
        RefundReason::Other => "refund",
    }
}

fn amount_text(amount: Money) -> Result<String, CallError> {
    if amount.currency().code() != BDT {
        return Err(CallError::amount_not_supported("bKash takes BDT only"));
    }
    more_than_zero(amount)?;
    Ok(amount.amount().to_string())
}

/// The wallet number if the customer gave one, which fills it in on the page; otherwise one blank.
fn payer_reference(phone: Option<&str>) -> String {
    let digits: String = phone.unwrap_or_default().chars().filter(char::is_ascii_digit).collect();
    let local = digits.strip_prefix("88").unwrap_or(&digits);
    if local.len() == 11 && local.starts_with("01") { local.to_owned() } else { " ".to_owned() }
}

/// The number that the page shows: the order's number and the attempt's reference, by which the payment is recognised.
fn invoice(request: &CreatePayment, number: u32) -> String {
    let name = names::of_attempt(request.attempt_id, number);
    let plain = |letter: &char| letter.is_ascii_alphanumeric() || *letter == '-';
    let order: String = request.order_number.chars().filter(plain).take(MAX_ORDER_CHARS).collect();
    if order.is_empty() { name } else { format!("{order}-{name}") }
}

/// The attempt from which an invoice number was made, if it is one of ours. Older invoice numbers are the attempt's
/// reference alone.
pub(super) fn attempt(invoice: Option<&str>) -> Option<Uuid> {
    let invoice = invoice?;
    names::attempt(invoice).or_else(|| names::attempt_at_end(invoice))
}

pub(super) fn money(amount: Option<&str>, currency: &str) -> Result<Money, MapError> {
    exact(amount.ok_or(MapError::Missing("amount"))?, currency)
}

/// Digits with at most one point, such as `1234.50`, perhaps grouped, such as `1,234.50` or `1,00,000`: no sign, no
/// exponent.
fn exact(text: &str, currency: &str) -> Result<Money, MapError> {
    let text = ungrouped(text).ok_or(MapError::NoNumber)?;
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let bounded = text.starts_with(|c: char| c.is_ascii_digit()) && text.len() <= MAX_AMOUNT_CHARS;
    if !plain || !bounded {
        return Err(MapError::NoNumber);
    }
    let amount = Decimal::from_str_exact(&text).map_err(|_| MapError::NoNumber)?;
    let currency: Currency = currency.parse().map_err(MoneyError::from)?;
    Ok(Money::new(amount, currency)?)
}

/// Money moves only when we execute: until then a page lives for a day, whatever its payer did.
pub(super) fn payment_state(payment: &Payment, now: i64) -> PaymentState {
    let verified = payment.verification_status.or(&payment.user_verification_status);
    let made = payment.payment_create_time.get().and_then(clock::unix);
    let dead = made.is_some_and(|made| now.saturating_sub(made) >= PAGE_LIFE_SECS);
    match (payment.transaction_status.get(), verified) {
        (Some("Completed"), _) => PaymentState::Captured,
        (Some("Initiated"), _) if dead => PaymentState::Expired,
        (Some("Initiated"), Some("Complete")) => PaymentState::AwaitsFinish,
        (Some("Initiated"), Some("Incomplete") | None) => PaymentState::Open,
        (word, _) => ending(word).map_or(PaymentState::Processing, |(state, _)| state),
    }
}

pub(super) fn payment_view(payment: &Payment, asked: &str, now: i64) -> Result<PaymentView, MapError> {
    let currency = payment.currency.get().ok_or(MapError::Missing("currency"))?;
    let invoice = payment.merchant_invoice.or(&payment.merchant_invoice_number);
    let word = payment.transaction_status.get();
    Ok(PaymentView {
        reference: Some(payment.payment_id.get().unwrap_or(asked).to_owned()),
        payment_reference: payment.trx_id.owned(),
        state: payment_state(payment, now),
        amount: money(payment.amount.get(), currency)?,
        our_attempt: attempt(invoice),
        our_order: None,
        failure_reason: ending(word).map(|(_, code)| FailureReason::new(code, word.unwrap_or_default())),
    })
}

/// A payment that bKash refused to execute, for a reason on the customer's side.
pub(super) fn refused_execution(payment: &str, error: &CallError) -> PaymentView {
    PaymentView { state: PaymentState::Failed, failure_reason: Some(failure(error)), ..not_executed(payment) }
}

/// A payment that bKash did not execute because of its state: the payer has not agreed, or the page has expired. Its
/// amount is not known, and matters only if money was captured.
pub(super) fn not_executed(payment: &str) -> PaymentView {
    PaymentView {
        reference: Some(payment.to_owned()),
        payment_reference: None,
        state: PaymentState::Open,
        amount: Money::zero(BDT.parse().expect("taka is a known currency")),
        our_attempt: None,
        our_order: None,
        failure_reason: None,
    }
}

pub(super) fn failure(error: &CallError) -> FailureReason {
    let code = error.failure.unwrap_or(FailureCode::Refused);
    FailureReason { code, detail: error.code.clone() }
}

/// The states of a page that has ended. bKash documents only `Initiated`; these words can't mean anything else.
fn ending(word: Option<&str>) -> Option<(PaymentState, FailureCode)> {
    match word? {
        "Cancelled" | "Canceled" => Some((PaymentState::Failed, FailureCode::Abandoned)),
        "Failed" | "Declined" => Some((PaymentState::Failed, FailureCode::Declined)),
        "Expired" => Some((PaymentState::Expired, FailureCode::Expired)),
        _ => None,
    }
}

pub(super) fn hosted_payment(payment: &Payment) -> Result<HostedPayment, MapError> {
    let reference = payment.payment_id.owned().ok_or(MapError::Missing("paymentID"))?;
    let redirect_url = payment.bkash_url.owned().ok_or(MapError::Missing("bkashURL"))?;
    let made = payment.payment_create_time.get().and_then(clock::unix);
    Ok(HostedPayment { reference, redirect_url, expires_at: made.map(|made| made + PAGE_LIFE_SECS) })
}

/// bKash documents no word for a failed refund; this one can't mean anything else.
pub(super) fn refund_state(word: Option<&str>) -> RefundState {
    match word {
        Some("Completed") => RefundState::Succeeded,
        Some("Failed") => RefundState::Failed,
        _ => RefundState::Pending,
    }
}

/// A refund of either version. The lists name no currency: there is only one.
pub(super) fn refund_view(refund: &Refund) -> Result<RefundView, MapError> {
    let reference = refund_reference(refund).or(refund.trx_id.get());
    let amount = refund.refund_amount.or(&refund.amount);
    Ok(RefundView {
        reference: reference.ok_or(MapError::Missing("refundTrxID"))?.to_owned(),
        state: refund_state(refund.refund_transaction_status.or(&refund.transaction_status)),
        amount: money(amount, refund.currency.get().unwrap_or(BDT))?,
        our_refund: refund.sku.get().and_then(|sku| sku.parse().ok()),
        failure_reason: None,
    })
}

pub(super) fn refund_reference(refund: &Refund) -> Option<&str> {
    refund.refund_trx_id.or(&refund.refund_trx_id_v1)
}

/// The refunds of a payment. An answer without a list (the first version has none) names one refund.
pub(super) fn refund_views(list: Refunds, alone: &Refund) -> Result<Vec<RefundView>, MapError> {
    match list.refund_transactions {
        Some(refunds) => refunds.iter().map(refund_view).collect(),
        None if refund_reference(alone).is_some() => Ok(vec![refund_view(alone)?]),
        None => Ok(Vec::new()),
    }
}

/// Finds our refund among those of a payment: the one with the known reference, else the one with our id, else one of
/// our amount that is none of the others. The last may have been made by hand. Taking it for ours is the lesser harm,
/// since the money did go back.
pub(super) fn pick(views: Vec<RefundView>, name: &RefundName) -> Option<RefundView> {
    if let Some(reference) = &name.reference {
        return views.into_iter().find(|view| view.reference == *reference);
    }
    let ours = views.iter().position(|view| view.our_refund == Some(name.refund_id));
    let free = |view: &RefundView| {
        view.our_refund.is_none() && view.amount == name.amount && !name.others.contains(&view.reference)
    };
    let found = ours.or_else(|| views.iter().position(free))?;
    let view = views.into_iter().nth(found)?;
    Some(RefundView { our_refund: Some(name.refund_id), ..view })
}

#[cfg(test)]
mod tests;
