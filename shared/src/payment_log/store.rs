//! All SQL of the payment log.

use sqlx::PgConnection;
use uuid::Uuid;

use super::{LogEntry, NewEntry};
use crate::kernel::Timestamp;
use crate::kernel::ids::{OrderId, PaymentId, PaymentLogId, RefundId};
use crate::kernel::page::{Asked, Extent, Slice, extent};

/// Writes entries. Payment and order are found by the subject of the call, each by a key: the attempt, the refund, or
/// the gateway's reference of the page.
pub async fn insert(db: &mut PgConnection, entries: &[&NewEntry]) -> Result<(), sqlx::Error> {
    let ids: Vec<Uuid> = entries.iter().map(|_| PaymentLogId::new().0).collect();
    let payments: Vec<Option<Uuid>> = entries.iter().map(|one| one.about.payment_id.map(|id| id.0)).collect();
    let refunds: Vec<Option<Uuid>> = entries.iter().map(|one| one.about.refund_id.map(|id| id.0)).collect();
    let references: Vec<Option<String>> = entries.iter().map(|one| one.about.reference.clone()).collect();
    let gateways: Vec<String> = entries.iter().map(|one| one.gateway.as_str().to_owned()).collect();
    let operations: Vec<String> = entries.iter().map(|one| one.operation.to_owned()).collect();
    let requests: Vec<String> = entries.iter().map(|one| one.request.clone()).collect();
    let statuses: Vec<Option<i16>> =
        entries.iter().map(|one| one.status.and_then(|status| i16::try_from(status).ok())).collect();
    // PostgreSQL's text has no NUL.
    let bodies: Vec<Option<String>> =
        entries.iter().map(|one| one.body.as_ref().map(|body| body.replace('\0', ""))).collect();
    let problems: Vec<Option<String>> = entries.iter().map(|one| one.problem.clone()).collect();
    let took: Vec<i32> = entries.iter().map(|one| one.took_ms).collect();
    let at: Vec<Timestamp> = entries.iter().map(|one| one.at).collect();
    sqlx::query!(
        "insert into payment_log
           (id, order_id, payment_id, refund_id, gateway, operation, request, status, body, problem, took_ms, at)
         select u.id, p.order_id, p.id, u.refund_id, u.gateway, u.operation, u.request, u.status, u.body, u.problem,
                u.took_ms, u.at
         from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::smallint[],
                     $9::text[], $10::text[], $11::int[], $12::timestamptz[])
             as u (id, payment_id, refund_id, reference, gateway, operation, request, status, body, problem, took_ms, at)
         left join payments p on p.id = coalesce(
           u.payment_id,
           (select r.payment_id from refunds r where r.id = u.refund_id),
           (select q.id from payments q where q.gateway = u.gateway and q.reference = u.reference)
         )",
        &ids,
        &payments as &[Option<Uuid>],
        &refunds as &[Option<Uuid>],
        &references as &[Option<String>],
        &gateways,
        &operations,
        &requests,
        &statuses as &[Option<i16>],
        &bodies as &[Option<String>],
        &problems as &[Option<String>],
        &took,
        &at,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The answers that concern an order, newest first, by the index `payment_log_of_order`.
pub async fn of_order(
    db: &mut PgConnection,
    order: OrderId,
    slice: &Slice<PaymentLogId>,
) -> Result<Vec<LogEntry>, sqlx::Error> {
    sqlx::query_as!(
        LogEntry,
        r#"select id as "id: PaymentLogId", payment_id as "payment_id: PaymentId", refund_id as "refund_id: RefundId",
                  gateway, operation, request, status, body, problem, took_ms, at
           from payment_log
           where order_id = $1 and ($2::uuid is null or id < $2)
           order by id desc
           limit $3"#,
        order.0,
        slice.after.map(|id| id.0),
        slice.limit(),
    )
    .fetch_all(db)
    .await
}

/// The extent of [`of_order`].
pub async fn extent(
    db: &mut PgConnection,
    order: OrderId,
    asked: &Asked<PaymentLogId>,
) -> Result<Extent<PaymentLogId>, sqlx::Error> {
    extent!(db, asked, "PaymentLogId", "id", "from payment_log where order_id = $3", order.0)
}

/// Deletes some older rows and returns their number. By the index `payment_log_by_age`.
pub async fn purge(db: &mut PgConnection, before: Timestamp, limit: i64) -> Result<u64, sqlx::Error> {
    let purged = sqlx::query!(
        "delete from payment_log where id in (select id from payment_log where at < $1 limit $2)",
        before,
        limit,
    )
    .execute(db)
    .await?;
    Ok(purged.rows_affected())
}
