//! Paystack's objects in neutral words. Pure.
//!
//! Unknown words count as not finished, never as paid or failed.

use uuid::Uuid;

use super::amounts::{AmountError, Units};
use super::errors::redacted;
use super::wire::{Dispute, Refund, Transaction, Transfer};
use crate::failure::told_by;
use crate::{
    DisputeState, DisputeView, DisputedAmount, FailureCode, FailureReason, PaymentState, PaymentView,
    RefundState, RefundView, TransferState, TransferView, names, times,
};

/// An object without a required part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum MapError {
    #[error("{0} is missing")]
    Missing(&'static str),
    #[error(transparent)]
    Amount(#[from] AmountError),
}

/// `abandoned` is a page on which nothing has happened yet, and `ongoing` one that the customer is using. `reversed` is
/// a payment that was refunded in full: its money came, and its refunds show that it went back.
///
/// `failed` is final, although the page stays: a customer who pays there anyway makes a late payment.
pub(super) fn payment_state(status: Option<&str>) -> PaymentState {
    match status {
        Some("success" | "reversed") => PaymentState::Captured,
        Some("failed") => PaymentState::Failed,
        Some("abandoned" | "ongoing") => PaymentState::Open,
        // `pending`, `processing`, `queued`
        _ => PaymentState::Processing,
    }
}

/// Whether no customer is paying on a page, so that another may be opened for its attempt.
pub(super) fn is_idle(status: Option<&str>) -> bool {
    matches!(status, Some("abandoned" | "failed"))
}

pub(super) fn refund_state(status: Option<&str>) -> RefundState {
    match status {
        Some("processed") => RefundState::Succeeded,
        Some("failed") => RefundState::Failed,
        Some("needs-attention") => RefundState::NeedsAction,
        // `pending`, `processing`
        _ => RefundState::Pending,
    }
}

/// Open until it is resolved in a known word.
pub(super) fn dispute_state(status: Option<&str>, resolution: Option<&str>) -> DisputeState {
    match (status, resolution) {
        (Some("resolved"), Some("declined")) => DisputeState::Won,
        (Some("resolved"), Some("merchant-accepted")) => DisputeState::Lost,
        _ => DisputeState::Open,
    }
}

/// `abandoned` and `blocked` are no failures: the money may still leave, and sending it again could pay twice.
pub(super) fn transfer_state(status: Option<&str>) -> TransferState {
    match status {
        Some("success") => TransferState::Succeeded,
        Some("failed" | "rejected") => TransferState::Failed,
        Some("reversed") => TransferState::Reversed,
        Some("otp" | "abandoned" | "blocked") => TransferState::NeedsAction,
        // `pending`, `received`
        _ => TransferState::Pending,
    }
}

pub(super) fn payment_view(row: Transaction, units: Units) -> Result<PaymentView, MapError> {
    let state = payment_state(row.status.get());
    let asked = row.requested_amount.get().filter(|_| state != PaymentState::Captured);
    let amount = asked.or(row.amount.get()).ok_or(MapError::Missing("amount"))?;
    let reference = row.reference.owned().ok_or(MapError::Missing("reference"))?;
    let failure = (state == PaymentState::Failed).then(|| failure(row.gateway_response.get()));
    Ok(PaymentView {
        state,
        amount: money(units, amount, row.currency.get())?,
        payment_reference: row.id.owned().filter(|_| state != PaymentState::Open),
        our_attempt: names::attempt(&reference),
        our_order: row.metadata.and_then(|metadata| metadata.order_id.get()?.parse().ok()),
        failure_reason: failure,
        reference: Some(reference),
    })
}

/// The bank's answer in its own words; Paystack has no codes for it.
fn failure(response: Option<&str>) -> FailureReason {
    match response {
        Some(text) => FailureReason::new(told_by(text), redacted(text)),
        None => FailureReason::of(FailureCode::Declined),
    }
}

pub(super) fn refund_view(row: Refund, units: Units) -> Result<RefundView, MapError> {
    let state = refund_state(row.status.get());
    let amount = row.amount.get().ok_or(MapError::Missing("amount"))?;
    let currency = row.currency.or(&row.transaction.currency);
    Ok(RefundView {
        state,
        amount: money(units, amount, currency)?,
        our_refund: row.merchant_note.get().and_then(noted),
        failure_reason: row.reason.get().filter(|_| state == RefundState::Failed).map(redacted),
        reference: row.id.owned().ok_or(MapError::Missing("id"))?,
    })
}

pub(super) fn dispute_view(row: Dispute, units: Units) -> Result<DisputeView, MapError> {
    let amount = row.refund_amount.get().or(row.transaction.amount.get());
    let currency = row.currency.or(&row.transaction.currency);
    let read = amount.ok_or(MapError::Missing("amount")).and_then(|amount| money(units, amount, currency));
    let told = || {
        let amount = amount.map_or_else(|| "?".to_owned(), |amount| amount.to_string());
        format!("{amount} {}", currency.unwrap_or("?"))
    };
    Ok(DisputeView {
        state: dispute_state(row.status.get(), row.resolution.get()),
        amount: DisputedAmount::of(read, told),
        payment_reference: row.transaction.id.owned(),
        page_reference: row.transaction.reference.or(&row.transaction_reference).map(str::to_owned),
        reason: row.category.owned(),
        due_by: row.due_at.get().and_then(times::unix),
        reference: row.id.owned().ok_or(MapError::Missing("id"))?,
    })
}

pub(super) fn transfer_view(row: Transfer, units: Units) -> Result<TransferView, MapError> {
    let amount = row.amount.get().ok_or(MapError::Missing("amount"))?;
    let reference = row.reference.owned().ok_or(MapError::Missing("reference"))?;
    Ok(TransferView {
        state: transfer_state(row.status.get()),
        amount: money(units, amount, row.currency.get())?,
        our_transfer: Uuid::try_parse(&reference).ok(),
        reference,
    })
}

/// The note that makes a refund recognisable.
pub(super) fn note(refund: Uuid) -> String {
    format!("refund {refund}")
}

/// The refund whose [`note`] is in a text.
pub(super) fn noted(text: &str) -> Option<Uuid> {
    let mut words = text.split_whitespace();
    while let Some(word) = words.next() {
        if word == "refund" {
            return words.next().and_then(|id| Uuid::try_parse(id.trim_end_matches(['.', ','])).ok());
        }
    }
    None
}

fn money(units: Units, amount: i64, currency: Option<&str>) -> Result<money::Money, MapError> {
    Ok(units.money(amount, currency.ok_or(MapError::Missing("currency"))?)?)
}

#[cfg(test)]
mod tests;
