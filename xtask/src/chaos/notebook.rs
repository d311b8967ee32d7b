//! What the customers know by themselves: which checkouts they began, which were accepted, and what surprised them.
//! It is compared with the database afterwards; nothing in it comes from there.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What became of one Idempotency-Key.
#[derive(Clone, Debug)]
pub enum Fate {
    /// 202 with this order.
    Accepted(String),
    /// A clear refusal: no order may exist.
    Refused,
    /// No clear answer until patience ended. The worst case, because the result is unknown.
    Unknown,
}

#[derive(Debug, Default)]
pub struct Notebook {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    checkouts: BTreeMap<String, Fate>,
    deeds: BTreeMap<&'static str, u32>,
    surprises: Vec<String>,
}

impl Notebook {
    /// Notes the answer to a checkout. A key that names two orders is a surprise.
    pub fn checkout(&self, key: &str, fate: Fate) {
        let mut inner = self.lock();
        if let (Some(Fate::Accepted(before)), Fate::Accepted(now)) = (inner.checkouts.get(key), &fate)
            && before != now
        {
            let surprise = format!("key {key} was answered with order {before}, then with {now}");
            inner.surprises.push(surprise);
            return;
        }
        inner.checkouts.insert(key.to_owned(), fate);
    }

    /// Counts an operation, for the reader of the report.
    pub fn did(&self, deed: &'static str) {
        *self.lock().deeds.entry(deed).or_default() += 1;
    }

    pub fn surprise(&self, what: String) {
        self.lock().surprises.push(what);
    }

    pub fn accepted(&self) -> usize {
        self.lock().checkouts.values().filter(|fate| matches!(fate, Fate::Accepted(_))).count()
    }

    pub fn checkouts(&self) -> BTreeMap<String, Fate> {
        self.lock().checkouts.clone()
    }

    pub fn surprises(&self) -> Vec<String> {
        self.lock().surprises.clone()
    }

    /// "120 paid, 14 cancelled, …".
    pub fn summary(&self) -> String {
        let deeds: Vec<String> =
            self.lock().deeds.iter().map(|(deed, count)| format!("{count} {deed}")).collect();
        deeds.join(", ")
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
