//! Writes entries, many in one statement: workers that call gateways at the same time share a commit.

use super::{NewEntry, store};
use crate::kernel::batcher::Batch;
use crate::kernel::db::{BatchFailure, Pool};

/// One lane of the log; see [`crate::kernel::batcher::Batcher`]. An item has the answers to one call.
#[derive(Clone, Debug)]
pub struct Writer {
    pool: Pool,
}

impl Writer {
    #[must_use]
    pub fn new(pool: Pool) -> Self {
        Self { pool }
    }

    async fn write(&self, calls: &[Vec<NewEntry>]) -> Result<(), sqlx::Error> {
        let entries: Vec<&NewEntry> = calls.iter().flatten().collect();
        store::insert(&mut *self.pool.acquire().await?, &entries).await
    }
}

impl Batch for Writer {
    type Item = Vec<NewEntry>;
    type Answer = ();
    type Error = BatchFailure;

    async fn run(&mut self, calls: &[Vec<NewEntry>]) -> Result<Vec<()>, BatchFailure> {
        self.write(calls).await.map_err(|error| BatchFailure::of(&error))?;
        Ok(vec![(); calls.len()])
    }

    fn hits_all_alike(error: &BatchFailure) -> bool {
        error.hits_all_alike()
    }
}
