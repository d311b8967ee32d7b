//! Whole orders: the statement that reads one, or many, each as a row with all that belongs to it, and what each reader
//! sees of it.

use chrono::{DateTime, Utc};
use money::{Currency, Money};
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::Value;
use sqlx::PgConnection;
use sqlx::types::Json;

use super::read::Reader;
use super::stored_money;
use crate::carts::ReturnedLine;
use crate::kernel::ids::{
    OrderId, PaymentId, ProductId, RefundId, UserId, VariantId, VendorId, VendorOrderId,
};
use crate::orders::{
    Address, Error, HistoryEntry, LineView, OrderCustomer, OrderStatus, OrderView, PaymentMethod,
    PaymentProgress, RefundDecision, RefundProgress, VendorPart,
};
use crate::payments::FailureCode;
use crate::refunds::RefundOrigin;

#[derive(Clone, Debug, Deserialize)]
struct PartRow {
    id: VendorOrderId,
    vendor_id: VendorId,
    vendor_name: String,
    status: OrderStatus,
    total: Decimal,
}

#[derive(Clone, Debug, Deserialize)]
struct LineRow {
    line_no: i16,
    vendor_id: VendorId,
    variant_id: VariantId,
    product_id: ProductId,
    sku: Option<String>,
    title: String,
    options: Option<Value>,
    product_handle: Option<String>,
    image_url: Option<String>,
    unit_price: Decimal,
    quantity: i32,
    refunded_quantity: i32,
}

