//! All SQL of the inbox.

use serde_json::Value;
use sqlx::PgConnection;

use super::{Applied, NewEvent, RefundMatch};
use crate::jobs::{ApplyWebhook, Job, NewJob};
use crate::kernel::Timestamp;
use crate::kernel::ids::{JobId, RefundId, WebhookEventId, smallest_at};

/// Stores events and the jobs that will apply them. Returns the number of new events.
///
/// It is one statement, so that it is one round trip and commits by itself: gateways wait for the answer. The
/// constraint `webhook_events_once` stores an event once, also when two deliveries race. The rows are sorted, so that
/// two concurrent batches can't deadlock.
pub async fn receive(db: &mut PgConnection, events: &[NewEvent], now: Timestamp) -> Result<u64, sqlx::Error> {
    let ids: Vec<WebhookEventId> = events.iter().map(|_| WebhookEventId::new()).collect();
    let gateways: Vec<String> = events.iter().map(|event| event.gateway.to_owned()).collect();
    let names: Vec<String> = events.iter().map(|event| event.event_id.clone()).collect();
    let kinds: Vec<String> = events.iter().map(|event| event.kind.clone()).collect();
    let bodies: Vec<String> = events.iter().map(|event| event.body.clone()).collect();
    let job = |(event, id): (&NewEvent, &WebhookEventId)| {
        NewJob::at(now, &ApplyWebhook { event_id: *id }).in_trace(event.trace)
    };
    let jobs: Vec<NewJob> = events.iter().zip(&ids).map(job).collect();
    let job_ids: Vec<JobId> = jobs.iter().map(|job| job.id).collect();
    let payloads: Vec<Value> = jobs.iter().map(|job| job.payload.clone()).collect();
    let keys: Vec<Option<String>> = jobs.iter().map(|job| job.dedupe_key.clone()).collect();
    let traces: Vec<Option<String>> = jobs.iter().map(|job| job.trace.map(|t| t.to_string())).collect();
    let policy = ApplyWebhook::KIND.policy();
    let new = sqlx::query!(
        "with offered as (
           select *
           from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[],
                       $6::uuid[], $7::jsonb[], $8::text[], $9::text[])
               as u (id, gateway, event_id, kind, body, job_id, payload, dedupe_key, trace_context)
         ), new as (
           insert into webhook_events (id, gateway, event_id, kind, body, received_at)
           select id, gateway, event_id, kind, body, $10 from offered order by gateway, event_id
           on conflict (gateway, event_id) do nothing
           returning id
         )
         insert into jobs (id, queue, kind, payload, dedupe_key, max_attempts, run_at, trace_context, created_at)
         select o.job_id, $11, $12, o.payload, o.dedupe_key, $13, $10, o.trace_context, $10
         from offered o
         join new on new.id = o.id",
        &ids as &[WebhookEventId],
        &gateways,
        &names,
        &kinds,
        &bodies,
        &job_ids as &[JobId],
        &payloads,
        &keys as &[Option<String>],
        &traces as &[Option<String>],
        now,
        policy.queue.as_str(),
        ApplyWebhook::KIND.as_str(),
        policy.max_attempts,
    )
    .execute(db)
    .await?;
    Ok(new.rows_affected())
}

/// An event of the inbox, to be applied.
#[derive(Clone, Debug)]
pub struct StoredEvent {
    pub id: WebhookEventId,
    pub gateway: String,
    pub body: String,
}

/// The events of these ids, in no order.
pub async fn find_all(
    db: &mut PgConnection,
    ids: &[WebhookEventId],
) -> Result<Vec<StoredEvent>, sqlx::Error> {
    sqlx::query_as!(
        StoredEvent,
        r#"select id as "id: WebhookEventId", gateway, body from webhook_events where id = any($1)"#,
        ids as &[WebhookEventId],
    )
    .fetch_all(db)
    .await
}

