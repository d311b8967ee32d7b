//! Everything that uses apalis: handing deliveries over through apalis-redis, running them, and the ticks of
//! apalis-cron.
//!
//! Measurements of apalis-redis 1.0 decide the settings here. Tasks always end `Ok`, with retries, timeouts and panics
//! handled inside, because a failed task would be repeated 25 times and a timed-out one would be lost. There are at
//! most four concurrent tasks per fetched batch, because a graceful stop never ends otherwise. Each start uses a new
//! name, because a name is refused for a while after its end. Any Redis error ends a worker: the supervisor starts
//! another as soon as Redis accepts writes. The tasks of the ended one return to the queue, except those that can't be
//! read (`mend`).

mod mend;

use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use apalis::prelude::*;
use apalis_cron::CronScheduler;
use apalis_redis::{Config, RedisStorage};
use futures::future::BoxFuture;
use futures::{Stream, StreamExt, stream};
use shared::jobs::{JobKind, Queue, store};
use shared::kernel::{Bell, RedisLink};
use tokio::sync::watch;
use tokio::time::{Instant, Sleep};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{Delivery, run_delivery};
use crate::context::Context;

/// Tasks of a worker without a heartbeat for this long are taken over; longer than any job may run.
const HEARTBEAT: Duration = Duration::from_secs(5);
const MISSED_HEARTBEATS: usize = 15;
/// Shortest and longest rest before a worker that ended is replaced.
const FIRST_REST: Duration = Duration::from_millis(200);
const LONGEST_REST: Duration = Duration::from_secs(5);

/// The part of Redis that carries deliveries.
#[derive(Debug)]
pub(crate) struct Ring {
    link: RedisLink,
    namespace: String,
    order_tasks: usize,
    payment_tasks: usize,
    execution_tasks: usize,
    refund_tasks: usize,
}

impl Ring {
    /// Fails only on a URL that can't be read; Redis may be started later.
    pub(crate) fn new(context: &Context) -> Result<Self, redis::RedisError> {
        let settings = &context.settings;
        let link = match context.bell.link() {
            Some(link) => link.clone(),
            None => RedisLink::open(settings.redis_url.expose(), &settings.redis_namespace)?,
        };
        Ok(Self {
            link,
            namespace: settings.redis_namespace.clone(),
            order_tasks: settings.worker_order_tasks,
            payment_tasks: settings.worker_payment_tasks,
            execution_tasks: settings.worker_execution_tasks,
            refund_tasks: settings.worker_refund_tasks,
        })
    }

    /// Returns as soon as Redis accepts writes.
    pub(super) async fn up(&self) {
        self.link.up().await;
    }

    /// A use of Redis failed. The connection is tested at once, so that no relay takes jobs that can't be handed over.
    pub(super) async fn failed(&self) {
        self.link.failed().await;
    }

    fn tasks_at_once(&self, queue: Queue) -> usize {
        match queue {
            Queue::Orders => self.order_tasks,
            Queue::Payments => self.payment_tasks,
            Queue::Executions => self.execution_tasks,
            Queue::Refunds => self.refund_tasks,
            Queue::Upkeep => 2,
        }
    }

    fn config(&self, queue: Queue) -> Config {
        Config::default()
            .queue(format!("{}-{}", self.namespace, queue.as_str()))
            .batch_size(self.tasks_at_once(queue).div_ceil(4))
            .heartbeat_interval(HEARTBEAT)
            .missed_heartbeats(MISSED_HEARTBEATS)
            .lock_tasks(false)
            .emit_events(false)
            .persist_results(true)
    }

    fn storage(&self, queue: Queue) -> RedisStorage<Delivery> {
        RedisStorage::new(self.link.connection()).with_config(self.config(queue))
    }

    /// How many more deliveries Redis may hold. The number is small: jobs that wait in the table can still become one
    /// group. Writes a mark, so that it fails before any row is changed if nothing can be handed over.
    pub(super) async fn room(&self, queue: Queue) -> Result<usize, redis::RedisError> {
        let config = self.config(queue);
        let mut connection = self.link.connection();
        let (active, scheduled): (usize, usize) = redis::pipe()
            .set(format!("{}-relay", self.namespace), 1)
            .ignore()
            .llen(config.active_jobs_list())
            .zcard(config.scheduled_jobs_set())
            .query_async(&mut connection)
            .await?;
        Ok(self.tasks_at_once(queue).saturating_sub(active + scheduled))
    }

