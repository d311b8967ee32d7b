//! Stores incoming events, many in one transaction: gateways send many at once, and wait for the answer.

use super::{NewEvent, store};
use crate::jobs::{ApplyWebhook, Job};
use crate::kernel::batcher::Batch;
use crate::kernel::db::{BatchFailure, Pool};
use crate::kernel::{Bell, Clock};

/// One lane of the inbox; see [`crate::kernel::batcher::Batcher`].
#[derive(Clone, Debug)]
pub struct Inbox {
    pool: Pool,
    clock: Clock,
    bell: Bell,
}

impl Inbox {
    #[must_use]
    pub fn new(pool: Pool, clock: Clock, bell: Bell) -> Self {
        Self { pool, clock, bell }
    }

    async fn receive(&self, events: &[NewEvent]) -> Result<u64, sqlx::Error> {
        store::receive(&mut *self.pool.acquire().await?, events, self.clock.now()).await
    }
}

impl Batch for Inbox {
    type Item = NewEvent;
    type Answer = ();
    type Error = BatchFailure;

    async fn run(&mut self, events: &[NewEvent]) -> Result<Vec<()>, BatchFailure> {
        let new = self.receive(events).await.map_err(|error| BatchFailure::of(&error))?;
        metrics::counter!("haat_webhooks_received_total").increment(events.len() as u64);
        metrics::counter!("haat_webhooks_new_total").increment(new);
        if new > 0 {
            self.bell.jobs_waiting(ApplyWebhook::KIND.policy().queue);
        }
        Ok(vec![(); events.len()])
    }

    fn hits_all_alike(error: &BatchFailure) -> bool {
        error.hits_all_alike()
    }
}
