//! Locks orders. A change of an order, or of anything that belongs to it, holds the lock of its row.

use rust_decimal::Decimal;
use sqlx::PgConnection;

use super::stored_money;
use crate::kernel::Timestamp;
use crate::kernel::ids::{OrderId, PaymentId, UserId};
use crate::orders::{Error, LockedOrder, OrderStatus, PaymentMethod};

/// Locks one order.
pub async fn lock(db: &mut PgConnection, id: OrderId) -> Result<LockedOrder, Error> {
    lock_many(db, &[id]).await?.pop().ok_or(Error::Missing)
}

struct LockedRow {
    id: OrderId,
    number: String,
    customer_id: UserId,
    status: OrderStatus,
    version: i32,
    payment_method: PaymentMethod,
    currency: String,
    total: Decimal,
    hold_until: Option<Timestamp>,
}

impl TryFrom<LockedRow> for LockedOrder {
    type Error = Error;

    fn try_from(row: LockedRow) -> Result<Self, Error> {
        Ok(Self {
            id: row.id,
            number: row.number,
            customer_id: row.customer_id,
            status: row.status,
            version: row.version,
            payment_method: row.payment_method,
            total: stored_money(row.total, &row.currency)?,
            hold_until: row.hold_until,
        })
    }
}

/// Locks the order that a payment belongs to, as [`lock`] does.
pub async fn lock_of_payment(db: &mut PgConnection, payment: PaymentId) -> Result<LockedOrder, Error> {
    let row = sqlx::query_as!(
        LockedRow,
        r#"select id as "id: OrderId", number, customer_id as "customer_id: UserId",
                  status as "status: OrderStatus", version, payment_method as "payment_method: PaymentMethod",
                  currency, total, hold_until
           from orders
           where id = (select order_id from payments where id = $1)
           for no key update"#,
        payment.0,
    )
    .fetch_optional(db)
    .await?;
    row.ok_or(Error::Missing)?.try_into()
}

/// Locks orders in id order, as everywhere, so that two transactions can't deadlock.
///
/// `for no key update`: inserting rows that refer to these orders does not have to wait.
pub async fn lock_many(db: &mut PgConnection, ids: &[OrderId]) -> Result<Vec<LockedOrder>, Error> {
    let rows = sqlx::query_as!(
        LockedRow,
        r#"select id as "id: OrderId", number, customer_id as "customer_id: UserId",
                  status as "status: OrderStatus", version, payment_method as "payment_method: PaymentMethod",
                  currency, total, hold_until
           from orders
           where id = any($1)
           order by id
           for no key update"#,
        ids as &[OrderId],
    )
    .fetch_all(db)
    .await?;
    rows.into_iter().map(TryInto::try_into).collect()
}
