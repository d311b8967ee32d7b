//! What happens to a refund: taken on, then perhaps waiting for the bank or for the customer's details,
//! then succeeded; failed or canceled ones bring the money back to the account, even late.

use serde_json::{Value, json};

use super::books::{Books, Origin, Settlement};
use super::model::{FailureReason, Metadata, Refund, RefundStatus};
use super::outcome::Course;
use super::purse::Entry;
use crate::ids::token;
use crate::sums::tally;

/// A refund that has been checked.
#[derive(Debug)]
pub struct Draft {
    pub payment: String,
    pub charge: String,
    pub amount: i64,
    pub reason: Option<&'static str>,
    pub metadata: Metadata,
    /// The transfer to take back with it, and how much of that.
    pub reversal: Option<(String, i64)>,
    pub instructions_email: Option<String>,
}

impl Books {
    /// Takes a refund on; its id.
    pub fn refund(&mut self, draft: Draft, origin: &Origin) -> String {
        let id = token("re_3", 23);
        let Some(payment) = self.payments.get_mut(&draft.payment) else { return id };
        let (owner, currency) = (payment.owner.clone(), payment.currency.clone());
        let status = match payment.course {
            Course::RefundPends | Course::RefundPendsAndFails => RefundStatus::Pending,
            Course::RefundNeedsDetails => RefundStatus::RequiresAction,
            Course::Plain
            | Course::RefundBounces
            | Course::Disputed(_)
            | Course::Warned
            | Course::Available => RefundStatus::Succeeded,
        };
        let settles = status != RefundStatus::Succeeded || payment.course == Course::RefundBounces;
        let before = json!({"amount_refunded": payment.refunded, "refunded": false});
        payment.refunds.push(id.clone());
        payment.refunded += draft.amount;
        let in_full = payment.refunded == payment.captured;
        let balance_transaction = self.book_refund(("refund", &id), -draft.amount, &owner, &currency);
        let refund = Refund {
            id: id.clone(),
            owner,
            created: self.now(),
            amount: draft.amount,
            currency,
            payment: draft.payment.clone(),
            charge: draft.charge.clone(),
            status,
            reason: draft.reason,
            failure_reason: None,
            metadata: draft.metadata,
            balance_transaction,
            failure_balance_transaction: None,
            transfer_reversal: None,
            instructions_email: draft.instructions_email,
        };
        self.totals.refunds += 1;
        tally(&mut self.totals.refunded, &refund.currency, refund.amount);
        self.refunds.insert(&id, refund);
        if let Some((transfer, part)) = draft.reversal.filter(|(_, part)| *part > 0) {
            let reversal = self.reverse(&transfer, part, Metadata::new(), Some(id.clone()), origin);
            if let Some(refund) = self.refunds.get_mut(&id) {
                refund.transfer_reversal = reversal;
            }
        }
        self.emit_refund("refund.created", &id, None, origin);
        self.emit_charge_changed("charge.refunded", &draft.payment, Some(before), origin);
        if settles {
            self.settle_later(Settlement::Refund(id.clone()));
        }
        if in_full {
            self.warning_is_moot(&draft.charge);
            self.close_inquiries(&draft.payment);
        }
        id
    }

    fn book_refund(
        &mut self,
        (kind, id): (&'static str, &str),
        amount: i64,
        owner: &super::owner::Owner,
        currency: &str,
    ) -> String {
        let available_on = self.now();
        self.book(&Entry { owner, kind, category: kind, source: id, amount, fee: 0, currency, available_on })
    }

    /// What the payment's card has in store for its refunds.
    pub fn settle_refund(&mut self, id: &str) {
        let Some(refund) = self.refunds.get(id) else { return };
        let course = self.payments.get(&refund.payment).map_or(Course::Plain, |payment| payment.course);
        match (course, refund.status) {
            (Course::RefundPendsAndFails, RefundStatus::Pending)
            | (Course::RefundBounces, RefundStatus::Succeeded) => {
                self.refund_fails(id, FailureReason::default());
            }
            (_, RefundStatus::Pending | RefundStatus::RequiresAction) => self.refund_arrives(id),
            (_, RefundStatus::Succeeded | RefundStatus::Failed | RefundStatus::Canceled) => {}
        }
    }

    /// Pending becomes succeeded, and so does what waited for the customer.
    pub fn refund_arrives(&mut self, id: &str) {
        self.turn_refund(id, RefundStatus::Succeeded);
    }

    /// Among the open statuses and succeeded: what the customer's details and the bank do.
    pub fn turn_refund(&mut self, id: &str, to: RefundStatus) {
        let refund = self.refunds.get_mut(id).filter(|refund| refund.status.is_open() && refund.status != to);
        let Some(refund) = refund else { return };
        let before = std::mem::replace(&mut refund.status, to);
        self.refund_updated(id, before, &Origin::default());
    }

    /// The money is back, and may be refunded again.
    pub fn refund_fails(&mut self, id: &str, reason: FailureReason) {
        let ended = [RefundStatus::Failed, RefundStatus::Canceled];
        let refund = self.refunds.get_mut(id).filter(|refund| !ended.contains(&refund.status));
        let Some(refund) = refund else { return };
        refund.failure_reason = Some(reason);
        let before = std::mem::replace(&mut refund.status, RefundStatus::Failed);
        self.refund_is_back(id);
        self.refund_updated(id, before, &Origin::default());
        self.emit_refund("refund.failed", id, None, &Origin::default());
    }

    /// The merchant changes his mind while the customer's details are waited for.
    pub fn refund_is_canceled(&mut self, id: &str, origin: &Origin) {
        let refund = self.refunds.get_mut(id).filter(|refund| refund.status.is_open());
        let Some(refund) = refund else { return };
        let before = std::mem::replace(&mut refund.status, RefundStatus::Canceled);
        self.refund_is_back(id);
        self.refund_updated(id, before, origin);
    }

    fn refund_is_back(&mut self, id: &str) {
        let Some(refund) = self.refunds.get(id) else { return };
        let (amount, currency, owner) = (refund.amount, refund.currency.clone(), refund.owner.clone());
        let transaction = self.book_refund(("refund_failure", id), amount, &owner, &currency);
        tally(&mut self.totals.refunded, &currency, -amount);
        let Some(refund) = self.refunds.get_mut(id) else { return };
        refund.failure_balance_transaction = Some(transaction);
        if let Some(payment) = self.payments.get_mut(&refund.payment) {
            payment.refunded -= amount;
        }
    }

    fn refund_updated(&mut self, id: &str, before: RefundStatus, origin: &Origin) {
        let before: Value = json!({"status": before.as_str()});
        self.emit_refund("refund.updated", id, Some(before.clone()), origin);
        self.emit_refund("charge.refund.updated", id, Some(before), origin);
    }

    /// The refunds of a PaymentIntent, oldest first.
    pub fn refunds_of(&self, payment: &str) -> impl Iterator<Item = &Refund> {
        let ids = self.payments.get(payment).map(|payment| payment.refunds.as_slice()).unwrap_or_default();
        ids.iter().filter_map(|id| self.refunds.get(id))
    }
}
