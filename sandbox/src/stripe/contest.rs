//! How disputes come about and end, by the bank's doing and the merchant's. Money leaves and comes back
//! with the status: whatever a dispute turns into, the books follow.

use serde_json::json;

use super::books::{Books, Origin, Settlement};
use super::dispute::{Accusation, Dispute, DisputeStatus, render};
use super::model::PaymentStatus;
use super::purse::Entry;
use crate::ids::token;
use crate::sums::tally;

/// Disputes of one payment: nobody disputes for ever.
const MOST: usize = 10;

impl Books {
    /// The bank disputes what is left of a payment, or part of it. None if there is nothing left, or
    /// a dispute about it stands.
    pub fn accuse(&mut self, payment: &str, accusation: Accusation, amount: Option<i64>) -> Option<String> {
        let found = self.payments.get(payment).filter(|found| found.status == PaymentStatus::Succeeded)?;
        let left = found.captured - found.refunded;
        let mut before = found.disputes.iter().filter_map(|id| self.disputes.get(id));
        let stands = |dispute: &Dispute| !dispute.status.is_closed() || dispute.status == DisputeStatus::Lost;
        if left < 1 || found.disputes.len() >= MOST || before.any(stands) {
            return None;
        }
        let id = token("dp_1", 23);
        let due_by = self.now() + self.terms.evidence_due_s;
        let dispute = Dispute {
            id: id.clone(),
            owner: found.owner.clone(),
            created: self.now(),
            amount: amount.unwrap_or(left).min(left),
            currency: found.currency.clone(),
            charge: found.latest_charge().unwrap_or_default().to_owned(),
            payment: payment.to_owned(),
            reason: accusation.reason(),
            status: accusation.begins_as(),
            evidence: std::collections::BTreeMap::new(),
            submissions: 0,
            due_by,
            deadline: Some(self.deadlines.add(due_by.saturating_mul(1000), id.clone())),
            past_due: false,
            movements: Vec::new(),
            metadata: std::collections::BTreeMap::new(),
            submission: None,
        };
        let (charge, holds) = (dispute.charge.clone(), dispute.status.holds_money());
        self.disputes.insert(&id, dispute);
        if let Some(payment) = self.payments.get_mut(payment) {
            payment.disputes.push(id.clone());
        }
        self.totals.disputes += 1;
        if holds {
            self.withdraw(&id);
        }
        self.emit_dispute("charge.dispute.created", &id, None, &Origin::default());
        if holds {
            self.emit_dispute("charge.dispute.funds_withdrawn", &id, None, &Origin::default());
        }
        self.warning_is_moot(&charge);
        Some(id)
    }

    /// Changes how a dispute stands, and moves its money. False if there is no such dispute.
    pub fn turn_dispute(&mut self, id: &str, to: DisputeStatus, origin: &Origin) -> bool {
        let Some(dispute) = self.disputes.get_mut(id) else { return false };
        let before = std::mem::replace(&mut dispute.status, to);
        if before == to {
            return true;
        }
        match (to.after_evidence(), dispute.deadline) {
            (None, Some(slot)) => {
                dispute.deadline = None;
                self.deadlines.strike(slot);
            }
            (Some(_), None) => self.set_deadline(id),
            (None, None) | (Some(_), Some(_)) => {}
        }
        let money = match (before.holds_money(), to.holds_money()) {
            (false, true) => {
                self.withdraw(id);
                Some("charge.dispute.funds_withdrawn")
            }
            (true, false) => {
                self.reinstate(id);
                Some("charge.dispute.funds_reinstated")
            }
            (true, true) | (false, false) => None,
        };
        let event = if to.is_closed() { "charge.dispute.closed" } else { "charge.dispute.updated" };
        self.emit_dispute(event, id, Some(json!({"status": before.as_str()})), origin);
        if let Some(event) = money {
            self.emit_dispute(event, id, None, origin);
        }
        true
    }

    fn withdraw(&mut self, id: &str) {
        self.move_disputed(id, -1, "dispute", self.terms.dispute_fee);
    }

