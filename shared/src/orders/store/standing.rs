//! The little of an order that the page after paying shows, to whoever has its id: nothing of who ordered what.

use sqlx::PgConnection;

use crate::kernel::ids::OrderId;
use crate::orders::{Error, OrderStatus, Standing};
use crate::payments::{FailureCode, PaymentStatus};

/// By primary key and the indexes on `order_id`. The attempt is the one that counts, as `find` has it.
pub async fn standing(db: &mut PgConnection, id: OrderId) -> Result<Standing, Error> {
    let standing = sqlx::query_as!(
        Standing,
        r#"select o.number, o.status as "status: OrderStatus", o.hold_until,
                  y.status as "payment?: PaymentStatus", y.failure as "failure?: FailureCode",
                  y.left_at is not null as "was_left!",
                  exists (select from payments s where s.order_id = o.id and s.status = 'surplus') as "has_surplus!"
           from orders o
           left join lateral (
             select p.status, p.left_at,
                    coalesce(p.failure_code, case when p.failure is not null then 'refused' end) as failure
             from payments p
             where p.order_id = o.id and p.status <> 'surplus'
             order by p.status in ('creating', 'unknown', 'open', 'processing', 'captured') desc, p.id desc
             limit 1
           ) y on true
           where o.id = $1"#,
        id.0,
    )
    .fetch_optional(db)
    .await?;
    standing.ok_or(Error::Missing)
}
