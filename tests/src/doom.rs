//! A worker that dies at its n-th commit, and another that finds what it left.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use haat_worker::drain;
use shared::kernel::crash::Plan;

use crate::World;

/// The death of a worker, planned for one of its commits. After it others work on unharmed.
#[derive(Debug)]
pub struct Doom {
    plan: Arc<Plan>,
    struck: AtomicBool,
}

impl Doom {
    /// Right after the `nth` commit, counted from 1 over all work of the story.
    #[must_use]
    pub fn at_commit(nth: usize) -> Self {
        Self { plan: Plan::after_commit(nth), struck: AtomicBool::new(false) }
    }

    /// A plan without a death.
    #[must_use]
    pub fn never() -> Self {
        Self::at_commit(usize::MAX)
    }

    /// Whether the worker has died.
    #[must_use]
    pub fn has_struck(&self) -> bool {
        self.struck.load(Ordering::SeqCst)
    }

    /// As [`World::work`], by workers of which one may die. Its leases end, and others go on.
    pub async fn work(&self, world: &World) {
        loop {
            world.sandbox.webhooks_idle().await;
            let ran = match Arc::clone(&self.plan).run(drain(&world.worker)).await {
                Some(ran) => ran.expect("the database answers"),
                None => {
                    self.struck.store(true, Ordering::SeqCst);
                    world.pass_the_leases().await;
                    1
                }
            };
            if ran > 0 {
                continue;
            }
            // What died in the middle of a transaction holds its rows until the database notices: swept again.
            if world.jobs("running").await + world.jobs("published").await == 0 {
                return;
            }
            world.pass_the_leases().await;
        }
    }
}
