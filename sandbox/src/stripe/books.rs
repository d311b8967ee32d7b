//! Everything this pretend Stripe knows, as one value behind the desk's lock. The other files of
//! the folder add verbs to it; here are what they share: events, the agenda, totals, forgetting.

use std::collections::{BTreeMap, HashMap, VecDeque};

use axum::body::Bytes;
use serde_json::{Value, json};

use super::keys::Keys;
use super::model::{Event, Movement, Payment, PaymentStatus, Refund, RefundStatus, Session, SessionStatus};
use super::render;
use crate::agenda::Agenda;
use crate::desk::Ledger;
use crate::ids::token;
use crate::shelf::Shelf;
use crate::webhooks::Parcel;

pub const API_VERSION: &str = "2026-10-28.endive";

/// Money that has not yet arrived where it goes.
#[derive(Debug)]
pub enum Settlement {
    Refund(String),
    PaymentArrives(String),
    PaymentBounces(String),
}

/// The request that caused an event; nothing for what customers and banks do.
#[derive(Debug, Clone, Default)]
pub struct Origin {
    pub request_id: Option<String>,
    pub key: Option<String>,
}

/// Sums that survive the forgetting of old payments.
#[derive(Debug, Default, Clone)]
pub struct Totals {
    pub sessions: u64,
    pub charged: u64,
    pub refunds: u64,
    pub captured: BTreeMap<String, i64>,
    /// Refunds that have not failed.
    pub refunded: BTreeMap<String, i64>,
}

#[derive(Debug)]
pub struct Books {
    pub sessions: Shelf<Session>,
    pub payments: Shelf<Payment>,
    pub refunds: Shelf<Refund>,
    pub events: Shelf<Event>,
    pub movements: Shelf<Movement>,
    /// Charge id → PaymentIntent id.
    pub charges: HashMap<String, String>,
    pub keys: Keys,
    pub expiries: Agenda<String>,
    pub settlements: Agenda<Settlement>,
    outbox: Vec<Parcel>,
    pub totals: Totals,
    pub public_url: String,
    pub settle_ms: i64,
    /// When the books were last opened.
    pub now_ms: i64,
    finished: VecDeque<String>,
    keep: usize,
}

impl Ledger for Books {
    const GATEWAY: &'static str = super::NAME;

    fn run_due(&mut self, now_ms: i64) {
        self.now_ms = now_ms;
        while let Some(session) = self.expiries.pop_due(now_ms) {
            self.run_out(now_ms.div_euclid(1000), &session, &Origin::default());
        }
        while let Some(settlement) = self.settlements.pop_due(now_ms) {
            self.settle(now_ms.div_euclid(1000), &settlement);
        }
    }

    fn next_due_ms(&self) -> Option<i64> {
        let dues = [self.expiries.next_due_ms(), self.settlements.next_due_ms()];
        dues.into_iter().flatten().min()
    }

    fn take_outbox(&mut self) -> Vec<Parcel> {
        std::mem::take(&mut self.outbox)
    }
}

impl Books {
    pub fn new(public_url: &str, settle_ms: i64, keep: usize) -> Self {
        Self {
            sessions: Shelf::default(),
            payments: Shelf::default(),
            refunds: Shelf::default(),
            events: Shelf::default(),
            movements: Shelf::default(),
            charges: HashMap::new(),
            keys: Keys::new(keep),
            expiries: Agenda::default(),
            settlements: Agenda::default(),
            outbox: Vec::new(),
            totals: Totals::default(),
            public_url: public_url.to_owned(),
            settle_ms,
            now_ms: 0,
            finished: VecDeque::new(),
            keep,
        }
    }

    pub fn emit(&mut self, now: i64, kind: &'static str, object: Value, origin: &Origin) {
        let id = token("evt_1", 23);
        let about = object["id"].as_str().unwrap_or_default().to_owned();
        let envelope = json!({
            "id": id,
            "object": "event",
            "api_version": API_VERSION,
            "created": now,
            "data": {"object": object},
            "livemode": false,
            "pending_webhooks": 1,
            "request": {"id": origin.request_id, "idempotency_key": origin.key},
            "type": kind,
        });
        let body = Bytes::from(envelope.to_string());
        self.outbox.push(Parcel { event_id: id.clone(), kind, body: body.clone() });
        self.events.insert(&id, Event { id: id.clone(), created: now, kind, object: about, body });
        self.events.trim(self.keep);
    }

