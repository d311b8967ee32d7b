//! All SQL of incidents.

use std::collections::{BTreeMap, HashMap};

use sqlx::PgConnection;
use uuid::Uuid;

use super::{About, IfClosed, Incident, IncidentKind, NewIncident, Which};
use crate::kernel::Timestamp;
use crate::kernel::ids::{DifferenceId, IncidentId, OrderId, PaymentId, RefundId, UserId};
use crate::kernel::page::{Asked, Extent, Slice, extent};
use crate::payments::Provider;

/// Opens incidents in the order of their unique keys: two transactions that wrote the same keys in different orders would
/// deadlock. Of two with the same key the later one is used.
pub async fn open_all(
    db: &mut PgConnection,
    incidents: impl IntoIterator<Item = NewIncident>,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let incidents: BTreeMap<String, NewIncident> =
        incidents.into_iter().map(|incident| (incident.dedupe_key(), incident)).collect();
    for incident in incidents.values() {
        open(db, incident, now).await?;
    }
    Ok(())
}

/// Opens an incident, once per kind and key. An open one gets the difference that it reports, if it had none; nothing
/// else of it changes. The caller of the transaction logs an error.
///
/// For more than one incident whose keys are not written under one order's lock, use [`open_all`].
pub async fn open(db: &mut PgConnection, new: &NewIncident, now: Timestamp) -> Result<(), sqlx::Error> {
    let NewIncident { kind, key, about, detail, if_closed } = new;
    let written = sqlx::query_scalar!(
        r#"insert into incidents as i (id, kind, dedupe_key, order_id, payment_id, refund_id, gateway, reference,
                                       difference_id, detail, opened_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
         on conflict (dedupe_key) do update
           set resolved_at = null, resolved_by = null, note = null,
               earlier = case when i.resolved_at is null then i.earlier
                              else jsonb_path_query_array(
                                     i.earlier || jsonb_build_object('resolved_at', i.resolved_at,
                                                                     'resolved_by', i.resolved_by, 'note', i.note),
                                     '$[last - 19 to last]') end,
               opened_at = case when i.resolved_at is null then i.opened_at else excluded.opened_at end,
               detail = case when i.resolved_at is null then i.detail else excluded.detail end,
               order_id = coalesce(excluded.order_id, i.order_id),
               payment_id = coalesce(excluded.payment_id, i.payment_id),
               refund_id = coalesce(excluded.refund_id, i.refund_id),
               gateway = coalesce(excluded.gateway, i.gateway),
               reference = coalesce(excluded.reference, i.reference),
               difference_id = coalesce(excluded.difference_id, i.difference_id)
           where (i.resolved_at is not null and $12)
              or (i.resolved_at is null and i.difference_id is null and excluded.difference_id is not null)
         returning opened_at = $11 as "opened!""#,
        IncidentId::new().0,
        kind.as_str(),
        new.dedupe_key(),
        about.order_id.map(|id| id.0),
        about.payment_id.map(|id| id.0),
        about.refund_id.map(|id| id.0),
        about.gateway.map(Provider::as_str),
        about.reference,
        about.difference_id.map(|id| id.0),
        detail,
        now,
        *if_closed == IfClosed::Reopen,
    )
    .fetch_optional(db)
    .await?;
    if written == Some(true) {
        let order_id = about.order_id.map(tracing::field::display);
        let payment_id = about.payment_id.map(tracing::field::display);
        tracing::warn!(
            incident = kind.as_str(),
            about = key,
            order.id = order_id,
            payment.id = payment_id,
            "incident opened"
        );
        metrics::counter!("haat_incidents_total", "kind" => kind.as_str()).increment(1);
    }
    Ok(())
}

/// Incidents, newest first: the open ones by the index `incidents_open`.
pub async fn list(
    db: &mut PgConnection,
    which: Which,
    slice: &Slice<IncidentId>,
) -> Result<Vec<Incident>, sqlx::Error> {
    sqlx::query_as!(
        Incident,
        r#"select i.id as "id: IncidentId", i.kind,
                  coalesce(i.order_id, p.order_id) as "order_id: OrderId", o.number as "order_number?",
                  coalesce(i.payment_id, r.payment_id) as "payment_id: PaymentId", i.refund_id as "refund_id: RefundId",
                  coalesce(i.gateway, p.gateway) as "gateway: Provider",
                  coalesce(i.reference, r.reference, p.charge_reference, p.reference) as reference,
                  i.difference_id as "difference_id: DifferenceId", i.detail, i.opened_at, i.resolved_at,
                  i.resolved_by as "resolved_by: UserId", i.note, i.earlier
           from incidents i
           left join refunds r on r.id = i.refund_id
           left join payments p on p.id = coalesce(i.payment_id, r.payment_id)
           left join orders o on o.id = coalesce(i.order_id, p.order_id)
           where ($1::boolean is null or (i.resolved_at is not null) = $1) and ($2::uuid is null or i.id < $2)
           order by i.id desc
           limit $3"#,
        which.resolved(),
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
    asked: &Asked<IncidentId>,
) -> Result<Extent<IncidentId>, sqlx::Error> {
    extent!(
        db,
        asked,
        "IncidentId",
        "id",
        "from incidents where ($3::boolean is null or (resolved_at is not null) = $3)",
        which.resolved(),
    )
}

/// The difference that an open incident reports, if any. Outer `None`: the incident is not open.
pub async fn difference_of(
    db: &mut PgConnection,
    id: IncidentId,
) -> Result<Option<Option<DifferenceId>>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select difference_id as "difference_id: DifferenceId"
           from incidents
           where id = $1 and resolved_at is null"#,
        id.0,
    )
    .fetch_optional(db)
    .await
}

