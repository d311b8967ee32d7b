//! What operators ask of reconciliation: the differences, an end to one, and a run.

use super::{Difference, Error, named_window, store};
use crate::incidents;
use crate::jobs::{self, NewJob, Queue, Reconcile};
use crate::kernel::db::{Pool, commit};
use crate::kernel::ids::{DifferenceId, UserId};
use crate::kernel::page::{Asked, Page};
use crate::kernel::{Bell, Clock};

/// Where such requests are taken.
#[derive(Clone, Copy, Debug)]
pub struct Desk<'a> {
    pub pool: &'a Pool,
    pub clock: &'a Clock,
    pub bell: &'a Bell,
}

/// Which differences to list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// Neither put right nor closed.
    Standing,
    All,
}

impl Desk<'_> {
    /// Differences, newest first.
    pub async fn list(&self, which: Which, asked: &Asked<DifferenceId>) -> Result<Page<Difference>, Error> {
        let rows = store::list(&mut *self.pool.acquire().await?, which, asked.after, asked.limit()).await?;
        Ok(Page::cut(rows, asked, |row| row.id))
    }

    /// Somebody has dealt with a difference that stands, and with the incident that tells of it. Found again, it stays
    /// closed, unless the gateway agreed with our books in between.
    pub async fn close(&self, id: DifferenceId, by: UserId, note: &str) -> Result<Difference, Error> {
        let (mut db, now) = (self.pool.begin().await?, self.clock.now());
        let closed = store::close(&mut db, id, by, note, now).await?.ok_or(Error::NoneStanding)?;
        incidents::resolve_differences(&mut db, &[id], Some(by), note, now).await?;
        commit(db).await?;
        Ok(closed)
    }

    /// Has a gateway compared by a job: the window that is named, or the schedule's next run now. The same wish twice, as
    /// long as the first waits, is one job; which one is not told.
    pub async fn compare(&self, wish: &Reconcile) -> Result<(), Error> {
        let now = self.clock.now();
        named_window(wish.from, wish.until, now)?;
        let mut db = self.pool.acquire().await?;
        jobs::store::insert_unless_waiting(&mut db, &NewJob::at(now, wish), now).await?;
        self.bell.jobs_waiting(Queue::Upkeep);
        Ok(())
    }
}
