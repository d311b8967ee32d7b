//! An order as its readers see it: customers and administrators see the whole, a vendor its own part.

use chrono::{DateTime, Utc};
use money::Money;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Address, OrderStatus, PaymentMethod};
use crate::carts::ReturnedLine;
use crate::kernel::ids::{
    OrderId, PaymentId, ProductId, RefundId, UserId, VariantId, VendorId, VendorOrderId,
};
use crate::payments::{FailureCode, PaymentStatus};
use crate::refunds::{RefundOrigin, RefundStatus, Resolution};

/// A whole order, as polled.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct OrderView {
    pub id: OrderId,
    /// The number that people use.
    #[schema(example = "7K3M-9QX2")]
    pub number: String,
    /// The customer; shown to administrators only.
    pub customer: Option<OrderCustomer>,
    pub status: OrderStatus,
    /// Grows with every visible change; the ETag is made from it.
    pub version: i32,
    pub payment_method: PaymentMethod,
    pub total: Money,
    pub shipping_address: Address,
    /// The short items, if the order was rejected.
    #[schema(value_type = Option<Vec<RejectedItem>>)]
    pub rejected_items: Option<Value>,
    /// What went back into the customer's cart when the order was rejected: all its lines, except those for which the
    /// cart had no room.
    pub returned_items: Option<Vec<ReturnedLine>>,
    /// Until when the stock is held, while payment is awaited.
    pub hold_until: Option<DateTime<Utc>>,
    /// The attempt that counts: the open one, else the captured one, else the last.
    pub payment: Option<PaymentProgress>,
    pub vendors: Vec<VendorPart>,
    pub refunds: Vec<RefundProgress>,
    pub history: Vec<HistoryEntry>,
    pub placed_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// Pieces that were not available, because of which an order was rejected. As in the history.
#[derive(Clone, Debug, Deserialize, Serialize, utoipa::ToSchema)]
pub struct RejectedItem {
    pub variant_id: VariantId,
    pub title: String,
    pub wanted: i32,
    pub available: i32,
}

/// One vendor's part of an order.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
#[schema(as = OrderPart)]
pub struct VendorPart {
    /// Id of the part; the order has another id.
    pub id: VendorOrderId,
    pub vendor_id: VendorId,
    pub vendor_name: String,
    pub status: OrderStatus,
    pub total: Money,
    pub lines: Vec<LineView>,
}

/// One line, with names and prices as they were at checkout.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct LineView {
    pub line_no: i16,
    pub variant_id: VariantId,
    pub product_id: ProductId,
    pub sku: Option<String>,
    pub title: String,
    /// The option values of the variant, such as `{"Size": "Small"}`. Null, like the next two fields, for orders placed
    /// before these were stored.
    #[schema(value_type = Option<std::collections::BTreeMap<String, String>>)]
    pub options: Option<Value>,
    /// The product's name in a path; a shop may have changed it since.
    pub product_handle: Option<String>,
    /// The product's first picture.
    pub image_url: Option<String>,
    pub unit_price: Money,
    pub quantity: i32,
    pub line_total: Money,
    pub refunded_quantity: i32,
}

/// The state of the payment.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct PaymentProgress {
    pub id: PaymentId,
    pub gateway: String,
    #[schema(value_type = PaymentStatus)]
    pub status: String,
    /// Where the customer pays, while the payment is open.
    pub redirect_url: Option<String>,
    /// Why it failed, or the last failure on a page that is still open.
    pub failure: Option<FailureCode>,
    /// The gateway's own word for it, such as `do_not_honor`. For administrators only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure_detail: Option<String>,
}

/// The state of a refund.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct RefundProgress {
    pub id: RefundId,
    #[schema(value_type = RefundStatus)]
    pub status: String,
    pub origin: RefundOrigin,
    /// In the currency of the payment, which may differ from that of the order: such money is refunded as it came.
    pub amount: Money,
    pub reason: String,
    pub created_at: DateTime<Utc>,
    /// How an administrator has closed it, if only a person could find out whether it was made. For administrators only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resolution: Option<RefundDecision>,
}

/// An administrator's decision about a refund.
#[derive(Clone, Debug, Deserialize, Serialize, utoipa::ToSchema)]
pub struct RefundDecision {
    pub outcome: Resolution,
    pub reason: String,
    pub by: UserId,
    pub at: DateTime<Utc>,
}

/// One step of the order's life.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct HistoryEntry {
    pub status: OrderStatus,
    /// `system`, `customer`, `admin` (for admins `admin:<id>`) or `gateway:<name>`.
    pub actor: String,
    pub note: Option<String>,
    pub at: DateTime<Utc>,
}

/// The fields of an order that its event streams send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Glance {
    pub version: i32,
    pub status: OrderStatus,
    /// The payment page while one is open.
    pub redirect_url: Option<String>,
}

/// What the page of a payment shows of its order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bill {
    pub number: String,
    pub lines: Vec<BillLine>,
}

/// One line of a [`Bill`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BillLine {
    pub title: String,
    pub unit_price: Money,
    pub quantity: u32,
}

/// The fields of an order that the page after paying shows. Vendors know the ids of their orders, so nothing here may be
/// hidden from them: no customer, goods, gateway, reason of a failure or surplus payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    pub number: String,
    pub status: OrderStatus,
    /// Until when the stock is held, while payment is awaited.
    pub hold_until: Option<DateTime<Utc>>,
    /// Of the attempt that counts, as in [`OrderView::payment`].
    pub payment: Option<PaymentStatus>,
    /// A try on the attempt's page has failed, or the browser has left the page.
    pub was_interrupted: bool,
}

/// The customer of an order.
#[derive(Clone, Debug, Deserialize, Serialize, utoipa::ToSchema)]
pub struct OrderCustomer {
    pub id: UserId,
    pub name: String,
    pub email: String,
}

/// A line of an order in a list.
#[derive(Clone, Debug, Deserialize, Serialize, utoipa::ToSchema)]
pub struct SummaryLine {
    pub product_id: ProductId,
    pub title: String,
    pub quantity: i32,
    /// Null, like the next two fields, for orders placed before these were stored.
    #[schema(value_type = Option<std::collections::BTreeMap<String, String>>)]
    pub options: Option<Value>,
    pub product_handle: Option<String>,
    pub image_url: Option<String>,
}

/// An order in a list.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct OrderSummary {
    pub id: OrderId,
    pub number: String,
    /// The customer; shown to administrators only.
    pub customer: Option<OrderCustomer>,
    /// Lines of the order.
    pub line_count: i64,
    /// Pieces of all lines.
    pub item_count: i64,
    /// The first three lines.
    pub lines: Vec<SummaryLine>,
    pub status: OrderStatus,
    pub payment_method: PaymentMethod,
    pub total: Money,
    pub placed_at: DateTime<Utc>,
}

/// One vendor's part of an order in a list.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct PartSummary {
    /// Of the part.
    pub id: VendorOrderId,
    /// Id of the order that it is a part of.
    pub order_id: OrderId,
    pub number: String,
    pub status: OrderStatus,
    pub payment_method: PaymentMethod,
    /// Of this part.
    pub total: Money,
    pub placed_at: DateTime<Utc>,
}
