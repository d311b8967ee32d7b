//! All SQL of reconciliation.

use sqlx::PgConnection;

use super::{Difference, DifferenceKind, Found, Kept, Progress, Recorded, Run, Which};
use crate::kernel::Timestamp;
use crate::kernel::ids::{DifferenceId, PaymentId, RefundId, UserId};
use crate::kernel::page::{Asked, Extent, Slice, extent};
use crate::payments::Provider;

/// How far a gateway was compared, if it ever was.
pub async fn progress(db: &mut PgConnection, gateway: Provider) -> Result<Option<Progress>, sqlx::Error> {
    let row = sqlx::query!(
        "select reached, window_from, window_until, cursor from reconciliations where gateway = $1",
        gateway.as_str(),
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| Progress {
        reached: row.reached,
        unfinished: row.window_from.zip(row.window_until).map(|(from, until)| Run {
            from,
            until,
            cursor: row.cursor,
        }),
    }))
}

/// Lets one transaction at a time write the differences of a gateway: a page writes many, and two runs find them in different
/// orders. Orders are locked before this lock, incidents after it.
pub async fn lock(db: &mut PgConnection, gateway: Provider) -> Result<(), sqlx::Error> {
    let name = format!("reconciliation:{}", gateway.as_str());
    sqlx::query!("select pg_advisory_xact_lock(hashtextextended($1, 0))", name).execute(db).await?;
    Ok(())
}

/// Stores the position of a run, in the transaction of the changes that its page caused.
pub async fn advance(
    db: &mut PgConnection,
    gateway: Provider,
    run: &Run,
    compared: i64,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into reconciliations (gateway, window_from, window_until, cursor, compared, updated_at)
         values ($1, $2, $3, $4, $5, $6)
         on conflict (gateway) do update
           set window_from = $2, window_until = $3, cursor = $4, compared = $5, updated_at = $6",
        gateway.as_str(),
        run.from,
        run.until,
        run.cursor,
        compared,
        now,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The schedule's run has ended: everything before `reached` is compared. An earlier position that is later than
/// `reached` stays.
pub async fn finish(
    db: &mut PgConnection,
    gateway: Provider,
    reached: Timestamp,
    compared: i64,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into reconciliations (gateway, reached, compared, updated_at)
         values ($1, $2, $3, $4)
         on conflict (gateway) do update
           set reached = greatest(reconciliations.reached, $2), window_from = null, window_until = null,
               cursor = null, compared = $3, updated_at = $4",
        gateway.as_str(),
        reached,
        compared,
        now,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Records a difference, or marks a known one as seen again. A repaired difference that recurs is open again, even if
/// an operator had closed it before. One that was closed and not repaired stays closed.
pub async fn record(
    db: &mut PgConnection,
    gateway: Provider,
    found: &Found,
    now: Timestamp,
) -> Result<Kept, sqlx::Error> {
    let kept = sqlx::query!(
        r#"with before as (
             select repaired_at is not null as ended
             from reconciliation_differences
             where gateway = $2 and kind = $3 and subject = $4
           )
           insert into reconciliation_differences as d
             (id, gateway, kind, subject, payment_id, refund_id, detail, found_at, seen_at, repaired_at)
           values ($1, $2, $3, $4, $5, $6, $7, $8::timestamptz, $8, case when $9 then $8::timestamptz end)
           on conflict (gateway, kind, subject) do update
             set seen_at = $8, detail = excluded.detail,
                 payment_id = coalesce(excluded.payment_id, d.payment_id),
                 refund_id = coalesce(excluded.refund_id, d.refund_id),
                 repaired_at = case when $9 then coalesce(d.repaired_at, $8) end,
                 closed_at = case when $9 or d.repaired_at is null then d.closed_at end,
                 closed_by = case when $9 or d.repaired_at is null then d.closed_by end,
                 note = case when $9 or d.repaired_at is null then d.note end
           returning id as "id: DifferenceId", closed_at is not null as "closed!", (select ended from before) as ended"#,
        DifferenceId::new().0,
        gateway.as_str(),
        found.kind.as_str(),
        found.subject,
        found.payment_id.map(|id| id.0),
        found.refund_id.map(|id| id.0),
        found.detail,
        now,
        found.repaired,
    )
    .fetch_one(db)
    .await?;
    let recorded = match (kept.closed, kept.ended) {
        (true, _) => Recorded::Closed,
        (false, None) => Recorded::News,
        (false, Some(ended)) if ended && !found.repaired => Recorded::News,
        (false, Some(_)) => Recorded::Known,
    };
    Ok(Kept { id: kept.id, recorded })
}

/// The gateway agrees with our books about these: their recorded differences are no longer open. Returns those that
/// were. An `unknown` difference concerns something else than the payment it names, so it is left open.
pub async fn agree(
    db: &mut PgConnection,
    payments: &[PaymentId],
    refunds: &[RefundId],
    now: Timestamp,
) -> Result<Vec<DifferenceId>, sqlx::Error> {
    if payments.is_empty() && refunds.is_empty() {
        return Ok(Vec::new());
    }
    sqlx::query_scalar!(
        r#"update reconciliation_differences
           set repaired_at = $3
           where repaired_at is null and kind <> 'unknown' and (payment_id = any($1) or refund_id = any($2))
           returning id as "id: DifferenceId""#,
        payments as &[PaymentId],
        refunds as &[RefundId],
        now,
    )
    .fetch_all(db)
    .await
}

/// The gateway could be asked about these again: their `unasked` differences are no longer open. Returns those that
/// were.
pub async fn asked(
    db: &mut PgConnection,
    payment: Option<PaymentId>,
    refund: Option<RefundId>,
    now: Timestamp,
) -> Result<Vec<DifferenceId>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"update reconciliation_differences
           set repaired_at = $3
           where repaired_at is null and kind = 'unasked' and (payment_id = $1 or refund_id = $2)
           returning id as "id: DifferenceId""#,
        payment.map(|id| id.0),
        refund.map(|id| id.0),
        now,
    )
    .fetch_all(db)
    .await
}

