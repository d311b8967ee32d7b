//! What customers do on the payment page and what becomes of money that arrives later; also the
//! attempts that a merchant makes over the API, which go the same way. Events of a customer's doing
//! carry no request id, for nobody here has an API key.

use super::books::{Books, Origin, Settlement};
use super::model::{
    Capture, Charge, ChargeState, Decline, Payment, PaymentAsk, PaymentStatus, SessionStatus,
};
use super::outcome::{Course, Outcome};
use super::purse::Entry;
use crate::ids::token;
use crate::payment_page::{Closed, Next};
use crate::sums::tally;

/// Failed attempts remembered of one payment.
const ATTEMPTS: usize = 50;

const BOUNCED: Decline = Decline {
    kind: "card_error",
    code: "payment_intent_payment_attempt_failed",
    decline_code: Some("generic_decline"),
    message: "The bank did not carry out the payment.",
};

impl Books {
    /// The customer acts on an open session, or on a PaymentIntent without one.
    ///
    /// # Errors
    /// When the session takes no payment any more.
    pub fn pay(&mut self, id: &str, outcome: Outcome) -> Result<Next, Closed> {
        let Some(session) = self.sessions.get(id) else { return self.pay_intent(id, outcome) };
        match session.status {
            SessionStatus::Open => {}
            SessionStatus::Complete => return Err(Closed::Complete),
            SessionStatus::Expired => return Err(Closed::Expired),
        }
        if outcome == Outcome::Leave {
            return Ok(Next::Left(session.cancel_url.clone()));
        }
        let success = session.way_on().unwrap_or_default().replace("{CHECKOUT_SESSION_ID}", id);
        let success =
            success.replace("%7BCHECKOUT_SESSION_ID%7D", id).replace("%7bCHECKOUT_SESSION_ID%7d", id);
        if session.total() == 0 {
            self.complete(id, None);
            return Ok(Next::Done(success));
        }
        let payment = self.payment_of(id);
        let origin = Origin::default();
        if outcome.is_challenged() {
            self.ask_who(&payment, &origin);
        }
        if let Err(why) = self.attempt(&payment, outcome, &origin) {
            return Ok(Next::Declined(why.message));
        }
        self.complete(id, Some(&payment));
        Ok(Next::Done(success))
    }

    /// The PaymentIntent of a session, made at the first attempt to pay.
    fn payment_of(&mut self, id: &str) -> String {
        let session = self.sessions.get(id).expect("pay has just found this session");
        if let Some(payment) = session.payment.clone() {
            return payment;
        }
        let ask = session.ask.clone();
        let mut payment = Payment::new(self.now(), session.total(), session.currency.clone(), ask);
        payment.owner.clone_from(&session.owner);
        payment.customer.clone_from(&session.customer);
        payment.session = Some(id.to_owned());
        let payment_id = payment.id.clone();
        self.payments.insert(&payment_id, payment);
        if let Some(session) = self.sessions.get_mut(id) {
            session.payment = Some(payment_id.clone());
        }
        self.emit_payment("payment_intent.created", &payment_id, &Origin::default());
        payment_id
    }

    /// Tries to take the money, as the test method has it.
    ///
    /// # Errors
    /// When it is declined.
    pub fn attempt(&mut self, id: &str, outcome: Outcome, origin: &Origin) -> Result<(), Decline> {
        if let Some(payment) = self.payments.get_mut(id) {
            payment.course = outcome.course();
            payment.last_error = None;
            payment.method = Some(outcome);
        }
        if let Some(why) = outcome.decline() {
            self.attempt_failed(id, outcome, why, !outcome.is_challenged(), origin);
            return Err(why);
        }
        let later = [
            (Outcome::PayLater, Settlement::PaymentArrives(id.to_owned())),
            (Outcome::FailLater, Settlement::PaymentBounces(id.to_owned())),
        ];
        let arrival = later.into_iter().find(|(when, _)| *when == outcome).map(|(_, arrival)| arrival);
        let manual = self.payments.get(id).is_some_and(|payment| payment.ask.capture == Capture::Manual);
        match arrival {
            Some(arrival) => {
                self.new_charge(id, outcome, ChargeState::Pending);
                self.set_status(id, PaymentStatus::Processing);
                self.settle_later(arrival);
                self.emit_payment("payment_intent.processing", id, origin);
            }
            None if manual => {
                self.new_charge(id, outcome, ChargeState::Held);
                self.set_status(id, PaymentStatus::RequiresCapture);
                self.emit_charge("charge.succeeded", id, origin);
                self.emit_payment("payment_intent.amount_capturable_updated", id, origin);
            }
            None => {
                self.new_charge(id, outcome, ChargeState::Pending);
                self.capture(id, None, "charge.succeeded", origin);
            }
        }
        Ok(())
    }

    /// A customer who fails to prove himself leaves no charge behind.
    pub fn attempt_failed(&mut self, id: &str, with: Outcome, why: Decline, charged: bool, origin: &Origin) {
        if charged {
            self.new_charge(id, with, ChargeState::Failed(why));
        }
        if let Some(payment) = self.payments.get_mut(id) {
            payment.status = PaymentStatus::RequiresPaymentMethod;
            payment.last_error = Some(why);
            payment.method = None;
        }
        if charged {
            self.emit_charge("charge.failed", id, origin);
        }
        self.emit_payment("payment_intent.payment_failed", id, origin);
    }

