//! Clears up in Redis after an apalis worker that has ended.
//!
//! The tasks that it had fetched would stay in its set until other workers consider it dead. One task among them that
//! can't be read (its data is gone, or was not written by this product) would end each worker that fetches it. So the
//! readable tasks return to the queue at once, and the others are dropped, with a line in the log. A task that still
//! runs is not affected: its delivery is claimed, and the fence refuses a second run.

use apalis::prelude::WorkerContext;
use apalis_redis::Config;
use redis::RedisError;
use redis::aio::ConnectionManager;
use shared::jobs::Queue;

use super::Ring;
use crate::engine::Delivery;

/// The fields of a task that apalis needs.
const MARKS: [&str; 3] = ["attempts", "max_attempts", "status"];
/// Most ids that the log names; there may be thousands.
const NAMED: usize = 5;

impl Ring {
    /// Clears up after a worker. Returns the number of dropped tasks.
    pub(super) async fn mend(&self, queue: Queue, worker: &WorkerContext) -> Result<usize, RedisError> {
        let config = self.config(queue);
        let mut connection = self.link.connection();
        let (held, waiting): (Vec<String>, Vec<String>) = redis::pipe()
            .smembers(config.inflight_set_for(worker))
            .lrange(config.active_jobs_list(), 0, -1)
            .query_async(&mut connection)
            .await?;
        let held = readable(&mut connection, &config, held).await?;
        let waiting = readable(&mut connection, &config, waiting).await?;
        let mut cleared = redis::pipe();
        cleared.atomic();
        if !held.good.is_empty() {
            cleared.rpush(config.active_jobs_list(), &held.good).ignore();
        }
        for id in &waiting.bad {
            cleared.lrem(config.active_jobs_list(), 0, id).ignore();
        }
        for id in held.bad.iter().chain(&waiting.bad) {
            cleared.hdel(config.job_data_hash(), id).ignore();
            cleared.del(format!("{}:{id}", config.job_meta_hash())).ignore();
        }
        cleared.del(config.inflight_set_for(worker)).ignore();
        cleared.zrem(config.workers_set(), worker.name()).ignore();
        cleared.del(config.worker_metadata_key(worker)).ignore();
        let _: () = cleared.query_async(&mut connection).await?;
        let dropped = held.bad.len() + waiting.bad.len();
        if dropped > 0 {
            let named: Vec<&String> = held.bad.iter().chain(&waiting.bad).take(NAMED).collect();
            tracing::warn!(
                queue = queue.as_str(),
                dropped,
                ?named,
                "tasks in Redis that can't be read were dropped"
            );
            metrics::counter!("haat_unreadable_tasks_total", "queue" => queue.as_str())
                .increment(dropped as u64);
        }
        Ok(dropped)
    }
}

#[derive(Default)]
struct Sorted {
    good: Vec<String>,
    bad: Vec<String>,
}

/// Separates ids of readable tasks from those of unreadable ones.
async fn readable(
    connection: &mut ConnectionManager,
    config: &Config,
    ids: Vec<String>,
) -> Result<Sorted, RedisError> {
    if ids.is_empty() {
        return Ok(Sorted::default());
    }
    let mut looks = redis::pipe();
    looks.hmget(config.job_data_hash(), &ids);
    for id in &ids {
        looks.hmget(format!("{}:{id}", config.job_meta_hash()), &MARKS);
    }
    let mut answers: Vec<Vec<Option<Vec<u8>>>> = looks.query_async(connection).await?;
    let data = answers.remove(0);
    let mut sorted = Sorted::default();
    for ((id, data), marks) in ids.into_iter().zip(data).zip(answers) {
        let ours = data.is_some_and(|data| serde_json::from_slice::<Delivery>(&data).is_ok());
        let good = ours && marks.iter().all(Option::is_some);
        if good { sorted.good.push(id) } else { sorted.bad.push(id) }
    }
    Ok(sorted)
}