    fn reinstate(&mut self, id: &str) {
        self.move_disputed(id, 1, "dispute_reversal", 0);
    }

    fn move_disputed(&mut self, id: &str, sign: i64, category: &'static str, fee: i64) {
        let Some(dispute) = self.disputes.get(id) else { return };
        let (owner, currency, amount) = (dispute.owner.clone(), dispute.currency.clone(), dispute.amount);
        let available_on = self.now();
        let movement = self.book(&Entry {
            owner: &owner,
            kind: "adjustment",
            category,
            source: id,
            amount: sign * amount,
            fee,
            currency: &currency,
            available_on,
        });
        tally(&mut self.totals.disputed, &currency, -sign * amount);
        if let Some(dispute) = self.disputes.get_mut(id) {
            dispute.movements.push(movement);
        }
    }

    /// Evidence was submitted: a test's evidence says how the bank will rule.
    pub fn evidence_is_in(&mut self, id: &str, origin: &Origin) {
        let Some(dispute) = self.disputes.get_mut(id) else { return };
        dispute.submissions += 1;
        let Some(next) = dispute.status.after_evidence() else { return };
        self.turn_dispute(id, next, origin);
        self.settle_later(Settlement::Ruling(id.to_owned()));
    }

    /// The bank decides as the evidence asks for; over any other evidence it goes on thinking.
    pub fn rule(&mut self, id: &str) {
        let Some(dispute) = self.disputes.get(id).filter(|dispute| !dispute.status.is_closed()) else {
            return;
        };
        let is_warning = dispute.status == DisputeStatus::WarningUnderReview;
        let says = |text: &str| dispute.evidence.values().any(|evidence| evidence == text);
        let to = if is_warning && says("escalate_inquiry_evidence") {
            DisputeStatus::NeedsResponse
        } else if is_warning && (says("winning_evidence") || says("losing_evidence")) {
            DisputeStatus::WarningClosed
        } else if says("winning_evidence") {
            DisputeStatus::Won
        } else if says("losing_evidence") {
            DisputeStatus::Lost
        } else {
            return;
        };
        self.turn_dispute(id, to, &Origin::default());
    }

    /// One that waits for evidence again, as an inquiry that became a dispute, gives time anew.
    fn set_deadline(&mut self, id: &str) {
        let due_by = self.now() + self.terms.evidence_due_s;
        let Some(dispute) = self.disputes.get_mut(id) else { return };
        dispute.due_by = due_by;
        dispute.deadline = Some(self.deadlines.add(due_by.saturating_mul(1000), id.to_owned()));
    }

    /// The time for evidence is over.
    pub fn evidence_is_past_due(&mut self, id: &str) {
        let Some(dispute) = self.disputes.get_mut(id) else { return };
        dispute.deadline = None;
        if dispute.status.after_evidence().is_none() {
            return;
        }
        dispute.past_due = true;
        if let Some(to) = dispute.status.conceded() {
            self.turn_dispute(id, to, &Origin::default());
        }
    }

    /// An inquiry about a charge that was refunded in full is over.
    pub fn close_inquiries(&mut self, payment: &str) {
        let disputes = self.payments.get(payment).map(|payment| payment.disputes.clone()).unwrap_or_default();
        for id in disputes {
            let status = self.disputes.get(&id).map(|dispute| dispute.status);
            if let Some(to) = status.and_then(DisputeStatus::conceded)
                && to == DisputeStatus::WarningClosed
            {
                self.turn_dispute(&id, to, &Origin::default());
            }
        }
    }

    pub fn emit_dispute(
        &mut self,
        kind: &'static str,
        id: &str,
        previous: Option<serde_json::Value>,
        origin: &Origin,
    ) {
        let Some(dispute) = self.disputes.get(id) else { return };
        let (owner, object) = (dispute.owner.clone(), render(dispute, self));
        self.emit_changed(kind, &owner, object, previous, origin);
    }
}
