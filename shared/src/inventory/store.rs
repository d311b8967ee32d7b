//! The SQL of stock rows and of the journal.

use sqlx::PgConnection;

use super::adjust::{Change, Opening};
use super::{JournalLine, Movement, MovementKind, Stock};
use crate::kernel::ids::{OrderId, RefundId, UserId, VariantId};
use crate::kernel::page::Asked;

/// Stock of those variants that have any row, in no order.
pub async fn find(
    db: &mut PgConnection,
    variants: &[VariantId],
) -> Result<Vec<(VariantId, Stock)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        select variant_id as "variant_id: VariantId", on_hand, reserved
        from inventory
        where variant_id = any($1)
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

/// Locks stock rows in the order of variant ids, by the primary key, and answers in that order: whoever locks
/// several does it this way, so no two can wait for each other. Foreign keys of others are not held up.
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

/// New rows, nothing reserved.
pub(super) async fn insert(db: &mut PgConnection, openings: &[Opening]) -> Result<(), sqlx::Error> {
    let variants: Vec<VariantId> = openings.iter().map(|opening| opening.variant).collect();
    let quantities: Vec<i32> = openings.iter().map(|opening| opening.quantity).collect();
    sqlx::query!(
        r#"
        insert into inventory (variant_id, on_hand)
        select variant_id, on_hand
        from unnest($1::uuid[], $2::int[]) as new (variant_id, on_hand)
        "#,
        &variants as &[VariantId],
        &quantities,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Only on rows locked by [`lock`].
pub(super) async fn apply(db: &mut PgConnection, changes: &[Change]) -> Result<(), sqlx::Error> {
    let variants: Vec<VariantId> = changes.iter().map(|change| change.variant).collect();
    let deltas: Vec<i32> = changes.iter().map(|change| change.delta).collect();
    sqlx::query!(
        r#"
        update inventory i
        set on_hand = i.on_hand + change.delta
        from unnest($1::uuid[], $2::int[]) as change (variant_id, delta)
        where i.variant_id = change.variant_id
        "#,
        &variants as &[VariantId],
        &deltas,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The one way into the journal: called in the transaction that changes the stock.
pub async fn record_movements(db: &mut PgConnection, movements: &[Movement]) -> Result<(), sqlx::Error> {
    if movements.is_empty() {
        return Ok(());
    }
    let column = |value: fn(&Movement) -> Option<uuid::Uuid>| movements.iter().map(value).collect::<Vec<_>>();
    let variants: Vec<VariantId> = movements.iter().map(|movement| movement.variant).collect();
    let kinds: Vec<&str> = movements.iter().map(|movement| movement.kind.as_str()).collect();
    let quantities: Vec<i32> = movements.iter().map(|movement| movement.quantity).collect();
    let orders = column(|movement| movement.order.map(|id| id.0));
    let refunds = column(|movement| movement.refund.map(|id| id.0));
    let actors = column(|movement| movement.actor.map(|id| id.0));
    let reasons: Vec<Option<&str>> = movements.iter().map(|movement| movement.reason.as_deref()).collect();
    let times: Vec<_> = movements.iter().map(|movement| movement.at).collect();
    sqlx::query!(
        r#"
        insert into stock_movements
            (variant_id, kind, quantity, order_id, refund_id, actor_id, reason, at)
        select *
        from unnest($1::uuid[], $2::text[], $3::int[], $4::uuid[], $5::uuid[], $6::uuid[], $7::text[],
            $8::timestamptz[])
        "#,
        &variants as &[VariantId],
        &kinds as &[&str],
        &quantities,
        &orders as &[Option<uuid::Uuid>],
        &refunds as &[Option<uuid::Uuid>],
        &actors as &[Option<uuid::Uuid>],
        &reasons as &[Option<&str>],
        &times,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Walks the primary key `(variant_id, id)` backwards.
pub(super) async fn journal(
    db: &mut PgConnection,
    variant: VariantId,
    asked: &Asked<i64>,
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
        asked.after.unwrap_or(i64::MAX),
        asked.limit(),
    )
    .fetch_all(db)
    .await
}
