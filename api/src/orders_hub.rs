//! Wakes requests that wait for an order to change: long polls and event streams, ten thousand of them and more.
//!
//! One task listens for wake-ups. A waiter registers under its order and leaves when it is dropped, so the map holds
//! exactly the orders that are being watched. Wake-ups may get lost, because Redis is away or too many come at once.
//! Then all waiters are woken, or each looks by itself after a while. Waiters of the same order share one read of it:
//! [`Watch::look`]. The caller decides how an order is read.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use shared::kernel::Bell;
use shared::kernel::ids::OrderId;
use shared::orders::Glance;
use tokio::sync::Notify;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// Longest wait for a change that a request may ask for.
pub const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// Number of locks over which the map is divided; a power of two.
const SHARDS: usize = 64;

/// A waiter that has not been woken for this long looks by itself: the wake-up may have got lost.
const LOOK_ANYWAY: Duration = Duration::from_secs(5);

/// How long one watcher's read serves the others. Shorter than [`LOOK_ANYWAY`], so that a lone watcher really reads.
const FRESH: Duration = Duration::from_secs(4);

/// The registry of waiters. Cheap to clone.
#[derive(Clone, Debug)]
pub struct OrdersHub(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    shards: [Mutex<HashMap<OrderId, Watched>>; SHARDS],
    stopping: CancellationToken,
}

/// An order that is being watched.
#[derive(Debug)]
struct Watched {
    signal: Arc<Signal>,
    watchers: usize,
}

#[derive(Debug, Default)]
struct Signal {
    /// Counts the changes, so that one between reading and waiting is not missed.
    changes: AtomicU64,
    notify: Notify,
    /// The last read. Locked while one waiter reads and the others wait for its result.
    last: tokio::sync::Mutex<Option<Look>>,
}

/// A watcher's read of the order, with its time.
#[derive(Clone, Debug)]
struct Look {
    glance: Glance,
    /// The count of changes before it was read.
    changes: u64,
    at: Instant,
}

impl Signal {
    fn give(&self) {
        self.changes.fetch_add(1, Ordering::Release);
        self.notify.notify_waiters();
    }
}

impl OrdersHub {
    /// Starts the task that listens; it ends when the process stops or wake-ups end.
    #[must_use]
    pub fn start(bell: &Bell, stopping: CancellationToken) -> Self {
        let shards = std::array::from_fn(|_| Mutex::default());
        let hub = Self(Arc::new(Shared { shards, stopping: stopping.clone() }));
        tokio::spawn(listen(bell.changed_orders(), hub.clone(), stopping));
        hub
    }

    /// Begins to watch an order. Call it *before* reading the order, so that a change in between is not missed.
    #[must_use]
    pub fn watch(&self, order: OrderId) -> Watch {
        let mut shard = self.shard(order);
        let watched = shard.entry(order).or_insert_with(|| Watched { signal: Arc::default(), watchers: 0 });
        watched.watchers += 1;
        let signal = Arc::clone(&watched.signal);
        drop(shard);
        let seen = signal.changes.load(Ordering::Acquire);
        Watch { hub: self.clone(), order, signal, seen }
    }

    fn shard(&self, order: OrderId) -> MutexGuard<'_, HashMap<OrderId, Watched>> {
        // The last bytes of a uuid v7 are random.
        let index = usize::from(order.0.as_bytes()[15]) % SHARDS;
        self.0.shards[index].lock().expect("no holder of a shard panics")
    }

    fn changed(&self, order: OrderId) {
        if let Some(watched) = self.shard(order).get(&order) {
            watched.signal.give();
        }
    }

    fn everything_changed(&self) {
        for shard in &self.0.shards {
            let shard = shard.lock().expect("no holder of a shard panics");
            shard.values().for_each(|watched| watched.signal.give());
        }
    }

    #[cfg(test)]
    fn orders_watched(&self) -> usize {
        self.0.shards.iter().map(|shard| shard.lock().unwrap().len()).sum()
    }
}

async fn listen(mut changed: Receiver<OrderId>, hub: OrdersHub, stopping: CancellationToken) {
    loop {
        let received = tokio::select! {
            received = changed.recv() => received,
            () = stopping.cancelled() => return,
        };
        match received {
            Ok(order) => hub.changed(order),
            Err(RecvError::Lagged(_)) => hub.everything_changed(),
            Err(RecvError::Closed) => return,
        }
    }
}

/// One waiter for one order. It leaves when dropped.
#[derive(Debug)]
pub struct Watch {
    hub: OrdersHub,
    order: OrderId,
    signal: Arc<Signal>,
    seen: u64,
}

impl Watch {
    /// Waits until it is worth reading the order again, then returns true. Returns false when the deadline has passed
    /// or the process is stopping: the caller then answers with what it has.
    pub async fn changed(&mut self, deadline: Instant) -> bool {
        let stopping = &self.hub.0.stopping;
        let notified = self.signal.notify.notified();
        tokio::pin!(notified);
        // From here on a signal arrives, even before the first poll.
        notified.as_mut().enable();
        let changes = self.signal.changes.load(Ordering::Acquire);
        if changes != self.seen {
            self.seen = changes;
            return true;
        }
        let look_anyway = Instant::now() + LOOK_ANYWAY;
        tokio::select! {
            () = notified => {
                self.seen = self.signal.changes.load(Ordering::Acquire);
                true
            }
            () = tokio::time::sleep_until(deadline.min(look_anyway)) => Instant::now() < deadline,
            () = stopping.cancelled() => false,
        }
    }
}

impl Watch {
    /// The current order: one watcher reads it for all, unless it was read a moment ago and has not changed since.
    pub async fn look<E>(&mut self, read: impl AsyncFnOnce() -> Result<Glance, E>) -> Result<Glance, E> {
        let mut last = self.signal.last.lock().await;
        let changes = self.signal.changes.load(Ordering::Acquire);
        if let Some(look) = last.as_ref().filter(|look| look.changes == changes && look.at.elapsed() < FRESH)
        {
            return Ok(look.glance.clone());
        }
        let at = Instant::now();
        let glance = read().await?;
        *last = Some(Look { glance: glance.clone(), changes, at });
        Ok(glance)
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let mut shard = self.hub.shard(self.order);
        if let Some(watched) = shard.get_mut(&self.order) {
            watched.watchers -= 1;
            if watched.watchers == 0 {
                shard.remove(&self.order);
            }
        }
    }
}

#[cfg(test)]
mod tests;