/// Whether there is such an incident, open or not.
pub async fn exists(db: &mut PgConnection, id: IncidentId) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(r#"select exists (select from incidents where id = $1) as "exists!""#, id.0)
        .fetch_one(db)
        .await
}

/// Closes an incident that an operator has dealt with. Returns whether it was open.
pub async fn resolve(
    db: &mut PgConnection,
    id: IncidentId,
    by: UserId,
    note: &str,
    now: Timestamp,
) -> Result<bool, sqlx::Error> {
    let resolved = sqlx::query!(
        "update incidents
         set resolved_at = $2, resolved_by = $3, note = $4
         where id = $1 and resolved_at is null",
        id.0,
        now,
        by.0,
        note,
    )
    .execute(db)
    .await?;
    Ok(resolved.rows_affected() == 1)
}

/// Closes an open incident whose cause has ended, by its unique key. `by` is `None` if it ended automatically. Returns
/// whether it was open.
pub async fn resolve_key(
    db: &mut PgConnection,
    kind: IncidentKind,
    key: &str,
    by: Option<UserId>,
    note: &str,
    now: Timestamp,
) -> Result<bool, sqlx::Error> {
    let resolved = sqlx::query!(
        "update incidents
         set resolved_at = $2, resolved_by = $4, note = $3
         where dedupe_key = $1 and resolved_at is null",
        format!("{}:{key}", kind.as_str()),
        now,
        note,
        by.map(|user| user.0),
    )
    .execute(db)
    .await?;
    Ok(resolved.rows_affected() == 1)
}

/// Closes the incidents of differences that have ended. `by` is `None` if they ended automatically.
pub async fn resolve_differences(
    db: &mut PgConnection,
    differences: &[DifferenceId],
    by: Option<UserId>,
    note: &str,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    if differences.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "update incidents
         set resolved_at = $2, resolved_by = $3, note = $4
         where difference_id = any($1) and resolved_at is null",
        differences as &[DifferenceId],
        now,
        by.map(|user| user.0),
        note,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The known facts about these ids, which may be orders, payments or refunds. An id of anything else is left out.
pub async fn about(db: &mut PgConnection, ids: &[Uuid]) -> Result<HashMap<Uuid, About>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select o.id as "subject!", o.id as "order_id: OrderId", null::uuid as "payment_id: PaymentId",
                  null::uuid as "refund_id: RefundId"
           from orders o
           where o.id = any($1)
           union all
           select p.id, p.order_id, p.id, null
           from payments p
           where p.id = any($1)
           union all
           select r.id, r.order_id, r.payment_id, r.id
           from refunds r
           where r.id = any($1)"#,
        ids,
    )
    .fetch_all(db)
    .await?;
    let about =
        |(order_id, payment_id, refund_id)| About { order_id, payment_id, refund_id, ..About::default() };
    Ok(rows
        .into_iter()
        .map(|row| (row.subject, about((row.order_id, row.payment_id, row.refund_id))))
        .collect())
}

/// The number of open incidents.
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

/// Lets one check of the books write at a time, until its transaction ends: two checks would close and open incidents in
/// different orders.
pub async fn lock_books(db: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query!("select pg_advisory_xact_lock(hashtextextended('incidents:books', 0))").execute(db).await?;
    Ok(())
}

/// Closes incidents that `verify` found earlier and no longer finds. `still` are the subjects that differ, as
/// `law:subject`.
pub async fn close_balanced(
    db: &mut PgConnection,
    still: &[String],
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let keys: Vec<String> = still.iter().map(|about| format!("books_differ:{about}")).collect();
    sqlx::query!(
        "update incidents
         set resolved_at = $2, note = 'the books agree again'
         where resolved_at is null and kind = 'books_differ' and dedupe_key <> all($1)",
        &keys,
        now,
    )
    .execute(db)
    .await?;
    Ok(())
}
