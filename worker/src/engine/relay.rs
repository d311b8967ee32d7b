//! Hands due jobs over: from the table to Redis, oldest first, never more than a window at a time.
//!
//! Under load the window makes the groups grow: what can't be handed over yet waits in the table and goes as one
//! delivery. With Redis away nothing is taken, and nothing is lost.

use std::sync::Arc;
use std::time::Duration;

use shared::jobs::{Queue, store};
use tokio_util::sync::CancellationToken;

use super::{HAND_OVER_LEASE, Ring, groups};
use crate::context::Context;

/// Looks by itself this often: a wake-up may get lost, and jobs become due by time.
const TICK: Duration = Duration::from_millis(250);
/// Jobs taken in one statement at the most.
const AT_ONCE: i64 = 512;

/// Relays one queue until stopped.
pub(crate) async fn relay(context: Context, ring: Arc<Ring>, queue: Queue, stop: CancellationToken) {
    loop {
        match hand_over(&context, &ring, queue).await {
            Ok(true) => context.bell.tasks_handed_over(queue),
            Ok(false) => {}
            Err(error) => {
                tracing::debug!(error, queue = queue.as_str(), "cannot hand over");
                metrics::counter!("haat_relay_failures_total", "queue" => queue.as_str()).increment(1);
            }
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = context.bell.jobs_announced(queue) => {}
            () = tokio::time::sleep(TICK) => {}
        }
    }
}

/// Fills the queue's window. Returns whether anything was handed over.
async fn hand_over(context: &Context, ring: &Ring, queue: Queue) -> Result<bool, String> {
    let room = ring.room(queue).await.map_err(|error| error.to_string())?;
    if room == 0 {
        return Ok(false);
    }
    let mut db = context.pool.acquire().await.map_err(|error| error.to_string())?;
    let most = i64::try_from(room * groups::largest(queue)).unwrap_or(AT_ONCE).min(AT_ONCE);
    let taken = store::take_due(&mut db, queue, most, context.now(), HAND_OVER_LEASE);
    let taken = taken.await.map_err(|error| error.to_string())?;
    if taken.is_empty() {
        return Ok(false);
    }
    if let Err(error) = ring.push(queue, groups::deliveries(&taken)).await {
        // Those that were pushed all the same are stale from now on: the fence refuses them.
        store::untake(&mut db, &taken).await.map_err(|error| error.to_string())?;
        return Err(error.to_string());
    }
    Ok(true)
}