    /// Hands deliveries over. Each has a new id, so none can be mistaken for an earlier one.
    pub(super) async fn push(
        &self,
        queue: Queue,
        deliveries: Vec<Delivery>,
    ) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        let mut storage = self.storage(queue);
        let task = |delivery| {
            let id = TaskId::from_string(Uuid::now_v7().simple().to_string());
            TaskBuilder::new(delivery).task_id(id).build()
        };
        storage
            .push_all(stream::iter(deliveries.into_iter().map(task)))
            .await
            .map_err(|error| format!("{error:?}"))?;
        Ok(())
    }

    /// Whether Redis has been emptied since the last check: the key that marks it is missing.
    pub(super) async fn is_new(&self) -> Result<bool, redis::RedisError> {
        let mut connection = self.link.connection();
        let set: Option<String> = redis::cmd("SET")
            .arg(format!("{}-epoch", self.namespace))
            .arg(Uuid::now_v7().to_string())
            .arg("NX")
            .query_async(&mut connection)
            .await?;
        Ok(set.is_some())
    }

    /// Deletes what apalis stores about finished tasks, in pieces; its own way would block Redis.
    pub(super) async fn forget_finished(&self) -> Result<(), redis::RedisError> {
        let mut connection = self.link.connection();
        for queue in Queue::ALL {
            let config = self.config(*queue);
            for set in [config.done_jobs_set(), config.dead_jobs_set()] {
                let (_, ids): (u64, Vec<String>) = redis::cmd("SSCAN")
                    .arg(&set)
                    .arg(0)
                    .arg("COUNT")
                    .arg(2000)
                    .query_async(&mut connection)
                    .await?;
                if ids.is_empty() {
                    continue;
                }
                let mut pipeline = redis::pipe();
                pipeline.hdel(config.job_data_hash(), &ids).ignore().srem(&set, &ids).ignore();
                let meta: Vec<String> =
                    ids.iter().map(|id| format!("{}:{id}", config.job_meta_hash())).collect();
                pipeline.del(meta).ignore();
                let _: () = pipeline.query_async(&mut connection).await?;
            }
        }
        Ok(())
    }

    /// Runs the tasks of a queue until stopped, then lets running tasks end within `grace`. A worker that dies is
    /// replaced.
    pub(crate) async fn work(
        self: Arc<Self>,
        context: Context,
        queue: Queue,
        stop: CancellationToken,
        grace: Duration,
    ) {
        let mut rest = FIRST_REST;
        loop {
            // If Redis accepts no writes, a worker would end at its first command and log that three times.
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.up() => {}
            }
            let worker = WorkerContext::new(&format!("{}-{}", queue.as_str(), Uuid::now_v7()));
            let begun = Instant::now();
            let mut running = self.start(&worker, &context, queue);
            tokio::select! {
                ended = &mut running => {
                    tracing::warn!(queue = queue.as_str(), ?ended, "a worker ended; starting another");
                    metrics::counter!("haat_worker_restarts_total", "queue" => queue.as_str()).increment(1);
                    self.failed().await;
                }
                () = stop.cancelled() => {
                    let _ = worker.stop(); // it may have just ended by itself
                    if tokio::time::timeout(grace, running).await.is_err() {
                        tracing::warn!(queue = queue.as_str(), "running jobs did not end in time; their leases will");
                    }
                    self.take_leave(&context, queue, &worker).await;
                    return;
                }
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.up() => {}
            }
            self.take_leave(&context, queue, &worker).await;
            rest = if begun.elapsed() > Duration::from_secs(30) { FIRST_REST } else { rest };
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(rest) => {}
            }
            rest = (rest * 2).min(LONGEST_REST);
        }
    }

    /// Clears up after a worker that has ended. Jobs that were lost with unreadable tasks are queued again at once; the
    /// fence refuses deliveries that turn out not to be lost.
    async fn take_leave(&self, context: &Context, queue: Queue, worker: &WorkerContext) {
        let dropped = match self.mend(queue, worker).await {
            Ok(dropped) => dropped,
            Err(error) => {
                tracing::debug!(%error, queue = queue.as_str(), "cannot clear up after a worker");
                return;
            }
        };
        if dropped == 0 {
            return;
        }
        let recalled = async { store::recall_published(&mut *context.pool.acquire().await?).await }.await;
        match recalled {
            Ok(_) => context.bell.jobs_waiting(queue),
            Err(error) => tracing::debug!(%error, "cannot recall; the leases will end"),
        }
    }

    /// Not async and boxed: otherwise the worker's type does not compile.
    fn start(
        &self,
        worker: &WorkerContext,
        context: &Context,
        queue: Queue,
    ) -> BoxFuture<'static, Result<(), WorkerError>> {
        let backend = self.storage(queue).poll_with_strategy(Wake::new(&context.bell, queue));
        let running = WorkerBuilder::new(worker)
            .backend(backend)
            .concurrency(self.tasks_at_once(queue))
            .data(context.clone())
            .parallelize(tokio::spawn)
            .build(handle);
        Box::pin(running.run())
    }
}

