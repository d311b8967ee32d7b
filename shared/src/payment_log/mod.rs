//! Gateways' answers to our calls, stored as received but without secrets and personal data, for people who investigate
//! what became of money.
//!
//! Owns `payment_log`. Rows are written after each call, many in one statement, and never changed; rows past their
//! retention are deleted. Messages that gateways push are in `webhook_events`.

pub mod store;
mod writer;

use chrono::{DateTime, Utc};
use serde::Serialize;

pub use writer::Writer;

use crate::kernel::Timestamp;
use crate::kernel::db::{self, Pool};
use crate::kernel::ids::{OrderId, PaymentId, PaymentLogId, RefundId};
use crate::kernel::page::{Asked, Page};
use crate::orders;
use crate::payments::Provider;

/// The subject of a call, as far as its caller knows. The store finds the payment and its order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct About {
    pub payment_id: Option<PaymentId>,
    pub refund_id: Option<RefundId>,
    /// The gateway's reference of the hosted payment.
    pub reference: Option<String>,
}

/// One request that was made, about to be written.
#[derive(Clone, Debug)]
pub struct NewEntry {
    pub about: About,
    pub gateway: Provider,
    pub operation: &'static str,
    pub request: String,
    pub status: Option<u16>,
    pub body: Option<String>,
    pub problem: Option<String>,
    pub took_ms: i32,
    pub at: Timestamp,
}

/// One request to a gateway, and its answer.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
#[schema(as = PaymentLogEntry)]
pub struct LogEntry {
    pub id: PaymentLogId,
    pub payment_id: Option<PaymentId>,
    /// Only for a call about a refund.
    pub refund_id: Option<RefundId>,
    #[schema(example = "stripe")]
    pub gateway: String,
    /// The purpose of the call.
    #[schema(example = "create_refund")]
    pub operation: String,
    /// Method and path.
    #[schema(example = "POST /v1/refunds")]
    pub request: String,
    /// HTTP status; absent if no answer came.
    pub status: Option<i16>,
    /// As received, at most 16,000 characters, with `[hidden]` in place of values that identify a person or open an
    /// account.
    pub body: Option<String>,
    /// Why there is no answer.
    pub problem: Option<String>,
    /// How long the answer took, in milliseconds.
    pub took_ms: i32,
    pub at: DateTime<Utc>,
}

/// The answers of gateways about an existing order.
pub async fn of_order(
    pool: &Pool,
    order: OrderId,
    asked: &Asked<PaymentLogId>,
) -> Result<Page<LogEntry>, orders::Error> {
    let mut db = db::acquire(pool).await?;
    orders::store::status(&mut db, order).await?;
    let slice = asked.within(store::extent(&mut db, order, asked).await?);
    let rows = store::of_order(&mut db, order, &slice).await?;
    Ok(Page::cut(rows, &slice, |row| row.id))
}
