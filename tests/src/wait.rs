//! Waits by looking, for things that can't notify the test: another process, Redis, the gateway sandbox, or a worker
//! that runs by itself and shows its results only in the database. Parts of a story that can notify have a call that
//! waits for it, such as [`Moody::called`](crate::Moody::called).

use std::time::Duration;

use tokio::time::Instant;

/// Far more than any condition takes: it ends what would never end.
const LIMIT: Duration = Duration::from_secs(60);
/// Too short to slow a test down noticeably, and long enough that looking costs little.
const BETWEEN_LOOKS: Duration = Duration::from_millis(25);

/// Looks again and again until the condition holds; fails with `what` when it never does.
pub async fn eventually(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let deadline = Instant::now() + LIMIT;
    while !holds().await {
        assert!(Instant::now() < deadline, "waited {LIMIT:?} in vain: {what}");
        tokio::time::sleep(BETWEEN_LOOKS).await;
    }
}

/// Asks until there is something, for a while.
pub async fn until<T>(mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let mut found = None;
    eventually("what is asked for", async || {
        found = ask().await;
        found.is_some()
    })
    .await;
    found.expect("just found")
}
