//! Replaces sessions that take no writes.
//!
//! A session that was opened while the server was read-only (a standby after a failover, a host that protects a full
//! disk) stays read-only for its life, even after writes are allowed again. Whether a session takes writes is asked
//! once, when it is opened. From then on a pool replaces each session that is as old as the last one that took none,
//! once it is a second old. This second limits how long work waits after the end of the read-only state, and how often
//! sessions are opened meanwhile. Nothing is asked when a session is taken from the pool.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// A session younger than this is used as it is.
const REPLACED_AFTER: Duration = Duration::from_secs(1);
/// Sessions that were opened at the same moment count as opened before it.
const SAME_MOMENT: Duration = Duration::from_millis(500);

/// Milliseconds since the process began to count; 0 for never. One per process, as it has one database.
static LAST_READ_ONLY: AtomicU64 = AtomicU64::new(0);
static LAST_REFUSAL: AtomicU64 = AtomicU64::new(0);

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

fn now() -> u64 {
    static BEGINNING: OnceLock<Instant> = OnceLock::new();
    millis(BEGINNING.get_or_init(Instant::now).elapsed()).saturating_add(1)
}

/// A session that takes no writes was found: all sessions of its age are in doubt.
pub(super) fn read_only_seen() {
    LAST_READ_ONLY.store(now(), Ordering::Relaxed);
}

/// The database had no disk space left.
pub(super) fn refusal_seen() {
    LAST_REFUSAL.store(now(), Ordering::Relaxed);
}

/// Whether the database had no disk space left within this time.
pub(super) fn refused_within(time: Duration) -> bool {
    let last = LAST_REFUSAL.load(Ordering::Relaxed);
    last != 0 && now().saturating_sub(last) < millis(time)
}

/// Whether a session of this age may be read-only.
pub(super) fn is_in_doubt(age: Duration) -> bool {
    may_be_read_only(now(), LAST_READ_ONLY.load(Ordering::Relaxed), age)
}

fn may_be_read_only(now: u64, last_read_only: u64, age: Duration) -> bool {
    let made_at = now.saturating_sub(millis(age));
    last_read_only != 0 && age >= REPLACED_AFTER && made_at <= last_read_only + millis(SAME_MOMENT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sessions_are_replaced_that_are_as_old_as_one_that_took_no_writes() {
        let secs = Duration::from_secs;
        let read_only_at = 60_000;
        // Opened before it, or at the same moment.
        assert!(may_be_read_only(70_000, read_only_at, secs(20)));
        assert!(may_be_read_only(61_100, read_only_at, Duration::from_millis(1000)));
        // Opened after it, too young, or all sessions accept writes.
        assert!(!may_be_read_only(70_000, read_only_at, secs(5)));
        assert!(!may_be_read_only(60_500, read_only_at, Duration::from_millis(500)));
        assert!(!may_be_read_only(70_000, 0, secs(20)));
    }
}
