//! Chapa's objects in neutral words. Pure.
//!
//! Unknown words count as not finished, never as paid or failed.

use money::{Currency, Money, MoneyError};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::wire::{Charge, Meta, Refund};
use crate::loose::{Loose, ungrouped};
use crate::{
    FailureCode, FailureReason, Movement, PaymentState, PaymentView, RefundName, RefundState, RefundView,
    Transaction, Window, names, times,
};

/// An object without a required part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum MapError {
    #[error("{0} is missing")]
    Missing(&'static str),
    #[error("the amount is not a number")]
    NotANumber,
    #[error(transparent)]
    Money(#[from] MoneyError),
}

pub(super) const ORDER_ID: &str = "order_id";
pub(super) const ATTEMPT_ID: &str = "attempt_id";
pub(super) const REFUND_ID: &str = "refund_id";

/// `pending` is a page that waits for its customer: it can be paid, and no money is in progress.
pub(super) fn payment_state(status: Option<&str>) -> PaymentState {
    match status.map(str::to_ascii_lowercase).as_deref() {
        Some("success") => PaymentState::Captured,
        Some("pending") => PaymentState::Open,
        Some("failed" | "cancelled" | "canceled" | "failed/cancelled") => PaymentState::Failed,
        _ => PaymentState::Processing,
    }
}

/// A payment that failed because its page was closed; after any other failure Chapa lets the customer try again.
pub(super) fn is_cancelled(status: &str) -> bool {
    matches!(status.to_ascii_lowercase().as_str(), "cancelled" | "canceled")
}

/// `reversed`: the money that was on its way to the customer is back with us.
pub(super) fn refund_state(status: Option<&str>) -> RefundState {
    match status.map(str::to_ascii_lowercase).as_deref() {
        Some("refunded") => RefundState::Succeeded,
        Some("reversed") => RefundState::Failed,
        _ => RefundState::Pending,
    }
}

/// The amount in major units, as a string or a number.
pub(super) fn money(amount: &Loose, currency: Option<&str>) -> Result<Money, MapError> {
    let amount = amount.get().ok_or(MapError::Missing("amount"))?;
    let currency = currency.ok_or(MapError::Missing("currency"))?;
    let amount = ungrouped(amount).ok_or(MapError::NotANumber)?;
    let amount = Decimal::from_str_exact(&amount).or_else(|_| Decimal::from_scientific(&amount));
    let currency: Currency = currency.parse().map_err(MoneyError::from)?;
    Ok(Money::new(amount.map_err(|_| MapError::NotANumber)?, currency)?)
}

/// The view of an unpaid page. Chapa does not report its amount, so it is zero birr. An amount matters only if money
/// was captured.
pub(super) fn unpaid(tx_ref: &str) -> PaymentView {
    PaymentView {
        reference: Some(tx_ref.to_owned()),
        payment_reference: None,
        state: PaymentState::Open,
        amount: no_birr(),
        our_attempt: names::attempt(tx_ref),
        our_order: None,
        failure_reason: None,
    }
}

fn no_birr() -> Money {
    Money::zero("ETB".parse().expect("birr is a known currency"))
}

/// A payment in full. The amount is required once money was captured.
pub(super) fn payment_view(charge: &Charge) -> Result<PaymentView, MapError> {
    let state = payment_state(charge.status.get());
    let amount = match money(&charge.amount, charge.currency.get()) {
        Err(error) if state == PaymentState::Captured => return Err(error),
        amount => amount.unwrap_or_else(|_| no_birr()),
    };
    let failed = state == PaymentState::Failed;
    Ok(PaymentView {
        reference: our_name(charge).map(str::to_owned),
        payment_reference: charge.reference.or(&charge.ref_id).map(str::to_owned),
        state,
        amount,
        our_attempt: our_attempt(charge),
        our_order: ours(&charge.meta, ORDER_ID),
        failure_reason: charge.status.get().filter(|_| failed).map(failure),
    })
}

/// The only detail that Chapa gives of a failed payment is the word itself; `failed/cancelled` is its one word for
/// both.
fn failure(status: &str) -> FailureReason {
    let code = if is_cancelled(status) { FailureCode::Abandoned } else { FailureCode::Declined };
    FailureReason::new(code, status)
}

/// Our reference of the page, in whichever field it comes.
pub(super) fn our_name(charge: &Charge) -> Option<&str> {
    charge.tx_ref.or(&charge.trans_id).or(charge.trx_ref.get())
}

/// The attempt for which we opened the page, if we did.
pub(super) fn our_attempt(charge: &Charge) -> Option<Uuid> {
    our_name(charge).and_then(names::attempt).or_else(|| ours(&charge.meta, ATTEMPT_ID))
}

/// A refund with its references. Fields that the answer leaves out are those of the request.
pub(super) fn refund_view(refund: &Refund, name: &RefundName) -> Result<RefundView, MapError> {
    let asked = name.amount;
    let amount = match refund.amount.get() {
        None => asked,
        Some(_) => money(&refund.amount, refund.currency.get().or(Some(asked.currency().code())))?,
    };
    Ok(RefundView {
        reference: refund.ref_id.owned().unwrap_or_else(|| fallback_name(name)),
        state: refund_state(refund.status.get()),
        amount,
        our_refund: our_refund(&refund.meta, &refund.reference),
        failure_reason: refund.status.get().filter(|word| *word == "reversed").map(str::to_owned),
    })
}

/// Whether a refund found by our own reference is this one: Chapa gives some details, and names no other payment.
pub(super) fn is_refund_of(refund: &Refund, name: &RefundName) -> bool {
    let says_something = refund.ref_id.or(&refund.status).is_some();
    let ours = [name.payment_reference.as_str(), name.page_reference.as_str()];
    let same_payment = refund.payment_reference.get().is_none_or(|of| ours.contains(&of));
    let marked = our_refund(&refund.meta, &refund.reference);
    says_something && same_payment && marked.is_none_or(|id| id == name.refund_id)
}

/// Our refund whose mark something has: in the meta that we sent, or as its name.
pub(super) fn our_refund(meta: &Option<Meta>, reference: &Loose) -> Option<Uuid> {
    ours(meta, REFUND_ID).or_else(|| reference.get()?.parse().ok())
}

/// Our own reference of a refund, which Chapa keeps unique.
pub(super) fn fallback_name(name: &RefundName) -> String {
    name.refund_id.to_string()
}

/// When a row or an event was written; for an event, when it last changed.
pub(super) fn written_at(charge: &Charge) -> Option<i64> {
    charge.created_at.get().and_then(times::unix)
}

/// A row of the list that is a payment within the window.
pub(super) fn listed(charge: &Charge, window: Window) -> Option<Transaction> {
    let at = written_at(charge).filter(|at| (window.from..window.until).contains(at))?;
    let kind = charge.kind.get().unwrap_or_default().to_ascii_lowercase();
    if ["payout", "transfer", "refund"].iter().any(|other| kind.contains(other)) {
        return None;
    }
    let view = payment_view(charge).ok()?;
    let id = view.payment_reference.clone().or_else(|| view.reference.clone())?;
    Some(Transaction { id, at, what: Movement::Payment(view) })
}

/// One of our ids from the meta; anything else under the key is ignored.
fn ours(meta: &Option<Meta>, key: &str) -> Option<Uuid> {
    meta.as_ref()?.get(key)?.get()?.parse().ok()
}

#[cfg(test)]
mod tests;
