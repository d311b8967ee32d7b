//! Balances: what every account owns, by currency, available or still pending, and the balance
//! transactions that make it so. The sum of an account's transactions is its balance.

use std::sync::Arc;

use serde_json::{Value, json};

use super::books::Books;
use super::expand::Expand;
use super::gate::Call;
use super::model::Movement;
use super::owner::Owner;
use super::refusal::Refusal;
use crate::agenda::Agenda;
use crate::ids::token;
use crate::shelf::Shelf;
use crate::sums::{Sums, tally};

#[derive(Debug, Default, Clone)]
pub struct Purse {
    pub available: Sums,
    pub pending: Sums,
}

#[derive(Debug)]
pub struct Purses {
    platform: Purse,
    /// Of connected accounts; the oldest are forgotten when there are too many.
    connected: Shelf<Purse>,
    /// Pending money by the time it becomes available.
    ripening: Agenda<(Owner, String, i64)>,
    unripe: usize,
    keep: usize,
}

impl Purses {
    pub fn new(keep: usize) -> Self {
        let (platform, connected, ripening) = (Purse::default(), Shelf::default(), Agenda::default());
        Self { platform, connected, ripening, unripe: 0, keep }
    }

    pub fn of(&self, owner: &Owner) -> Purse {
        match owner {
            None => self.platform.clone(),
            Some(account) => self.connected.get(account).cloned().unwrap_or_default(),
        }
    }

    pub fn available(&self, owner: &Owner, currency: &str) -> i64 {
        let purse = match owner {
            None => Some(&self.platform),
            Some(account) => self.connected.get(account),
        };
        purse.and_then(|purse| purse.available.get(currency)).copied().unwrap_or(0)
    }

    /// Makes available what has come due.
    pub fn ripen(&mut self, now_ms: i64) {
        while self.ripen_one(now_ms) {}
    }

    fn ripen_one(&mut self, now_ms: i64) -> bool {
        let Some((owner, currency, net)) = self.ripening.pop_due(now_ms) else { return false };
        self.unripe -= 1;
        let purse = self.open(&owner);
        tally(&mut purse.pending, &currency, -net);
        tally(&mut purse.available, &currency, net);
        true
    }

    fn add(&mut self, owner: &Owner, currency: &str, net: i64, due_ms: Option<i64>) {
        let purse = self.open(owner);
        match due_ms {
            None => tally(&mut purse.available, currency, net),
            Some(due_ms) => {
                tally(&mut purse.pending, currency, net);
                self.ripening.add(due_ms, (owner.clone(), currency.to_owned(), net));
                self.unripe += 1;
                // Rather early than without bound.
                if self.unripe > self.keep {
                    self.ripen_one(i64::MAX);
                }
            }
        }
    }

    fn open(&mut self, owner: &Owner) -> &mut Purse {
        let Some(account) = owner else { return &mut self.platform };
        if !self.connected.contains(account) {
            self.connected.insert(account, Purse::default());
            self.connected.trim(self.keep);
        }
        self.connected.get_mut(account).expect("a purse just put in is the last to be trimmed")
    }
}

/// Money in or out of an account.
#[derive(Debug)]
pub struct Entry<'a> {
    pub owner: &'a Owner,
    /// Its `type`.
    pub kind: &'static str,
    /// Its `reporting_category`.
    pub category: &'static str,
    pub source: &'a str,
    pub amount: i64,
    pub fee: i64,
    pub currency: &'a str,
    pub available_on: i64,
}

impl Books {
    /// Books an entry; the id of the balance transaction.
    pub fn book(&mut self, entry: &Entry<'_>) -> String {
        let id = token("txn_3", 23);
        let created = self.now();
        let later = entry.available_on > created;
        let due_ms = later.then(|| entry.available_on.saturating_mul(1000));
        self.purses.add(entry.owner, entry.currency, entry.amount - entry.fee, due_ms);
        let movement = Movement {
            id: id.clone(),
            owner: entry.owner.clone(),
            created,
            available_on: entry.available_on.max(created),
            amount: entry.amount,
            fee: entry.fee,
            currency: entry.currency.to_owned(),
            kind: entry.kind,
            category: entry.category,
            source: entry.source.to_owned(),
            payout: None,
        };
        self.movements.insert(&id, movement);
        self.movements.trim(self.terms.keep.saturating_mul(2));
        id
    }

    /// Money from outside, as from the platform's own bank account.
    pub fn top_up(&mut self, account: Option<&str>, amount: i64, currency: &str) -> String {
        let owner: Owner = account.map(Arc::from);
        let source = token("tu_1", 23);
        let available_on = self.now();
        let entry = Entry {
            owner: &owner,
            kind: "topup",
            category: "topup",
            source: &source,
            amount,
            fee: 0,
            currency,
            available_on,
        };
        self.book(&entry)
    }
}

/// `GET /v1/balance`.
pub fn balance(books: &mut Books, call: &mut Call) -> Result<Value, Refusal> {
    let expand = Expand::read(&mut call.params, "balance")?;
    call.params.finish()?;
    let purse = books.purses.of(&call.owner);
    let show = |sums: &Sums| -> Vec<Value> {
        let amounts = sums.iter();
        amounts
            .map(|(currency, amount)| {
                json!({"amount": amount, "currency": currency, "source_types": {"card": amount}})
            })
            .collect()
    };
    let answer = json!({
        "object": "balance",
        "available": show(&purse.available),
        "livemode": false,
        "pending": show(&purse.pending),
    });
    Ok(expand.apply(books, answer))
}
