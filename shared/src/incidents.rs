//! What a person should look at: money or stock that did not go the usual way.
//!
//! Owns `incidents`. Opening one is part of the transaction that found it, so nothing of the kind is dropped; the
//! same finding opens it once, and again if it comes back after it was closed. The product does not wait for the person:
//! what can be put right by itself is.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use sqlx::PgConnection;

use crate::kernel::Timestamp;
use crate::kernel::ids::{IncidentId, OrderId};
use crate::kernel::page::{Asked, Extent, Slice, extent};

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IncidentKind {
    /// A gateway took another amount or currency than we asked for; it is refunded.
    AmountMismatch,
    /// A gateway speaks of a payment that we do not know.
    UnknownPayment,
    /// Money came that does not pay its order (paid twice, or too late and sold out); it is refunded.
    SurplusCapture,
    /// A refund did not reach the customer.
    RefundFailed,
    /// The gateway needs something that we can't give, as bank details of the customer.
    RefundNeedsAttention,
    /// A customer's bank took money back, or asks about it: evidence has a date.
    Dispute,
    /// A gateway's own list says otherwise than our books, and it was not safe to put right by itself.
    GatewayDiffers,
    /// `verify` found a difference.
    BooksDiffer,
}

impl IncidentKind {
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AmountMismatch => "amount_mismatch",
            Self::UnknownPayment => "unknown_payment",
            Self::SurplusCapture => "surplus_capture",
            Self::RefundFailed => "refund_failed",
            Self::RefundNeedsAttention => "refund_needs_attention",
            Self::Dispute => "dispute",
            Self::GatewayDiffers => "gateway_differs",
            Self::BooksDiffer => "books_differ",
        }
    }
}

/// One finding as operators see it.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct Incident {
    pub id: IncidentId,
    pub kind: String,
    pub order_id: Option<OrderId>,
    pub detail: Value,
    pub opened_at: DateTime<Utc>,
    pub resolved_at: Option<DateTime<Utc>>,
}

/// Opens an incident, once per `about` and kind, and again if it was closed. The error is logged by whoever handles the
/// transaction.
pub async fn open(
    db: &mut PgConnection,
    kind: IncidentKind,
    about: &str,
    order_id: Option<OrderId>,
    detail: &Value,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    write(db, (kind, about), order_id, detail, Again::Opens, now).await
}

/// As [`open`], but one that was closed stays closed: for what is met again and again without being news.
pub async fn open_unless_known(
    db: &mut PgConnection,
    kind: IncidentKind,
    about: &str,
    order_id: Option<OrderId>,
    detail: &Value,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    write(db, (kind, about), order_id, detail, Again::StaysClosed, now).await
}

/// What is found again after somebody closed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Again {
    Opens,
    StaysClosed,
}

async fn write(
    db: &mut PgConnection,
    (kind, about): (IncidentKind, &str),
    order_id: Option<OrderId>,
    detail: &Value,
    again: Again,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let opened = sqlx::query!(
        "insert into incidents (id, kind, dedupe_key, order_id, detail, opened_at)
         values ($1, $2, $3, $4, $5, $6)
         on conflict (dedupe_key) do update
           set resolved_at = null, opened_at = excluded.opened_at, detail = excluded.detail
           where incidents.resolved_at is not null and $7",
        IncidentId::new().0,
        kind.as_str(),
        format!("{}:{about}", kind.as_str()),
        order_id.map(|id| id.0),
        detail,
        now,
        again == Again::Opens,
    )
    .execute(db)
    .await?;
    if opened.rows_affected() == 1 {
        let order_id = order_id.map(tracing::field::display);
        tracing::warn!(incident = kind.as_str(), about, order.id = order_id, "incident opened");
        metrics::counter!("haat_incidents_total", "kind" => kind.as_str()).increment(1);
    }
    Ok(())
}

/// Open incidents, newest first, by the index `incidents_open`.
pub async fn list_open(
    db: &mut PgConnection,
    slice: &Slice<IncidentId>,
) -> Result<Vec<Incident>, sqlx::Error> {
    sqlx::query_as!(
        Incident,
        r#"select id as "id: IncidentId", kind, order_id as "order_id: OrderId", detail, opened_at, resolved_at
           from incidents
           where resolved_at is null and ($1::uuid is null or id < $1)
           order by id desc
           limit $2"#,
        slice.after.map(|id| id.0),
        slice.limit(),
    )
    .fetch_all(db)
    .await
}

/// How far [`list_open`] goes.
pub async fn extent_of_open(
    db: &mut PgConnection,
    asked: &Asked<IncidentId>,
) -> Result<Extent<IncidentId>, sqlx::Error> {
    extent!(db, asked, "IncidentId", "id", "from incidents where resolved_at is null")
}

/// An operator has dealt with it. Returns whether it was open.
pub async fn resolve(db: &mut PgConnection, id: IncidentId, now: Timestamp) -> Result<bool, sqlx::Error> {
    let resolved = sqlx::query!(
        "update incidents set resolved_at = $2 where id = $1 and resolved_at is null",
        id.0,
        now,
    )
    .execute(db)
    .await?;
    Ok(resolved.rows_affected() == 1)
}

/// How many are open.
pub async fn count_open(db: &mut PgConnection) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(r#"select count(*) as "count!" from incidents where resolved_at is null"#)
        .fetch_one(db)
        .await
}

/// Broken laws among the open incidents, with the number of differences of each.
pub async fn broken_laws(db: &mut PgConnection) -> Result<Vec<(String, i64)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select detail->>'law' as "law!", count(*) as "count!"
           from incidents
           where resolved_at is null and kind = 'books_differ'
           group by 1"#
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.law, row.count)).collect())
}

/// Closes what `verify` found earlier and no longer finds. `still` are the subjects that differ, as `law:subject`.
pub async fn close_balanced(
    db: &mut PgConnection,
    still: &[String],
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let keys: Vec<String> = still.iter().map(|about| format!("books_differ:{about}")).collect();
    sqlx::query!(
        "update incidents
         set resolved_at = $2
         where resolved_at is null and kind = 'books_differ' and dedupe_key <> all($1)",
        &keys,
        now,
    )
    .execute(db)
    .await?;
    Ok(())
}
