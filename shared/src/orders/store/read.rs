//! Reads orders for people. Every query checks ownership: for another reader the order does not exist.

use chrono::{DateTime, Utc};
use money::{Currency, Money};
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::Value;
use sqlx::PgConnection;
use sqlx::types::Json;
use uuid::Uuid;

use super::stored_money;
use crate::carts::ReturnedLine;
use crate::kernel::ids::{
    OrderId, PaymentId, ProductId, RefundId, UserId, VariantId, VendorId, VendorOrderId,
};
use crate::orders::{
    Address, Error, HistoryEntry, LineView, OrderCustomer, OrderStatus, OrderView, PaymentMethod,
    PaymentProgress, RefundProgress, VendorPart,
};
use crate::payments::FailureCode;
use crate::refunds::RefundOrigin;

/// The reader of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    /// The customer: sees own orders.
    Customer(UserId),
    /// A vendor: sees orders with a part of its shop, and of them only that part.
    Vendor(VendorId),
    /// Sees all.
    Admin,
}

impl Reader {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Customer(_) => "customer",
            Self::Vendor(_) => "vendor",
            Self::Admin => "admin",
        }
    }

    fn customer(self) -> Option<Uuid> {
        match self {
            Self::Customer(user) => Some(user.0),
            Self::Vendor(_) | Self::Admin => None,
        }
    }

    fn vendor(self) -> Option<Uuid> {
        match self {
            Self::Vendor(vendor) => Some(vendor.0),
            Self::Customer(_) | Self::Admin => None,
        }
    }
}

/// The version of an order, if this reader may see it: polls read it first. By primary key.
pub async fn version(db: &mut PgConnection, id: OrderId, reader: Reader) -> Result<i32, Error> {
    let version = sqlx::query_scalar!(
        "select version
         from orders
         where id = $1
           and ($2::uuid is null or customer_id = $2)
           and ($3::uuid is null or exists (
             select from vendor_orders where order_id = orders.id and vendor_id = $3
           ))",
        id.0,
        reader.customer(),
        reader.vendor(),
    )
    .fetch_optional(db)
    .await?;
    version.ok_or(Error::Missing)
}

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

/// The whole order in one statement and one snapshot.
pub async fn find(db: &mut PgConnection, id: OrderId, reader: Reader) -> Result<OrderView, Error> {
    rows(db, &[id], reader).await?.pop().ok_or(Error::Missing)?.view(reader)
}

/// Whole orders, each as one row, in id order: all by primary keys and the indexes on `order_id`.
pub(super) async fn rows(
    db: &mut PgConnection,
    ids: &[OrderId],
    reader: Reader,
) -> Result<Vec<OrderRow>, Error> {
    let rows = sqlx::query_as!(
        OrderRow,
        r#"select o.id as "id: OrderId", o.customer_id as "customer_id: UserId", o.number, o.status as "status: OrderStatus", o.version,
                  o.payment_method as "payment_method: PaymentMethod", o.currency, o.total,
                  o.shipping_address as "shipping_address: Json<Address>", o.rejected_items,
                  o.returned_items as "returned_items: Json<Vec<ReturnedLine>>", o.hold_until,
                  o.placed_at, o.updated_at,
                  (select json_agg(json_build_object('id', p.id, 'vendor_id', p.vendor_id, 'vendor_name', p.vendor_name,
                                                     'status', p.status, 'total', p.total::text) order by p.id)
                   from vendor_orders p
                   where p.order_id = o.id and ($3::uuid is null or p.vendor_id = $3)) as "parts: Json<Vec<PartRow>>",
                  (select json_agg(json_build_object('line_no', l.line_no, 'vendor_id', l.vendor_id,
                                                     'variant_id', l.variant_id, 'product_id', l.product_id,
                                                     'sku', l.sku, 'title', l.title, 'options', l.options,
                                                     'product_handle', l.product_handle, 'image_url', l.image_url,
                                                     'unit_price', l.unit_price::text,
                                                     'quantity', l.quantity, 'refunded_quantity', l.refunded_quantity)
                                   order by l.line_no)
                   from order_items l
                   where l.order_id = o.id and ($3::uuid is null or l.vendor_id = $3)) as "lines: Json<Vec<LineRow>>",
                  (select json_agg(json_build_object('status', h.status, 'actor', h.actor, 'note', h.note, 'at', h.at)
                                   order by h.version)
                   from order_history h
                   where h.order_id = o.id) as "history: Json<Vec<HistoryRow>>",
                  (select json_build_object('id', y.id, 'gateway', y.gateway, 'status', y.status,
                                            'redirect_url', case when y.status = 'open' then y.redirect_url end,
                                            'failure', coalesce(y.failure_code, case when y.failure is not null then 'refused' end),
                                            'failure_detail', y.failure)
                   from payments y
                   where y.order_id = o.id and y.status <> 'surplus'
                   order by y.status in ('creating', 'unknown', 'open', 'processing', 'captured') desc, y.id desc
                   limit 1) as "payment: Json<PaymentRow>",
                  (select json_agg(json_build_object('id', r.id, 'status', r.status, 'origin', r.origin,
                                                     'currency', r.currency, 'amount', r.amount::text,
                                                     'reason', r.reason, 'created_at', r.created_at) order by r.id)
                   from refunds r
                   where r.order_id = o.id) as "refunds: Json<Vec<RefundRow>>",
                  (select json_build_object('id', u.id, 'name', u.full_name, 'email', u.email)
                   from users u
                   where u.id = o.customer_id and $4) as "customer: Json<OrderCustomer>"
           from orders o
           where o.id = any($1)
             and ($2::uuid is null or o.customer_id = $2)
             and ($3::uuid is null or exists (select from vendor_orders where order_id = o.id and vendor_id = $3))
           order by o.id"#,
        ids as &[OrderId],
        reader.customer(),
        reader.vendor(),
        reader == Reader::Admin,
    )
    .fetch_all(db)
    .await?;
    Ok(rows)
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

/// The id of an administrator, and gateways' own words, are for administrators only.
fn without_names(mut view: OrderView) -> OrderView {
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

/// The order that a vendor has a part of, by the id of the part or of the order: people may have either.
pub async fn find_part(db: &mut PgConnection, vendor: VendorId, part: Uuid) -> Result<OrderId, Error> {
    let id = sqlx::query_scalar!(
        r#"select order_id as "order_id: OrderId" 
           from vendor_orders
           where (id = $1 or order_id = $1) and vendor_id = $2"#,
        part,
        vendor.0,
    )
    .fetch_optional(db)
    .await?;
    id.ok_or(Error::Missing)
}
