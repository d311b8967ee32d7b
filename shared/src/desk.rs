//! Operators' view of queues, dead jobs and incidents in one place. Owns no table.

use serde::Serialize;
use sqlx::PgConnection;

use crate::incidents::{self, Incident};
use crate::jobs::store::desk::{self, JobView, QueueView};
use crate::kernel::db::{self, Pool, commit};
use crate::kernel::ids::{IncidentId, JobId, UserId};
use crate::kernel::page::{Asked, Page};
use crate::kernel::{Fault, Kind, Timestamp};
use crate::reconciliation;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("there is no such job")]
    JobMissing,
    #[error("the job is not dead")]
    JobNotDead,
    #[error("there is no such incident")]
    IncidentMissing,
    #[error("the incident is closed already")]
    IncidentResolved,
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
}

impl Fault for Error {
    fn kind(&self) -> Kind {
        match self {
            Self::JobMissing | Self::IncidentMissing => Kind::Missing,
            Self::JobNotDead | Self::IncidentResolved => Kind::Conflict,
            Self::Database(_) => Kind::Broken,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::JobMissing => "job_not_found",
            Self::JobNotDead => "job_not_dead",
            Self::IncidentMissing => "incident_not_found",
            Self::IncidentResolved => "incident_resolved",
            Self::Database(_) => "internal",
        }
    }
}

/// The state of the queues, and the number of open incidents.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct Overview {
    pub queues: Vec<QueueView>,
    pub open_incidents: i64,
}

pub async fn overview(pool: &Pool, now: Timestamp) -> Result<Overview, Error> {
    let mut db = db::acquire(pool).await?;
    let queues = desk::queues(&mut db, now).await?;
    Ok(Overview { queues, open_incidents: incidents::count_open(&mut db).await? })
}

/// Jobs of a status, newest first.
pub async fn jobs(pool: &Pool, status: &str, asked: &Asked<JobId>) -> Result<Page<JobView>, Error> {
    let mut db = db::acquire(pool).await?;
    let slice = asked.within(desk::extent(&mut db, status, asked).await?);
    let rows = desk::list(&mut db, status, &slice).await?;
    Ok(Page::cut(rows, &slice, |row| row.id))
}

/// Queues a dead job again.
pub async fn retry(pool: &Pool, id: JobId, now: Timestamp) -> Result<(), Error> {
    let mut db = db::acquire(pool).await?;
    if desk::retry(&mut db, id, now).await? { Ok(()) } else { Err(not_dead(&mut db, id).await?) }
}

/// Deletes a dead job.
pub async fn drop_dead(pool: &Pool, id: JobId) -> Result<(), Error> {
    let mut db = db::acquire(pool).await?;
    if desk::drop_dead(&mut db, id).await? { Ok(()) } else { Err(not_dead(&mut db, id).await?) }
}

/// Why there is no dead job with this id.
async fn not_dead(db: &mut PgConnection, id: JobId) -> Result<Error, sqlx::Error> {
    Ok(if desk::exists(db, id).await? { Error::JobNotDead } else { Error::JobMissing })
}

/// Incidents, newest first.
pub async fn incidents(
    pool: &Pool,
    which: incidents::Which,
    asked: &Asked<IncidentId>,
) -> Result<Page<Incident>, Error> {
    let mut db = db::acquire(pool).await?;
    let slice = asked.within(incidents::extent(&mut db, which, asked).await?);
    let rows = incidents::list(&mut db, which, &slice).await?;
    Ok(Page::cut(rows, &slice, |row| row.id))
}

/// Closes an incident, and the reconciliation difference that it reports, if that is still open.
pub async fn resolve(
    pool: &Pool,
    id: IncidentId,
    by: UserId,
    note: &str,
    now: Timestamp,
) -> Result<(), Error> {
    let mut db = db::begin(pool).await?;
    let Some(difference) = incidents::difference_of(&mut db, id).await? else {
        let exists = incidents::exists(&mut db, id).await?;
        return Err(if exists { Error::IncidentResolved } else { Error::IncidentMissing });
    };
    // Differences before incidents, as reconciliation writes them.
    if let Some(difference) = difference {
        reconciliation::store::close(&mut db, difference, by, note, now).await?;
    }
    if !incidents::resolve(&mut db, id, by, note, now).await? {
        return Err(Error::IncidentResolved); // by a concurrent request
    }
    Ok(commit(db).await?)
}
