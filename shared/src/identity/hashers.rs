//! The threads that hash passwords, each with one block of memory that it keeps, and the queue before them.
//!
//! A hash needs 19 MiB. If many threads allocated and freed it per hash, that memory would stay in the allocator's
//! arenas: hundreds of megabytes after some sign-ins. Here there is one block per hasher, for the life of the process.
//!
//! The queue is bounded, and each client has a share of it; clients take turns. A client that floods the sign-in waits
//! for itself, and others are served between its requests.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;

use argon2::{Block, password_hash};
use tokio::sync::oneshot;

use super::Error;
use crate::kernel::Client;

/// The memory of one hasher, kept from hash to hash.
#[derive(Default)]
pub(super) struct Memory(Vec<Block>);

impl Memory {
    /// This many blocks of 1 KiB. The next hash overwrites the contents.
    pub(super) fn blocks(&mut self, count: usize) -> &mut [Block] {
        if self.0.len() < count {
            self.0.resize(count, Block::new());
        }
        &mut self.0[..count]
    }
}

type Job = Box<dyn FnOnce(&mut Memory) + Send>;

/// The hashers of a process. Cheap to clone; the threads end with the last clone.
#[derive(Clone)]
pub(super) struct Hashers(Arc<Handle>);

/// Closes the queue when no more jobs can be added.
struct Handle(Arc<Queue>);

struct Queue {
    lines: Mutex<Lines>,
    filled: Condvar,
    /// Most waiting jobs in all, and of one client.
    most: usize,
    share: usize,
}

/// One queue of waiting jobs per client.
#[derive(Default)]
struct Lines {
    waiting: usize,
    jobs: HashMap<Client, VecDeque<Job>>,
    /// Clients with waiting jobs, in the order of their turns.
    turns: VecDeque<Client>,
    closed: bool,
}

impl Hashers {
    /// Starts `count` threads. At most `waiting` jobs wait for them, at most a quarter of these from one client.
    pub(super) fn start(count: usize, waiting: usize) -> Self {
        let queue = Queue {
            lines: Mutex::default(),
            filled: Condvar::new(),
            most: waiting,
            share: waiting.div_ceil(4).max(1),
        };
        let queue = Arc::new(queue);
        for _ in 0..count {
            let queue = Arc::clone(&queue);
            thread::spawn(move || queue.work());
        }
        Self(Arc::new(Handle(queue)))
    }

    /// Runs a job when its turn comes. Returns [`Error::PasswordQueueFull`] at once if there is no room. A job whose
    /// caller has gone is not run.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        client: Client,
        job: impl FnOnce(&mut Memory) -> T + Send + 'static,
    ) -> Result<T, Error> {
        let (reply, answer) = oneshot::channel();
        let job = Box::new(move |memory: &mut Memory| {
            if !reply.is_closed() {
                let _ = reply.send(job(memory)); // the caller may have gone while the job ran
            }
        });
        self.0.0.push(client, job)?;
        // No answer: the job panicked.
        answer.await.map_err(|_| Error::Hashing(password_hash::Error::Crypto))
    }
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, Lines> {
        self.lines.lock().expect("no holder of the queue panics")
    }

    fn push(&self, client: Client, job: Job) -> Result<(), Error> {
        let mut lines = self.lock();
        let own = lines.jobs.get(&client).map_or(0, VecDeque::len);
        if lines.waiting >= self.most || own >= self.share {
            return Err(Error::PasswordQueueFull);
        }
        if own == 0 {
            lines.turns.push_back(client);
        }
        lines.jobs.entry(client).or_default().push_back(job);
        lines.waiting += 1;
        drop(lines);
        self.filled.notify_one();
        Ok(())
    }

    /// The loop of a hasher: runs jobs until the queue is closed and empty.
    fn work(&self) {
        let mut memory = Memory::default();
        while let Some(job) = self.next() {
            // A panic costs its caller the answer; the hasher goes on.
            let _ = catch_unwind(AssertUnwindSafe(|| job(&mut memory)));
        }
    }

    fn next(&self) -> Option<Job> {
        let mut lines = self.lock();
        loop {
            if let Some(job) = lines.take() {
                return Some(job);
            }
            if lines.closed {
                return None;
            }
            lines = self.filled.wait(lines).expect("no holder of the queue panics");
        }
    }
}

impl Lines {
    fn take(&mut self) -> Option<Job> {
        let client = self.turns.pop_front()?;
        let line = self.jobs.get_mut(&client)?;
        let job = line.pop_front()?;
        if line.is_empty() {
            self.jobs.remove(&client);
        } else {
            self.turns.push_back(client);
        }
        self.waiting -= 1;
        Some(job)
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.0.lock().closed = true;
        self.0.filled.notify_all();
    }
}

impl fmt::Debug for Hashers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hashers").field("most", &self.0.0.most).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    fn client(last: u8) -> Client {
        Client::of([192, 0, 2, last].into())
    }

    /// One hasher that is busy until the sender is dropped.
    async fn busy(waiting: usize) -> (Hashers, mpsc::Sender<()>) {
        let hashers = Hashers::start(1, waiting);
        let (release, held) = mpsc::channel::<()>();
        let (began, begun) = oneshot::channel();
        let running = hashers.clone();
        tokio::spawn(async move {
            let job = move |_: &mut Memory| {
                let _ = began.send(());
                let _ = held.recv();
            };
            running.run(client(0), job).await
        });
        begun.await.expect("the job runs");
        (hashers, release)
    }

    fn wait(
        hashers: &Hashers,
        of: u8,
        done: &mpsc::Sender<u8>,
    ) -> tokio::task::JoinHandle<Result<(), Error>> {
        let (hashers, done) = (hashers.clone(), done.clone());
        tokio::spawn(async move {
            let job = move |_: &mut Memory| done.send(of).expect("the test listens");
            hashers.run(client(of), job).await
        })
    }

    #[tokio::test]
    async fn a_client_has_a_share_of_the_queue_and_others_their_turns() {
        let (hashers, release) = busy(8).await;
        let (done, order) = mpsc::channel();
        let mut waiting = Vec::new();
        for of in [1, 1, 2] {
            waiting.push(wait(&hashers, of, &done));
            tokio::task::yield_now().await;
        }
        let third = hashers.run(client(1), |_| ()).await;
        assert!(matches!(third, Err(Error::PasswordQueueFull)), "two of eight are a client's share");
        drop(release);
        for answered in waiting {
            assert!(answered.await.expect("no panic").is_ok());
        }
        assert_eq!(
            order.try_iter().collect::<Vec<_>>(),
            [1, 2, 1],
            "the second client waits for one job only"
        );
    }

    #[tokio::test]
    async fn a_full_queue_refuses_at_once() {
        let (hashers, release) = busy(2).await;
        let (done, _order) = mpsc::channel();
        let waiting = [wait(&hashers, 1, &done), wait(&hashers, 2, &done)];
        tokio::task::yield_now().await;
        assert!(matches!(hashers.run(client(3), |_| ()).await, Err(Error::PasswordQueueFull)));
        drop(release);
        for answered in waiting {
            assert!(answered.await.expect("no panic").is_ok());
        }
    }

    #[tokio::test]
    async fn a_job_that_panics_costs_its_own_answer_only() {
        let hashers = Hashers::start(1, 4);
        let broken: Result<(), Error> = hashers.run(client(1), |_| panic!("a fault")).await;
        assert!(matches!(broken, Err(Error::Hashing(_))));
        assert!(matches!(hashers.run(client(1), |_| 7).await, Ok(7)));
    }
}