/// Ends `unknown` differences that turn out to belong to another system.
pub async fn end_unknown(
    db: &mut PgConnection,
    gateway: Provider,
    subjects: &[String],
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update reconciliation_differences
         set repaired_at = $3
         where gateway = $1 and kind = 'unknown' and subject = any($2) and repaired_at is null",
        gateway.as_str(),
        subjects,
        now,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Closes an open difference.
pub async fn close(
    db: &mut PgConnection,
    id: DifferenceId,
    by: UserId,
    note: &str,
    now: Timestamp,
) -> Result<Option<Difference>, sqlx::Error> {
    sqlx::query_as!(
        Difference,
        r#"update reconciliation_differences
           set closed_at = $2, closed_by = $3, note = $4
           where id = $1 and repaired_at is null and closed_at is null
           returning id as "id: DifferenceId", gateway as "gateway: Provider", kind as "kind: DifferenceKind", subject,
                     payment_id as "payment_id: PaymentId", refund_id as "refund_id: RefundId", detail, found_at,
                     seen_at, repaired_at, closed_at, closed_by as "closed_by: UserId", note"#,
        id.0,
        now,
        by.0,
        note,
    )
    .fetch_optional(db)
    .await
}

/// Whether there is such a difference, open or not.
pub async fn exists(db: &mut PgConnection, id: DifferenceId) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (select from reconciliation_differences where id = $1) as "exists!""#,
        id.0
    )
    .fetch_one(db)
    .await
}

/// Differences, newest first.
pub async fn list(
    db: &mut PgConnection,
    which: Which,
    slice: &Slice<DifferenceId>,
) -> Result<Vec<Difference>, sqlx::Error> {
    sqlx::query_as!(
        Difference,
        r#"select id as "id: DifferenceId", gateway as "gateway: Provider", kind as "kind: DifferenceKind", subject,
                  payment_id as "payment_id: PaymentId", refund_id as "refund_id: RefundId", detail, found_at,
                  seen_at, repaired_at, closed_at, closed_by as "closed_by: UserId", note
           from reconciliation_differences
           where ($1 or (repaired_at is null and closed_at is null)) and ($2::uuid is null or id < $2)
           order by id desc
           limit $3"#,
        which == Which::All,
        slice.after.map(|id| id.0),
        slice.limit(),
    )
    .fetch_all(db)
    .await
}

/// The extent of [`list`].
pub async fn extent(
    db: &mut PgConnection,
    which: Which,
    asked: &Asked<DifferenceId>,
) -> Result<Extent<DifferenceId>, sqlx::Error> {
    extent!(
        db,
        asked,
        "DifferenceId",
        "id",
        "from reconciliation_differences where ($3 or (repaired_at is null and closed_at is null))",
        which == Which::All,
    )
}

/// Open differences, by gateway and kind.
pub async fn standing(db: &mut PgConnection) -> Result<Vec<(Provider, DifferenceKind, i64)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select gateway as "gateway: Provider", kind as "kind: DifferenceKind", count(*) as "count!"
           from reconciliation_differences
           where repaired_at is null and closed_at is null
           group by gateway, kind"#
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.gateway, row.kind, row.count)).collect())
}

/// The time up to which each gateway was compared.
pub async fn reached(db: &mut PgConnection) -> Result<Vec<(String, Timestamp)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select gateway, reached as "reached!" from reconciliations where reached is not null"#
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.gateway, row.reached)).collect())
}

/// Attempts whose money was booked within a window, by the ledger's times, and attempts with an open difference.
pub async fn booked(
    db: &mut PgConnection,
    gateway: Provider,
    from: Timestamp,
    until: Timestamp,
) -> Result<Vec<PaymentId>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select p.id as "id!: PaymentId"
           from ledger_transactions t
           join payments p on p.id = t.source_id
           where t.kind in ('sale', 'surplus') and t.posted_at >= $2 and t.posted_at < $3 and p.gateway = $1
           union
           select payment_id
           from reconciliation_differences
           where repaired_at is null and closed_at is null and kind <> 'unknown' and gateway = $1
             and payment_id is not null"#,
        gateway.as_str(),
        from,
        until,
    )
    .fetch_all(db)
    .await
}

/// Like [`booked`], for refunds.
pub async fn paid_back(
    db: &mut PgConnection,
    gateway: Provider,
    from: Timestamp,
    until: Timestamp,
) -> Result<Vec<RefundId>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select r.id as "id!: RefundId"
           from ledger_transactions t
           join refunds r on r.id = t.source_id
           join payments p on p.id = r.payment_id
           where t.kind = 'refund' and t.posted_at >= $2 and t.posted_at < $3 and p.gateway = $1
           union
           select refund_id
           from reconciliation_differences
           where repaired_at is null and closed_at is null and kind <> 'unknown' and gateway = $1
             and refund_id is not null"#,
        gateway.as_str(),
        from,
        until,
    )
    .fetch_all(db)
    .await
}

/// Attempts of a window that hold no money and have a reference at the gateway: for gateways without a list.
pub async fn unsettled(
    db: &mut PgConnection,
    gateway: Provider,
    from: Timestamp,
    until: Timestamp,
) -> Result<Vec<PaymentId>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select id as "id: PaymentId"
           from payments
           where gateway = $1 and created_at >= $2 and created_at < $3
             and status not in ('captured', 'surplus') and reference is not null
           order by id"#,
        gateway.as_str(),
        from,
        until,
    )
    .fetch_all(db)
    .await
}