/// The outcome of one event.
#[derive(Clone, Copy, Debug)]
pub struct Mark {
    pub event_id: WebhookEventId,
    pub outcome: Applied,
    pub note: &'static str,
    /// The refund that the event reported, if the gateway can't list refunds: a later message that names none must not be
    /// taken for the same one. The cleaning keeps such an event.
    pub refund: Option<(RefundId, RefundMatch)>,
}

/// Records the outcome of events, in the transaction of their effect. An event keeps the first outcome that was recorded.
pub async fn mark(db: &mut PgConnection, marks: &[Mark], now: Timestamp) -> Result<(), sqlx::Error> {
    let ids: Vec<WebhookEventId> = marks.iter().map(|mark| mark.event_id).collect();
    let words: Vec<String> = marks.iter().map(|mark| mark.outcome.as_str().to_owned()).collect();
    let notes: Vec<String> = marks.iter().map(|mark| mark.note.to_owned()).collect();
    let refunds: Vec<Option<RefundId>> = marks.iter().map(|mark| mark.refund.map(|(id, _)| id)).collect();
    let matches: Vec<Option<String>> =
        marks.iter().map(|mark| mark.refund.map(|(_, by)| by.as_str().to_owned())).collect();
    sqlx::query!(
        "update webhook_events e
         set status = u.status, note = u.note, applied_at = $4, refund_id = u.refund_id, refund_match = u.refund_match
         from unnest($1::uuid[], $2::text[], $3::text[], $5::uuid[], $6::text[])
             as u (id, status, note, refund_id, refund_match)
         where e.id = u.id and e.status = 'received'",
        &ids as &[WebhookEventId],
        &words,
        &notes,
        now,
        &refunds as &[Option<RefundId>],
        &matches as &[Option<String>],
    )
    .execute(db)
    .await?;
    Ok(())
}

/// An event that has reported a refund.
#[derive(Clone, Copy, Debug)]
pub struct Report {
    pub event_id: WebhookEventId,
    pub refund_id: RefundId,
    /// `None` if the event was applied before this was stored.
    pub by: Option<RefundMatch>,
}

/// The events of this type that have reported one of these refunds, by the index `webhook_events_of_refund`.
pub async fn reports(
    db: &mut PgConnection,
    refunds: &[RefundId],
    kind: &str,
) -> Result<Vec<Report>, sqlx::Error> {
    sqlx::query_as!(
        Report,
        r#"select id as "event_id: WebhookEventId", refund_id as "refund_id!: RefundId",
                  refund_match as "by: RefundMatch"
           from webhook_events
           where refund_id = any($1) and kind = $2
           order by id"#,
        refunds as &[RefundId],
        kind,
    )
    .fetch_all(db)
    .await
}

/// Changes which refund an applied event has reported: another refund of the marketplace, found by elimination again, or
/// none of its refunds. The lock of the order prevents that two transactions change one event.
pub async fn rematch(
    db: &mut PgConnection,
    event_id: WebhookEventId,
    refund: Option<RefundId>,
    outcome: Applied,
    note: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update webhook_events
         set refund_id = $2, refund_match = $3, status = $4, note = $5
         where id = $1",
        event_id.0,
        refund.map(|id| id.0),
        refund.map(|_| RefundMatch::Elimination.as_str()),
        outcome.as_str(),
        note,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Deletes some events that arrived before `before` and were applied, ignored or another system's, by id, which is the
/// order of arrival. Events that were not applied, could not be read, or matched nothing stay. Events with a refund
/// (see [`Mark::refund`]) stay as well. Returns the number deleted.
pub async fn purge(db: &mut PgConnection, before: Timestamp, limit: i64) -> Result<u64, sqlx::Error> {
    let purged = sqlx::query!(
        "delete from webhook_events
         where id = any(array(
           select id
           from webhook_events
           where id < $1 and received_at < $3 and status in ('applied', 'ignored', 'foreign') and refund_id is null
           order by id
           limit $2
         ))",
        smallest_at(before),
        limit,
        before,
    )
    .execute(db)
    .await?;
    Ok(purged.rows_affected())
}
