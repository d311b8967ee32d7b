//! Operators' requests to reconciliation: list differences, close one, start a run.

use super::{Difference, Error, named_window, store};
use crate::incidents;
use crate::jobs::{self, NewJob, Queue, Reconcile};
use crate::kernel::db::{self, Pool, commit};
use crate::kernel::ids::{DifferenceId, UserId};
use crate::kernel::page::{Asked, Page};
use crate::kernel::{Bell, Clock};

/// Handles such requests.
#[derive(Clone, Copy, Debug)]
pub struct Desk<'a> {
    pub pool: &'a Pool,
    pub clock: &'a Clock,
    pub bell: &'a Bell,
}

/// The filter of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// Neither repaired nor closed.
    Standing,
    All,
}

impl Desk<'_> {
    /// Differences, newest first.
    pub async fn list(&self, which: Which, asked: &Asked<DifferenceId>) -> Result<Page<Difference>, Error> {
        let mut db = db::acquire(self.pool).await?;
        let slice = asked.within(store::extent(&mut db, which, asked).await?);
        let rows = store::list(&mut db, which, &slice).await?;
        Ok(Page::cut(rows, &slice, |row| row.id))
    }

    /// Closes an open difference that an operator has dealt with, and the incident that reports it. If it is found
    /// again it stays closed, unless the gateway agreed with our books in between.
    pub async fn close(&self, id: DifferenceId, by: UserId, note: &str) -> Result<Difference, Error> {
        let (mut db, now) = (db::begin(self.pool).await?, self.clock.now());
        let Some(closed) = store::close(&mut db, id, by, note, now).await? else {
            let exists = store::exists(&mut db, id).await?;
            return Err(if exists { Error::Over } else { Error::Missing });
        };
        incidents::resolve_differences(&mut db, &[id], Some(by), note, now).await?;
        commit(db).await?;
        Ok(closed)
    }

    /// Lets a job compare a gateway: the window that is named, or the schedule's next run now. Repeating the request
    /// while the first job waits adds no second one; the result does not say which job it is.
    pub async fn compare(&self, wish: &Reconcile) -> Result<(), Error> {
        let now = self.clock.now();
        named_window(wish.from, wish.until, now)?;
        let mut db = db::acquire(self.pool).await?;
        jobs::store::insert_unless_waiting(&mut db, &NewJob::at(now, wish), now).await?;
        self.bell.jobs_waiting(Queue::Upkeep);
        Ok(())
    }
}
