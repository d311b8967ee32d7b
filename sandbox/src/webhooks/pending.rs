//! Counts deliveries under way and lets others wait for them. A delivery is either at work
//! (posting, or about to) or at rest (waiting for its next try); `hurry` puts all back to work.

use std::time::Duration;

use tokio::sync::watch;

#[derive(Debug, Clone, Copy, Default)]
struct Count {
    at_work: usize,
    at_rest: usize,
    /// Goes up with each `hurry`.
    hurried: u64,
}

#[derive(Debug)]
pub(super) struct Pending {
    count: watch::Sender<Count>,
    /// Thousands may rest at once, so they listen to this alone and not to every count.
    bell: watch::Sender<u64>,
}

impl Default for Pending {
    fn default() -> Self {
        Self { count: watch::Sender::new(Count::default()), bell: watch::Sender::new(0) }
    }
}

impl Pending {
    pub(super) fn start(&self) {
        self.count.send_modify(|count| count.at_work += 1);
    }

    /// Also right for a delivery that was stopped at rest: only the sum matters by then.
    pub(super) fn finish(&self) {
        self.count.send_modify(|count| {
            if count.at_work > 0 {
                count.at_work -= 1;
            } else {
                count.at_rest = count.at_rest.saturating_sub(1);
            }
        });
    }

    pub(super) fn outstanding(&self) -> usize {
        let count = self.count.borrow();
        count.at_work + count.at_rest
    }

    /// Waits for `due`, or for `until` to come true, or for somebody in a hurry.
    pub(super) async fn rest(&self, due: Duration, until: impl Future<Output = ()>) {
        let mut since = 0;
        let mut bell = self.bell.subscribe();
        self.count.send_modify(|count| {
            count.at_work -= 1;
            count.at_rest += 1;
            since = count.hurried;
        });
        tokio::select! {
            () = tokio::time::sleep(due) => {}
            () = until => {}
            _ = bell.wait_for(|hurried| *hurried > since) => {}
        }
        self.count.send_modify(|count| {
            // Whoever hurried has already counted this one as working.
            if count.hurried == since {
                count.at_rest -= 1;
                count.at_work += 1;
            }
        });
    }

    pub(super) fn hurry(&self) {
        let mut hurried = 0;
        self.count.send_modify(|count| {
            count.hurried += 1;
            count.at_work += count.at_rest;
            count.at_rest = 0;
            hurried = count.hurried;
        });
        self.bell.send_modify(|bell| *bell = hurried.max(*bell));
    }

    pub(super) async fn all_at_rest(&self) {
        self.wait(|count| count.at_work == 0).await;
    }

    pub(super) async fn idle(&self) {
        self.wait(|count| count.at_work + count.at_rest == 0).await;
    }

    async fn wait(&self, reached: impl FnMut(&Count) -> bool) {
        let mut changes = self.count.subscribe();
        changes.wait_for(reached).await.expect("the sender lives in self");
    }
}
