//! An order as its readers see it: the customer and admins the whole, a vendor its own part.

use chrono::{DateTime, Utc};
use money::Money;
use serde::Serialize;
use serde_json::Value;

use super::{Address, OrderStatus, PaymentMethod};
use crate::carts::ReturnedLine;
use crate::kernel::ids::{OrderId, PaymentId, ProductId, RefundId, VariantId, VendorId, VendorOrderId};
use crate::payments::FailureCode;
use crate::refunds::RefundOrigin;

/// A whole order, as polled.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct OrderView {
    pub id: OrderId,
    /// What people read out.
    #[schema(example = "7K3M-9QX2")]
    pub number: String,
    pub status: OrderStatus,
    /// Grows with every visible change; the ETag is made from it.
    pub version: i32,
    pub payment_method: PaymentMethod,
    pub total: Money,
    pub shipping_address: Address,
    /// What was short, if the order was rejected.
    pub rejected_items: Option<Value>,
    /// What went back into the customer's cart when the order was rejected: all its lines, but for what the cart had no
    /// room for.
    pub returned_items: Option<Vec<ReturnedLine>>,
    /// Until when the stock is held, while payment is awaited.
    pub hold_until: Option<DateTime<Utc>>,
    /// The attempt that counts: the open one, else the one that was captured, else the last.
    pub payment: Option<PaymentProgress>,
    pub vendors: Vec<VendorPart>,
    pub refunds: Vec<RefundProgress>,
    pub history: Vec<HistoryEntry>,
    pub placed_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// One vendor's part of an order.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
#[schema(as = OrderPart)]
pub struct VendorPart {
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
    pub unit_price: Money,
    pub quantity: i32,
    pub line_total: Money,
    pub refunded_quantity: i32,
}

/// Where the payment stands.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct PaymentProgress {
    pub id: PaymentId,
    pub gateway: String,
    /// `creating`, `unknown`, `open`, `processing`, `captured`, `failed`, `expired`.
    pub status: String,
    /// Where the customer pays, while the payment is open.
    pub redirect_url: Option<String>,
    /// Why it came to nothing, or what went wrong on a page that is still open.
    pub failure: Option<FailureCode>,
    /// The gateway's own word for it, as `do_not_honor`. For admins only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure_detail: Option<String>,
}

/// Where a refund stands.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct RefundProgress {
    pub id: RefundId,
    /// `requested`, `submitted`, `pending`, `succeeded`, `failed`, `needs_attention`, `cancelled`.
    pub status: String,
    pub origin: RefundOrigin,
    /// In the currency of the payment, which may be another than the order's: what does not fit goes back as it came.
    pub amount: Money,
    pub reason: String,
    pub created_at: DateTime<Utc>,
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

/// An order in a list.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct OrderSummary {
    pub id: OrderId,
    pub number: String,
    pub status: OrderStatus,
    pub payment_method: PaymentMethod,
    pub total: Money,
    pub placed_at: DateTime<Utc>,
}

/// One vendor's part of an order in a list.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct PartSummary {
    pub id: VendorOrderId,
    pub order_id: OrderId,
    pub number: String,
    pub status: OrderStatus,
    pub payment_method: PaymentMethod,
    /// Of this part.
    pub total: Money,
    pub placed_at: DateTime<Utc>,
}
