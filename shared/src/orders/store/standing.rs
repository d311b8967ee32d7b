//! Reads the few fields of an order that the page after paying shows. Every reader who has the order's id may see them.

use sqlx::PgConnection;

use crate::kernel::ids::OrderId;
use crate::orders::{Error, OrderStatus, Standing};
use crate::payments::{PaymentStatus, Provider};

/// By primary key and the indexes on `order_id`. The attempt is the one that counts, as `find` has it. An order without
/// an attempt at this gateway is missing: no payment page of this gateway has led back from it.
pub async fn standing(db: &mut PgConnection, id: OrderId, gateway: Provider) -> Result<Standing, Error> {
    let standing = sqlx::query_as!(
        Standing,
        r#"select o.number, o.status as "status: OrderStatus", o.hold_until,
                  y.status as "payment?: PaymentStatus",
                  (y.failure_code is not null or y.failure is not null or y.left_at is not null) as "was_interrupted!"
           from orders o
           left join lateral (
             select p.status, p.left_at, p.failure_code, p.failure
             from payments p
             where p.order_id = o.id and p.status <> 'surplus'
             order by p.status in ('creating', 'unknown', 'open', 'processing', 'captured') desc, p.id desc
             limit 1
           ) y on true
           where o.id = $1
             and exists (select from payments g where g.order_id = o.id and g.gateway = $2)"#,
        id.0,
        gateway.as_str(),
    )
    .fetch_optional(db)
    .await?;
    standing.ok_or(Error::Missing)
}
