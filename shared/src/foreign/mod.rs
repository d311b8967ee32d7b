//! Movements on our accounts at the gateways that bear none of our marks: another system uses the same account.
//!
//! Owns `foreign_movements`. A movement is stored and counted by gateway and day, and opens no incident: it is not a
//! difference between a gateway and our books. docs/gateways.md says how marks are recognised.
//! difference between a gateway and our books. How marks are told is in docs/gateways.md.

pub mod store;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::kernel::db::{self, Pool};
use crate::kernel::ids::ForeignMovementId;
use crate::kernel::page::{Asked, Page};
use crate::kernel::{Fault, Kind, Timestamp};
use crate::payments::Provider;

/// What moved.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    sqlx::Type,
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[schema(as = ForeignMovementKind)]
pub enum MovementKind {
    Payment,
    Refund,
}

impl MovementKind {
    pub const ALL: &'static [Self] = &[Self::Payment, Self::Refund];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Payment => "payment",
            Self::Refund => "refund",
        }
    }
}

/// A movement in a gateway's list or in a message.
#[derive(Clone, Debug, PartialEq)]
pub struct NewMovement {
    pub gateway: Provider,
    pub kind: MovementKind,
    /// The gateway's reference of it.
    pub subject: String,
    /// When it happened, by the gateway's time.
    pub at: Timestamp,
    pub detail: Value,
}

/// One movement as operators see it.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
#[schema(as = ForeignMovement)]
pub struct Movement {
    pub id: ForeignMovementId,
    pub gateway: Provider,
    pub kind: MovementKind,
    /// The gateway's reference of it.
    pub subject: String,
    /// UTC, by the gateway's own time.
    pub day: NaiveDate,
    pub detail: Value,
    pub found_at: DateTime<Utc>,
}

/// The movements of one day.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
#[schema(as = ForeignDay)]
pub struct Day {
    pub day: NaiveDate,
    pub gateway: Provider,
    pub kind: MovementKind,
    pub count: i64,
}

/// The filter of the list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    pub gateway: Option<Provider>,
    pub day: Option<NaiveDate>,
}

#[derive(Debug, thiserror::Error)]
#[error("the database failed")]
pub struct Error(#[from] sqlx::Error);

impl Fault for Error {
    fn kind(&self) -> Kind {
        Kind::Broken
    }

    fn code(&self) -> &'static str {
        "internal"
    }
}

/// Number of days, counted back from today.
const DAYS: i64 = 31;

/// The movements that were seen last, newest first.
pub async fn list(
    pool: &Pool,
    filter: Filter,
    asked: &Asked<ForeignMovementId>,
) -> Result<Page<Movement>, Error> {
    let mut db = db::acquire(pool).await?;
    let slice = asked.within(store::extent(&mut db, filter, asked).await?);
    let rows = store::list(&mut db, filter, &slice).await?;
    Ok(Page::cut(rows, &slice, |row| row.id))
}

/// Counts of the last 31 days, newest first.
pub async fn days(pool: &Pool, now: Timestamp) -> Result<Vec<Day>, Error> {
    let since = (now - chrono::TimeDelta::days(DAYS)).date_naive();
    Ok(store::days(&mut *db::acquire(pool).await?, since).await?)
}
