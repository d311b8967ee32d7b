//! Disputes: how one is opened, what becomes of it, and the endpoints that read. The merchant answers
//! (`evidence`) before the due date, or the customer wins.

use serde_json::{Value, json};

use super::Impossible;
use super::books::{Books, INTEGRATION, Settlement};
use super::fields::Fields;
use super::gate::Answer;
use super::listing::Page;
use super::model::{Customer, RefundStatus};
use super::refusal::Refusal;
use super::render::{self, Nothing};
use super::when::iso;

/// How long the merchant may take.
const DUE_IN_MS: i64 = 48 * 60 * 60 * 1000;
const BANK: &str = "bank@example.com";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DisputeStatus {
    AwaitingMerchant,
    AwaitingBank,
    Resolved,
}

impl DisputeStatus {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AwaitingMerchant => "awaiting-merchant-feedback",
            Self::AwaitingBank => "awaiting-bank-feedback",
            Self::Resolved => "resolved",
        }
    }
}

/// What the bank does about a dispute, through the control API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ruling {
    /// It reminds the merchant.
    Remind,
    /// It gives the customer the money.
    AutoAccepted,
    /// It leaves the money with the merchant.
    Declined,
}

#[derive(Debug)]
pub struct Dispute {
    pub id: i64,
    pub created_ms: i64,
    pub updated_ms: i64,
    pub due_ms: i64,
    pub resolved_ms: Option<i64>,
    pub reference: String,
    pub transaction: i64,
    pub customer: Customer,
    pub last4: Option<String>,
    /// What is disputed, later what was given back.
    pub amount: i64,
    pub currency: String,
    pub status: DisputeStatus,
    pub resolution: Option<&'static str>,
    /// Who said what.
    pub messages: Vec<(String, String, i64)>,
    pub evidence: Option<Value>,
    pub attachments: Option<String>,
}

pub fn list(books: &Books, query: &Fields) -> Result<Answer, Refusal> {
    let page = Page::read(query)?;
    let (status, transaction) = (query.text("status")?, query.text("transaction")?);
    let statuses = ["awaiting-merchant-feedback", "awaiting-bank-feedback", "pending", "resolved"];
    if status.as_ref().is_some_and(|status| !statuses.contains(&status.as_str())) {
        return Err(Refusal::invalid(format!("Invalid status: there are {}", statuses.join(", "))));
    }
    let wanted = |dispute: &Dispute| {
        status.as_ref().is_none_or(|status| *status == dispute.status.as_str())
            && transaction.as_ref().is_none_or(|id| *id == dispute.transaction.to_string())
    };
    let show = |dispute: &Dispute| books.render_dispute(dispute);
    let found = page.of(&books.disputes, |dispute| dispute.created_ms, wanted, show);
    Ok(Answer::list("Disputes retrieved", found))
}

pub fn fetch(books: &Books, id: &str) -> Result<Answer, Refusal> {
    let dispute = books.disputes.get(id).ok_or_else(Refusal::not_found)?;
    Ok(Answer::new("Dispute retrieved", books.render_dispute(dispute)))
}

/// The latest dispute about a transaction.
pub fn of_transaction(books: &Books, id: &str) -> Result<Answer, Refusal> {
    let mut newest_first = books.disputes.iter().rev().map(|(_, dispute)| dispute);
    let dispute = newest_first.find(|dispute| dispute.transaction.to_string() == id);
    let dispute = dispute.ok_or_else(Refusal::not_found)?;
    Ok(Answer::new("Dispute retrieved successfully", books.render_dispute(dispute)))
}

impl Books {
    pub fn open_dispute(&mut self, payment: &str, amount: Option<i64>) -> Result<i64, Impossible> {
        let (id, now_ms) = (self.next_id(), self.now_ms);
        let transaction = self.transaction(payment).ok_or(Impossible::NoSuch)?;
        let left = transaction.captured() - transaction.refunded;
        let amount = amount.unwrap_or(left);
        let about = |dispute: &Dispute| {
            dispute.transaction == transaction.id && dispute.status != DisputeStatus::Resolved
        };
        if !(1..=left).contains(&amount) || self.disputes.iter().any(|(_, dispute)| about(dispute)) {
            return Err(Impossible::Now);
        }
        let dispute = Dispute {
            id,
            created_ms: now_ms,
            updated_ms: now_ms,
            due_ms: now_ms + DUE_IN_MS,
            resolved_ms: None,
            reference: transaction.reference.clone(),
            transaction: transaction.id,
            customer: transaction.customer.clone(),
            last4: transaction.authorization.as_ref().map(|card| card.last4.clone()),
            amount,
            currency: transaction.currency.clone(),
            status: DisputeStatus::AwaitingMerchant,
            resolution: None,
            messages: vec![(BANK.into(), "Customer complained about debit without value".into(), now_ms)],
            evidence: None,
            attachments: None,
        };
        self.deadlines.add(dispute.due_ms, id.to_string());
        self.disputes.insert(&id.to_string(), dispute);
        self.disputes.trim(self.keep);
        self.tell_of_dispute("charge.dispute.create", &id.to_string());
        Ok(id)
    }

