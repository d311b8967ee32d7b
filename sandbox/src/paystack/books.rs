//! Everything this pretend Paystack knows, as one value behind the desk's lock. The other files of the
//! folder add verbs to it; here are what they share: events, the agenda, balances, totals, forgetting.

use std::collections::{HashMap, VecDeque};

use axum::body::Bytes;
use serde_json::{Value, json};

use super::disputes::Dispute;
use super::model::{Authorization, Customer, Event, Refund, RefundStatus, Transaction};
use super::odd::Odd;
use super::payee::{Recipient, Transfer};
use super::settings::PaystackConfig;
use crate::agenda::Agenda;
use crate::desk::Ledger;
use crate::ids::token;
use crate::shelf::Shelf;
use crate::sums::Sums;
use crate::webhooks::Parcel;

/// The merchant's number, the same in everything.
pub const INTEGRATION: i64 = 463_433;
/// The first of the ids that count milliseconds from here: unlike a plain count, a restarted sandbox
/// does not hand out ids that the caller's database already knows.
const FIRST_ID_MS: i64 = 1_700_000_000_000;

/// What is decided later.
#[derive(Debug)]
pub enum Settlement {
    Arrives(String),
    Bounces(String),
    Refund(String),
    Transfer(String),
    Dispute(String),
}

/// A line of the balance's ledger.
#[derive(Debug)]
pub struct Movement {
    pub id: i64,
    pub created_ms: i64,
    pub currency: String,
    pub difference: i64,
    pub balance: i64,
    pub model: &'static str,
    pub row: i64,
    pub reason: String,
}

/// Sums that survive the forgetting of old transactions.
#[derive(Debug, Default, Clone)]
pub struct Totals {
    pub initialized: u64,
    pub charged: u64,
    pub refunds: u64,
    pub transfers: u64,
    pub captured: Sums,
    /// Refunds that have not failed.
    pub refunded: Sums,
    /// Transfers that have not failed and were not reversed.
    pub paid_out: Sums,
}

#[derive(Debug)]
pub struct Books {
    /// By reference.
    pub transactions: Shelf<Transaction>,
    /// Id, or access code, → reference.
    pub names: HashMap<String, String>,
    pub customers: Shelf<Customer>,
    pub authorizations: Shelf<Authorization>,
    pub refunds: Shelf<Refund>,
    pub recipients: Shelf<Recipient>,
    /// What a recipient pays into → its code.
    pub accounts: Shelf<String>,
    pub transfers: Shelf<Transfer>,
    /// A transfer's reference → its code.
    pub transfer_codes: Shelf<String>,
    pub disputes: Shelf<Dispute>,
    pub movements: Shelf<Movement>,
    pub balances: Sums,
    pub events: Shelf<Event>,
    pub settlements: Agenda<Settlement>,
    /// Disputes that are lost when nobody answers.
    pub deadlines: Agenda<String>,
    outbox: Vec<Parcel>,
    pub totals: Totals,
    pub odd: Odd,
    pub settings: PaystackConfig,
    pub public_url: String,
    pub settle_ms: i64,
    /// When the books were last opened.
    pub now_ms: i64,
    last_id: i64,
    known: VecDeque<String>,
    pub keep: usize,
}

impl Ledger for Books {
    const GATEWAY: &'static str = super::NAME;

    fn run_due(&mut self, now_ms: i64) {
        self.now_ms = now_ms;
        while let Some(settlement) = self.settlements.pop_due(now_ms) {
            self.settle(&settlement);
        }
        while let Some(dispute) = self.deadlines.pop_due(now_ms) {
            self.dispute_overdue(&dispute);
        }
    }

