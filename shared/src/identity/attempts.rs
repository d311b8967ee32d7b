//! Slows down the guessing of passwords: growing delays after failed attempts, applied before any hashing.
//!
//! There are two counts per account, whether the account exists or not. Attempts from *one client* are delayed after
//! ten failures in a row. Attempts from *all clients together* are delayed after a hundred, against guessing from many
//! addresses; a client that has signed in to the account before is exempt from that. So an attacker slows down itself,
//! and never locks out the owner.
//!
//! The counts are in the memory of the process, bounded, and lost when it ends: each API process counts separately.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use chrono::TimeDelta;

use super::Error;
use crate::kernel::{Client, Timestamp};

/// Consecutive failures without a delay, and the longest delay: of one client at an account, and of all clients at it.
const PER_CLIENT: Limit = Limit { free: 10, longest: Duration::from_secs(300) };
const PER_ACCOUNT: Limit = Limit { free: 100, longest: Duration::from_secs(30) };
/// An account's failures are forgotten after this long without an attempt.
const FORGOTTEN_AFTER: TimeDelta = TimeDelta::minutes(15);
/// Most entries of one generation of each table, some dozen bytes each.
const MOST: usize = 50_000;

#[derive(Clone, Copy, Debug)]
struct Limit {
    free: u32,
    longest: Duration,
}

/// The counts of a process. Cheap to clone; clones share them.
#[derive(Clone, Debug, Default)]
pub struct AttemptLimiter(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    /// Keys are hashes with a secret of the process: they are equal in length, and no client can choose colliding ones.
    hasher: RandomState,
    tables: Mutex<Tables>,
}

#[derive(Debug, Default)]
struct Tables {
    per_client: Recent<Failures>,
    per_account: Recent<Failures>,
    /// Clients that have signed in to an account.
    known: Recent<()>,
}

/// An attempt that counts as failed until its result is known.
#[derive(Debug)]
#[must_use]
pub struct OpenAttempt {
    limiter: AttemptLimiter,
    account: u64,
    pair: u64,
}

#[derive(Clone, Copy, Debug)]
struct Failures {
    count: u32,
    last: Timestamp,
}

impl AttemptLimiter {
    /// Begins an attempt of a client at an account, by the address as typed. [`Error::TooManyAttempts`] while a delay
    /// lasts.
    ///
    /// It counts as a failure at once, so that concurrent attempts do not slip through.
    pub fn begin(&self, email: &str, client: Client, now: Timestamp) -> Result<OpenAttempt, Error> {
        let (account, pair) = self.keys(email, client);
        let mut tables = self.tables();
        let of_client = tables.per_client.get(pair).and_then(|failures| failures.delay(PER_CLIENT, now));
        let of_account =
            tables.per_account.get(account).and_then(|failures| failures.delay(PER_ACCOUNT, now));
        let of_account = if tables.known.get(pair).is_some() { None } else { of_account };
        if let Some(retry_after) = of_client.max(of_account) {
            return Err(Error::TooManyAttempts { retry_after });
        }
        tables.per_client.count(pair, now);
        tables.per_account.count(account, now);
        drop(tables);
        Ok(OpenAttempt { limiter: self.clone(), account, pair })
    }

    /// The client has proved otherwise, for example by a refresh token, that it belongs to the account.
    pub fn recognise(&self, email: &str, client: Client) {
        let (_, pair) = self.keys(email, client);
        self.tables().known.put(pair, ());
    }

    fn keys(&self, email: &str, client: Client) -> (u64, u64) {
        let account = self.0.hasher.hash_one(email.trim().to_ascii_lowercase());
        (account, self.0.hasher.hash_one((account, client)))
    }

    fn tables(&self) -> MutexGuard<'_, Tables> {
        self.0.tables.lock().expect("no holder of the counts panics")
    }
}

impl OpenAttempt {
    /// The password was right: the client is known from now on, and its failures are forgotten.
    pub fn succeeded(self) {
        let mut tables = self.limiter.tables();
        tables.per_client.remove(self.pair);
        tables.per_account.take_back(self.account);
        tables.known.put(self.pair, ());
    }

    /// The password was not checked: the attempt does not count.
    pub fn withdrawn(self) {
        let mut tables = self.limiter.tables();
        tables.per_client.take_back(self.pair);
        tables.per_account.take_back(self.account);
    }
}

impl Failures {
    /// How long the next attempt has to wait: a second after the first failure beyond the free ones, doubled by each
    /// further one.
    fn delay(&self, limit: Limit, now: Timestamp) -> Option<Duration> {
        let over = self.count.checked_sub(limit.free)?;
        let delay = Duration::from_secs(1 << over.min(16)).min(limit.longest);
        let left = (self.last + delay - now).to_std().ok()?;
        (!left.is_zero()).then_some(left)
    }
}

