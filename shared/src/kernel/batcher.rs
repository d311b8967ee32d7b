//! Greedy batches: many callers, one statement.
//!
//! Callers submit an item and await its answer. A lane takes all waiting items (up to a limit) and handles them as one
//! batch; while it works, the next batch gathers. No item waits for a timer, so at low load a batch is one item and
//! costs nothing extra. If a batch fails, its items are tried one by one, so that a bad item fails alone. The exception
//! is an error that says no item was at fault, for example that the database is away. The queue is bounded: when it is
//! full, the caller gets an error at once.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures::FutureExt;
use tokio::sync::{Mutex, mpsc, oneshot};

use super::db::BatchFailure;
use super::error::{Fault, Kind};

/// Handles a batch.
pub trait Batch: Send + 'static {
    type Item: Send + Sync + 'static;
    type Answer: Send + 'static;
    type Error: Clone + Send + std::fmt::Display + 'static;

    /// Answers every item, in order, or fails as a whole without any effect.
    fn run(
        &mut self,
        items: &[Self::Item],
    ) -> impl Future<Output = Result<Vec<Self::Answer>, Self::Error>> + Send;

    /// Whether an error does not depend on the items: tried one by one, each would fail in the same way, and later.
    fn hits_all_alike(error: &Self::Error) -> bool;
}

/// Why a submitted item has no answer.
#[derive(Debug, thiserror::Error)]
pub enum SubmitError<E> {
    /// Too many items are waiting.
    #[error("the queue is full")]
    Full,
    /// The batch failed, and then this item alone.
    #[error("{0}")]
    Failed(E),
    /// The process is stopping, or the lane broke; whether the item took effect is unknown.
    #[error("the batch was abandoned")]
    GivenUp,
}

impl Fault for SubmitError<BatchFailure> {
    fn kind(&self) -> Kind {
        match self {
            Self::Full | Self::Failed(BatchFailure::Away) => Kind::Busy,
            Self::Failed(BatchFailure::Broken(_)) | Self::GivenUp => Kind::Broken,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Full => "busy",
            Self::Failed(BatchFailure::Away) => "unavailable",
            Self::Failed(BatchFailure::Broken(_)) | Self::GivenUp => "internal",
        }
    }
}

struct Entry<B: Batch> {
    item: B::Item,
    answer: oneshot::Sender<Result<B::Answer, B::Error>>,
}

/// The handle by which items are submitted. Cheap to clone.
pub struct Batcher<B: Batch> {
    entrance: mpsc::Sender<Entry<B>>,
}

impl<B: Batch> Clone for Batcher<B> {
    fn clone(&self) -> Self {
        Self { entrance: self.entrance.clone() }
    }
}

impl<B: Batch> std::fmt::Debug for Batcher<B> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Batcher").field("free", &self.entrance.capacity()).finish()
    }
}

impl<B: Batch> Batcher<B> {
    /// Starts one task per lane. At most `largest` items make a batch, at most `waiting` items wait.
    ///
    /// The lanes end when the last clone of the batcher is dropped.
    pub fn start(lanes: impl IntoIterator<Item = B>, largest: usize, waiting: usize) -> Self {
        let (entrance, exit) = mpsc::channel(waiting);
        let exit = Arc::new(Mutex::new(exit));
        for lane in lanes {
            tokio::spawn(work(lane, Arc::clone(&exit), largest));
        }
        Self { entrance }
    }

    /// Submits an item and awaits its answer.
    pub async fn submit(&self, item: B::Item) -> Result<B::Answer, SubmitError<B::Error>> {
        let (answer, receiver) = oneshot::channel();
        self.entrance.try_send(Entry { item, answer }).map_err(|refused| match refused {
            mpsc::error::TrySendError::Full(_) => SubmitError::Full,
            mpsc::error::TrySendError::Closed(_) => SubmitError::GivenUp,
        })?;
        match receiver.await {
            Ok(answer) => answer.map_err(SubmitError::Failed),
            Err(_) => Err(SubmitError::GivenUp),
        }
    }
}

async fn work<B: Batch>(mut lane: B, exit: Arc<Mutex<mpsc::Receiver<Entry<B>>>>, largest: usize) {
    let mut entries = Vec::with_capacity(largest);
    loop {
        // Held only while waiting: as soon as this lane has its batch, another gathers the next.
        if exit.lock().await.recv_many(&mut entries, largest).await == 0 {
            return;
        }
        // A panic drops the answers, which their callers see as an error; the lane itself goes on.
        if AssertUnwindSafe(handle(&mut lane, entries.drain(..))).catch_unwind().await.is_err() {
            tracing::error!("a batch panicked");
        }
        entries.clear();
    }
}

