//! All SQL of the inbox.

use sqlx::PgConnection;
use uuid::Uuid;

use super::{Applied, NewEvent};
use crate::jobs::{ApplyWebhook, NewJob};
use crate::kernel::Timestamp;
use crate::kernel::ids::WebhookEventId;

/// Stores events and the jobs that will apply them, in the caller's transaction. Returns how many were new.
///
/// The constraint `webhook_events_once` lets an event in once, also when two deliveries race.
pub async fn receive(db: &mut PgConnection, events: &[NewEvent], now: Timestamp) -> Result<u64, sqlx::Error> {
    let ids: Vec<Uuid> = events.iter().map(|_| WebhookEventId::new().0).collect();
    let gateways: Vec<String> = events.iter().map(|event| event.gateway.to_owned()).collect();
    let names: Vec<String> = events.iter().map(|event| event.event_id.clone()).collect();
    let kinds: Vec<String> = events.iter().map(|event| event.kind.clone()).collect();
    let bodies: Vec<String> = events.iter().map(|event| event.body.clone()).collect();
    let new = sqlx::query!(
        r#"insert into webhook_events (id, gateway, event_id, kind, body, received_at)
           select u.*, $6
           from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[]) as u
           on conflict (gateway, event_id) do nothing
           returning id as "id: WebhookEventId", gateway, event_id"#,
        &ids,
        &gateways,
        &names,
        &kinds,
        &bodies,
        now,
    )
    .fetch_all(&mut *db)
    .await?;
    let job = |id, gateway: &str, name: &str| {
        let event = events.iter().find(|event| event.gateway == gateway && event.event_id == name);
        NewJob::at(now, &ApplyWebhook { event_id: id }).in_trace(event.and_then(|event| event.trace))
    };
    let jobs: Vec<NewJob> = new.iter().map(|row| job(row.id, &row.gateway, &row.event_id)).collect();
    crate::jobs::store::insert(db, &jobs, now).await
}

/// An event of the inbox, to be applied.
#[derive(Clone, Debug)]
pub struct StoredEvent {
    pub id: WebhookEventId,
    pub gateway: String,
    pub body: String,
    pub status: String,
}

pub async fn find(db: &mut PgConnection, id: WebhookEventId) -> Result<Option<StoredEvent>, sqlx::Error> {
    sqlx::query_as!(
        StoredEvent,
        r#"select id as "id: WebhookEventId", gateway, body, status from webhook_events where id = $1"#,
        id.0,
    )
    .fetch_optional(db)
    .await
}

/// Records what became of an event, in the transaction of its effect.
pub async fn mark(
    db: &mut PgConnection,
    id: WebhookEventId,
    outcome: Applied,
    note: &str,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update webhook_events set status = $2, note = $3, applied_at = $4 where id = $1",
        id.0,
        outcome.as_str(),
        note,
        now,
    )
    .execute(db)
    .await?;
    Ok(())
}
