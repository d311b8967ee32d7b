//! Waiting for another process or task, by looking.

use std::time::Duration;

use tokio::time::Instant;

/// Far more than any condition takes: it ends what would never end.
const LIMIT: Duration = Duration::from_secs(60);

/// Looks again and again until the condition holds; fails with `what` when it never does.
pub async fn eventually(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let deadline = Instant::now() + LIMIT;
    while !holds().await {
        assert!(Instant::now() < deadline, "waited {LIMIT:?} in vain: {what}");
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
}
