//! All SQL of held stock. Each verb locks first and then writes stock, journal and reservation in one statement.

use std::collections::HashMap;

use sqlx::PgConnection;
use uuid::Uuid;

use super::Error;
use crate::kernel::Timestamp;
use crate::kernel::ids::{OrderId, RefundId, VariantId};

/// The pieces of a variant that go to an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Take {
    pub order_id: OrderId,
    pub variant_id: VariantId,
    pub quantity: i32,
}

/// Locks the stock of variants and returns the available quantity of each.
///
/// In id order, as everywhere; `for no key update`, so that rows referring to a variant need not wait.
pub async fn lock(db: &mut PgConnection, variants: &[VariantId]) -> Result<HashMap<VariantId, i32>, Error> {
    let rows = sqlx::query!(
        r#"select variant_id as "variant_id: VariantId", on_hand - reserved as "available!"
           from inventory
           where variant_id = any($1)
           order by variant_id
           for no key update"#,
        variants as &[VariantId],
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.variant_id, row.available)).collect())
}

/// Holds stock. The rows must be locked, and the plan must have found that it fits; otherwise the table's checks
/// refuse.
///
/// An order whose stock was released may hold it again.
pub async fn hold(db: &mut PgConnection, takes: &[Take], now: Timestamp) -> Result<(), Error> {
    let orders: Vec<Uuid> = takes.iter().map(|take| take.order_id.0).collect();
    let variants: Vec<Uuid> = takes.iter().map(|take| take.variant_id.0).collect();
    let quantities: Vec<i32> = takes.iter().map(|take| take.quantity).collect();
    sqlx::query!(
        "with take as (
           select *
           from unnest($1::uuid[], $2::uuid[], $3::int[]) as u (order_id, variant_id, quantity)
         ), held as (
           insert into reservations (order_id, variant_id, quantity)
           select order_id, variant_id, quantity from take
           on conflict (order_id, variant_id)
             do update set state = 'held', quantity = excluded.quantity where reservations.state = 'released'
           returning order_id, variant_id, quantity
         ), moved as (
           insert into stock_movements (variant_id, kind, quantity, order_id, at)
           select variant_id, 'reserved', quantity, order_id, $4 from held
         )
         update inventory
         set reserved = reserved + total.quantity
         from (select variant_id, sum(quantity)::int as quantity from held group by variant_id) as total
         where inventory.variant_id = total.variant_id",
        &orders,
        &variants,
        &quantities,
        now,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Locks the stock that orders hold. The orders must be locked before.
async fn lock_held(db: &mut PgConnection, orders: &[OrderId]) -> Result<usize, Error> {
    let locked = sqlx::query_scalar!(
        "select variant_id
         from inventory
         where variant_id in (select variant_id from reservations where order_id = any($1) and state = 'held')
         order by variant_id
         for no key update",
        orders as &[OrderId],
    )
    .fetch_all(db)
    .await?;
    Ok(locked.len())
}

/// How stock stops being held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It is available again.
    Released,
    /// It leaves the stock.
    Sold,
}

impl End {
    /// The word of both the reservation's state and the journal.
    const fn as_str(self) -> &'static str {
        match self {
            Self::Released => "released",
            Self::Sold => "sold",
        }
    }
}

/// Ends what orders hold. Orders that hold nothing are left alone, so this may be repeated.
pub async fn end(db: &mut PgConnection, orders: &[OrderId], how: End, now: Timestamp) -> Result<(), Error> {
    if lock_held(db, orders).await? == 0 {
        return Ok(());
    }
    sqlx::query!(
        "with ended as (
           update reservations
           set state = $3
           where order_id = any($1) and state = 'held'
           returning order_id, variant_id, quantity
         ), moved as (
           insert into stock_movements (variant_id, kind, quantity, order_id, at)
           select variant_id, $3, quantity, order_id, $2 from ended
         )
         update inventory
         set reserved = reserved - total.quantity,
             on_hand = on_hand - case $3 when 'sold' then total.quantity else 0 end
         from (select variant_id, sum(quantity)::int as quantity from ended group by variant_id) as total
         where inventory.variant_id = total.variant_id",
        orders as &[OrderId],
        now,
        how.as_str(),
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Returns refunded pieces to stock. The caller's `restocked_at` ensures that this happens once per refund.
pub async fn restock(
    db: &mut PgConnection,
    order_id: OrderId,
    refund_id: RefundId,
    pieces: &[(VariantId, i32)],
    now: Timestamp,
) -> Result<(), Error> {
    let variants: Vec<VariantId> = pieces.iter().map(|(variant, _)| *variant).collect();
    lock(db, &variants).await?;
    let ids: Vec<Uuid> = variants.iter().map(|variant| variant.0).collect();
    let quantities: Vec<i32> = pieces.iter().map(|(_, quantity)| *quantity).collect();
    sqlx::query!(
        "with back as (
           select variant_id, sum(quantity)::int as quantity
           from unnest($1::uuid[], $2::int[]) as u (variant_id, quantity)
           group by variant_id
         ), moved as (
           insert into stock_movements (variant_id, kind, quantity, order_id, refund_id, at)
           select variant_id, 'restocked', quantity, $3, $4, $5 from back
         )
         update inventory
         set on_hand = on_hand + back.quantity
         from back
         where inventory.variant_id = back.variant_id",
        &ids,
        &quantities,
        order_id.0,
        refund_id.0,
        now,
    )
    .execute(db)
    .await?;
    Ok(())
}
