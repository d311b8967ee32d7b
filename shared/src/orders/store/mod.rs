//! All SQL of orders. Status changes are here; `lock.rs` locks, `insert.rs` writes new orders, `read.rs` and `whole.rs`
//! read them for people.

mod audit;
mod bill;
mod glance;
mod insert;
mod lists;
mod lock;
mod read;
mod standing;
mod whole;

use money::Money;
use rust_decimal::Decimal;
use serde_json::Value;
use sqlx::PgConnection;
use uuid::Uuid;

pub use audit::{Audit, Unreadable, audit};
pub use bill::bill;
pub use glance::glance;
pub use insert::{NewLine, NewOrder, NewPart, insert, next_numbers};
pub use lists::{Audience, Sought, extent, extent_of_parts, list, list_parts};
pub use lock::{lock, lock_many, lock_of_payment};
pub use read::{Reader, find, find_part, version};
pub use standing::standing;

use super::{Actor, Error, LockedOrder, OrderStatus, PaymentMethod, Step};
use crate::kernel::Timestamp;
use crate::kernel::ids::{OrderId, VariantId, VendorId};

/// The stock demand of one order line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    pub order_id: OrderId,
    pub line_no: i16,
    pub variant_id: VariantId,
    pub quantity: i32,
    pub title: String,
    /// In the order's currency.
    pub unit_price: Decimal,
}

/// The current status of an order, unlocked.
pub async fn status(db: &mut PgConnection, id: OrderId) -> Result<OrderStatus, Error> {
    let status =
        sqlx::query_scalar!(r#"select status as "status: OrderStatus" from orders where id = $1"#, id.0);
    status.fetch_optional(db).await?.ok_or(Error::Missing)
}

/// The current status of an order and the end of its hold, unlocked.
pub async fn hold(db: &mut PgConnection, id: OrderId) -> Result<(OrderStatus, Option<Timestamp>), Error> {
    let hold =
        sqlx::query!(r#"select status as "status: OrderStatus", hold_until from orders where id = $1"#, id.0);
    let hold = hold.fetch_optional(db).await?.ok_or(Error::Missing)?;
    Ok((hold.status, hold.hold_until))
}

/// Takes one step of a locked order: status, version, the vendors' parts and the history row together.
pub async fn advance(
    db: &mut PgConnection,
    order: &mut LockedOrder,
    step: Step,
    actor: &Actor,
    note: Option<&str>,
    now: Timestamp,
) -> Result<(), Error> {
    let next = order.status.after(step).ok_or(Error::WrongStatus(order.status))?;
    let moves = [Move {
        order: order.clone(),
        step,
        note: note.map(str::to_owned),
        rejected: None,
        returned: None,
        hold_until: None,
    }];
    advance_many(db, &moves, actor, now).await?;
    order.status = next;
    order.version += 1;
    Ok(())
}

/// One step of one order, for [`advance_many`].
#[derive(Clone, Debug)]
pub struct Move {
    pub order: LockedOrder,
    pub step: Step,
    pub note: Option<String>,
    /// The short items, with [`Step::Reject`].
    pub rejected: Option<Value>,
    /// The lines that went back into the customer's cart, with [`Step::Reject`].
    pub returned: Option<Value>,
    /// Until when stock is held, with [`Step::Hold`].
    pub hold_until: Option<Timestamp>,
}

/// Takes one step of many locked orders in one statement. Fails as a whole if any of them can't take its step.
pub async fn advance_many(
    db: &mut PgConnection,
    moves: &[Move],
    actor: &Actor,
    now: Timestamp,
) -> Result<(), Error> {
    let mut statuses = Vec::with_capacity(moves.len());
    for one in moves {
        let next = one.order.status.after(one.step).ok_or(Error::WrongStatus(one.order.status))?;
        statuses.push(next.as_str().to_owned());
    }
    let ids: Vec<Uuid> = moves.iter().map(|one| one.order.id.0).collect();
    let versions: Vec<i32> = moves.iter().map(|one| one.order.version).collect();
    let notes: Vec<Option<String>> = moves.iter().map(|one| one.note.clone()).collect();
    let rejected: Vec<Option<Value>> = moves.iter().map(|one| one.rejected.clone()).collect();
    let returned: Vec<Option<Value>> = moves.iter().map(|one| one.returned.clone()).collect();
    let holds: Vec<Option<Timestamp>> = moves.iter().map(|one| one.hold_until).collect();
    let moved = sqlx::query_scalar!(
        r#"with step as (
             select *
             from unnest($1::uuid[], $2::int[], $3::text[], $4::text[], $5::jsonb[], $6::timestamptz[], $9::jsonb[])
                 as u (id, version, status, note, rejected, hold_until, returned)
           ), moved as (
             update orders
             set status = step.status, version = orders.version + 1, updated_at = $8,
                 rejected_items = coalesce(step.rejected, rejected_items),
                 returned_items = coalesce(step.returned, returned_items), hold_until = step.hold_until
             from step
             where orders.id = step.id and orders.version = step.version
             returning orders.id, orders.version, orders.status, step.note
           ), parts as (
             update vendor_orders
             set status = moved.status
             from moved
             where vendor_orders.order_id = moved.id
           ), told as (
             insert into order_history (order_id, version, status, actor, note, at)
             select id, version, status, $7, note, $8 from moved
           )
           select count(*) as "count!" from moved"#,
        &ids,
        &versions,
        &statuses,
        &notes as &[Option<String>],
        &rejected as &[Option<Value>],
        &holds as &[Option<Timestamp>],
        actor.word(),
        now,
        &returned as &[Option<Value>],
    )
    .fetch_one(db)
    .await?;
    // The orders are locked, so a difference would be a bug; the caller's transaction is rolled back.
    if moved == moves.len() as i64 { Ok(()) } else { Err(Error::Missing) }
}

/// Raises the version, because something besides the status has changed that readers see: polls then notice.
pub async fn touch(db: &mut PgConnection, id: OrderId, now: Timestamp) -> Result<(), Error> {
    sqlx::query!("update orders set version = version + 1, updated_at = $2 where id = $1", id.0, now)
        .execute(db)
        .await?;
    Ok(())
}

/// The customer has chosen another payment method.
pub async fn set_payment_method(
    db: &mut PgConnection,
    id: OrderId,
    method: PaymentMethod,
    now: Timestamp,
) -> Result<(), Error> {
    sqlx::query!(
        "update orders set payment_method = $2, version = version + 1, updated_at = $3 where id = $1",
        id.0,
        method.as_str(),
        now,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The lines of orders, for reserving. By primary key.
pub async fn wanted(db: &mut PgConnection, ids: &[OrderId]) -> Result<Vec<Wanted>, Error> {
    let rows = sqlx::query_as!(
        Wanted,
        r#"select order_id as "order_id: OrderId", line_no, variant_id as "variant_id: VariantId", quantity, title,
                  unit_price
           from order_items
           where order_id = any($1)
           order by order_id, line_no"#,
        ids as &[OrderId],
    )
    .fetch_all(db)
    .await?;
    Ok(rows)
}

/// The amount that an order owes each of its vendors, fixed at checkout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VendorShare {
    pub vendor_id: VendorId,
    pub total: Money,
    pub commission: Money,
}

/// The vendors' shares of an order, in a fixed order.
pub async fn vendor_shares(db: &mut PgConnection, order: &LockedOrder) -> Result<Vec<VendorShare>, Error> {
    let rows = sqlx::query!(
        r#"select vendor_id as "vendor_id: VendorId", total, commission
           from vendor_orders
           where order_id = $1
           order by vendor_id"#,
        order.id.0,
    )
    .fetch_all(db)
    .await?;
    let currency = order.total.currency();
    rows.into_iter()
        .map(|row| {
            Ok(VendorShare {
                vendor_id: row.vendor_id,
                total: Money::new(row.total, currency)?,
                commission: Money::new(row.commission, currency)?,
            })
        })
        .collect()
}

/// A line as a refund sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundableLine {
    pub line_no: i16,
    pub vendor_id: VendorId,
    pub variant_id: VariantId,
    pub unit_price: Money,
    pub quantity: i32,
    pub refunded_quantity: i32,
    pub restocked_quantity: i32,
}

/// The lines of a locked order, with the pieces and amounts already refunded.
pub async fn refundable_lines(
    db: &mut PgConnection,
    order: &LockedOrder,
) -> Result<Vec<RefundableLine>, Error> {
    let rows = sqlx::query!(
        r#"select line_no, vendor_id as "vendor_id: VendorId", variant_id as "variant_id: VariantId",
                  unit_price, quantity, refunded_quantity, restocked_quantity
           from order_items
           where order_id = $1
           order by line_no"#,
        order.id.0,
    )
    .fetch_all(db)
    .await?;
    let currency = order.total.currency();
    rows.into_iter()
        .map(|row| {
            Ok(RefundableLine {
                line_no: row.line_no,
                vendor_id: row.vendor_id,
                variant_id: row.variant_id,
                unit_price: Money::new(row.unit_price, currency)?,
                quantity: row.quantity,
                refunded_quantity: row.refunded_quantity,
                restocked_quantity: row.restocked_quantity,
            })
        })
        .collect()
}

/// Pieces of a line that refunds take or give back, and that return to stock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pieces {
    pub line_no: i16,
    /// Negative when a refund failed.
    pub refunded: i32,
    pub restocked: i32,
}

