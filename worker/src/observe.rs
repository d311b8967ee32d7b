//! Maps a gateway's words to the words of the business, and its errors to the next step of a job.

use std::time::Duration;

use gateways::{CallError, CallErrorKind, FailureReason, PaymentState, PaymentView, RefundState, RefundView};
use shared::jobs::JobError;
use shared::payments::{Failure, FailureCode, Observation, Observed};
use shared::refunds::{RefundObservation, RefundSeen};

/// The gateway's view of a payment.
pub(crate) fn payment(view: &PaymentView) -> Observation {
    let state = match view.state {
        // Agreed to and not taken: for the books the page is open.
        PaymentState::Open | PaymentState::AwaitsFinish => Observed::Open,
        PaymentState::Processing => Observed::Processing,
        PaymentState::Captured => Observed::Captured,
        PaymentState::Failed => Observed::Failed,
        PaymentState::Expired => Observed::Expired,
    };
    Observation {
        state,
        amount: view.amount,
        reference: view.reference.clone(),
        charge_reference: view.payment_reference.clone(),
        redirect_url: None,
        failure: view.failure_reason.as_ref().map(failure),
    }
}

fn failure(reason: &FailureReason) -> Failure {
    Failure { code: code(reason.code), detail: reason.detail.clone() }
}

/// The customer's failure code for a gateway's; the business has some more codes of its own.
const fn code(code: gateways::FailureCode) -> FailureCode {
    match code {
        gateways::FailureCode::Declined => FailureCode::Declined,
        gateways::FailureCode::InsufficientFunds => FailureCode::InsufficientFunds,
        gateways::FailureCode::AuthenticationFailed => FailureCode::AuthenticationFailed,
        gateways::FailureCode::InvalidDetails => FailureCode::InvalidDetails,
        gateways::FailureCode::RepeatedTooSoon => FailureCode::RepeatedTooSoon,
        gateways::FailureCode::Abandoned => FailureCode::Abandoned,
        gateways::FailureCode::Expired => FailureCode::Expired,
        gateways::FailureCode::AmountNotSupported => FailureCode::AmountNotSupported,
        gateways::FailureCode::Misconfigured => FailureCode::Misconfigured,
        gateways::FailureCode::Refused => FailureCode::Refused,
    }
}

/// Why a gateway did not open a page.
pub(crate) fn refusal(error: &CallError) -> Failure {
    let code = match error.kind {
        CallErrorKind::Refused => error.failure.map_or(FailureCode::Refused, code),
        CallErrorKind::Auth | CallErrorKind::Forbidden => FailureCode::Misconfigured,
        CallErrorKind::Retry | CallErrorKind::Unknown => FailureCode::GatewayUnavailable,
    };
    let words = error.code.clone().unwrap_or_else(|| error.message.clone());
    Failure { code, detail: Some(words) }
}

/// Whether our key, rights or settings at the gateway are wrong: only operators can correct that.
pub(crate) fn is_misconfigured(error: &CallError) -> bool {
    match error.kind {
        // Some gateways refuse a currency with the status that others have for a missing right.
        CallErrorKind::Auth | CallErrorKind::Forbidden => {
            error.failure != Some(gateways::FailureCode::AmountNotSupported)
        }
        CallErrorKind::Refused => error.failure == Some(gateways::FailureCode::Misconfigured),
        CallErrorKind::Retry | CallErrorKind::Unknown => false,
    }
}

/// The gateway's view of a refund.
pub(crate) fn refund(view: &RefundView) -> RefundObservation {
    let state = match view.state {
        RefundState::Pending => RefundSeen::Pending,
        RefundState::Succeeded => RefundSeen::Succeeded,
        RefundState::Failed => RefundSeen::Failed,
        RefundState::Cancelled => RefundSeen::Cancelled,
        RefundState::NeedsAction => RefundSeen::NeedsAttention,
    };
    RefundObservation { state, reference: Some(view.reference.clone()), failure: view.failure_reason.clone() }
}

/// Ask again later. Not for an error that the caller must handle, such as the refusal of a payment.
pub(crate) fn ask_again(error: &CallError) -> JobError {
    let message = format!("the gateway: {error}");
    match (error.kind, error.retry_after) {
        // Our key is wrong or lacks a permission. Only an operator can correct that, however long it takes.
        (CallErrorKind::Auth | CallErrorKind::Forbidden, _) => {
            tracing::error!(%error, "the gateway does not accept our key");
            JobError::not_yet(message, Duration::from_secs(60))
        }
        (CallErrorKind::Refused | CallErrorKind::Retry | CallErrorKind::Unknown, Some(delay)) => {
            JobError::retry_after(message, delay)
        }
        (CallErrorKind::Refused | CallErrorKind::Retry | CallErrorKind::Unknown, None) => {
            JobError::retry(message)
        }
    }
}
