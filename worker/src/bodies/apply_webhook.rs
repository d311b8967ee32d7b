//! Applies events from the inbox. Their signatures were checked before they were stored. If an event proves nothing by
//! itself, or can't be read, the gateway is asked. An event that bears our marks and matches nothing of ours opens an
//! incident; one without our marks is counted.
//!
//! Most events move no money: they share one transaction. An event that may lock an order has a separate transaction,
//! so that no two of them deadlock.

mod outcome;
mod refunds;
mod says;

use std::collections::HashMap;

use futures::future::join_all;
use gateways::{GatewayEvent, RefundRules};
use shared::jobs::{ApplyWebhook, Claimed, Finished, JobError};
use shared::kernel::TraceContext;
use shared::kernel::ids::WebhookEventId;
use shared::payments::Provider;
use shared::webhooks::{self, store::StoredEvent};

use self::outcome::Outcomes;
use crate::context::{Context, database};

pub(super) async fn run(context: &Context, jobs: &[Claimed]) -> Result<Finished, JobError> {
    let heard = hear(context, jobs).await?;
    let (alone, together): (Vec<_>, Vec<_>) = heard.into_iter().partition(Heard::may_lock);
    let mut groups: Vec<Vec<Heard<'_>>> = alone.into_iter().map(|one| vec![one]).collect();
    if !together.is_empty() {
        groups.push(together);
    }
    // Waits for all of them: a failure of one does not cut others off in the middle.
    let ends = join_all(groups.iter().map(|group| apply(context, group))).await;
    let mut ends = ends.into_iter().collect::<Result<Vec<_>, _>>()?;
    ends.pop().ok_or_else(|| JobError::fail("no event to apply"))
}

/// An event, its gateway, and what it proves.
struct Heard<'a> {
    context: &'a Context,
    job: &'a Claimed,
    event: StoredEvent,
    provider: Provider,
    rules: RefundRules,
    says: GatewayEvent,
}

/// Reads the events of jobs.
async fn hear<'a>(context: &'a Context, jobs: &'a [Claimed]) -> Result<Vec<Heard<'a>>, JobError> {
    let ids = jobs.iter().map(|job| Ok(job.read::<ApplyWebhook>()?.event_id));
    let ids: Vec<WebhookEventId> = ids.collect::<Result<_, JobError>>()?;
    let mut db = context.pool.acquire().await.map_err(database)?;
    let events = webhooks::store::find_all(&mut db, &ids).await.map_err(database)?;
    let mut events: HashMap<_, _> = events.into_iter().map(|event| (event.id, event)).collect();
    let hear = |(job, id): (&'a Claimed, &WebhookEventId)| {
        let event = events.remove(id).ok_or_else(|| JobError::fail("there is no such event"))?;
        let provider: Provider = event.gateway.parse().map_err(|_| JobError::fail("an unknown gateway"))?;
        let gateway = context.gateway(provider)?;
        let says = gateway.parse_stored(&event.body);
        Ok(Heard { context, job, event, provider, rules: gateway.capabilities().refunds, says })
    };
    jobs.iter().zip(&ids).map(hear).collect()
}

/// Applies events and ends their jobs in one transaction.
async fn apply(context: &Context, heard: &[Heard<'_>]) -> Result<Finished, JobError> {
    let mut db = context.begin().await?;
    let mut outcomes = Outcomes::default();
    for one in heard {
        let trace = one.job.trace.unwrap_or_else(TraceContext::root).child();
        outcomes.add(one, trace.scope(one.apply(&mut db)).await?);
    }
    let counts = outcomes.write(&mut db, context.now()).await?;
    let jobs: Vec<_> = heard.iter().map(|one| one.job).collect();
    let finished = context.finish_all(db, &jobs, outcomes.after()).await?;
    counts.tell();
    Ok(finished)
}
