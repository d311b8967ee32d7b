//! The SQL of stock rows and of the journal. Each change and its line of the journal are one statement.

use sqlx::PgConnection;

use super::adjust::{Change, Opening};
use super::{JournalLine, MovementKind, Stock};
use crate::kernel::Timestamp;
use crate::kernel::ids::{OrderId, RefundId, UserId, VariantId};
use crate::kernel::page::{Asked, Extent, Slice, extent};

/// By the primary key, without a lock.
pub async fn find(db: &mut PgConnection, variant: VariantId) -> Result<Option<Stock>, sqlx::Error> {
    sqlx::query_as!(
        Stock,
        r#"
        select on_hand, reserved
        from inventory
        where variant_id = $1
        "#,
        variant.0,
    )
    .fetch_optional(db)
    .await
}

/// Locks stock rows in the order of variant ids, by the primary key, and returns them in that order. All code that
/// locks several rows uses this order, so two transactions can't deadlock. Foreign keys that refer to the rows are not
/// blocked.
pub async fn lock(
    db: &mut PgConnection,
    variants: &[VariantId],
) -> Result<Vec<(VariantId, Stock)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        select variant_id as "variant_id: VariantId", on_hand, reserved
        from inventory
        where variant_id = any($1)
        order by variant_id
        for no key update
        "#,
        variants as &[VariantId],
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.variant_id, Stock { on_hand: row.on_hand, reserved: row.reserved }))
        .collect())
}

/// Inserts rows with nothing reserved. A quantity above zero is journalled as received.
pub(super) async fn insert(
    db: &mut PgConnection,
    openings: &[Opening],
    actor: Option<UserId>,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let variants: Vec<VariantId> = openings.iter().map(|opening| opening.variant).collect();
    let quantities: Vec<i32> = openings.iter().map(|opening| opening.quantity).collect();
    sqlx::query!(
        r#"
        with opened as (
            insert into inventory (variant_id, on_hand)
            select variant_id, on_hand
            from unnest($1::uuid[], $2::int[]) as new (variant_id, on_hand)
            returning variant_id, on_hand
        )
        insert into stock_movements (variant_id, kind, quantity, actor_id, at)
        select variant_id, 'received', on_hand, $3::uuid, $4::timestamptz
        from opened
        where on_hand > 0
        "#,
        &variants as &[VariantId],
        &quantities,
        actor.map(|id| id.0),
        now,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Writes and journals changes of rows locked by [`lock`].
pub(super) async fn apply(
    db: &mut PgConnection,
    changes: &[Change],
    actor: Option<UserId>,
    reason: Option<&str>,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let variants: Vec<VariantId> = changes.iter().map(|change| change.variant).collect();
    let deltas: Vec<i32> = changes.iter().map(|change| change.delta).collect();
    sqlx::query!(
        r#"
        with changed as (
            update inventory i
            set on_hand = i.on_hand + change.delta
            from unnest($1::uuid[], $2::int[]) as change (variant_id, delta)
            where i.variant_id = change.variant_id
            returning i.variant_id, change.delta
        )
        insert into stock_movements (variant_id, kind, quantity, actor_id, reason, at)
        select variant_id, 'adjusted', delta, $3::uuid, $4::text, $5::timestamptz
        from changed
        "#,
        &variants as &[VariantId],
        &deltas,
        actor.map(|id| id.0),
        reason,
        now,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Walks the primary key `(variant_id, id)` backwards.
pub(super) async fn journal(
    db: &mut PgConnection,
    variant: VariantId,
    slice: &Slice<i64>,
) -> Result<Vec<JournalLine>, sqlx::Error> {
    sqlx::query_as!(
        JournalLine,
        r#"
        select id, kind as "kind: MovementKind", quantity,
            order_id as "order_id: OrderId", refund_id as "refund_id: RefundId",
            actor_id as "actor_id: UserId", reason, at
        from stock_movements
        where variant_id = $1
            and id < $2
        order by id desc
        limit $3
        "#,
        variant.0,
        slice.after.unwrap_or(i64::MAX),
        slice.limit(),
    )
    .fetch_all(db)
    .await
}

/// How far [`journal`] goes.
pub(super) async fn extent(
    db: &mut PgConnection,
    variant: VariantId,
    asked: &Asked<i64>,
) -> Result<Extent<i64>, sqlx::Error> {
    extent!(db, asked, "i64", "id", "from stock_movements where variant_id = $3", variant.0)
}