    pub fn emit_session(&mut self, now: i64, kind: &'static str, id: &str, origin: &Origin) {
        if let Some(session) = self.sessions.get(id) {
            let object = render::session(session, &self.public_url);
            self.emit(now, kind, object, origin);
        }
    }

    pub fn emit_payment(&mut self, now: i64, kind: &'static str, id: &str, origin: &Origin) {
        if let Some(payment) = self.payments.get(id) {
            let object = render::payment(payment);
            self.emit(now, kind, object, origin);
        }
    }

    pub fn emit_charge(&mut self, now: i64, kind: &'static str, payment: &str, origin: &Origin) {
        let payment = self.payments.get(payment);
        if let Some((payment, charge)) = payment.and_then(|found| Some((found, found.charge.as_ref()?))) {
            let object = render::charge(payment, charge);
            self.emit(now, kind, object, origin);
        }
    }

    pub fn emit_refund(&mut self, now: i64, kind: &'static str, id: &str, origin: &Origin) {
        if let Some(refund) = self.refunds.get(id) {
            let object = render::refund(refund);
            self.emit(now, kind, object, origin);
        }
    }

    /// Books money in or out of the account; the id of the balance transaction.
    pub fn book(
        &mut self,
        now: i64,
        kind: &'static str,
        source: &str,
        amount: i64,
        currency: &str,
    ) -> String {
        let id = token("txn_3", 23);
        let fee = if kind == "charge" { (amount * 29 / 1000 + 30).min(amount) } else { 0 };
        let (currency, source) = (currency.to_owned(), source.to_owned());
        self.movements
            .insert(&id, Movement { id: id.clone(), created: now, amount, fee, currency, kind, source });
        self.movements.trim(self.keep * 2);
        id
    }

    pub fn settle(&mut self, now: i64, settlement: &Settlement) {
        match settlement {
            Settlement::Refund(id) => self.settle_refund(now, id),
            Settlement::PaymentArrives(id) => self.payment_arrives(now, id),
            Settlement::PaymentBounces(id) => self.payment_bounces(now, id),
        }
    }

    /// Ends an open session, by time or by request.
    pub fn run_out(&mut self, now: i64, id: &str, origin: &Origin) {
        let Some(session) = self.sessions.get_mut(id) else { return };
        if session.status != SessionStatus::Open {
            return;
        }
        session.status = SessionStatus::Expired;
        if let Some(slot) = session.expiry.take() {
            self.expiries.strike(slot);
        }
        self.emit_session(now, "checkout.session.expired", id, origin);
        self.finish(id);
    }

    /// Notes that a session is over, and forgets the oldest ones when there are too many.
    pub fn finish(&mut self, id: &str) {
        self.finished.push_back(id.to_owned());
        if self.finished.len() <= self.keep {
            return;
        }
        if let Some(oldest) = self.finished.pop_front() {
            if self.is_in_motion(&oldest) {
                self.finished.push_back(oldest);
            } else {
                self.forget(&oldest);
            }
        }
    }

    fn is_in_motion(&self, session: &str) -> bool {
        let payment = self.sessions.get(session).and_then(|session| session.payment.as_deref());
        let Some(payment) = payment.and_then(|id| self.payments.get(id)) else { return false };
        let mut refunds = payment.refunds.iter().filter_map(|id| self.refunds.get(id));
        payment.status == PaymentStatus::Processing
            || refunds.any(|refund| refund.status == RefundStatus::Pending)
    }

    fn forget(&mut self, session: &str) {
        let payment = self.sessions.remove(session).and_then(|session| session.payment);
        let Some(payment) = payment.and_then(|id| self.payments.remove(&id)) else { return };
        for refund in &payment.refunds {
            self.refunds.remove(refund);
        }
        if let Some(charge) = payment.charge {
            self.charges.remove(&charge.id);
        }
    }
}
