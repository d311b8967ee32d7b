//! What happens to a refund after it was taken on: pending → processing → processed, failed or
//! needs-attention. Money of a failed one is back in the balance, and may be refunded again.

use serde_json::{Value, json};

use super::Impossible;
use super::books::{Books, INTEGRATION, Settlement, lower};
use super::model::{Refund, RefundStatus, Status};
use super::outcome::RefundCourse;
use crate::sums::tally;

impl Books {
    pub fn take_on_refund(&mut self, refund: Refund) {
        let id = refund.id.to_string();
        if let Some(transaction) = self.transactions.get_mut(&refund.reference) {
            transaction.refunds.push(id.clone());
            transaction.refunded += refund.amount;
        }
        self.totals.refunds += 1;
        tally(&mut self.totals.refunded, &refund.currency, refund.amount);
        self.book(&refund.currency, -refund.amount, ("Refund", refund.id), &refund.merchant_note);
        self.refunds.insert(&id, refund);
    }

    /// The next step of a refund's course.
    pub fn refund_moves(&mut self, id: &str) {
        let Some(refund) = self.refunds.get(id) else { return };
        match (refund.status, refund.course) {
            (RefundStatus::Pending, _) => {
                self.set_refund(id, RefundStatus::Processing);
                self.later(2, Settlement::Refund(id.to_owned()));
            }
            (RefundStatus::Processing, RefundCourse::Plain) => self.set_refund(id, RefundStatus::Processed),
            (RefundStatus::Processing, RefundCourse::Fails) => self.set_refund(id, RefundStatus::Failed),
            (RefundStatus::Processing, RefundCourse::NeedsAttention) => {
                self.set_refund(id, RefundStatus::NeedsAttention);
            }
            (RefundStatus::NeedsAttention | RefundStatus::Processed | RefundStatus::Failed, _) => {}
        }
    }

    pub fn force_refund(&mut self, id: &str, status: RefundStatus) -> Result<(), Impossible> {
        let refund = self.refunds.get_mut(id).ok_or(Impossible::NoSuch)?;
        if !refund.status.may_become(status) {
            return Err(Impossible::Now);
        }
        let stood_still = refund.status == RefundStatus::NeedsAttention;
        if stood_still {
            refund.course = RefundCourse::Plain;
        }
        self.set_refund(id, status);
        if stood_still && status == RefundStatus::Processing {
            self.later(2, Settlement::Refund(id.to_owned()));
        }
        Ok(())
    }

    /// Puts a refund into a state, with all that follows from it.
    pub fn set_refund(&mut self, id: &str, status: RefundStatus) {
        let now_ms = self.now_ms;
        let Some(refund) = self.refunds.get_mut(id) else { return };
        refund.status = status;
        refund.updated_ms = now_ms;
        match status {
            RefundStatus::Processed => {
                refund.bank_reference = Some(format!("{:012}", refund.id));
                let reference = refund.reference.clone();
                self.reverse_if_all_is_back(&reference);
            }
            RefundStatus::Failed => {
                refund.bank_reference = Some(lower("TRF_", 15));
                self.take_money_back(id);
            }
            RefundStatus::NeedsAttention => refund.bank_reference = Some(lower("TRF_", 16)),
            RefundStatus::Pending | RefundStatus::Processing => {}
        }
        self.tell_of_refund(id);
    }

    fn take_money_back(&mut self, id: &str) {
        let Some(refund) = self.refunds.get(id) else { return };
        let (amount, currency, number) = (refund.amount, refund.currency.clone(), refund.id);
        if let Some(transaction) = self.transactions.get_mut(&refund.reference) {
            transaction.refunded -= amount;
        }
        tally(&mut self.totals.refunded, &currency, -amount);
        self.book(&currency, amount, ("Refund", number), "Refund failed");
    }

    /// A transaction is `reversed` when refunds have given back all of it; until then it is `success`.
    fn reverse_if_all_is_back(&mut self, reference: &str) {
        let Some(transaction) = self.transactions.get(reference) else { return };
        let refunds = transaction.refunds.iter().filter_map(|id| self.refunds.get(id));
        let processed = refunds.filter(|refund| refund.status == RefundStatus::Processed);
        let back: i64 = processed.map(|refund| refund.amount).sum();
        if back < transaction.amount {
            return;
        }
        if let Some(transaction) = self.transactions.get_mut(reference) {
            transaction.status = Status::Reversed;
        }
    }

    pub fn tell_of_refund(&mut self, id: &str) {
        if let Some(refund) = self.refunds.get(id) {
            let (kind, about, data) = (refund.status.event(), refund.reference.clone(), event(refund));
            self.emit(kind, &about, data);
        }
    }
}

/// Not the refund of the API: its id is left out but for one event, and the amount is a string in
/// three of the five.
fn event(refund: &Refund) -> Value {
    let mut data = json!({
        "status": refund.status.as_str(),
        "transaction_reference": refund.reference,
        "refund_reference": refund.bank_reference,
        "amount": refund.amount.to_string(),
        "currency": refund.currency,
        "processor": "instant-transfer",
        "customer": {"first_name": null, "last_name": null, "email": refund.customer.email},
        "integration": INTEGRATION,
        "domain": "test",
    });
    match refund.status {
        RefundStatus::NeedsAttention => {
            data["amount"] = json!(refund.amount);
            data["id"] = json!(refund.id.to_string());
            data["customer_note"] = json!(refund.customer_note);
            data["merchant_note"] = json!(refund.merchant_note);
        }
        RefundStatus::Failed => data["amount"] = json!(refund.amount),
        RefundStatus::Pending | RefundStatus::Processing | RefundStatus::Processed => {}
    }
    data
}
