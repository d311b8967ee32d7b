//! Commit points: the places where a process may die and another must be able to go on.
//!
//! Production has no plan, and passing a point costs a look at a task-local. A test plans the death of its worker at
//! the n-th commit: the work stops there without end, as after `kill -9`, and the test drops it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Notify;

tokio::task_local! {
    static PLAN: Arc<Plan>;
}

/// When to die.
#[derive(Debug)]
pub struct Plan {
    commits_left: AtomicUsize,
    died: Notify,
}

impl Plan {
    /// Dies right after the `nth` commit, counted from 1.
    #[must_use]
    pub fn after_commit(nth: usize) -> Arc<Self> {
        Arc::new(Self { commits_left: AtomicUsize::new(nth), died: Notify::new() })
    }

    /// Runs work under this plan. `None`: it died. `Some`: it ended before that.
    pub async fn run<F: Future>(self: Arc<Self>, work: F) -> Option<F::Output> {
        let plan = Arc::clone(&self);
        tokio::select! {
            output = PLAN.scope(plan, work) => Some(output),
            () = self.died.notified() => None,
        }
    }
}

/// Called right after a commit.
pub async fn point() {
    let Ok(plan) = PLAN.try_with(Arc::clone) else { return };
    if plan.commits_left.fetch_sub(1, Ordering::SeqCst) == 1 {
        plan.died.notify_one();
        std::future::pending::<()>().await;
    }
}