/// Runs one batch and answers every caller.
async fn handle<B: Batch>(lane: &mut B, entries: impl Iterator<Item = Entry<B>>) {
    let (items, answers): (Vec<_>, Vec<_>) = entries.map(|entry| (entry.item, entry.answer)).unzip();
    match lane.run(&items).await {
        Ok(results) => {
            debug_assert_eq!(results.len(), items.len(), "a batch answers each of its items");
            for (answer, result) in answers.into_iter().zip(results) {
                let _ = answer.send(Ok(result)); // the caller may have gone away
            }
        }
        Err(error) if items.len() == 1 => {
            let alone = answers.into_iter().next().expect("one answer per item");
            let _ = alone.send(Err(error));
        }
        Err(error) if B::hits_all_alike(&error) => {
            for answer in answers {
                let _ = answer.send(Err(error.clone()));
            }
        }
        Err(error) => {
            tracing::warn!(%error, items = items.len(), "a batch failed, trying its items one by one");
            for (item, answer) in items.into_iter().zip(answers) {
                let alone = lane.run(&[item]).await;
                let _ = answer.send(alone.map(|mut results| results.remove(0)));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AWAY: i32 = i32::MAX;

    /// Doubles numbers; refuses any batch with a negative one, and fails as if the database were away for any with
    /// [`AWAY`].
    struct Double {
        sizes: Arc<std::sync::Mutex<Vec<usize>>>,
        entered: Arc<tokio::sync::Notify>,
        gate: Arc<tokio::sync::Semaphore>,
    }

    impl Default for Double {
        fn default() -> Self {
            Self {
                sizes: Arc::default(),
                entered: Arc::default(),
                gate: Arc::new(tokio::sync::Semaphore::new(100)),
            }
        }
    }

    impl Batch for Double {
        type Item = i32;
        type Answer = i32;
        type Error = String;

        async fn run(&mut self, items: &[i32]) -> Result<Vec<i32>, String> {
            self.entered.notify_one();
            self.gate.acquire().await.expect("never closed").forget();
            self.sizes.lock().expect("not poisoned").push(items.len());
            if items.contains(&AWAY) {
                return Err("away".into());
            }
            if items.iter().any(|n| *n < 0) {
                return Err("negative".into());
            }
            Ok(items.iter().map(|n| n * 2).collect())
        }

        fn hits_all_alike(error: &String) -> bool {
            error == "away"
        }
    }

    #[tokio::test]
    async fn what_arrives_while_a_batch_runs_becomes_the_next_batch() {
        let gate = Arc::new(tokio::sync::Semaphore::new(0));
        let lane = Double { gate: Arc::clone(&gate), ..Double::default() };
        let sizes = Arc::clone(&lane.sizes);
        let batcher = Batcher::start([lane], 8, 64);
        let submit = |n| {
            let batcher = batcher.clone();
            tokio::spawn(async move { batcher.submit(n).await })
        };
        let callers: Vec<_> = (0..8).map(submit).collect();
        gate.add_permits(100);
        for (n, caller) in (0..8).zip(callers) {
            assert_eq!(caller.await.expect("no panic").expect("answered"), n * 2);
        }
        assert_eq!(sizes.lock().expect("not poisoned").iter().sum::<usize>(), 8);
    }

    #[tokio::test]
    async fn a_bad_item_fails_alone_and_a_full_queue_says_so() {
        let batcher = Batcher::start([Double::default()], 8, 64);
        let (good, bad) = tokio::join!(batcher.submit(1), batcher.submit(-1));
        assert_eq!(good.expect("answered"), 2);
        assert!(matches!(bad, Err(SubmitError::Failed(_))));

        // A queue of one whose lane is busy: the second item waits, the third is refused.
        let gate = Arc::new(tokio::sync::Semaphore::new(0));
        let lane = Double { gate: Arc::clone(&gate), ..Double::default() };
        let entered = Arc::clone(&lane.entered);
        let batcher = Batcher::start([lane], 1, 1);
        let submit = |n| {
            let batcher = batcher.clone();
            tokio::spawn(async move { batcher.submit(n).await })
        };
        let first = submit(1);
        entered.notified().await;
        let second = submit(2);
        while batcher.entrance.capacity() > 0 {
            tokio::task::yield_now().await;
        }
        assert!(matches!(batcher.submit(3).await, Err(SubmitError::Full)));
        gate.add_permits(2);
        assert!(first.await.is_ok_and(|answer| answer.is_ok()));
        assert!(second.await.is_ok_and(|answer| answer.is_ok()));
    }

    #[tokio::test]
    async fn what_hits_all_alike_is_told_to_all_at_once() {
        let gate = Arc::new(tokio::sync::Semaphore::new(0));
        let lane = Double { gate: Arc::clone(&gate), ..Double::default() };
        let (sizes, entered) = (Arc::clone(&lane.sizes), Arc::clone(&lane.entered));
        let batcher = Batcher::start([lane], 8, 64);
        let submit = |n| {
            let batcher = batcher.clone();
            tokio::spawn(async move { batcher.submit(n).await })
        };
        // While the first is held, the others gather into one batch.
        let first = submit(1);
        entered.notified().await;
        let others = [submit(2), submit(AWAY), submit(3)];
        while batcher.entrance.capacity() > 61 {
            tokio::task::yield_now().await;
        }
        gate.add_permits(100);
        assert!(first.await.is_ok_and(|answer| answer.is_ok()));
        for other in others {
            assert!(matches!(other.await, Ok(Err(SubmitError::Failed(_)))));
        }
        assert_eq!(*sizes.lock().expect("not poisoned"), [1, 3], "nothing was tried again");
    }

    /// Panics at zero.
    struct Fragile;

    impl Batch for Fragile {
        type Item = i32;
        type Answer = i32;
        type Error = String;

        async fn run(&mut self, items: &[i32]) -> Result<Vec<i32>, String> {
            Ok(items.iter().map(|n| 100 / n).collect())
        }

        fn hits_all_alike(_: &String) -> bool {
            false
        }
    }

    #[tokio::test]
    async fn a_panic_is_told_to_its_callers_and_the_lane_goes_on() {
        let batcher = Batcher::start([Fragile], 1, 8);
        assert!(matches!(batcher.submit(0).await, Err(SubmitError::GivenUp)));
        assert_eq!(batcher.submit(5).await.ok(), Some(20));
    }
}
