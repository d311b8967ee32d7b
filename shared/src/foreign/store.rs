//! All SQL of foreign movements.

use chrono::NaiveDate;
use serde_json::Value;
use sqlx::PgConnection;

use super::{Day, Filter, Movement, MovementKind, NewMovement};
use crate::kernel::Timestamp;
use crate::kernel::ids::ForeignMovementId;
use crate::kernel::page::{Asked, Extent, Slice, extent};
use crate::payments::Provider;

/// Stores movements that are not known yet, and returns the new ones. Sorted, so that two writers can't deadlock.
pub async fn insert(
    db: &mut PgConnection,
    movements: &[NewMovement],
    now: Timestamp,
) -> Result<Vec<(Provider, MovementKind)>, sqlx::Error> {
    if movements.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<ForeignMovementId> = movements.iter().map(|_| ForeignMovementId::new()).collect();
    let gateways: Vec<String> = movements.iter().map(|one| one.gateway.as_str().to_owned()).collect();
    let kinds: Vec<String> = movements.iter().map(|one| one.kind.as_str().to_owned()).collect();
    let subjects: Vec<String> = movements.iter().map(|one| one.subject.clone()).collect();
    let days: Vec<NaiveDate> = movements.iter().map(|one| one.at.date_naive()).collect();
    let details: Vec<Value> = movements.iter().map(|one| one.detail.clone()).collect();
    let rows = sqlx::query!(
        r#"insert into foreign_movements (id, gateway, kind, subject, day, detail, found_at)
           select id, gateway, kind, subject, day, detail, $7
           from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::date[], $6::jsonb[])
               as u (id, gateway, kind, subject, day, detail)
           order by gateway, kind, subject
           on conflict (gateway, kind, subject) do nothing
           returning gateway as "gateway: Provider", kind as "kind: MovementKind""#,
        &ids as &[ForeignMovementId],
        &gateways,
        &kinds,
        &subjects,
        &days,
        &details,
        now,
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.gateway, row.kind)).collect())
}

/// Deletes some movements from before a day, oldest first, by the index `foreign_movements_by_day`. Returns the number
/// deleted.
pub async fn purge(db: &mut PgConnection, before: NaiveDate, limit: i64) -> Result<u64, sqlx::Error> {
    let purged = sqlx::query!(
        "delete from foreign_movements
         where id = any(array(select id from foreign_movements where day < $1 order by day limit $2))",
        before,
        limit,
    )
    .execute(db)
    .await?;
    Ok(purged.rows_affected())
}

/// The movements that were seen last, newest first, by the primary key.
pub async fn list(
    db: &mut PgConnection,
    filter: Filter,
    slice: &Slice<ForeignMovementId>,
) -> Result<Vec<Movement>, sqlx::Error> {
    sqlx::query_as!(
        Movement,
        r#"select id as "id: ForeignMovementId", gateway as "gateway: Provider", kind as "kind: MovementKind", subject,
                  day, detail, found_at
           from foreign_movements
           where ($1::text is null or gateway = $1) and ($2::date is null or day = $2)
             and ($3::uuid is null or id < $3)
           order by id desc
           limit $4"#,
        filter.gateway.map(Provider::as_str),
        filter.day,
        slice.after.map(|id| id.0),
        slice.limit(),
    )
    .fetch_all(db)
    .await
}

/// The extent of [`list`].
pub async fn extent(
    db: &mut PgConnection,
    filter: Filter,
    asked: &Asked<ForeignMovementId>,
) -> Result<Extent<ForeignMovementId>, sqlx::Error> {
    extent!(
        db,
        asked,
        "ForeignMovementId",
        "id",
        "from foreign_movements where ($3::text is null or gateway = $3) and ($4::date is null or day = $4)",
        filter.gateway.map(Provider::as_str),
        filter.day,
    )
}

/// Counts by day, gateway and kind, newest first, by the index `foreign_movements_by_day`.
pub async fn days(db: &mut PgConnection, since: NaiveDate) -> Result<Vec<Day>, sqlx::Error> {
    sqlx::query_as!(
        Day,
        r#"select day, gateway as "gateway: Provider", kind as "kind: MovementKind", count(*) as "count!"
           from foreign_movements
           where day >= $1
           group by day, gateway, kind
           order by day desc, gateway, kind"#,
        since,
    )
    .fetch_all(db)
    .await
}
