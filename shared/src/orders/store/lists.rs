//! Lists of orders, newest first: of a customer, of all, of a shop's parts.

use rust_decimal::Decimal;
use sqlx::PgConnection;
use sqlx::types::Json;

use super::stored_money;
use crate::kernel::Timestamp;
use crate::kernel::ids::{OrderId, UserId, VendorId, VendorOrderId};
use crate::kernel::page::{Asked, Extent, Slice, extent};
use crate::orders::{
    Error, OrderCustomer, OrderStatus, OrderSummary, PartSummary, PaymentMethod, SummaryLine,
};

/// The filter of a list. A field that is `None` does not restrict it.
#[derive(Clone, Debug, Default)]
pub struct Sought {
    pub customer: Option<UserId>,
    pub number: Option<String>,
    /// E-mail address of the customer's account, in upper or lower case.
    pub email: Option<String>,
    pub status: Option<OrderStatus>,
    /// The audience of the list.
    pub audience: Audience,
}

/// The audience of a list, which decides which names it adds to each order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Audience {
    /// Adds none: customers know who they are.
    #[default]
    Customers,
    /// Adds the customer.
    Admins,
}

/// Whether orders of a status are found by their history: few orders get to it, and the index `order_history_ends` has these
/// steps. The status itself has no index, so that its updates stay cheap. A walk along the primary key soon finds orders of
/// a common status; for a status that orders have only for a short time it reads all orders.
const fn is_found_by_history(status: OrderStatus) -> bool {
    match status {
        OrderStatus::Rejected | OrderStatus::Expired | OrderStatus::Cancelled | OrderStatus::Refunded => true,
        OrderStatus::Pending
        | OrderStatus::AwaitingPayment
        | OrderStatus::Confirmed
        | OrderStatus::Paid
        | OrderStatus::Processing
        | OrderStatus::Shipped
        | OrderStatus::Delivered => false,
    }
}

impl Sought {
    /// The status, if it is the only filter and orders of it are found by history.
    fn ended(&self) -> Option<OrderStatus> {
        let alone = self.customer.is_none() && self.number.is_none() && self.email.is_none();
        self.status.filter(|status| alone && is_found_by_history(*status))
    }
}

/// The statement of a list. `$orders` selects the orders of the page; their lines are read only for these. `$2` says
/// whether the customer is shown.
macro_rules! listed {
    ($db:expr, $orders:literal, $($argument:expr),+ $(,)?) => {
        sqlx::query_as!(
            Row,
            r#"select o.id as "id: OrderId", o.number, o.status as "status: OrderStatus",
                      o.payment_method as "payment_method: PaymentMethod", o.currency, o.total, o.placed_at,
                      bought.lines as "line_count!", bought.pieces as "item_count!",
                      bought.first as "first: Json<Vec<SummaryLine>>",
                      (select json_build_object('id', u.id, 'name', u.full_name, 'email', u.email)
                       from users u
                       where u.id = o.customer_id and $2) as "customer: Json<OrderCustomer>"
               from ("# + $orders + r#" limit $1) as o
               cross join lateral (
                 select count(*) as lines, coalesce(sum(quantity), 0)::bigint as pieces,
                        json_agg(json_build_object('product_id', product_id, 'title', title, 'quantity', quantity,
                                                   'options', options, 'product_handle', product_handle,
                                                   'image_url', image_url) order by line_no)
                          filter (where line_no <= 3) as first
                 from order_items
                 where order_id = o.id
               ) as bought
               order by o.id desc"#,
            $($argument),+
        )
        .fetch_all($db)
        .await
    };
}

struct Row {
    id: OrderId,
    number: String,
    status: OrderStatus,
    payment_method: PaymentMethod,
    currency: String,
    total: Decimal,
    placed_at: Timestamp,
    line_count: i64,
    item_count: i64,
    first: Option<Json<Vec<SummaryLine>>>,
    customer: Option<Json<OrderCustomer>>,
}

