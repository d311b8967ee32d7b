//! What customers do on the payment page, and what becomes of money that arrives later.
//! Every end of a payment is pushed as an event and told to its callback.

use super::books::{Books, Settlement};
use super::model::{Payment, Status};
use super::outcome::Outcome;
use crate::payment_page::{Closed, Next};
use crate::sums::tally;

impl Books {
    /// The customer acts on an open page; `id` is the `tx_ref`, Chapa's reference or the page itself.
    ///
    /// # Errors
    /// When it takes no payment any more.
    pub fn pay(&mut self, now_ms: i64, id: &str, outcome: Outcome) -> Result<Next, Closed> {
        let tx_ref = self.tx_ref_of(id).ok_or(Closed::NoSuch)?;
        let payment = self.payments.get_mut(&tx_ref).ok_or(Closed::NoSuch)?;
        match payment.status {
            Status::Open => {}
            Status::Pending | Status::Success => return Err(Closed::Complete),
            Status::Failed | Status::Cancelled => return Err(Closed::Expired),
        }
        if outcome == Outcome::Leave {
            return Ok(Next::Left(None));
        }
        if let Some(why) = outcome.decline() {
            payment.note(now_ms, "error", why);
            return Ok(Next::Declined(why));
        }
        payment.method = Some(outcome.method(payment.mode));
        payment.course = outcome.course();
        match outcome {
            Outcome::Fail => {
                self.payment_fails(now_ms, &tx_ref);
                let back = self.payments.get(&tx_ref).and_then(|payment| payment.return_url.clone());
                return Ok(Next::Left(back));
            }
            Outcome::PayLater => self.pay_later(now_ms, &tx_ref, Settlement::PaymentArrives(tx_ref.clone())),
            Outcome::FailLater => self.pay_later(now_ms, &tx_ref, Settlement::PaymentFails(tx_ref.clone())),
            Outcome::Pay
            | Outcome::PayByCard
            | Outcome::PayRefundReverses
            | Outcome::PayRefundStays
            | Outcome::Decline
            | Outcome::InsufficientFunds
            | Outcome::Leave => self.payment_arrives(now_ms, &tx_ref),
        }
        Ok(Next::Done(self.way_back(&tx_ref)))
    }

    fn pay_later(&mut self, now_ms: i64, tx_ref: &str, settlement: Settlement) {
        if let Some(payment) = self.payments.get_mut(tx_ref) {
            payment.status = Status::Pending;
            payment.note(now_ms, "log", "Waiting for the wallet's confirmation");
        }
        self.settlements.add(now_ms + self.settle_ms, settlement);
    }

    pub fn payment_arrives(&mut self, now_ms: i64, tx_ref: &str) {
        let Some(payment) = self.unfinished(tx_ref) else { return };
        payment.status = Status::Success;
        payment.note(now_ms, "success", "Payment completed successfully");
        let (amount, charge, currency) = (payment.amount, payment.charge, payment.currency);
        self.totals.paid += 1;
        tally(&mut self.totals.captured, currency, amount);
        self.book(currency, amount - charge);
        self.emit_charge(now_ms, tx_ref);
        self.call_back(tx_ref, "success");
    }

    pub fn payment_fails(&mut self, now_ms: i64, tx_ref: &str) {
        let Some(payment) = self.unfinished(tx_ref) else { return };
        payment.status = Status::Failed;
        payment.note(now_ms, "error", "Payment failed");
        self.emit_charge(now_ms, tx_ref);
        let word = self.config.failed_word.clone();
        self.call_back(tx_ref, &word);
    }

    fn unfinished(&mut self, tx_ref: &str) -> Option<&mut Payment> {
        let payment = self.payments.get_mut(tx_ref)?;
        matches!(payment.status, Status::Open | Status::Pending).then_some(payment)
    }

    fn call_back(&self, tx_ref: &str, status: &str) {
        let Some(payment) = self.payments.get(tx_ref) else { return };
        if let Some(url) = &payment.callback_url {
            let name = self.config.callback_name.as_str();
            let query = [(name, tx_ref), ("ref_id", payment.reference.as_str()), ("status", status)];
            self.callbacks.send(url, &query);
        }
    }

    /// To the merchant's `return_url` as it is, or to Chapa's own receipt.
    fn way_back(&self, tx_ref: &str) -> String {
        let payment = self.payments.get(tx_ref);
        let receipt = || {
            let reference = payment.map(|payment| payment.reference.as_str()).unwrap_or_default();
            format!("{}/chapa/checkout/payment-receipt/{reference}", self.public_url)
        };
        payment.and_then(|payment| payment.return_url.clone()).unwrap_or_else(receipt)
    }

    pub fn page_of(&self, payment: &Payment) -> String {
        format!("{}/chapa/checkout/payment/{}", self.public_url, payment.link)
    }
}
