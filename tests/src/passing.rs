//! Jobs and time: work that is done while time passes, without anybody sleeping.

use std::cell::Cell;
use std::time::Duration;

use haat_worker::engine::{Delivery, run_delivery};
use shared::jobs::{JobKind, Queue, store};
use shared::kernel::Timestamp;
use uuid::Uuid;

use crate::World;

/// Longer than the lease of any job of an order.
fn lease() -> Duration {
    let policies =
        JobKind::ALL.iter().map(|kind| kind.policy()).filter(|policy| policy.queue != Queue::Upkeep);
    policies.map(|policy| policy.timeout).max().unwrap_or_default() + Duration::from_secs(60)
}

impl World {
    /// Time passes, and every job is done at the moment it comes due.
    pub async fn work_for(&self, time: Duration) {
        let end = self.clock.now() + time;
        loop {
            self.work().await;
            let next = self.next_due().await.filter(|due| *due <= end);
            self.pass_until(next.unwrap_or(end));
            if next.is_none() {
                return self.work().await;
            }
        }
    }

    /// Works on until the hold of every waiting order is over.
    pub async fn work_past_the_hold(&self) {
        self.work_for(Duration::from_secs(31 * 60)).await;
    }

    /// What the dead held comes back: their leases end and the sweeper takes the jobs.
    pub async fn pass_the_leases(&self) -> u64 {
        self.pass(lease());
        let mut db = self.pool.acquire().await.expect("the database answers");
        store::sweep(&mut db, None, self.clock.now()).await.expect("the database answers")
    }

    /// Takes due jobs as deliveries of one job each, without running them.
    pub async fn take_due(&self) -> Vec<Delivery> {
        let mut deliveries = Vec::new();
        let mut db = self.pool.acquire().await.expect("the database answers");
        for queue in Queue::ALL {
            let lease = chrono::TimeDelta::seconds(30);
            let taken =
                store::take_due(&mut db, *queue, 100, None, self.clock.now(), lease).await.expect("jobs");
            let one = |job: store::Taken| Delivery {
                kind: job.kind.as_str().to_owned(),
                jobs: vec![(job.id, job.delivery)],
            };
            deliveries.extend(taken.into_iter().map(one));
        }
        deliveries
    }

    /// Runs a delivery as a worker would that was handed it.
    pub async fn run(&self, delivery: &Delivery) {
        run_delivery(&self.worker, delivery).await;
    }

    /// Every job that is done is to be done again. Returns how many.
    pub async fn queue_all_again(&self) -> u64 {
        let sql = "update jobs set status = 'queued', run_at = $1, finished_at = null, attempt = 0 where status = 'done'";
        let again = sqlx::query(sql).bind(self.clock.now()).execute(&self.pool).await;
        again.expect("the database answers").rows_affected()
    }

    /// A job that has used up its tries.
    pub async fn dead_job(&self) -> Uuid {
        let id = Uuid::now_v7();
        let sql = "insert into jobs (id, queue, kind, payload, max_attempts, run_at, status, last_error, created_at)
                   values ($1, 'upkeep', 'check_books', '{}', 3, $2, 'dead', 'it was not to be', $2)";
        sqlx::query(sql).bind(id).bind(self.clock.now()).execute(&self.pool).await.expect("a dead job");
        id
    }

    /// Removes the waiting jobs of this kind, so that only other jobs can find out what they would.
    pub async fn skip(&self, kind: &str) {
        let sql = "update jobs set status = 'done' where kind = $1 and status = 'queued'";
        let skipped = sqlx::query(sql).bind(kind).execute(&self.pool).await;
        assert!(skipped.expect("the database answers").rows_affected() > 0, "no {kind} waits");
    }

    /// Jobs by status, as `dead`.
    pub async fn jobs(&self, status: &str) -> i64 {
        sqlx::query_scalar("select count(*) from jobs where status = $1")
            .bind(status)
            .fetch_one(&self.pool)
            .await
            .expect("a count")
    }

    /// Lets the worker do all that is due, and something else while it waits for a slow answer of a gateway. Fails if
    /// the answer comes first: then nothing was overtaken.
    pub async fn drain_overtaken_by(&self, other: impl AsyncFnOnce()) {
        let answered = Cell::new(false);
        let worker = async {
            self.drain().await;
            answered.set(true);
        };
        let other = async {
            other().await;
            assert!(!answered.get(), "the answer was not slow enough");
        };
        tokio::join!(worker, other);
    }

    async fn next_due(&self) -> Option<Timestamp> {
        sqlx::query_scalar("select min(run_at) from jobs where status = 'queued'")
            .fetch_one(&self.pool)
            .await
            .expect("the database answers")
    }

    fn pass_until(&self, moment: Timestamp) {
        if let Ok(time) = (moment - self.clock.now()).to_std() {
            self.pass(time);
        }
    }
}
