//! Room for a bounded number of requests at once: what doesn't fit is told so at once.
//!
//! Those who wait on purpose (long polls, streams) cost little while they wait, so they have a larger room of their
//! own, and long polls more time. A stream goes on after its handler has answered, so its handler takes the place.
//! Health checks and metrics always get in: an overloaded process is not a dead one.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, SemaphorePermit};

use crate::orders_hub::LONGEST_WAIT;

/// Requests worked on at once.
const WORKING: usize = 4_096;
/// Requests and streams that wait for something to change.
const WAITING: usize = 32_768;

/// Routes whose handlers wait if the caller asks for it.
const WAITING_ROUTES: &[&str] = &["/api/orders/{id}"];

/// Routes of those who watch over the process.
const WATCHING_ROUTES: &[&str] = &["/health/live", "/health/ready", "/metrics"];

/// Counts the requests that are inside.
#[derive(Debug)]
pub(crate) struct Gate {
    working: Semaphore,
    waiting: Arc<Semaphore>,
}

/// What a request may do once it is in.
#[derive(Debug)]
pub(super) struct Admission<'a> {
    pub(super) time_limit: Duration,
    _room: Option<SemaphorePermit<'a>>,
}

impl Default for Gate {
    fn default() -> Self {
        Self { working: Semaphore::new(WORKING), waiting: Arc::new(Semaphore::new(WAITING)) }
    }
}

impl Gate {
    /// Lets a request in, or nothing if there is no room for it.
    pub(super) fn admit(&self, route: &str, time_limit: Duration) -> Option<Admission<'_>> {
        if WATCHING_ROUTES.contains(&route) {
            return Some(Admission { time_limit, _room: None });
        }
        let waits = WAITING_ROUTES.contains(&route);
        let room = if waits { self.waiting.as_ref() } else { &self.working };
        let time_limit = if waits { time_limit + LONGEST_WAIT } else { time_limit };
        let permit = room.try_acquire().ok()?;
        Some(Admission { time_limit, _room: Some(permit) })
    }

    /// A place among those who wait, to be held until the stream has ended; nothing if there is none left.
    pub(crate) fn place_to_wait(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.waiting).try_acquire_owned().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn gate(working: usize, waiting: usize) -> Gate {
        Gate { working: Semaphore::new(working), waiting: Arc::new(Semaphore::new(waiting)) }
    }

    #[test]
    fn a_full_house_refuses_work_but_not_its_watchers() {
        let gate = gate(1, 1);
        let inside = gate.admit("/api/cart", SECOND);
        assert!(inside.is_some());
        assert!(gate.admit("/api/cart", SECOND).is_none());
        assert!(gate.admit("/health/live", SECOND).is_some());
        drop(inside);
        assert!(gate.admit("/api/cart", SECOND).is_some());
    }

    #[test]
    fn those_who_wait_have_time_and_room_of_their_own() {
        let gate = gate(0, 1);
        let admission = gate.admit("/api/orders/{id}", SECOND);
        assert_eq!(admission.map(|admission| admission.time_limit), Some(SECOND + LONGEST_WAIT));
        let stream = gate.place_to_wait();
        assert!(stream.is_some() && gate.place_to_wait().is_none());
        assert!(gate.admit("/api/orders/{id}", SECOND).is_none());
    }
}