#[derive(Clone, Debug, Deserialize)]
struct PaymentRow {
    id: PaymentId,
    gateway: String,
    status: String,
    redirect_url: Option<String>,
    failure: Option<FailureCode>,
    failure_detail: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
struct RefundRow {
    id: RefundId,
    status: String,
    origin: RefundOrigin,
    currency: String,
    amount: Decimal,
    reason: String,
    created_at: DateTime<Utc>,
    resolution: Option<RefundDecision>,
}

#[derive(Clone, Debug, Deserialize)]
struct HistoryRow {
    status: OrderStatus,
    actor: String,
    note: Option<String>,
    at: DateTime<Utc>,
}

/// A row of the whole order with everything that belongs to it.
#[derive(Clone, Debug)]
pub(super) struct OrderRow {
    pub(super) id: OrderId,
    pub(super) customer_id: UserId,
    number: String,
    status: OrderStatus,
    version: i32,
    payment_method: PaymentMethod,
    currency: String,
    total: Decimal,
    shipping_address: Json<Address>,
    rejected_items: Option<Value>,
    returned_items: Option<Json<Vec<ReturnedLine>>>,
    hold_until: Option<DateTime<Utc>>,
    placed_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    parts: Option<Json<Vec<PartRow>>>,
    lines: Option<Json<Vec<LineRow>>>,
    history: Option<Json<Vec<HistoryRow>>>,
    payment: Option<Json<PaymentRow>>,
    refunds: Option<Json<Vec<RefundRow>>>,
    /// Read for administrators only.
    customer: Option<Json<OrderCustomer>>,
}

/// The statement that reads whole orders, each as one row: all by primary keys and the indexes on `order_id`.
///
/// `$which` says which orders. It is spelt out in each use, because one order by `=` and many by `any` are different
/// statements to the planner: what it expects of an array is a poor guess, so that it would plan every poll anew.
macro_rules! order_rows {
    ($which:literal, $ids:expr, $reader:expr) => {
        sqlx::query_as!(
            OrderRow,
            r#"select o.id as "id: OrderId", o.customer_id as "customer_id: UserId", o.number, o.status as "status: OrderStatus", o.version,
                      o.payment_method as "payment_method: PaymentMethod", o.currency, o.total,
                      o.shipping_address as "shipping_address: Json<Address>", o.rejected_items,
                      o.returned_items as "returned_items: Json<Vec<ReturnedLine>>", o.hold_until,
                      o.placed_at, o.updated_at,
                      (select json_agg(p)
                       from (select id, vendor_id, vendor_name, status, total::text
                             from vendor_orders
                             where order_id = o.id and ($3::uuid is null or vendor_id = $3)
                             order by id) p) as "parts: Json<Vec<PartRow>>",
                      (select json_agg(l)
                       from (select line_no, vendor_id, variant_id, product_id, sku, title, options, product_handle,
                                    image_url, unit_price::text, quantity, refunded_quantity
                             from order_items
                             where order_id = o.id and ($3::uuid is null or vendor_id = $3)
                             order by line_no) l) as "lines: Json<Vec<LineRow>>",
                      (select json_agg(h)
                       from (select status, actor, note, at
                             from order_history
                             where order_id = o.id
                             order by version) h) as "history: Json<Vec<HistoryRow>>",
                      (select row_to_json(y)
                       from (select id, gateway, status, case when status = 'open' and left_at is null then redirect_url end as redirect_url,
                                    coalesce(failure_code, case when failure is not null then 'refused' end) as failure,
                                    failure as failure_detail
                             from payments
                             where order_id = o.id
                             order by status in ('creating', 'unknown', 'open', 'processing', 'captured') desc,
                                      status = 'surplus', id desc
                             limit 1) y) as "payment: Json<PaymentRow>",
                      (select json_agg(r)
                       from (select id, status, origin, currency, amount::text, reason, created_at,
                                    case when resolution is not null
                                         then json_build_object('outcome', resolution, 'reason', resolution_reason,
                                                                'by', resolved_by, 'at', resolved_at) end as resolution
                             from refunds
                             where order_id = o.id
                             order by id) r) as "refunds: Json<Vec<RefundRow>>",
                      (select json_build_object('id', u.id, 'name', u.full_name, 'email', u.email)
                       from users u
                       where u.id = o.customer_id and $4) as "customer: Json<OrderCustomer>"
               from orders o
               where "#
                + $which
                + r#"
                 and ($2::uuid is null or o.customer_id = $2)
                 and ($3::uuid is null or exists (select from vendor_orders where order_id = o.id and vendor_id = $3))
               order by o.id"#,
            $ids,
            $reader.customer(),
            $reader.vendor(),
            $reader == Reader::Admin,
        )
    };
}

/// One whole order.
pub(super) async fn row(
    db: &mut PgConnection,
    id: OrderId,
    reader: Reader,
) -> Result<Option<OrderRow>, Error> {
    Ok(order_rows!("o.id = $1", id.0, reader).fetch_optional(db).await?)
}

/// Many whole orders, in id order.
pub(super) async fn rows(
    db: &mut PgConnection,
    ids: &[OrderId],
    reader: Reader,
) -> Result<Vec<OrderRow>, Error> {
    Ok(order_rows!("o.id = any($1)", ids as &[OrderId], reader).fetch_all(db).await?)
}

impl OrderRow {
    /// The vendors of its parts, as far as they were read.
    pub(super) fn vendors(&self) -> impl Iterator<Item = VendorId> + '_ {
        self.parts.iter().flat_map(|Json(parts)| parts).map(|part| part.vendor_id)
    }

    /// The order as this reader may see it. Each amount keeps its own currency: captured and refunded money may be in
    /// another currency than the order.
    pub(super) fn view(self, reader: Reader) -> Result<OrderView, Error> {
        let row = self;
        let total = stored_money(row.total, &row.currency)?;
        let currency = total.currency();
        let lines = row.lines.map_or_else(Vec::new, |Json(lines)| lines);
        let parts = row.parts.map_or_else(Vec::new, |Json(parts)| parts);
        let parts =
            parts.into_iter().filter(|part| reader.vendor().is_none_or(|own| part.vendor_id.0 == own));
        let vendors = parts.map(|part| part.view(&lines, currency)).collect::<Result<Vec<_>, _>>()?;
        let view = OrderView {
            id: row.id,
            number: row.number,
            customer: row.customer.map(|Json(customer)| customer),
            status: row.status,
            version: row.version,
            payment_method: row.payment_method,
            total,
            shipping_address: row.shipping_address.0,
            rejected_items: row.rejected_items,
            returned_items: row.returned_items.map(|Json(lines)| lines),
            hold_until: row.hold_until,
            payment: row.payment.map(|Json(payment)| payment.into()),
            vendors,
            refunds: refund_views(row.refunds)?,
            history: row
                .history
                .map_or_else(Vec::new, |Json(rows)| rows.into_iter().map(Into::into).collect()),
            placed_at: row.placed_at,
            updated_at: row.updated_at,
        };
        as_seen_by(reader, view)
    }
}