    fn next_due_ms(&self) -> Option<i64> {
        let dues = [self.settlements.next_due_ms(), self.deadlines.next_due_ms()];
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
    pub fn new(settings: PaystackConfig, public_url: &str, settle_ms: i64, keep: usize) -> Self {
        let opening = settings.currencies.iter();
        let balances = opening.map(|currency| (currency.clone(), settings.opening_balance)).collect();
        Self {
            transactions: Shelf::default(),
            names: HashMap::new(),
            customers: Shelf::default(),
            authorizations: Shelf::default(),
            refunds: Shelf::default(),
            recipients: Shelf::default(),
            accounts: Shelf::default(),
            transfers: Shelf::default(),
            transfer_codes: Shelf::default(),
            disputes: Shelf::default(),
            movements: Shelf::default(),
            balances,
            events: Shelf::default(),
            settlements: Agenda::default(),
            deadlines: Agenda::default(),
            outbox: Vec::new(),
            totals: Totals::default(),
            odd: Odd::new(settings.odd_rate, settings.seed),
            settings,
            public_url: public_url.to_owned(),
            settle_ms,
            now_ms: 0,
            last_id: 0,
            known: VecDeque::new(),
            keep,
        }
    }

    /// Ids go up, and are too long for 32 bits.
    pub fn next_id(&mut self) -> i64 {
        self.last_id = (self.now_ms - FIRST_ID_MS).max(self.last_id + 1);
        self.last_id
    }

    /// Agrees on what is to be decided after one `part` of the time that money takes.
    pub fn later(&mut self, part: i64, settlement: Settlement) {
        self.settlements.add(self.now_ms.saturating_add(self.settle_ms / part), settlement);
    }

    pub fn settle(&mut self, settlement: &Settlement) {
        match settlement {
            Settlement::Arrives(reference) => self.money_arrives(reference),
            Settlement::Bounces(reference) => self.money_bounces(reference),
            Settlement::Refund(id) => self.refund_moves(id),
            Settlement::Transfer(code) => self.transfer_moves(code),
            Settlement::Dispute(id) => self.bank_decides(id),
        }
    }

    /// Paystack's events have no id; this one is for the sandbox's own lists.
    pub fn emit(&mut self, kind: &'static str, about: &str, mut data: Value) {
        self.odd.twist(&mut data);
        let id = token("event_", 20);
        let body = Bytes::from(json!({"event": kind, "data": data}).to_string());
        self.outbox.push(Parcel { event_id: id.clone(), kind, body: body.clone() });
        let event = Event { id: id.clone(), created_ms: self.now_ms, kind, about: about.to_owned(), body };
        self.events.insert(&id, event);
        self.events.trim(self.keep);
    }

    /// Moves the balance.
    pub fn book(&mut self, currency: &str, difference: i64, model: (&'static str, i64), reason: &str) {
        let balance = self.balances.entry(currency.to_owned()).or_default();
        *balance = balance.saturating_add(difference);
        let movement = Movement {
            balance: *balance,
            id: self.next_id(),
            created_ms: self.now_ms,
            currency: currency.to_owned(),
            difference,
            model: model.0,
            row: model.1,
            reason: reason.to_owned(),
        };
        self.movements.insert(&movement.id.to_string(), movement);
        self.movements.trim(self.keep);
    }

    /// The transaction with this reference, id or access code.
    pub fn reference_of(&self, name: &str) -> Option<String> {
        if self.transactions.contains(name) {
            return Some(name.to_owned());
        }
        self.names.get(name).cloned()
    }

    pub fn customer(&mut self, email: &str) -> Customer {
        if let Some(known) = self.customers.get(email) {
            return known.clone();
        }
        let code = lower("CUS_", 15);
        let customer = Customer { id: self.next_id(), code, email: email.to_owned() };
        self.customers.insert(email, customer.clone());
        self.customers.trim(self.keep);
        customer
    }

    /// Puts a transaction in the books, and forgets the oldest ones when there are too many.
    pub fn take_on(&mut self, transaction: Transaction) {
        let reference = transaction.reference.clone();
        self.names.insert(transaction.id.to_string(), reference.clone());
        if let Some(code) = &transaction.access_code {
            self.names.insert(code.clone(), reference.clone());
        }
        self.totals.initialized += 1;
        self.transactions.insert(&reference, transaction);
        self.known.push_back(reference);
        if self.known.len() <= self.keep {
            return;
        }
        if let Some(oldest) = self.known.pop_front() {
            if self.is_in_motion(&oldest) {
                self.known.push_back(oldest);
            } else {
                self.forget(&oldest);
            }
        }
    }

    fn is_in_motion(&self, reference: &str) -> bool {
        let Some(transaction) = self.transactions.get(reference) else { return false };
        let mut refunds = transaction.refunds.iter().filter_map(|id| self.refunds.get(id));
        transaction.status.is_under_way()
            || refunds.any(|refund| matches!(refund.status, RefundStatus::Pending | RefundStatus::Processing))
    }

    fn forget(&mut self, reference: &str) {
        let Some(transaction) = self.transactions.remove(reference) else { return };
        self.names.remove(&transaction.id.to_string());
        if let Some(code) = &transaction.access_code {
            self.names.remove(code);
        }
        for refund in &transaction.refunds {
            self.refunds.remove(refund);
        }
    }
}

/// An id in lower case, as most of Paystack's are.
pub fn lower(prefix: &str, len: usize) -> String {
    format!("{prefix}{}", token("", len).to_ascii_lowercase())
}
