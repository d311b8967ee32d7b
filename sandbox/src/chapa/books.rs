//! Everything this pretend Chapa knows, as one value behind the desk's lock. The other files of the
//! folder add verbs to it; here are what they share: the agenda, totals, the balance, forgetting.

use std::collections::{HashMap, VecDeque};

use super::amount::{CURRENCIES, Writer};
use super::callback::Callbacks;
use super::model::{Event, Payment, Refund, Status, Transfer};
use super::settings::ChapaConfig;
use crate::agenda::Agenda;
use crate::desk::Ledger;
use crate::shelf::Shelf;
use crate::sums::{Sums, tally};
use crate::webhooks::Parcel;

/// Old payments looked at when a new one arrives.
const LOOKS: usize = 16;

/// Money that has not yet arrived where it goes.
#[derive(Debug)]
pub enum Settlement {
    PaymentArrives(String),
    PaymentFails(String),
    RefundProcesses(String),
    RefundEnds(String),
    TransferEnds(String),
}

/// Sums that survive the forgetting of old payments, by currency.
#[derive(Debug, Default, Clone)]
pub struct Totals {
    pub initialized: u64,
    pub paid: u64,
    pub refunds: u64,
    pub transfers: u64,
    pub captured: Sums,
    /// Refunds that were not reversed.
    pub refunded: Sums,
    /// Transfers that neither failed nor were reverted.
    pub transferred: Sums,
    /// What the merchant has with Chapa.
    pub balance: Sums,
}

#[derive(Debug)]
pub struct Books {
    /// By our `tx_ref`, in order of arrival.
    pub payments: Shelf<Payment>,
    /// `AP…` → `tx_ref`.
    pub references: HashMap<String, String>,
    /// What the address of a payment page ends in → `tx_ref`.
    pub links: HashMap<String, String>,
    pub refunds: Shelf<Refund>,
    /// The caller's own references of refunds → `ref_id`.
    pub refund_references: Shelf<String>,
    /// By the caller's own reference.
    pub transfers: Shelf<Transfer>,
    pub last_batch_ms: Option<i64>,
    /// Those that wait to be asked about.
    pub unapproved: Vec<String>,
    pub subaccounts: Shelf<()>,
    pub events: Shelf<Event>,
    pub settlements: Agenda<Settlement>,
    pub outbox: Vec<Parcel>,
    pub callbacks: Callbacks,
    pub totals: Totals,
    pub writer: Writer,
    pub config: ChapaConfig,
    pub public_url: String,
    pub settle_ms: i64,
    arrivals: VecDeque<String>,
    pub keep: usize,
}

impl Ledger for Books {
    const GATEWAY: &'static str = super::NAME;

    fn run_due(&mut self, now_ms: i64) {
        while let Some(settlement) = self.settlements.pop_due(now_ms) {
            self.settle(now_ms, &settlement);
        }
    }

    fn next_due_ms(&self) -> Option<i64> {
        self.settlements.next_due_ms()
    }

    fn settle_all(&mut self, now_ms: i64) {
        while let Some(settlement) = self.settlements.pop_due(i64::MAX) {
            self.settle(now_ms, &settlement);
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
    pub fn new(
        config: ChapaConfig,
        callbacks: Callbacks,
        public_url: &str,
        settle_ms: i64,
        keep: usize,
    ) -> Self {
        let opening = CURRENCIES.map(|currency| (currency.to_owned(), config.balance));
        let totals = Totals { balance: Sums::from(opening), ..Totals::default() };
        Self {
            payments: Shelf::default(),
            references: HashMap::new(),
            links: HashMap::new(),
            refunds: Shelf::default(),
            refund_references: Shelf::default(),
            transfers: Shelf::default(),
            last_batch_ms: None,
            unapproved: Vec::new(),
            subaccounts: Shelf::default(),
            events: Shelf::default(),
            settlements: Agenda::default(),
            outbox: Vec::new(),
            callbacks,
            totals,
            writer: Writer::new(config.amounts, config.seed),
            config,
            public_url: public_url.to_owned(),
            settle_ms,
            arrivals: VecDeque::new(),
            keep,
        }
    }

    pub fn settle(&mut self, now_ms: i64, settlement: &Settlement) {
        match settlement {
            Settlement::PaymentArrives(tx_ref) => self.payment_arrives(now_ms, tx_ref),
            Settlement::PaymentFails(tx_ref) => self.payment_fails(now_ms, tx_ref),
            Settlement::RefundProcesses(ref_id) => self.refund_processes(now_ms, ref_id),
            Settlement::RefundEnds(ref_id) => self.refund_ends(now_ms, ref_id),
            Settlement::TransferEnds(reference) => self.transfer_ends(now_ms, reference),
        }
    }

    pub fn balance(&self, currency: &str) -> i64 {
        self.totals.balance.get(currency).copied().unwrap_or_default()
    }

    /// Books money in, or out when it is negative.
    pub fn book(&mut self, currency: &str, amount: i64) {
        tally(&mut self.totals.balance, currency, amount);
    }

    /// The `tx_ref` of whatever names a payment: itself, Chapa's reference, or its page.
    pub fn tx_ref_of(&self, id: &str) -> Option<String> {
        if self.payments.contains(id) {
            return Some(id.to_owned());
        }
        self.references.get(id).or_else(|| self.links.get(id)).cloned()
    }

    pub fn arrive(&mut self, payment: Payment) {
        let tx_ref = payment.tx_ref.clone();
        self.references.insert(payment.reference.clone(), tx_ref.clone());
        self.links.insert(payment.link.clone(), tx_ref.clone());
        self.arrivals.push_back(tx_ref.clone());
        self.payments.insert(&tx_ref, payment);
        self.totals.initialized += 1;
        self.forget_oldest();
    }

    /// A link that nobody ever paid is forgotten like any other; money under way is not. Few are looked
    /// at each time, for those that cannot go yet are looked at again; beyond twice `keep` all go.
    fn forget_oldest(&mut self) {
        for _ in 0..LOOKS {
            if self.arrivals.len() <= self.keep {
                return;
            }
            let Some(oldest) = self.arrivals.pop_front() else { return };
            if self.arrivals.len() < 2 * self.keep && self.is_in_motion(&oldest) {
                self.arrivals.push_back(oldest);
            } else {
                self.forget(&oldest);
            }
        }
    }

    fn is_in_motion(&self, tx_ref: &str) -> bool {
        let Some(payment) = self.payments.get(tx_ref) else { return false };
        let mut refunds = payment.refunds.iter().filter_map(|id| self.refunds.get(id));
        payment.status == Status::Pending || refunds.any(|refund| refund.status.is_under_way())
    }

    fn forget(&mut self, tx_ref: &str) {
        let Some(payment) = self.payments.remove(tx_ref) else { return };
        self.references.remove(&payment.reference);
        self.links.remove(&payment.link);
        for ref_id in &payment.refunds {
            let reference = self.refunds.remove(ref_id).and_then(|refund| refund.reference);
            if let Some(reference) = reference {
                self.refund_references.remove(&reference);
            }
        }
    }
}
