//! Everything this pretend Stripe knows, as one value behind the desk's lock. The other files of
//! the folder add verbs to it; here are what they share: the agenda, totals, what has come due.

use std::collections::VecDeque;

use super::dispute::{Accusation, Dispute};
use super::keys::Keys;
use super::model::{Charge, Event, Movement, Payment, Refund, Session};
use super::payouts::Payout;
use super::purse::Purses;
use super::transfer::Transfer;
use super::warnings::Warning;
use crate::agenda::Agenda;
use crate::config::Config;
use crate::desk::Ledger;
use crate::shelf::Shelf;
use crate::sums::Sums;
use crate::webhooks::Parcel;

/// What is to happen when it settles.
#[derive(Debug)]
pub enum Settlement {
    Refund(String),
    PaymentArrives(String),
    PaymentBounces(String),
    /// A payment is going to be disputed.
    Dispute(String, Accusation),
    /// A payment is going to be warned of.
    Warning(String),
    /// The bank decides over a dispute.
    Ruling(String),
    Payout(String),
}

/// The request that caused an event; nothing for what customers and banks do.
#[derive(Debug, Clone, Default)]
pub struct Origin {
    pub request_id: Option<String>,
    pub key: Option<String>,
}

/// Sums that survive the forgetting of old payments; of all accounts.
#[derive(Debug, Default, Clone)]
pub struct Totals {
    pub sessions: u64,
    pub charged: u64,
    pub refunds: u64,
    pub disputes: u64,
    pub captured: Sums,
    /// Refunds that have not failed.
    pub refunded: Sums,
    /// What disputes hold or have taken, without fees.
    pub disputed: Sums,
    /// Transfers less their reversals.
    pub transferred: Sums,
}

/// The settings that decide what happens.
#[derive(Debug)]
pub struct Terms {
    pub settle_ms: i64,
    pub pending_s: i64,
    pub dispute_fee: i64,
    pub evidence_due_s: i64,
    /// The connected accounts there are; none is any.
    pub accounts: Vec<String>,
    pub keep: usize,
}

#[derive(Debug)]
pub struct Books {
    pub sessions: Shelf<Session>,
    pub payments: Shelf<Payment>,
    pub charges: Shelf<Charge>,
    pub refunds: Shelf<Refund>,
    pub disputes: Shelf<Dispute>,
    pub warnings: Shelf<Warning>,
    pub transfers: Shelf<Transfer>,
    pub payouts: Shelf<Payout>,
    pub events: Shelf<Event>,
    pub movements: Shelf<Movement>,
    pub purses: Purses,
    pub keys: Keys,
    pub expiries: Agenda<String>,
    pub settlements: Agenda<Settlement>,
    /// Disputes by the end of their time for evidence, which `settle_all` does not hurry.
    pub deadlines: Agenda<String>,
    pub outbox: Vec<Parcel>,
    pub totals: Totals,
    pub terms: Terms,
    pub public_url: String,
    /// When the books were last opened.
    pub now_ms: i64,
    /// What may be forgotten, oldest first: sessions that are over, PaymentIntents without one.
    pub finished: VecDeque<String>,
}

impl Ledger for Books {
    const GATEWAY: &'static str = super::NAME;

    fn run_due(&mut self, now_ms: i64) {
        self.now_ms = now_ms;
        self.purses.ripen(now_ms);
        while let Some(session) = self.expiries.pop_due(now_ms) {
            self.run_out(&session, &Origin::default());
        }
        while let Some(settlement) = self.settlements.pop_due(now_ms) {
            self.settle(&settlement);
        }
        while let Some(dispute) = self.deadlines.pop_due(now_ms) {
            self.evidence_is_past_due(&dispute);
        }
    }

    fn next_due_ms(&self) -> Option<i64> {
        let dues =
            [self.expiries.next_due_ms(), self.settlements.next_due_ms(), self.deadlines.next_due_ms()];
        dues.into_iter().flatten().min()
    }

    fn settle_all(&mut self, _now_ms: i64) {
        while let Some(settlement) = self.settlements.pop_due(i64::MAX) {
            self.settle(&settlement);
        }
    }

    fn event(&self, id: &str) -> Option<Parcel> {
        let event = self.events.get(id)?;
        Some(Parcel { event_id: event.id.clone(), kind: event.kind, body: event.body.clone() })
    }

    fn take_outbox(&mut self) -> Vec<Parcel> {
        std::mem::take(&mut self.outbox)
    }
}

impl Books {
    pub fn new(config: &Config, public_url: &str) -> Self {
        let (keep, stripe) = (config.keep, &config.stripe);
        Self {
            sessions: Shelf::default(),
            payments: Shelf::default(),
            charges: Shelf::default(),
            refunds: Shelf::default(),
            disputes: Shelf::default(),
            warnings: Shelf::default(),
            transfers: Shelf::default(),
            payouts: Shelf::default(),
            events: Shelf::default(),
            movements: Shelf::default(),
            purses: Purses::new(keep),
            keys: Keys::new(keep),
            expiries: Agenda::default(),
            settlements: Agenda::default(),
            deadlines: Agenda::default(),
            outbox: Vec::new(),
            totals: Totals::default(),
            terms: Terms {
                settle_ms: config.settle_ms(),
                pending_s: stripe.pending_s,
                dispute_fee: stripe.dispute_fee,
                evidence_due_s: stripe.evidence_due_s,
                accounts: stripe.accounts.clone(),
                keep,
            },
            public_url: public_url.to_owned(),
            now_ms: 0,
            finished: VecDeque::new(),
        }
    }

    /// Seconds since the epoch, Stripe's unit.
    pub fn now(&self) -> i64 {
        self.now_ms.div_euclid(1000)
    }

    /// Puts a settlement on the agenda.
    pub fn settle_later(&mut self, settlement: Settlement) {
        self.settlements.add(self.now_ms + self.terms.settle_ms, settlement);
    }

    pub fn settle(&mut self, settlement: &Settlement) {
        match settlement {
            Settlement::Refund(id) => self.settle_refund(id),
            Settlement::PaymentArrives(id) => self.payment_arrives(id),
            Settlement::PaymentBounces(id) => self.payment_bounces(id),
            Settlement::Dispute(payment, accusation) => {
                self.accuse(payment, *accusation, None);
            }
            Settlement::Warning(payment) => {
                self.warn(payment);
            }
            Settlement::Ruling(dispute) => self.rule(dispute),
            Settlement::Payout(id) => self.payout_moves_on(id),
        }
    }
}
