//! The operators' desk: queues, dead letters and incidents in one place. Owns no table.

use serde::Serialize;

use crate::incidents::{self, Incident};
use crate::jobs::store::desk::{self, JobView, QueueView};
use crate::kernel::db::Pool;
use crate::kernel::ids::{IncidentId, JobId};
use crate::kernel::page::{Asked, Page};
use crate::kernel::{Fault, Kind, Timestamp};

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("there is no such dead job")]
    NoDeadJob,
    #[error("there is no such open incident")]
    NoOpenIncident,
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
}

impl Fault for Error {
    fn kind(&self) -> Kind {
        match self {
            Self::NoDeadJob | Self::NoOpenIncident => Kind::Missing,
            Self::Database(_) => Kind::Broken,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NoDeadJob => "job_not_found",
            Self::NoOpenIncident => "incident_not_found",
            Self::Database(_) => "internal",
        }
    }
}

/// How everything stands.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct Overview {
    pub queues: Vec<QueueView>,
    pub open_incidents: i64,
}

pub async fn overview(pool: &Pool, now: Timestamp) -> Result<Overview, Error> {
    let mut db = pool.acquire().await?;
    let queues = desk::queues(&mut db, now).await?;
    Ok(Overview { queues, open_incidents: incidents::count_open(&mut db).await? })
}

/// Jobs of a status, newest first.
pub async fn jobs(pool: &Pool, status: &str, asked: &Asked<JobId>) -> Result<Page<JobView>, Error> {
    let mut db = pool.acquire().await?;
    let slice = asked.within(desk::extent(&mut db, status, asked).await?);
    let rows = desk::list(&mut db, status, &slice).await?;
    Ok(Page::cut(rows, &slice, |row| row.id))
}

/// Queues a dead job again.
pub async fn retry(pool: &Pool, id: JobId, now: Timestamp) -> Result<(), Error> {
    let revived = desk::retry(&mut *pool.acquire().await?, id, now).await?;
    if revived { Ok(()) } else { Err(Error::NoDeadJob) }
}

/// Deletes a dead job.
pub async fn drop_dead(pool: &Pool, id: JobId) -> Result<(), Error> {
    let dropped = desk::drop_dead(&mut *pool.acquire().await?, id).await?;
    if dropped { Ok(()) } else { Err(Error::NoDeadJob) }
}

/// Open incidents, newest first.
pub async fn incidents(pool: &Pool, asked: &Asked<IncidentId>) -> Result<Page<Incident>, Error> {
    let mut db = pool.acquire().await?;
    let slice = asked.within(incidents::extent_of_open(&mut db, asked).await?);
    let rows = incidents::list_open(&mut db, &slice).await?;
    Ok(Page::cut(rows, &slice, |row| row.id))
}

/// Closes an incident.
pub async fn resolve(pool: &Pool, id: IncidentId, now: Timestamp) -> Result<(), Error> {
    let resolved = incidents::resolve(&mut *pool.acquire().await?, id, now).await?;
    if resolved { Ok(()) } else { Err(Error::NoOpenIncident) }
}