/// Runs a delivery. Always `Ok`: the result of its jobs is in the database.
async fn handle(delivery: Delivery, context: Data<Context>) -> Result<(), BoxDynError> {
    run_delivery(&context, &delivery).await;
    if let Ok(kind) = delivery.kind.parse::<JobKind>() {
        context.bell.jobs_waiting(kind.policy().queue); // there is room for another delivery
    }
    Ok(())
}

type Changed = Pin<Box<dyn Future<Output = watch::Receiver<u64>> + Send>>;

/// Fetches when work was handed over, and once a second. Unlike the strategies of apalis it keeps its timer when a
/// fetch takes long. It also looks once more shortly after each wake-up, for one that came during a fetch.
struct Wake {
    changed: Changed,
    tick: Pin<Box<Sleep>>,
}

const PERIOD: Duration = Duration::from_secs(1);
const LOOK_AGAIN: Duration = Duration::from_millis(10);

impl Wake {
    fn new(bell: &Bell, queue: Queue) -> Self {
        Self { changed: changed(bell.handed_over(queue)), tick: Box::pin(tokio::time::sleep(PERIOD)) }
    }
}

fn changed(mut handed_over: watch::Receiver<u64>) -> Changed {
    Box::pin(async move {
        if handed_over.changed().await.is_err() {
            std::future::pending::<()>().await; // there are no wake-ups any more: only ticks are left
        }
        handed_over
    })
}

impl PollStrategy for Wake {
    fn poll_drive(&mut self, cx: &mut std::task::Context<'_>, _: &PollSnapshot) -> Poll<Option<()>> {
        let mut woken = false;
        while let Poll::Ready(handed_over) = self.changed.as_mut().poll(cx) {
            self.changed = changed(handed_over);
            woken = true;
        }
        if woken {
            self.tick.as_mut().reset(Instant::now() + LOOK_AGAIN);
        }
        let mut ticked = false;
        while self.tick.as_mut().poll(cx).is_ready() {
            self.tick.as_mut().reset(Instant::now() + PERIOD);
            ticked = true;
        }
        if woken || ticked { Poll::Ready(Some(())) } else { Poll::Pending }
    }
}

/// The ticks of a cron expression (six fields, seconds first, UTC), as unix seconds. A late tick is skipped.
pub(crate) fn ticks(expression: &'static str) -> impl Stream<Item = i64> {
    let schedule: cron::Schedule = expression.parse().expect("schedules are literals, and tested");
    let begin_anew = move |()| {
        let ticks = CronScheduler::new(schedule.clone()).into_stream();
        let on_time = ticks.take_while(|tick| std::future::ready(tick.is_ok()));
        let at = on_time.filter_map(|tick| std::future::ready(tick.ok().map(|tick| tick.get_timestamp())));
        // A late tick ends the stream, so another stream begins with the next tick.
        let pause = stream::once(tokio::time::sleep(Duration::from_secs(1)))
            .filter_map(|()| std::future::ready(None));
        at.map(|at| at as i64).chain(pause)
    };
    stream::repeat(()).flat_map(begin_anew)
}
