//! A dispute: what a customer's bank says against a charge, how it stands, and Stripe's JSON of it.
//! How it comes about and ends is in `contest`, its endpoints in `disputes`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::books::Books;
use super::model::Metadata;
use super::owner::Owner;
use super::render;
use crate::agenda::Slot;

/// What is said. An inquiry only asks: no money leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Accusation {
    Fraudulent,
    ProductNotReceived,
    ProductUnacceptable,
    CreditNotProcessed,
    Duplicate,
    Unrecognized,
    General,
    Inquiry,
}

impl Accusation {
    pub fn reason(self) -> &'static str {
        match self {
            Self::Fraudulent | Self::Inquiry => "fraudulent",
            Self::ProductNotReceived => "product_not_received",
            Self::ProductUnacceptable => "product_unacceptable",
            Self::CreditNotProcessed => "credit_not_processed",
            Self::Duplicate => "duplicate",
            Self::Unrecognized => "unrecognized",
            Self::General => "general",
        }
    }

    pub fn begins_as(self) -> DisputeStatus {
        if self == Self::Inquiry { DisputeStatus::WarningNeedsResponse } else { DisputeStatus::NeedsResponse }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DisputeStatus {
    WarningNeedsResponse,
    WarningUnderReview,
    WarningClosed,
    NeedsResponse,
    UnderReview,
    AppealNeedsResponse,
    AppealUnderReview,
    Won,
    Lost,
    Prevented,
}

impl DisputeStatus {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::WarningNeedsResponse => "warning_needs_response",
            Self::WarningUnderReview => "warning_under_review",
            Self::WarningClosed => "warning_closed",
            Self::NeedsResponse => "needs_response",
            Self::UnderReview => "under_review",
            Self::AppealNeedsResponse => "appeal_needs_response",
            Self::AppealUnderReview => "appeal_under_review",
            Self::Won => "won",
            Self::Lost => "lost",
            Self::Prevented => "prevented",
        }
    }

    /// Whether the money is with the bank.
    pub fn holds_money(self) -> bool {
        match self {
            Self::NeedsResponse
            | Self::UnderReview
            | Self::AppealNeedsResponse
            | Self::AppealUnderReview
            | Self::Lost => true,
            Self::WarningNeedsResponse
            | Self::WarningUnderReview
            | Self::WarningClosed
            | Self::Won
            | Self::Prevented => false,
        }
    }

    pub fn is_closed(self) -> bool {
        matches!(self, Self::WarningClosed | Self::Won | Self::Lost | Self::Prevented)
    }

    /// Where submitted evidence leads, from a status that waits for it.
    pub fn after_evidence(self) -> Option<Self> {
        match self {
            Self::WarningNeedsResponse => Some(Self::WarningUnderReview),
            Self::NeedsResponse => Some(Self::UnderReview),
            Self::AppealNeedsResponse => Some(Self::AppealUnderReview),
            Self::WarningUnderReview
            | Self::WarningClosed
            | Self::UnderReview
            | Self::AppealUnderReview
            | Self::Won
            | Self::Lost
            | Self::Prevented => None,
        }
    }

    /// Where it ends when the merchant gives in, or says nothing in time.
    pub fn conceded(self) -> Option<Self> {
        match self {
            Self::WarningNeedsResponse | Self::WarningUnderReview => Some(Self::WarningClosed),
            Self::NeedsResponse | Self::UnderReview | Self::AppealNeedsResponse | Self::AppealUnderReview => {
                Some(Self::Lost)
            }
            Self::WarningClosed | Self::Won | Self::Lost | Self::Prevented => None,
        }
    }
}

#[derive(Debug)]
pub struct Dispute {
    pub id: String,
    pub owner: Owner,
    pub created: i64,
    pub amount: i64,
    pub currency: String,
    pub charge: String,
    pub payment: String,
    pub reason: &'static str,
    pub status: DisputeStatus,
    pub evidence: BTreeMap<&'static str, String>,
    pub submissions: u32,
    pub due_by: i64,
    /// Its place on the agenda while evidence is waited for.
    pub deadline: Option<Slot>,
    pub past_due: bool,
    /// Its balance transactions.
    pub movements: Vec<String>,
    pub metadata: Metadata,
    /// How the merchant means to submit evidence.
    pub submission: Option<&'static str>,
}

/// What a merchant may bring forward.
pub const EVIDENCE: [&str; 27] = [
    "access_activity_log",
    "billing_address",
    "cancellation_policy",
    "cancellation_policy_disclosure",
    "cancellation_rebuttal",
    "customer_communication",
    "customer_email_address",
    "customer_name",
    "customer_purchase_ip",
    "customer_signature",
    "duplicate_charge_documentation",
    "duplicate_charge_explanation",
    "duplicate_charge_id",
    "product_description",
    "receipt",
    "refund_policy",
    "refund_policy_disclosure",
    "refund_refusal_explanation",
    "service_date",
    "service_documentation",
    "shipping_address",
    "shipping_carrier",
    "shipping_date",
    "shipping_documentation",
    "shipping_tracking_number",
    "uncategorized_file",
    "uncategorized_text",
];

pub fn render(dispute: &Dispute, books: &Books) -> Value {
    let movements = dispute.movements.iter().filter_map(|id| books.movements.get(id));
    let evidence = EVIDENCE.iter().map(|field| ((*field).to_owned(), json!(dispute.evidence.get(field))));
    json!({
        "id": dispute.id,
        "object": "dispute",
        "amount": dispute.amount,
        "balance_transactions": movements.map(|found| render::movement(found, books.now())).collect::<Vec<_>>(),
        "charge": dispute.charge,
        "created": dispute.created,
        "currency": dispute.currency,
        "enhanced_eligibility_types": [],
        "evidence": evidence.chain([("enhanced_evidence".to_owned(), json!({}))]).collect::<serde_json::Map<_, _>>(),
        "evidence_details": {
            "due_by": dispute.due_by,
            "enhanced_eligibility": {},
            "has_evidence": !dispute.evidence.is_empty(),
            "past_due": dispute.past_due,
            "submission_count": dispute.submissions,
            "submission_method": if dispute.submissions > 0 { "manual" } else { "not_submitted" },
        },
        "intended_submission_method": dispute.submission,
        "is_charge_refundable": !dispute.status.holds_money(),
        "livemode": false,
        "metadata": dispute.metadata,
        "payment_intent": dispute.payment,
        "reason": dispute.reason,
        "status": dispute.status.as_str(),
    })
}
