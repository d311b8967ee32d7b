//! A gateway's books behind one lock, which is never held across an await, and the courier for what
//! happens while they are open. Every gateway has one desk; what is in the books is its own affair.

use std::sync::{Arc, Mutex, MutexGuard};

use crate::faults::Fault;
use crate::webhooks::{Courier, Parcel};
use crate::world::World;

/// What a desk must know of the books on it.
pub trait Ledger {
    /// The gateway's name in fault rules and in the control API.
    const GATEWAY: &'static str;

    /// Does what has come due.
    fn run_due(&mut self, now_ms: i64);

    fn next_due_ms(&self) -> Option<i64>;

    /// Settles all money under way without waiting for its time; deadlines stay.
    fn settle_all(&mut self, now_ms: i64);

    /// A remembered event as it is delivered.
    fn event(&self, id: &str) -> Option<Parcel>;

    /// The events since this was last called.
    fn take_outbox(&mut self) -> Vec<Parcel>;
}

#[derive(Debug)]
pub struct Desk<B> {
    books: Mutex<B>,
    pub courier: Arc<Courier>,
}

impl<B: Ledger> Desk<B> {
    pub fn new(books: B, courier: Arc<Courier>) -> Self {
        Self { books: Mutex::new(books), courier }
    }

    /// Opens the books: first what has come due, then `work`. Afterwards the events of both go out,
    /// with `asked` if the request that caused them wished for a webhook fault.
    pub fn open<R>(&self, world: &World, asked: Option<Fault>, work: impl FnOnce(&mut B, i64) -> R) -> R {
        let (result, due_ms) = self.work(world, asked, work);
        world.wake_by(due_ms);
        result
    }

    /// Does what has come due; when the next thing will.
    pub fn run_due(&self, world: &World) -> Option<i64> {
        self.work(world, None, |_, _| ()).1
    }

    /// Settles all money under way without waiting for its time.
    pub fn settle_all(&self, world: &World) {
        self.open(world, None, |books, now_ms| books.settle_all(now_ms));
    }

    /// Delivers an event once more. False if there is no such event or nowhere to deliver it.
    pub fn resend(&self, event_id: &str) -> bool {
        let found = self.lock().event(event_id);
        found.is_some_and(|parcel| self.courier.resend(parcel))
    }

    /// A look that makes nothing happen.
    pub fn lock(&self) -> MutexGuard<'_, B> {
        self.books.lock().expect("nothing panics while it holds the books")
    }

    fn work<R>(
        &self,
        world: &World,
        asked: Option<Fault>,
        work: impl FnOnce(&mut B, i64) -> R,
    ) -> (R, Option<i64>) {
        let (result, outbox, due_ms) = {
            let mut books = self.lock();
            // Read under the lock: what arrives later must not carry an earlier time, for lists count on it.
            let now_ms = world.clock.now_ms();
            books.run_due(now_ms);
            let result = work(&mut books, now_ms);
            (result, books.take_outbox(), books.next_due_ms())
        };
        for parcel in outbox {
            let fault = world.faults.for_event(B::GATEWAY, parcel.kind, asked);
            self.courier.post(parcel, fault);
        }
        (result, due_ms)
    }
}
