//! Hands due jobs over: from the table to Redis, oldest first, never more than a window at a time.
//!
//! Under load the window makes the groups grow: what can't be handed over yet waits in the table and goes as one
//! delivery. Where Redis takes no writes, nothing is taken from the table, and nothing is lost. After a failure the relay
//! rests, longer each time and deaf to wake-ups, and then tries with a single job: what fails for ever rewrites no rows
//! by the hundred.

use std::sync::Arc;
use std::time::Duration;

use shared::jobs::{Queue, store};
use shared::kernel::db;
use tokio_util::sync::CancellationToken;

use super::{HAND_OVER_LEASE, Ring, groups};
use crate::context::Context;

/// Looks by itself this often: a wake-up may get lost, and jobs become due by time.
const TICK: Duration = Duration::from_millis(250);
/// The longest rest after failures.
const LONGEST_REST: Duration = Duration::from_secs(3);
/// Jobs taken in one statement at the most.
const AT_ONCE: i64 = 512;

/// Relays one queue until stopped.
pub(crate) async fn relay(context: Context, ring: Arc<Ring>, queue: Queue, stop: CancellationToken) {
    let mut failures: u32 = 0;
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = ring.up() => {}
        }
        let most = if failures == 0 { AT_ONCE } else { 1 };
        match hand_over(&context, &ring, queue, most).await {
            Ok(handed_over) => {
                if handed_over {
                    context.bell.tasks_handed_over(queue);
                }
                if failures > 0 {
                    tracing::info!(queue = queue.as_str(), "jobs are handed over again");
                    failures = 0;
                }
            }
            Err(error) => {
                if failures == 0 {
                    tracing::warn!(error, queue = queue.as_str(), "jobs cannot be handed over");
                }
                failures = failures.saturating_add(1);
                metrics::counter!("haat_relay_failures_total", "queue" => queue.as_str()).increment(1);
            }
        }
        if failures > 0 {
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(rest_after(failures)) => {}
            }
            continue;
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = context.bell.jobs_announced(queue) => {}
            () = tokio::time::sleep(TICK) => {}
        }
    }
}

fn rest_after(failures: u32) -> Duration {
    TICK.saturating_mul(2u32.saturating_pow(failures.saturating_sub(1))).min(LONGEST_REST)
}

/// Fills the queue's window, with so many jobs at the most. Returns whether anything was handed over.
async fn hand_over(context: &Context, ring: &Ring, queue: Queue, most: i64) -> Result<bool, String> {
    let room = match ring.room(queue).await {
        Ok(room) => room,
        Err(error) => {
            ring.failed().await;
            return Err(error.to_string());
        }
    };
    if room == 0 {
        return Ok(false);
    }
    let mut db = context.pool.acquire().await.map_err(database)?;
    let most = i64::try_from(room * groups::largest(queue)).unwrap_or(AT_ONCE).min(most);
    let taken =
        store::take_due(&mut db, queue, most, context.now(), HAND_OVER_LEASE).await.map_err(database)?;
    if taken.is_empty() {
        return Ok(false);
    }
    if let Err(error) = ring.push(queue, groups::deliveries(&taken)).await {
        // Those that were pushed all the same are stale from now on: the fence refuses them.
        store::untake(&mut db, &taken).await.map_err(database)?;
        ring.failed().await;
        return Err(error.to_string());
    }
    Ok(true)
}

fn database(error: db::Failure) -> String {
    db::notice(&error);
    error.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rests_grow_with_each_failure_up_to_some_seconds() {
        let rests: Vec<u128> = [1, 2, 3, 4, 5, 40].map(|failures| rest_after(failures).as_millis()).into();
        assert_eq!(rests, [250, 500, 1000, 2000, 3000, 3000]);
    }
}
