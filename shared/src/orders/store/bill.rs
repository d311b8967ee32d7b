//! What the page of a payment shows of an order, read once per page.

use sqlx::PgConnection;

use super::stored_money;
use crate::kernel::ids::OrderId;
use crate::orders::{Bill, BillLine, Error};

/// The number and the lines of an order, by primary keys. The order of the lines never changes: a request that is
/// repeated under the same key must be the same.
pub async fn bill(db: &mut PgConnection, id: OrderId) -> Result<Bill, Error> {
    let rows = sqlx::query!(
        "select o.number, o.currency, l.title, l.unit_price, l.quantity
         from orders o
         join vendor_orders p on p.order_id = o.id
         join order_items l on l.order_id = o.id and l.vendor_id = p.vendor_id
         where o.id = $1
         order by p.id, l.line_no",
        id.0,
    )
    .fetch_all(db)
    .await?;
    let number = rows.first().ok_or(Error::Missing)?.number.clone();
    let lines = rows.into_iter().map(|row| {
        let unit_price = stored_money(row.unit_price, &row.currency)?;
        Ok(BillLine { title: row.title, unit_price, quantity: row.quantity.unsigned_abs() })
    });
    Ok(Bill { number, lines: lines.collect::<Result<_, Error>>()? })
}
