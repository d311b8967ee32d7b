//! What customers do on the payment page, and what becomes of money that arrives later.
//! Nobody here has an API key: the events carry no request id.

use super::books::{Books, Origin, Settlement};
use super::model::{Charge, Decline, Payment, PaymentStatus, SessionStatus};
use super::outcome::Outcome;
use crate::ids::token;
use crate::payment_page::{Closed, Next};

const BOUNCED: Decline = Decline {
    code: "payment_intent_payment_attempt_failed",
    decline_code: "generic_decline",
    message: "The bank did not carry out the payment.",
};

impl Books {
    /// The customer acts on an open session.
    ///
    /// # Errors
    /// When the session takes no payment any more.
    pub fn pay(&mut self, now: i64, id: &str, outcome: Outcome) -> Result<Next, Closed> {
        let session = self.sessions.get(id).ok_or(Closed::NoSuch)?;
        match session.status {
            SessionStatus::Open => {}
            SessionStatus::Complete => return Err(Closed::Complete),
            SessionStatus::Expired => return Err(Closed::Expired),
        }
        if outcome == Outcome::Leave {
            return Ok(Next::Left(session.cancel_url.clone()));
        }
        let success = session.success_url.replace("{CHECKOUT_SESSION_ID}", id);
        let success =
            success.replace("%7BCHECKOUT_SESSION_ID%7D", id).replace("%7bCHECKOUT_SESSION_ID%7d", id);
        if session.total() == 0 {
            self.complete(now, id, None);
            return Ok(Next::Done(success));
        }
        let payment = self.payment_of(now, id, outcome);
        if let Some(why) = outcome.decline() {
            self.attempt_failed(now, &payment, why);
            return Ok(Next::Declined(why.message));
        }
        match outcome {
            Outcome::PayLater => self.pay_later(now, &payment, Settlement::PaymentArrives(payment.clone())),
            Outcome::FailLater => self.pay_later(now, &payment, Settlement::PaymentBounces(payment.clone())),
            Outcome::Pay
            | Outcome::PayRefundPends
            | Outcome::PayRefundBounces
            | Outcome::Decline
            | Outcome::InsufficientFunds
            | Outcome::Leave => self.capture(now, &payment),
        }
        self.complete(now, id, Some(&payment));
        Ok(Next::Done(success))
    }

    /// The PaymentIntent of a session, made at the first attempt to pay.
    fn payment_of(&mut self, now: i64, id: &str, outcome: Outcome) -> String {
        let session = self.sessions.get_mut(id).expect("pay has just found this session");
        if let Some(payment) = session.payment.clone() {
            if let Some(known) = self.payments.get_mut(&payment) {
                known.course = outcome.course();
            }
            return payment;
        }
        let payment = Payment {
            id: token("pi_3", 23),
            created: now,
            amount: session.total(),
            currency: session.currency.clone(),
            status: PaymentStatus::RequiresPaymentMethod,
            session: id.to_owned(),
            metadata: session.ask.metadata.clone(),
            transfer_group: session.ask.transfer_group.clone(),
            description: session.ask.description.clone(),
            charge: None,
            course: outcome.course(),
            refunds: Vec::new(),
            refunded: 0,
        };
        session.payment = Some(payment.id.clone());
        let id = payment.id.clone();
        self.payments.insert(&id, payment);
        self.emit_payment(now, "payment_intent.created", &id, &Origin::default());
        id
    }

    fn attempt_failed(&mut self, now: i64, id: &str, why: Decline) {
        self.new_charge(now, id, Some(why));
        self.emit_charge(now, "charge.failed", id, &Origin::default());
        self.emit_payment(now, "payment_intent.payment_failed", id, &Origin::default());
    }

    /// The latest attempt replaces the one before, which failed.
    fn new_charge(&mut self, now: i64, id: &str, failure: Option<Decline>) {
        let Some(payment) = self.payments.get_mut(id) else { return };
        let charge =
            Charge { id: token("ch_3", 23), created: now, paid: false, failure, balance_transaction: None };
        self.charges.insert(charge.id.clone(), id.to_owned());
        if let Some(before) = payment.charge.replace(charge) {
            self.charges.remove(&before.id);
        }
    }

    fn pay_later(&mut self, now: i64, id: &str, settlement: Settlement) {
        self.new_charge(now, id, None);
        if let Some(payment) = self.payments.get_mut(id) {
            payment.status = PaymentStatus::Processing;
        }
        self.settlements.add(self.now_ms + self.settle_ms, settlement);
        self.emit_payment(now, "payment_intent.processing", id, &Origin::default());
    }

    fn capture(&mut self, now: i64, id: &str) {
        self.new_charge(now, id, None);
        self.capture_charge(now, id);
    }

    fn capture_charge(&mut self, now: i64, id: &str) {
        let Some(payment) = self.payments.get(id) else { return };
        let (amount, currency) = (payment.amount, payment.currency.clone());
        let source = payment.charge.as_ref().map(|charge| charge.id.clone()).unwrap_or_default();
        let transaction = self.book(now, "charge", &source, amount, &currency);
        let Some(payment) = self.payments.get_mut(id) else { return };
        payment.status = PaymentStatus::Succeeded;
        if let Some(charge) = &mut payment.charge {
            charge.paid = true;
            charge.balance_transaction = Some(transaction);
        }
        self.totals.charged += 1;
        *self.totals.captured.entry(currency).or_default() += amount;
        self.emit_charge(now, "charge.succeeded", id, &Origin::default());
        self.emit_payment(now, "payment_intent.succeeded", id, &Origin::default());
    }

    fn complete(&mut self, now: i64, id: &str, payment: Option<&str>) {
        let status = payment.and_then(|payment| self.payments.get(payment)).map(|payment| payment.status);
        let Some(session) = self.sessions.get_mut(id) else { return };
        session.status = SessionStatus::Complete;
        session.paid = status.is_none_or(|status| status == PaymentStatus::Succeeded);
        if let Some(slot) = session.expiry.take() {
            self.expiries.strike(slot);
        }
        self.emit_session(now, "checkout.session.completed", id, &Origin::default());
        self.finish(id);
    }

    /// A payment that was processing has arrived.
    pub fn payment_arrives(&mut self, now: i64, id: &str) {
        let Some(session) = self.session_of_processing(id) else { return };
        self.capture_charge(now, id);
        if let Some(session) = self.sessions.get_mut(&session) {
            session.paid = true;
        }
        self.emit_session(now, "checkout.session.async_payment_succeeded", &session, &Origin::default());
    }

    /// A payment that was processing will never arrive. The session stays complete and unpaid.
    pub fn payment_bounces(&mut self, now: i64, id: &str) {
        let Some(session) = self.session_of_processing(id) else { return };
        if let Some(payment) = self.payments.get_mut(id) {
            payment.status = PaymentStatus::RequiresPaymentMethod;
            if let Some(charge) = &mut payment.charge {
                charge.failure = Some(BOUNCED);
            }
        }
        self.emit_charge(now, "charge.failed", id, &Origin::default());
        self.emit_payment(now, "payment_intent.payment_failed", id, &Origin::default());
        self.emit_session(now, "checkout.session.async_payment_failed", &session, &Origin::default());
    }

    fn session_of_processing(&self, id: &str) -> Option<String> {
        let payment = self.payments.get(id)?;
        (payment.status == PaymentStatus::Processing).then(|| payment.session.clone())
    }
}