/// Orders, newest first: by the index `orders_of_customer` or `orders_number_key` if the filter names a customer or a
/// number, by `order_history_ends` if it names only a status that few orders get to, else by the primary key.
pub async fn list(
    db: &mut PgConnection,
    sought: &Sought,
    slice: &Slice<OrderId>,
) -> Result<Vec<OrderSummary>, Error> {
    let (shows_customer, after) = (sought.audience == Audience::Admins, slice.after.map(|id| id.0));
    let rows = if let Some(status) = sought.ended() {
        listed!(
            db,
            // Sorted as the index is, and read row by row: however many there are, a page's worth is looked at.
            "select wanted.*
             from (
               select distinct order_id
               from order_history
               where status = $3 and status in ('rejected', 'expired', 'cancelled', 'refunded')
                 and order_id < coalesce($4::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
               order by order_id desc
             ) as got_there
             cross join lateral (
               select id, customer_id, number, status, payment_method, currency, total, placed_at
               from orders
               where id = got_there.order_id and status = $3
               offset 0
             ) as wanted
             order by got_there.order_id desc",
            slice.limit(),
            shows_customer,
            status.as_str(),
            after,
        )
    } else {
        listed!(
            db,
            "select id, customer_id, number, status, payment_method, currency, total, placed_at
             from orders
             where ($3::uuid is null or customer_id = $3)
               and ($4::text is null or number = $4)
               and ($5::text is null or customer_id = (select id from users where lower(email) = lower($5)))
               and ($6::text is null or status = $6)
               and ($7::uuid is null or id < $7)
             order by id desc",
            slice.limit(),
            shows_customer,
            sought.customer.map(|user| user.0),
            sought.number,
            sought.email,
            sought.status.map(OrderStatus::as_str),
            after,
        )
    };
    rows?
        .into_iter()
        .map(|row| {
            Ok(OrderSummary {
                id: row.id,
                number: row.number,
                customer: row.customer.map(|Json(customer)| customer),
                line_count: row.line_count,
                item_count: row.item_count,
                lines: row.first.map_or_else(Vec::new, |Json(lines)| lines),
                status: row.status,
                payment_method: row.payment_method,
                total: stored_money(row.total, &row.currency)?,
                placed_at: row.placed_at,
            })
        })
        .collect()
}

/// A vendor's parts of orders, newest first, by `vendor_orders_of_vendor`.
pub async fn list_parts(
    db: &mut PgConnection,
    vendor: VendorId,
    status: Option<OrderStatus>,
    slice: &Slice<VendorOrderId>,
) -> Result<Vec<PartSummary>, Error> {
    let rows = sqlx::query!(
        r#"select p.id as "part_id: VendorOrderId", o.id as "id: OrderId", o.number, p.status as "status: OrderStatus",
                  o.payment_method as "payment_method: PaymentMethod", o.currency, p.total, o.placed_at
           from vendor_orders p
           join orders o on o.id = p.order_id
           where p.vendor_id = $1
             and ($2::text is null or p.status = $2)
             and ($3::uuid is null or p.id < $3)
           order by p.id desc
           limit $4"#,
        vendor.0,
        status.map(OrderStatus::as_str),
        slice.after.map(|id| id.0),
        slice.limit(),
    )
    .fetch_all(db)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(PartSummary {
                id: row.part_id,
                order_id: row.id,
                number: row.number,
                status: row.status,
                payment_method: row.payment_method,
                total: stored_money(row.total, &row.currency)?,
                placed_at: row.placed_at,
            })
        })
        .collect()
}

/// The extent of [`list`].
pub async fn extent(
    db: &mut PgConnection,
    sought: &Sought,
    asked: &Asked<OrderId>,
) -> Result<Extent<OrderId>, sqlx::Error> {
    if let Some(status) = sought.ended() {
        return extent!(
            db,
            asked,
            "OrderId",
            "id",
            "from orders
             where status = $3
               and id in (
                 select order_id
                 from order_history
                 where status = $3 and status in ('rejected', 'expired', 'cancelled', 'refunded')
               )",
            status.as_str(),
        );
    }
    extent!(
        db,
        asked,
        "OrderId",
        "id",
        "from orders
         where ($3::uuid is null or customer_id = $3)
           and ($4::text is null or number = $4)
           and ($5::text is null or customer_id = (select id from users where lower(email) = lower($5)))
           and ($6::text is null or status = $6)",
        sought.customer.map(|user| user.0),
        sought.number,
        sought.email,
        sought.status.map(OrderStatus::as_str),
    )
}

/// The extent of [`list_parts`].
pub async fn extent_of_parts(
    db: &mut PgConnection,
    vendor: VendorId,
    status: Option<OrderStatus>,
    asked: &Asked<VendorOrderId>,
) -> Result<Extent<VendorOrderId>, sqlx::Error> {
    extent!(
        db,
        asked,
        "VendorOrderId",
        "id",
        "from vendor_orders where vendor_id = $3 and ($4::text is null or status = $4)",
        vendor.0,
        status.map(OrderStatus::as_str),
    )
}
