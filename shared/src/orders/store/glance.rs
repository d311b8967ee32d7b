//! The few fields of an order that event streams send, read once for all watchers.

use sqlx::PgConnection;

use crate::kernel::ids::OrderId;
use crate::orders::{Error, Glance, OrderStatus};

/// The caller has checked that the watchers may see the order. By primary key and `payments_one_open_per_order`.
pub async fn glance(db: &mut PgConnection, id: OrderId) -> Result<Glance, Error> {
    let glance = sqlx::query_as!(
        Glance,
        r#"select o.version, o.status as "status: OrderStatus",
                  (select y.redirect_url
                   from payments y
                   where y.order_id = o.id and y.status = 'open'
                   limit 1) as redirect_url
           from orders o
           where o.id = $1"#,
        id.0,
    )
    .fetch_optional(db)
    .await?;
    glance.ok_or(Error::Missing)
}
