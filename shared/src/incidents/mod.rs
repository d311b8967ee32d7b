//! Incidents: money or stock that did not go the usual way, for a person to look at.
//!
//! Owns `incidents`. An incident is opened in the transaction that found it, so none is lost. The same finding opens it
//! once, and again if it recurs after the incident was closed. The product does not wait for the person: what can be
//! repaired automatically is.

mod store;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use store::{
    about, broken_laws, close_balanced, count_open, difference_of, exists, extent, list, lock_books, open,
    open_all, resolve, resolve_differences, resolve_key,
};

use crate::kernel::ids::{DifferenceId, IncidentId, OrderId, PaymentId, RefundId, UserId};
use crate::payments::{Payment, Provider};
use crate::refunds::Refund;

/// The kind of finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IncidentKind {
    /// A gateway took another amount or currency than we asked for. The money is refunded.
    AmountMismatch,
    /// A gateway reports a payment or refund that bears our marks, or names something of ours, and does not match our
    /// books.
    UnknownPayment,
    /// A gateway sent a message that can't be read, and that names nothing to ask about.
    UnreadableEvent,
    /// Money arrived that does not pay its order (paid twice, or too late and sold out); it is refunded.
    SurplusCapture,
    /// A refund did not reach the customer.
    RefundFailed,
    /// The gateway needs something that only a person can give, such as bank details of the customer, or only a person can
    /// find out whether the gateway has made the refund.
    RefundNeedsAttention,
    /// A customer's bank took money back, or asks about it: there is a deadline for evidence.
    Dispute,
    /// A gateway's own list differs from our books, and it was not safe to repair automatically.
    GatewayDiffers,
    /// A gateway does not accept our key, rights or settings, so that no payment page opens there. One per gateway.
    GatewayMisconfigured,
    /// `verify` found a difference.
    BooksDiffer,
}

impl IncidentKind {
    pub const ALL: &'static [Self] = &[
        Self::AmountMismatch,
        Self::UnknownPayment,
        Self::UnreadableEvent,
        Self::SurplusCapture,
        Self::RefundFailed,
        Self::RefundNeedsAttention,
        Self::Dispute,
        Self::GatewayDiffers,
        Self::GatewayMisconfigured,
        Self::BooksDiffer,
    ];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AmountMismatch => "amount_mismatch",
            Self::UnknownPayment => "unknown_payment",
            Self::UnreadableEvent => "unreadable_event",
            Self::SurplusCapture => "surplus_capture",
            Self::RefundFailed => "refund_failed",
            Self::RefundNeedsAttention => "refund_needs_attention",
            Self::Dispute => "dispute",
            Self::GatewayDiffers => "gateway_differs",
            Self::GatewayMisconfigured => "gateway_misconfigured",
            Self::BooksDiffer => "books_differ",
        }
    }
}

/// The subject of an incident, as far as it is known: where an operator begins to look. Missing fields are derived when
/// the incident is shown: the order from its payment, the payment from its refund.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct About {
    pub order_id: Option<OrderId>,
    pub payment_id: Option<PaymentId>,
    pub refund_id: Option<RefundId>,
    pub gateway: Option<Provider>,
    /// The gateway's reference of the payment, refund or dispute.
    pub reference: Option<String>,
    /// The reconciliation difference that the incident reports: the two are closed together.
    pub difference_id: Option<DifferenceId>,
}

impl About {
    #[must_use]
    pub fn payment(payment: &Payment) -> Self {
        Self {
            order_id: Some(payment.order_id),
            payment_id: Some(payment.id),
            gateway: Some(payment.gateway),
            reference: payment.charge_reference.clone().or_else(|| payment.reference.clone()),
            ..Self::default()
        }
    }

    #[must_use]
    pub fn refund(refund: &Refund) -> Self {
        Self {
            order_id: Some(refund.order_id),
            payment_id: Some(refund.payment_id),
            refund_id: Some(refund.id),
            reference: refund.reference.clone(),
            ..Self::default()
        }
    }

    /// Something that only the gateway knows.
    #[must_use]
    pub fn gateways(gateway: Provider, reference: Option<&str>) -> Self {
        Self { gateway: Some(gateway), reference: reference.map(str::to_owned), ..Self::default() }
    }
}

/// A finding to report, once per kind and key.
#[derive(Clone, Debug)]
pub struct NewIncident {
    pub kind: IncidentKind,
    pub key: String,
    pub about: About,
    pub detail: Value,
    pub if_closed: IfClosed,
}

impl NewIncident {
    fn dedupe_key(&self) -> String {
        format!("{}:{}", self.kind.as_str(), self.key)
    }
}

/// The effect on an incident that was closed before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IfClosed {
    /// The finding is new, so the incident opens again.
    Reopen,
    /// The same finding is repeated, so the incident stays closed.
    StayClosed,
}

/// One finding as operators see it.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct Incident {
    pub id: IncidentId,
    pub kind: String,
    pub order_id: Option<OrderId>,
    /// The order's number, as its customer has it.
    pub order_number: Option<String>,
    pub payment_id: Option<PaymentId>,
    pub refund_id: Option<RefundId>,
    pub gateway: Option<Provider>,
    /// The gateway's reference of the payment, refund or dispute.
    pub reference: Option<String>,
    /// The reconciliation difference that the incident reports: closing one closes the other.
    pub difference_id: Option<DifferenceId>,
    pub detail: Value,
    pub opened_at: DateTime<Utc>,
    pub resolved_at: Option<DateTime<Utc>>,
    /// The administrator who closed it; null if it ended automatically.
    pub resolved_by: Option<UserId>,
    /// What the administrator did about it.
    pub note: Option<String>,
    /// How it was closed before it opened again, oldest first: `resolved_at`, `resolved_by`, `note`.
    pub earlier: Value,
}

/// The filter of the list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = IncidentStatus)]
pub enum Which {
    #[default]
    Open,
    Resolved,
    All,
}

impl Which {
    /// Whether `resolved_at` must be set; `None`: either.
    const fn resolved(self) -> Option<bool> {
        match self {
            Self::Open => Some(false),
            Self::Resolved => Some(true),
            Self::All => None,
        }
    }
}