/// A map that, when full, forgets entries that were not used for long: two generations, of which the older is dropped.
#[derive(Debug)]
struct Recent<V> {
    young: HashMap<u64, V>,
    old: HashMap<u64, V>,
}

impl<V> Default for Recent<V> {
    fn default() -> Self {
        Self { young: HashMap::new(), old: HashMap::new() }
    }
}

impl<V> Recent<V> {
    fn get(&self, key: u64) -> Option<&V> {
        self.young.get(&key).or_else(|| self.old.get(&key))
    }

    fn put(&mut self, key: u64, value: V) {
        if self.young.len() >= MOST {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(key, value);
    }

    fn remove(&mut self, key: u64) -> Option<V> {
        let old = self.old.remove(&key);
        self.young.remove(&key).or(old)
    }
}

impl Recent<Failures> {
    fn count(&mut self, key: u64, now: Timestamp) {
        let before = self.remove(key).filter(|failures| now - failures.last < FORGOTTEN_AFTER);
        let count = before.map_or(0, |failures| failures.count).saturating_add(1);
        self.put(key, Failures { count, last: now });
    }

    fn take_back(&mut self, key: u64) {
        if let Some(mut failures) = self.remove(key) {
            failures.count = failures.count.saturating_sub(1);
            self.put(key, failures);
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    const MINA: &str = "mina@example.com";

    fn at(seconds: i64) -> Timestamp {
        DateTime::from_timestamp(1_800_000_000 + seconds, 0).expect("in range")
    }

    fn client(number: u32) -> Client {
        Client::of(std::net::Ipv4Addr::from_bits(number).into())
    }

    fn delay(limiter: &AttemptLimiter, email: &str, from: u32, now: Timestamp) -> u64 {
        match limiter.begin(email, client(from), now) {
            Err(Error::TooManyAttempts { retry_after }) => retry_after.as_secs(),
            Err(error) => panic!("{error}"),
            Ok(_fails) => 0,
        }
    }

    #[test]
    fn the_delay_grows_with_each_failure_and_ends() {
        let limiter = AttemptLimiter::default();
        for _ in 0..10 {
            assert_eq!(delay(&limiter, MINA, 1, at(0)), 0);
        }
        assert_eq!(delay(&limiter, MINA, 1, at(0)), 1);
        assert_eq!(delay(&limiter, MINA, 1, at(1)), 0, "after its delay an attempt is let through");
        assert_eq!(delay(&limiter, " MINA@example.com ", 1, at(1)), 2, "however the address is written");
        let mut now = 3;
        for _ in 0..20 {
            now += 300;
            assert_eq!(delay(&limiter, MINA, 1, at(now)), 0, "no delay is longer than five minutes");
        }
        assert_eq!(delay(&limiter, MINA, 1, at(now + 15 * 60)), 0);
        assert_eq!(delay(&limiter, MINA, 1, at(now + 15 * 60)), 0, "a quarter of an hour forgets all");
    }

    #[test]
    fn a_stranger_delays_itself_and_not_the_owner() {
        let limiter = AttemptLimiter::default();
        while delay(&limiter, MINA, 1, at(0)) == 0 {}
        assert_eq!(delay(&limiter, MINA, 2, at(0)), 0);
        assert_eq!(delay(&limiter, "rima@example.com", 1, at(0)), 0);
    }

    #[test]
    fn many_strangers_delay_new_clients_and_not_a_known_one() {
        let limiter = AttemptLimiter::default();
        limiter.begin(MINA, client(1), at(0)).expect("the first").succeeded();
        limiter.recognise(MINA, client(2));
        for stranger in 0..100 {
            assert_eq!(delay(&limiter, MINA, 1000 + stranger, at(0)), 0);
        }
        assert!(delay(&limiter, MINA, 5000, at(0)) > 0);
        for known in [1, 2] {
            limiter.begin(MINA, client(known), at(0)).expect("a known client").succeeded();
        }
    }

    #[test]
    fn what_was_not_looked_at_and_what_succeeded_does_not_count() {
        let limiter = AttemptLimiter::default();
        for turn in 0..200 {
            let attempt = limiter.begin(MINA, client(1), at(0)).expect("no delay");
            if turn % 2 == 0 { attempt.withdrawn() } else { attempt.succeeded() }
        }
    }

    #[test]
    fn the_counts_are_bounded() {
        let limiter = AttemptLimiter::default();
        for number in 0..250_000 {
            let _ = limiter.begin(&format!("{number}@example.com"), client(1), at(0));
        }
        let tables = limiter.tables();
        assert!(tables.per_client.young.len() + tables.per_client.old.len() <= 2 * MOST);
    }
}
