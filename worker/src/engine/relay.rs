//! Hands due jobs over: from the table to Redis, oldest first, never more than a window at a time.
//!
//! Under load the window makes the groups grow: jobs that can't be handed over yet wait in the table and go as one
//! delivery. If Redis accepts no writes, nothing is taken from the table, and nothing is lost. After a failure the
//! relay rests, longer each time and ignoring wake-ups, and then tries with a single job: a permanent failure does not
//! rewrite hundreds of rows each time.

use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use shared::jobs::store::Taken;
use shared::jobs::{Queue, store};
use shared::kernel::{Timestamp, db};
use tokio_util::sync::CancellationToken;

use super::{HAND_OVER_LEASE, Ring, groups};
use crate::context::Context;

/// Interval of the relay's own looks: a wake-up may get lost, and jobs become due by time.
const TICK: Duration = Duration::from_millis(250);
/// The longest rest after failures.
const LONGEST_REST: Duration = Duration::from_secs(3);
/// Most jobs that one statement takes.
const AT_ONCE: i64 = 512;

/// How often all due jobs are looked at, and not only those that became due since the oldest of the last look.
const LOOK_AT_ALL: Duration = Duration::from_secs(1);
/// Jobs become visible when they are committed, so not exactly in the order in which they are due.
const OUT_OF_ORDER: TimeDelta = TimeDelta::seconds(5);

/// The time from which jobs are looked at. Most arrive in the order in which they are due, and older ones were taken
/// before. Jobs that return with an earlier time (a lease that ended, a job that was retried) are found when all are
/// looked at.
#[derive(Debug, Default)]
struct Floor {
    since: Option<Timestamp>,
    all_at: Option<Instant>,
}

impl Floor {
    fn next(&mut self) -> Option<Timestamp> {
        if self.all_at.is_some_and(|at| at.elapsed() < LOOK_AT_ALL) {
            return self.since;
        }
        self.all_at = Some(Instant::now());
        None
    }

    fn took(&mut self, since: Option<Timestamp>, taken: &[Taken], now: Timestamp) {
        match (taken.first(), since) {
            (Some(oldest), _) => self.since = Some(oldest.run_at - OUT_OF_ORDER),
            (None, None) => self.since = Some(now - OUT_OF_ORDER),
            (None, Some(_)) => {}
        }
    }
}

/// Relays one queue until stopped.
pub(crate) async fn relay(context: Context, ring: Arc<Ring>, queue: Queue, stop: CancellationToken) {
    let (mut failures, mut floor): (u32, _) = (0, Floor::default());
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = ring.up() => {}
        }
        let most = if failures == 0 { AT_ONCE } else { 1 };
        match hand_over(&context, &ring, queue, most, &mut floor).await {
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

/// Fills the queue's window with at most this many jobs. Returns whether anything was handed over.
async fn hand_over(
    context: &Context,
    ring: &Ring,
    queue: Queue,
    most: i64,
    floor: &mut Floor,
) -> Result<bool, String> {
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
    let (since, now) = (floor.next(), context.now());
    let taken = store::take_due(&mut db, queue, most, since, now, HAND_OVER_LEASE).await.map_err(database)?;
    floor.took(since, &taken, now);
    if taken.is_empty() {
        return Ok(false);
    }
    if let Err(error) = ring.push(queue, groups::deliveries(&taken)).await {
        // If some of them were pushed, those deliveries are outdated now: the fence refuses them.
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
    fn a_floor_follows_the_oldest_that_was_taken_and_is_left_out_now_and_then() {
        let at = |secs| chrono::DateTime::from_timestamp(secs, 0).expect("a time");
        let taken = |secs| Taken {
            id: shared::kernel::ids::JobId::new(),
            kind: shared::jobs::JobKind::ReserveStock,
            delivery: 1,
            run_at: at(secs),
        };
        let mut floor = Floor::default();
        assert_eq!(floor.next(), None, "the first look is at all");
        floor.took(None, &[taken(100), taken(130)], at(200));
        assert_eq!(floor.next(), Some(at(95)), "the oldest, less what may come late");
        floor.took(Some(at(95)), &[], at(200));
        assert_eq!(floor.next(), Some(at(95)), "nothing was seen of what is before");
        floor.all_at = Instant::now().checked_sub(LOOK_AT_ALL);
        assert_eq!(floor.next(), None);
        floor.took(None, &[], at(200));
        assert_eq!(floor.next(), Some(at(195)), "nothing is due");
    }

    #[test]
    fn rests_grow_with_each_failure_up_to_some_seconds() {
        let rests: Vec<u128> = [1, 2, 3, 4, 5, 40].map(|failures| rest_after(failures).as_millis()).into();
        assert_eq!(rests, [250, 500, 1000, 2000, 3000, 3000]);
    }
}