/// Leaves out what this reader may not see.
fn as_seen_by(reader: Reader, view: OrderView) -> Result<OrderView, Error> {
    match reader {
        Reader::Admin => Ok(view),
        Reader::Customer(_) => Ok(without_names(view)),
        Reader::Vendor(_) => own_part(without_names(view)),
    }
}

/// The id of an administrator, what administrators know of a refund, and gateways' own words, are for administrators only.
fn without_names(mut view: OrderView) -> OrderView {
    for refund in &mut view.refunds {
        refund.resolution = None;
    }
    if let Some(payment) = &mut view.payment {
        payment.failure_detail = None;
    }
    for entry in &mut view.history {
        let role = entry.actor.split(':').next().unwrap_or_default();
        if role == "admin" {
            entry.actor = role.to_owned();
        }
    }
    view
}

/// Hides from a vendor the money of other vendors, and how the customer pays.
fn own_part(view: OrderView) -> Result<OrderView, Error> {
    let nothing = Money::zero(view.total.currency());
    let total = view.vendors.iter().try_fold(nothing, |sum, part| sum.checked_add(part.total))?;
    let nothing_of_others = OrderView { rejected_items: None, returned_items: None, ..view };
    Ok(OrderView { total, payment: None, refunds: Vec::new(), ..nothing_of_others })
}

fn refund_views(rows: Option<Json<Vec<RefundRow>>>) -> Result<Vec<RefundProgress>, Error> {
    let rows = rows.map_or_else(Vec::new, |Json(rows)| rows);
    rows.into_iter()
        .map(|row| {
            Ok(RefundProgress {
                id: row.id,
                status: row.status,
                origin: row.origin,
                amount: stored_money(row.amount, &row.currency)?,
                reason: row.reason,
                created_at: row.created_at,
                resolution: row.resolution,
            })
        })
        .collect()
}

impl PartRow {
    fn view(self, lines: &[LineRow], currency: Currency) -> Result<VendorPart, Error> {
        let own = lines.iter().filter(|line| line.vendor_id == self.vendor_id);
        Ok(VendorPart {
            id: self.id,
            vendor_id: self.vendor_id,
            vendor_name: self.vendor_name,
            status: self.status,
            total: Money::new(self.total, currency)?,
            lines: own.map(|line| line.view(currency)).collect::<Result<_, _>>()?,
        })
    }
}

impl LineRow {
    fn view(&self, currency: Currency) -> Result<LineView, Error> {
        let unit_price = Money::new(self.unit_price, currency)?;
        Ok(LineView {
            line_no: self.line_no,
            variant_id: self.variant_id,
            product_id: self.product_id,
            sku: self.sku.clone(),
            title: self.title.clone(),
            options: self.options.clone(),
            product_handle: self.product_handle.clone(),
            image_url: self.image_url.clone(),
            unit_price,
            quantity: self.quantity,
            line_total: unit_price.times(self.quantity.unsigned_abs())?,
            refunded_quantity: self.refunded_quantity,
        })
    }
}

impl From<PaymentRow> for PaymentProgress {
    fn from(row: PaymentRow) -> Self {
        Self {
            id: row.id,
            gateway: row.gateway,
            status: row.status,
            redirect_url: row.redirect_url,
            failure: row.failure,
            failure_detail: row.failure_detail,
        }
    }
}

impl From<HistoryRow> for HistoryEntry {
    fn from(row: HistoryRow) -> Self {
        Self { status: row.status, actor: row.actor, note: row.note, at: row.at }
    }
}
