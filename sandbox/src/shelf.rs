//! A keyed collection that remembers the order of arrival. Gateways list newest first and page by
//! id, so a lookup, a page and dropping the oldest must all be cheap at any size.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;
use std::sync::Arc;

#[derive(Debug)]
pub struct Shelf<T> {
    by_arrival: BTreeMap<u64, (Arc<str>, T)>,
    arrival: HashMap<Arc<str>, u64>,
    next: u64,
}

impl<T> Default for Shelf<T> {
    fn default() -> Self {
        Self { by_arrival: BTreeMap::new(), arrival: HashMap::new(), next: 0 }
    }
}

impl<T> Shelf<T> {
    /// Ids are random and long: one is never inserted twice.
    pub fn insert(&mut self, id: &str, item: T) {
        let id: Arc<str> = Arc::from(id);
        let at = self.next;
        self.next += 1;
        self.arrival.insert(Arc::clone(&id), at);
        self.by_arrival.insert(at, (id, item));
    }

    pub fn get(&self, id: &str) -> Option<&T> {
        let at = self.arrival.get(id)?;
        self.by_arrival.get(at).map(|(_, item)| item)
    }

    pub fn get_mut(&mut self, id: &str) -> Option<&mut T> {
        let at = self.arrival.get(id)?;
        self.by_arrival.get_mut(at).map(|(_, item)| item)
    }

    pub fn contains(&self, id: &str) -> bool {
        self.arrival.contains_key(id)
    }

    pub fn remove(&mut self, id: &str) -> Option<T> {
        let at = self.arrival.remove(id)?;
        self.by_arrival.remove(&at).map(|(_, item)| item)
    }

    /// Drops the oldest items until at most `keep` are left.
    pub fn trim(&mut self, keep: usize) {
        while self.by_arrival.len() > keep {
            if let Some((_, (id, _))) = self.by_arrival.pop_first() {
                self.arrival.remove(&id);
            }
        }
    }

    /// Everything in order of arrival; `.rev()` for newest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&str, &T)> {
        self.between(Bound::Unbounded, Bound::Unbounded)
    }

    /// What arrived before `id`, in order of arrival. An unknown id has nothing before it.
    pub fn before(&self, id: &str) -> impl DoubleEndedIterator<Item = (&str, &T)> {
        let end = self.arrival.get(id).copied().unwrap_or(0);
        self.between(Bound::Unbounded, Bound::Excluded(end))
    }

    /// What arrived after `id`, in order of arrival. An unknown id has nothing after it.
    pub fn after(&self, id: &str) -> impl DoubleEndedIterator<Item = (&str, &T)> {
        let start = self.arrival.get(id).copied().unwrap_or(u64::MAX);
        self.between(Bound::Excluded(start), Bound::Unbounded)
    }

    fn between(&self, from: Bound<u64>, to: Bound<u64>) -> impl DoubleEndedIterator<Item = (&str, &T)> {
        self.by_arrival.range((from, to)).map(|(_, (id, item))| (id.as_ref(), item))
    }
}

#[cfg(test)]
mod tests {
    use super::Shelf;

    #[test]
    fn pages_both_ways_and_forgets_the_oldest() {
        let mut shelf = Shelf::default();
        for id in ["a", "b", "c", "d"] {
            shelf.insert(id, id);
        }
        assert_eq!(shelf.before("c").rev().map(|(id, _)| id).collect::<Vec<_>>(), ["b", "a"]);
        assert_eq!(shelf.after("b").map(|(id, _)| id).collect::<Vec<_>>(), ["c", "d"]);
        assert_eq!(shelf.remove("b"), Some("b"));
        shelf.trim(2);
        assert_eq!(shelf.iter().map(|(id, _)| id).collect::<Vec<_>>(), ["c", "d"]);
        assert!(!shelf.contains("a"));
    }
}
