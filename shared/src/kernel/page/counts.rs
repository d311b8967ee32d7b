//! Counts of frequently read lists, cached for a second: a list is then counted once a second, however many pages are
//! read.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::Total;

/// How long a count is cached.
const LIFE: Duration = Duration::from_secs(1);
/// Most lists that are cached. Filters are the callers' own words, so their number is unbounded.
const LARGEST: usize = 1_000;

/// Recent counts, by the filter of the list.
#[derive(Debug)]
pub struct Counts<F>(Mutex<HashMap<F, (Total, Instant)>>);

impl<F> Default for Counts<F> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<F: Clone + Eq + Hash> Counts<F> {
    /// The count, if it is less than a second old. Of several callers that come when it has become old, one gets
    /// `None`, to count again, and the others get the old count meanwhile.
    pub fn get(&self, filter: &F) -> Option<Total> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (total, counted_at) = known.get_mut(filter)?;
        if counted_at.elapsed() < LIFE {
            return Some(*total);
        }
        *counted_at = Instant::now();
        None
    }

    /// Stores a count.
    pub fn set(&self, filter: &F, total: Total) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= LARGEST && !known.contains_key(filter) {
            known.clear();
        }
        known.insert(filter.clone(), (total, Instant::now()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_is_shown_for_a_second_and_then_counted_again_by_one() {
        let counts = Counts::default();
        assert_eq!(counts.get(&"mugs"), None);
        counts.set(&"mugs", Total::of(3));
        assert_eq!(counts.get(&"mugs"), Some(Total::of(3)));
        let long_ago = Instant::now().checked_sub(LIFE).unwrap();
        counts.0.lock().unwrap().insert("mugs", (Total::of(3), long_ago));
        assert_eq!(counts.get(&"mugs"), None);
        assert_eq!(counts.get(&"mugs"), Some(Total::of(3)));
    }

    #[test]
    fn filters_that_callers_invent_are_not_kept_for_ever() {
        let counts = Counts::default();
        for filter in 0..=LARGEST {
            counts.set(&filter, Total::NONE);
        }
        assert_eq!(counts.get(&0), None);
        assert_eq!(counts.get(&LARGEST), Some(Total::NONE));
    }
}
