//! Apply an event from the inbox. Its signature was checked before it was stored. An event that matches nothing of ours
//! is kept and shown to operators.

use gateways::{EventBody, GatewayName, PaymentView, RefundView};
use serde_json::json;
use shared::fulfilment::{settle, unwind};
use shared::incidents::{self, IncidentKind};
use shared::jobs::{ApplyWebhook, Claimed, Finished, JobError};
use shared::kernel::db::Connection;
use shared::kernel::ids::{OrderId, PaymentId, RefundId};
use shared::payments;
use shared::refunds;
use shared::webhooks::store::StoredEvent;
use shared::webhooks::{self, Applied};

use crate::context::{Context, database};
use crate::observe;

pub(super) async fn run(context: &Context, job: &Claimed) -> Result<Finished, JobError> {
    let ApplyWebhook { event_id } = job.read()?;
    let mut transaction = context.begin().await?;
    let event = webhooks::store::find(&mut transaction, event_id).await.map_err(database)?;
    let event = event.ok_or_else(|| JobError::fail("there is no such event"))?;
    if event.status != "received" {
        return context.finish(transaction, job, None).await;
    }
    let gateway = context.gateway(&event.gateway)?;
    let parsed = gateway.parse_stored(&event.body).map_err(|error| JobError::fail(error.to_string()))?;
    let db = &mut *transaction;
    let (outcome, note, order) = match &parsed.body {
        EventBody::Payment(view) => payment(context, db, gateway.name(), view).await?,
        EventBody::Refund { view, .. } => refund(context, db, view).await?,
        EventBody::Other => (Applied::Ignored, "nothing we act on", None),
    };
    if outcome == Applied::Unmatched {
        tell(context, db, &event, &parsed.kind_text).await?;
    }
    webhooks::store::mark(db, event_id, outcome, note, context.now()).await.map_err(database)?;
    context.finish(transaction, job, order).await
}

type Outcome = (Applied, &'static str, Option<OrderId>);

async fn payment(
    context: &Context,
    db: &mut Connection,
    gateway: GatewayName,
    view: &PaymentView,
) -> Result<Outcome, JobError> {
    let by_reference = match &view.reference {
        Some(reference) => payments::store::find_by_reference(db, gateway.as_str(), reference).await?,
        None => None,
    };
    let Some(id) = by_reference.or(view.our_attempt.map(PaymentId)) else {
        return Ok((Applied::Unmatched, "names no payment of ours", None));
    };
    let known = match payments::store::find(db, id).await {
        Ok(known) => known,
        Err(payments::Error::Missing) => return Ok((Applied::Unmatched, "names no payment of ours", None)),
        Err(error) => return Err(error.into()),
    };
    let differs =
        |ours: Option<&String>, theirs: Option<&String>| ours.zip(theirs).is_some_and(|(a, b)| a != b);
    if differs(known.reference.as_ref(), view.reference.as_ref())
        || view.our_order.is_some_and(|order| order != known.order_id.0)
        || view.our_attempt.is_some_and(|attempt| attempt != id.0)
    {
        return Ok((Applied::Unmatched, "its references contradict each other", None));
    }
    settle(db, id, &observe::payment(view), context.now()).await?;
    Ok((Applied::Applied, "payment", Some(known.order_id)))
}

async fn refund(context: &Context, db: &mut Connection, view: &RefundView) -> Result<Outcome, JobError> {
    let by_reference = refunds::store::find_by_reference(db, &view.reference).await?;
    let Some(id) = by_reference.or(view.our_refund.map(RefundId)) else {
        return Ok((Applied::Unmatched, "a refund that was not made by us", None));
    };
    let known = match refunds::store::find(db, id).await {
        Ok(known) => known,
        Err(refunds::Error::Missing) => return Ok((Applied::Unmatched, "names no refund of ours", None)),
        Err(error) => return Err(error.into()),
    };
    if known.amount != view.amount || known.reference.as_ref().is_some_and(|ours| *ours != view.reference) {
        return Ok((Applied::Unmatched, "its amount or reference differs from ours", Some(known.order_id)));
    }
    unwind(db, id, &observe::refund(view), context.now()).await?;
    Ok((Applied::Applied, "refund", Some(known.order_id)))
}

async fn tell(
    context: &Context,
    db: &mut Connection,
    event: &StoredEvent,
    kind: &str,
) -> Result<(), JobError> {
    let detail = json!({ "webhook_event_id": event.id, "gateway": event.gateway, "type": kind });
    let about = event.id.to_string();
    incidents::open(db, IncidentKind::UnknownPayment, &about, None, &detail, context.now())
        .await
        .map_err(database)
}