    pub fn rule(&mut self, id: &str, ruling: Ruling) -> Result<(), Impossible> {
        let dispute = self.disputes.get(id).ok_or(Impossible::NoSuch)?;
        match (ruling, dispute.status) {
            (_, DisputeStatus::Resolved) => return Err(Impossible::Now),
            (Ruling::Remind, DisputeStatus::AwaitingBank) => return Err(Impossible::Now),
            (Ruling::Remind, DisputeStatus::AwaitingMerchant) => {
                self.tell_of_dispute("charge.dispute.remind", id);
            }
            (Ruling::AutoAccepted, _) => self.give_in(id, dispute.amount, "auto-accepted"),
            (Ruling::Declined, _) => self.resolve(id, "declined"),
        }
        Ok(())
    }

    /// Nobody has answered.
    pub fn dispute_overdue(&mut self, id: &str) {
        let open = self.disputes.get(id).filter(|found| found.status == DisputeStatus::AwaitingMerchant);
        if let Some(amount) = open.map(|dispute| dispute.amount) {
            self.give_in(id, amount, "auto-accepted");
        }
    }

    /// The bank has looked at the evidence, and finds for the merchant.
    pub fn bank_decides(&mut self, id: &str) {
        if self.disputes.get(id).is_some_and(|dispute| dispute.status == DisputeStatus::AwaitingBank) {
            self.resolve(id, "declined");
        }
    }

    /// The merchant stands by the charge: the bank will look at it.
    pub fn contest(&mut self, id: &str) {
        if let Some(dispute) = self.disputes.get_mut(id) {
            dispute.status = DisputeStatus::AwaitingBank;
            dispute.updated_ms = self.now_ms;
        }
        self.later(1, Settlement::Dispute(id.to_owned()));
    }

    /// The customer gets up to `amount` back, as far as refunds have left so much.
    pub fn give_in(&mut self, id: &str, amount: i64, resolution: &'static str) {
        let Some(dispute) = self.disputes.get_mut(id) else { return };
        let reference = dispute.reference.clone();
        let transaction = self.transactions.get(&reference);
        let left = transaction.map_or(0, |found| found.captured() - found.refunded);
        let amount = amount.min(left);
        dispute.amount = amount;
        let number = dispute.id;
        let refund =
            if amount > 0 { self.new_refund(&reference, amount, (None, None), Some(number)) } else { None };
        if let Some(refund) = refund {
            let refund_id = refund.id.to_string();
            self.take_on_refund(refund);
            self.set_refund(&refund_id, RefundStatus::Processed);
        }
        self.resolve(id, resolution);
    }

    fn resolve(&mut self, id: &str, resolution: &'static str) {
        let now_ms = self.now_ms;
        let Some(dispute) = self.disputes.get_mut(id) else { return };
        dispute.status = DisputeStatus::Resolved;
        dispute.resolution = Some(resolution);
        dispute.resolved_ms = Some(now_ms);
        dispute.updated_ms = now_ms;
        self.tell_of_dispute("charge.dispute.resolve", id);
    }

    fn tell_of_dispute(&mut self, kind: &'static str, id: &str) {
        if let Some(dispute) = self.disputes.get(id) {
            let (about, data) = (dispute.reference.clone(), self.render_dispute(dispute));
            self.emit(kind, &about, data);
        }
    }

    pub fn render_dispute(&self, dispute: &Dispute) -> Value {
        let forgotten = || json!({"id": dispute.transaction, "reference": dispute.reference});
        let transaction = self.transactions.get(&dispute.reference);
        let transaction =
            transaction.map_or_else(forgotten, |found| render::transaction(found, Nothing::Text));
        let message = |(sender, body, at_ms): &(String, String, i64)| json!({"sender": sender, "body": body, "createdAt": iso(*at_ms)});
        json!({
            "id": dispute.id,
            "refund_amount": dispute.amount,
            "currency": dispute.currency,
            "status": dispute.status.as_str(),
            "resolution": dispute.resolution,
            "domain": "test",
            "transaction": transaction,
            "transaction_reference": null,
            "merchant_transaction_reference": dispute.reference,
            "integration": INTEGRATION,
            "created_by": dispute.customer.id,
            "category": "chargeback",
            "customer": render::customer(&dispute.customer),
            "bin": null,
            "last4": dispute.last4,
            "dueAt": iso(dispute.due_ms),
            "resolvedAt": dispute.resolved_ms.map(iso),
            "evidence": dispute.evidence,
            "attachments": dispute.attachments,
            "note": null,
            "history": [{"status": "pending", "by": BANK, "createdAt": iso(dispute.created_ms)}],
            "messages": dispute.messages.iter().map(message).collect::<Vec<_>>(),
            "createdAt": iso(dispute.created_ms),
            "updatedAt": iso(dispute.updated_ms),
        })
    }
}