    fn new_charge(&mut self, id: &str, method: Outcome, state: ChargeState) {
        let created = self.now();
        let Some(payment) = self.payments.get_mut(id) else { return };
        let charge = Charge {
            id: token("ch_3", 23),
            owner: payment.owner.clone(),
            payment: id.to_owned(),
            created,
            state,
            balance_transaction: None,
            available_on: created,
            transfer: None,
            transferred: 0,
            method,
            warning: None,
        };
        payment.attempts.push(charge.id.clone());
        if payment.attempts.len() > ATTEMPTS {
            let oldest = payment.attempts.remove(0);
            self.charges.remove(&oldest);
        }
        self.charges.insert(&charge.id.clone(), charge);
    }

    fn set_status(&mut self, id: &str, status: PaymentStatus) {
        if let Some(payment) = self.payments.get_mut(id) {
            payment.status = status;
        }
    }

    /// Takes the money of the latest charge, all of it unless told how much.
    pub fn capture(&mut self, id: &str, amount: Option<i64>, event: &'static str, origin: &Origin) {
        let now = self.now();
        let Some(payment) = self.payments.get(id) else { return };
        let Some(charge) = payment.latest_charge().map(str::to_owned) else { return };
        let (owner, currency) = (payment.owner.clone(), payment.currency.clone());
        let (amount, course) = (amount.unwrap_or(payment.amount), payment.course);
        let delay = if course == Course::Available { 0 } else { self.terms.pending_s };
        let available_on = now + delay;
        let transaction = self.book(&Entry {
            owner: &owner,
            kind: "charge",
            category: "charge",
            source: &charge,
            amount,
            fee: (amount * 29 / 1000 + 30).min(amount),
            currency: &currency,
            available_on,
        });
        if let Some(charge) = self.charges.get_mut(&charge) {
            charge.state = ChargeState::Paid;
            charge.balance_transaction = Some(transaction);
            charge.available_on = available_on;
        }
        if let Some(payment) = self.payments.get_mut(id) {
            payment.status = PaymentStatus::Succeeded;
            payment.captured = amount;
        }
        self.totals.charged += 1;
        tally(&mut self.totals.captured, &currency, amount);
        self.share_out(id, origin);
        self.emit_charge(event, id, origin);
        self.emit_payment("payment_intent.succeeded", id, origin);
        match course {
            Course::Disputed(accusation) => self.settle_later(Settlement::Dispute(id.to_owned(), accusation)),
            Course::Warned => self.settle_later(Settlement::Warning(id.to_owned())),
            Course::Plain
            | Course::RefundPends
            | Course::RefundPendsAndFails
            | Course::RefundBounces
            | Course::RefundNeedsDetails
            | Course::Available => {}
        }
    }

    fn complete(&mut self, id: &str, payment: Option<&str>) {
        let status = payment.and_then(|payment| self.payments.get(payment)).map(|payment| payment.status);
        let Some(session) = self.sessions.get_mut(id) else { return };
        session.status = SessionStatus::Complete;
        session.paid = status.is_none_or(|status| status == PaymentStatus::Succeeded);
        if session.customer_creation == Some("always") && session.customer.is_none() {
            let customer = token("cus_", 14);
            if let Some(payment) = payment.and_then(|payment| self.payments.get_mut(payment)) {
                payment.customer = Some(customer.clone());
            }
            session.customer = Some(customer);
        }
        if let Some(slot) = session.expiry.take() {
            self.expiries.strike(slot);
        }
        self.emit_session("checkout.session.completed", id, &Origin::default());
        self.finish(id);
    }

    /// A payment that was processing has arrived.
    pub fn payment_arrives(&mut self, id: &str) {
        let Some(session) = self.session_of_processing(id) else { return };
        self.capture(id, None, "charge.succeeded", &Origin::default());
        self.session_is_paid(session.as_deref());
        if let Some(session) = session {
            self.emit_session("checkout.session.async_payment_succeeded", &session, &Origin::default());
        }
    }

    pub fn session_is_paid(&mut self, session: Option<&str>) {
        if let Some(session) = session.and_then(|id| self.sessions.get_mut(id)) {
            session.paid = true;
        }
    }

    /// A payment that was processing will never arrive. The session stays complete and unpaid.
    pub fn payment_bounces(&mut self, id: &str) {
        let Some(session) = self.session_of_processing(id) else { return };
        let Some(payment) = self.payments.get_mut(id) else { return };
        payment.status = PaymentStatus::RequiresPaymentMethod;
        payment.last_error = Some(BOUNCED);
        payment.method = None;
        if let Some(charge) = payment.attempts.last().and_then(|id| self.charges.get_mut(id)) {
            charge.state = ChargeState::Failed(BOUNCED);
        }
        let origin = Origin::default();
        self.emit_charge("charge.failed", id, &origin);
        self.emit_payment("payment_intent.payment_failed", id, &origin);
        if let Some(session) = session {
            self.emit_session("checkout.session.async_payment_failed", &session, &origin);
        }
    }

    /// None unless it is processing; then its session, if it has one.
    fn session_of_processing(&self, id: &str) -> Option<Option<String>> {
        let payment = self.payments.get(id)?;
        (payment.status == PaymentStatus::Processing).then(|| payment.session.clone())
    }
}

impl Payment {
    pub fn new(now: i64, amount: i64, currency: String, ask: PaymentAsk) -> Self {
        Self {
            id: token("pi_3", 23),
            owner: None,
            created: now,
            amount,
            currency,
            status: PaymentStatus::RequiresPaymentMethod,
            session: None,
            customer: None,
            ask,
            method: None,
            unattended: false,
            return_url: None,
            attempts: Vec::new(),
            last_error: None,
            course: Course::Plain,
            captured: 0,
            refunds: Vec::new(),
            refunded: 0,
            disputes: Vec::new(),
            canceled_at: None,
            cancellation_reason: None,
        }
    }
}
