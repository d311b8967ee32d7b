//! Everything this pretend bKash knows, as one value behind the desk's lock. The other files of the
//! folder add verbs to it; here are what they share: the agenda, totals, forgetting.

use std::collections::{HashMap, VecDeque};

use super::duplicates::Duplicates;
use super::model::{Agreement, Payment, RefundStatus, Status};
use super::script::Script;
use super::settings::BkashConfig;
use super::tokens::Tokens;
use super::topic::{Message, Topic};
use crate::agenda::Agenda;
use crate::desk::Ledger;
use crate::ids::token;
use crate::shelf::Shelf;
use crate::webhooks::Parcel;

/// Sums that survive the forgetting of old payments; money in poisha.
#[derive(Debug, Default, Clone)]
pub struct Totals {
    pub created: u64,
    pub completed: u64,
    pub refunds: u64,
    pub captured: i64,
    /// Refunds that have not failed.
    pub refunded: i64,
}

#[derive(Debug)]
pub struct Books {
    pub config: BkashConfig,
    pub tokens: Tokens,
    pub payments: Shelf<Payment>,
    pub agreements: Shelf<Agreement>,
    /// The merchant's invoice number → the latest paymentID made for it.
    pub invoices: HashMap<String, String>,
    /// trxID of a payment or of a refund → the paymentID it belongs to.
    pub transactions: HashMap<String, String>,
    pub duplicates: Duplicates,
    pub script: Script,
    pub topic: Topic,
    pub messages: Shelf<Message>,
    pub outbox: Vec<Parcel>,
    pub expiries: Agenda<String>,
    /// trxIDs of pending refunds.
    pub settlements: Agenda<String>,
    pub totals: Totals,
    pub public_url: String,
    pub settle_ms: i64,
    finished: VecDeque<String>,
    pub keep: usize,
}

impl Ledger for Books {
    const GATEWAY: &'static str = super::NAME;

    fn run_due(&mut self, now_ms: i64) {
        while let Some(payment) = self.expiries.pop_due(now_ms) {
            self.run_out(&payment);
        }
        while let Some(refund) = self.settlements.pop_due(now_ms) {
            self.settle_refund(now_ms, &refund);
        }
    }

    fn next_due_ms(&self) -> Option<i64> {
        let dues = [self.expiries.next_due_ms(), self.settlements.next_due_ms()];
        dues.into_iter().flatten().min()
    }

    fn settle_all(&mut self, now_ms: i64) {
        while let Some(refund) = self.settlements.pop_due(i64::MAX) {
            self.settle_refund(now_ms, &refund);
        }
    }

    fn event(&self, id: &str) -> Option<Parcel> {
        self.messages.get(id).map(|message| self.parcel(message))
    }

    fn take_outbox(&mut self) -> Vec<Parcel> {
        std::mem::take(&mut self.outbox)
    }
}

impl Books {
    pub fn new(config: BkashConfig, public_url: &str, settle_ms: i64, keep: usize) -> Self {
        let sns_url = config.sns_url.clone().unwrap_or_else(|| format!("{public_url}/bkash/sns"));
        Self {
            topic: Topic::new(&sns_url, &config),
            config,
            tokens: Tokens::default(),
            payments: Shelf::default(),
            agreements: Shelf::default(),
            invoices: HashMap::new(),
            transactions: HashMap::new(),
            duplicates: Duplicates::default(),
            script: Script::default(),
            messages: Shelf::default(),
            outbox: Vec::new(),
            expiries: Agenda::default(),
            settlements: Agenda::default(),
            totals: Totals::default(),
            public_url: public_url.to_owned(),
            settle_ms,
            finished: VecDeque::new(),
            keep,
        }
    }

    /// By its own id, or the latest for a merchant's invoice number.
    pub fn find_id(&self, reference: &str) -> Option<String> {
        if self.payments.contains(reference) {
            return Some(reference.to_owned());
        }
        self.invoices.get(reference).cloned()
    }

    /// A new transaction's number: ten capitals and digits, as `6H7801QFYM`.
    pub fn new_trx(&mut self, payment: &str) -> String {
        let trx = token("", 10).to_ascii_uppercase();
        self.transactions.insert(trx.clone(), payment.to_owned());
        trx
    }

    /// The payer did not come, or the merchant did not execute, in time.
    fn run_out(&mut self, id: &str) {
        if let Some(payment) = self.payments.get_mut(id) {
            payment.expiry = None;
            self.close(id, Status::Expired);
        }
    }

    /// Ends a payment: its time no longer runs, and it may be forgotten.
    pub fn close(&mut self, id: &str, status: Status) {
        let Some(payment) = self.payments.get_mut(id) else { return };
        payment.status = status;
        if let Some(slot) = payment.expiry.take() {
            self.expiries.strike(slot);
        }
        self.finish(id);
    }

    /// Forgets the oldest of the finished payments when there are too many; one with a refund under
    /// way waits.
    fn finish(&mut self, id: &str) {
        self.finished.push_back(id.to_owned());
        if self.finished.len() <= self.keep {
            return;
        }
        let Some(oldest) = self.finished.pop_front() else { return };
        let refunds = self.payments.get(&oldest).map(|payment| payment.refunds.as_slice());
        if refunds.unwrap_or_default().iter().any(|refund| refund.status == RefundStatus::Pending) {
            self.finished.push_back(oldest);
        } else {
            self.forget(&oldest);
        }
    }

    fn forget(&mut self, id: &str) {
        let Some(payment) = self.payments.remove(id) else { return };
        if self.invoices.get(&payment.invoice).is_some_and(|latest| latest == id) {
            self.invoices.remove(&payment.invoice);
        }
        for trx in payment.refunds.iter().map(|refund| &refund.id).chain(&payment.trx) {
            self.transactions.remove(trx);
        }
    }
}
