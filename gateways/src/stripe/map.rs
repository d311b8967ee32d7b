//! Stripe's objects in neutral words. Pure.
//!
//! Unknown words count as not finished, never as paid or failed.

use uuid::Uuid;

use super::amounts::{AmountError, from_units};
use super::failures;
use super::wire::{Charge, Dispute, Expandable, Metadata, PaymentIntent, Refund, Session, Transfer};
use crate::{
    DisputeState, DisputeView, DisputedAmount, FailureReason, HostedPayment, PaymentState, PaymentView,
    RefundState, RefundView, TransferState, TransferView,
};

/// An object without a required part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum MapError {
    #[error("{0} is missing")]
    Missing(&'static str),
    #[error(transparent)]
    Amount(#[from] AmountError),
}

pub(super) const ORDER_ID: &str = "order_id";
pub(super) const ATTEMPT_ID: &str = "attempt_id";
pub(super) const REFUND_ID: &str = "refund_id";
pub(super) const TRANSFER_ID: &str = "transfer_id";
pub(super) const REVERSAL_ID: &str = "reversal_id";

/// `payment_status` wins over `status`: money that came is never overlooked.
///
/// Complete and unpaid is a delayed method such as a bank debit. It is over only when its PaymentIntent,
/// which a read asks for in full, is back at the start or cancelled.
pub(super) fn session_state(session: &Session) -> PaymentState {
    let status = session.status.as_deref();
    match (session.payment_status.as_deref(), status) {
        (Some("paid"), _) | (Some("no_payment_required"), Some("complete")) => PaymentState::Captured,
        (_, Some("open")) => PaymentState::Open,
        (_, Some("expired")) => PaymentState::Expired,
        (Some("unpaid"), Some("complete")) => unpaid_state(session),
        _ => PaymentState::Processing,
    }
}

fn unpaid_state(session: &Session) -> PaymentState {
    let intent = session.payment_intent.as_ref().and_then(|intent| intent.object());
    match intent.and_then(|intent| intent.status.as_deref()) {
        Some("requires_payment_method" | "canceled") => PaymentState::Failed,
        _ => PaymentState::Processing,
    }
}

/// The state of a PaymentIntent alone. Its session stays open after a declined card, so a decline is not final.
pub(super) fn intent_state(status: Option<&str>) -> PaymentState {
    match status {
        Some("succeeded") => PaymentState::Captured,
        Some("canceled") => PaymentState::Expired,
        Some("requires_payment_method" | "requires_confirmation" | "requires_action") => PaymentState::Open,
        _ => PaymentState::Processing,
    }
}

pub(super) fn refund_state(status: Option<&str>) -> RefundState {
    match status {
        Some("succeeded") => RefundState::Succeeded,
        Some("failed") => RefundState::Failed,
        Some("canceled") => RefundState::Cancelled,
        Some("requires_action") => RefundState::NeedsAction,
        _ => RefundState::Pending,
    }
}

pub(super) fn hosted_payment(session: Session) -> Result<HostedPayment, MapError> {
    let redirect_url = session.url.ok_or(MapError::Missing("url"))?;
    Ok(HostedPayment { reference: session.id, redirect_url, expires_at: session.expires_at })
}

pub(super) fn session_view(session: Session) -> Result<PaymentView, MapError> {
    let state = session_state(&session);
    let units = session.amount_total.ok_or(MapError::Missing("amount_total"))?;
    let currency = session.currency.as_deref().ok_or(MapError::Missing("currency"))?;
    let intent = session.payment_intent.as_ref();
    Ok(PaymentView {
        state,
        amount: from_units(units, currency)?,
        payment_reference: intent.map(|intent| intent.id().to_owned()),
        our_attempt: session_attempt(&session),
        our_order: ours(session.metadata.as_ref(), ORDER_ID),
        failure_reason: intent.and_then(|intent| intent.object()).and_then(last_failure),
        reference: Some(session.id),
    })
}

/// The attempt we made the session for, if we made it.
pub(super) fn session_attempt(session: &Session) -> Option<Uuid> {
    let reference = session.client_reference_id.as_deref();
    ours(session.metadata.as_ref(), ATTEMPT_ID).or_else(|| reference?.parse().ok())
}

pub(super) fn intent_view(intent: PaymentIntent) -> Result<PaymentView, MapError> {
    let state = intent_state(intent.status.as_deref());
    let received = intent.amount_received.filter(|_| state == PaymentState::Captured);
    let units = received.or(intent.amount).ok_or(MapError::Missing("amount"))?;
    let currency = intent.currency.as_deref().ok_or(MapError::Missing("currency"))?;
    Ok(PaymentView {
        reference: None,
        state,
        amount: from_units(units, currency)?,
        our_attempt: ours(intent.metadata.as_ref(), ATTEMPT_ID),
        our_order: ours(intent.metadata.as_ref(), ORDER_ID),
        failure_reason: last_failure(&intent),
        payment_reference: Some(intent.id),
    })
}

/// A charge that failed says nothing of its payment, which may be tried again.
pub(super) fn charge_view(charge: Charge) -> Result<PaymentView, MapError> {
    let captured = charge.status.as_deref() == Some("succeeded");
    let taken = charge.amount_captured.filter(|_| captured);
    let units = taken.or(charge.amount).ok_or(MapError::Missing("amount"))?;
    let currency = charge.currency.as_deref().ok_or(MapError::Missing("currency"))?;
    Ok(PaymentView {
        reference: None,
        state: if captured { PaymentState::Captured } else { PaymentState::Processing },
        amount: from_units(units, currency)?,
        payment_reference: charge.payment_intent.map(Expandable::into_id),
        our_attempt: ours(charge.metadata.as_ref(), ATTEMPT_ID),
        our_order: ours(charge.metadata.as_ref(), ORDER_ID),
        failure_reason: None,
    })
}

/// What went wrong last.
fn last_failure(intent: &PaymentIntent) -> Option<FailureReason> {
    intent.last_payment_error.as_ref().and_then(failures::reason)
}

pub(super) fn refund_view(refund: Refund) -> Result<RefundView, MapError> {
    let units = refund.amount.ok_or(MapError::Missing("amount"))?;
    let currency = refund.currency.as_deref().ok_or(MapError::Missing("currency"))?;
    Ok(RefundView {
        state: refund_state(refund.status.as_deref()),
        amount: from_units(units, currency)?,
        our_refund: ours(refund.metadata.as_ref(), REFUND_ID),
        failure_reason: refund.failure_reason,
        reference: refund.id,
    })
}

/// A transfer is complete when it is made. After a partial reversal some of it remains.
pub(super) fn transfer_view(transfer: Transfer) -> Result<TransferView, MapError> {
    let units = transfer.amount.ok_or(MapError::Missing("amount"))?;
    let currency = transfer.currency.as_deref().ok_or(MapError::Missing("currency"))?;
    let reversed = transfer.amount_reversed.is_some_and(|reversed| reversed >= units);
    Ok(TransferView {
        state: if reversed { TransferState::Reversed } else { TransferState::Succeeded },
        amount: from_units(units, currency)?,
        our_transfer: ours(transfer.metadata.as_ref(), TRANSFER_ID),
        reference: transfer.id,
    })
}

/// Money leaves with a dispute that is no warning, and comes back only when it is won.
pub(super) fn dispute_state(status: Option<&str>) -> DisputeState {
    match status {
        Some("warning_needs_response" | "warning_under_review" | "warning_closed" | "prevented") => {
            DisputeState::Warning
        }
        Some("won") => DisputeState::Won,
        Some("lost") => DisputeState::Lost,
        _ => DisputeState::Open,
    }
}

/// A dispute is shown even if its amount can't be read.
pub(super) fn dispute_view(dispute: Dispute) -> DisputeView {
    let (units, currency) = (dispute.amount, dispute.currency.as_deref());
    let read = units.zip(currency).ok_or(MapError::Missing("amount"));
    let read = read.and_then(|(units, currency)| Ok(from_units(units, currency)?));
    let told = || {
        let units = units.map_or_else(|| "?".to_owned(), |units| units.to_string());
        format!("{units} {}", currency.unwrap_or("?"))
    };
    DisputeView {
        state: dispute_state(dispute.status.as_deref()),
        amount: DisputedAmount::of(read, told),
        payment_reference: dispute.payment_intent.map(Expandable::into_id),
        page_reference: None,
        reason: dispute.reason,
        due_by: dispute.evidence_details.and_then(|details| details.due_by),
        reference: dispute.id,
    }
}

/// One of our ids from the metadata; anything else under the key is not ours.
pub(super) fn ours(metadata: Option<&Metadata>, key: &str) -> Option<Uuid> {
    metadata?.get(key)?.parse().ok()
}

#[cfg(test)]
mod tests;