/// Counts pieces of lines as refunded or restocked. The checks `order_items_refunded_within_quantity` and
/// `order_items_restocked_within_quantity` refuse counts beyond the line.
pub async fn count_pieces(db: &mut PgConnection, order_id: OrderId, pieces: &[Pieces]) -> Result<(), Error> {
    let numbers: Vec<i16> = pieces.iter().map(|one| one.line_no).collect();
    let refunded: Vec<i32> = pieces.iter().map(|one| one.refunded).collect();
    let restocked: Vec<i32> = pieces.iter().map(|one| one.restocked).collect();
    sqlx::query!(
        "update order_items
         set refunded_quantity = refunded_quantity + u.refunded, restocked_quantity = restocked_quantity + u.restocked
         from unnest($2::smallint[], $3::int[], $4::int[]) as u (line_no, refunded, restocked)
         where order_id = $1 and order_items.line_no = u.line_no",
        order_id.0,
        &numbers,
        &refunded,
        &restocked,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The status an order had before its last step.
pub async fn status_before(db: &mut PgConnection, order: &LockedOrder) -> Result<Option<OrderStatus>, Error> {
    let row = sqlx::query_scalar!(
        r#"select status as "status: OrderStatus"
           from order_history
           where order_id = $1 and status <> $2
           order by version desc
           limit 1"#,
        order.id.0,
        order.status.as_str(),
    )
    .fetch_optional(db)
    .await?;
    Ok(row)
}

pub(super) fn stored_money(amount: Decimal, currency: &str) -> Result<Money, Error> {
    let currency = currency.parse().map_err(money::MoneyError::from)?;
    Ok(Money::new(amount, currency)?)
}
