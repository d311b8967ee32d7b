//! Waiting for another process or task, by looking.

use std::time::Duration;

use tokio::time::Instant;

/// Looks again and again until the condition holds; fails with `what` when `limit` is over.
pub async fn eventually(what: &str, limit: Duration, mut holds: impl AsyncFnMut() -> bool) {
    let deadline = Instant::now() + limit;
    while !holds().await {
        assert!(Instant::now() < deadline, "waited {limit:?} in vain: {what}");
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
}
