//! What is to happen later: sessions that run out, refunds that settle. Ordered by due time, so
//! that looking whether anything is due costs next to nothing.

use std::collections::BTreeMap;

/// Where an entry stands, to strike it off again.
#[derive(Debug, Clone, Copy)]
pub struct Slot(i64, u64);

#[derive(Debug)]
pub struct Agenda<T> {
    entries: BTreeMap<(i64, u64), T>,
    next: u64,
}

impl<T> Default for Agenda<T> {
    fn default() -> Self {
        Self { entries: BTreeMap::new(), next: 0 }
    }
}

impl<T> Agenda<T> {
    pub fn add(&mut self, due_ms: i64, item: T) -> Slot {
        let slot = Slot(due_ms, self.next);
        self.next += 1;
        self.entries.insert((slot.0, slot.1), item);
        slot
    }

    pub fn strike(&mut self, slot: Slot) {
        self.entries.remove(&(slot.0, slot.1));
    }

    pub fn pop_due(&mut self, now_ms: i64) -> Option<T> {
        let entry = self.entries.first_entry()?;
        if entry.key().0 <= now_ms { Some(entry.remove()) } else { None }
    }

    pub fn next_due_ms(&self) -> Option<i64> {
        self.entries.first_key_value().map(|((due, _), _)| *due)
    }
}
