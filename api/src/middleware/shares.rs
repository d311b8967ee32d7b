//! Limits how much of a bounded resource each client or user may take.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard};

/// Counts what each key holds; no key may hold more than `most`. Cheap to clone. A key that holds nothing takes no
/// memory.
#[derive(Debug)]
pub(crate) struct Shares<K>(Arc<Counts<K>>);

#[derive(Debug)]
struct Counts<K> {
    most: usize,
    held: Mutex<HashMap<K, usize>>,
}

/// One place of a key's share; released when dropped.
#[derive(Debug)]
pub(crate) struct Share<K: Eq + Hash> {
    shares: Shares<K>,
    key: K,
}

impl<K> Clone for Shares<K> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<K: Eq + Hash + Copy> Shares<K> {
    pub(crate) fn of(most: usize) -> Self {
        Self(Arc::new(Counts { most, held: Mutex::default() }))
    }

    /// A place of this key's share, or `None` if the share is used up.
    pub(crate) fn take(&self, key: K) -> Option<Share<K>> {
        let mut held = self.held();
        let count = held.entry(key).or_default();
        if *count >= self.0.most {
            return None;
        }
        *count += 1;
        drop(held);
        Some(Share { shares: self.clone(), key })
    }
}

impl<K: Eq + Hash> Shares<K> {
    fn held(&self) -> MutexGuard<'_, HashMap<K, usize>> {
        self.0.held.lock().expect("no holder of the counts panics")
    }
}

impl<K: Eq + Hash> Drop for Share<K> {
    fn drop(&mut self) {
        let mut held = self.shares.held();
        match held.get_mut(&self.key) {
            Some(count) if *count > 1 => *count -= 1,
            Some(_) | None => drop(held.remove(&self.key)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_its_share_and_leaves_nothing_behind() {
        let shares = Shares::of(2);
        let held = (shares.take("mina"), shares.take("mina"));
        assert!(held.0.is_some() && held.1.is_some() && shares.take("mina").is_none());
        assert!(shares.take("rima").is_some(), "another key has a share of its own");
        drop(held.0);
        assert!(shares.take("mina").is_some());
        drop(held.1);
        assert!(shares.held().is_empty());
    }
}
