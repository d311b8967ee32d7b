//! Apply an event from the inbox. Its signature was checked before it was stored. What proves nothing by itself is a
//! reason to ask the gateway. An event that matches nothing of ours is kept and shown to operators.

use gateways::{DisputeView, EventBody, PaymentView, Push, RefundView};
use serde_json::json;
use shared::fulfilment::{settle, unwind};
use shared::incidents::{self, IncidentKind};
use shared::jobs::{ApplyWebhook, AskPayment, AskRefund, Claimed, Finished, JobError, NewJob, store};
use shared::kernel::db::Connection;
use shared::kernel::ids::OrderId;
use shared::payments::Provider;
use shared::webhooks::store::StoredEvent;
use shared::webhooks::{self, Applied};
use shared::{payments, refunds};

use crate::context::{Context, database};
use crate::matching::{self, Match, Source};
use crate::observe;

pub(super) async fn run(context: &Context, job: &Claimed) -> Result<Finished, JobError> {
    let ApplyWebhook { event_id } = job.read()?;
    let mut transaction = context.begin().await?;
    let event = webhooks::store::find(&mut transaction, event_id).await.map_err(database)?;
    let event = event.ok_or_else(|| JobError::fail("there is no such event"))?;
    if event.status != "received" {
        return context.finish(transaction, job, None).await;
    }
    let provider: Provider = event.gateway.parse().map_err(|_| JobError::fail("an unknown gateway"))?;
    let gateway = context.gateway(provider)?;
    let parsed = gateway.parse_stored(&event.body).map_err(|error| JobError::fail(error.to_string()))?;
    let db = &mut *transaction;
    let from = From { context, provider, push: gateway.capabilities().push };
    let (outcome, note, order) = match &parsed.body {
        EventBody::Payment(view) => from.payment(db, view).await?,
        EventBody::Refund { view, .. } => from.refund(db, view).await?,
        EventBody::RefundsOf(page) => from.refunds_of(db, page).await?,
        EventBody::Dispute(view) => from.dispute(db, view).await?,
        EventBody::Other => (Applied::Ignored, "nothing we act on", None),
    };
    if outcome == Applied::Unmatched {
        tell(context, db, &event, &parsed.kind_text).await?;
    }
    webhooks::store::mark(db, event_id, outcome, note, context.now()).await.map_err(database)?;
    context.finish(transaction, job, order).await
}

type Outcome = (Applied, &'static str, Option<OrderId>);

/// Whose event it is, and what it is worth.
struct From<'a> {
    context: &'a Context,
    provider: Provider,
    push: Push,
}

impl From<'_> {
    async fn payment(&self, db: &mut Connection, view: &PaymentView) -> Result<Outcome, JobError> {
        let known = match matching::payment(db, self.provider, view).await? {
            Match::Ours(known) => known,
            Match::Strange(why) => return Ok((Applied::Unmatched, why, None)),
        };
        match self.push {
            Push::Proof => {
                settle(db, known.id, &observe::payment(view), self.context.now()).await?;
                Ok((Applied::Applied, "payment", Some(known.order_id)))
            }
            Push::Hint => {
                self.ask(db, &AskPayment { payment_id: known.id, agreed: false }).await?;
                Ok((Applied::Applied, "payment: the gateway is asked", None))
            }
        }
    }

    async fn refund(&self, db: &mut Connection, view: &RefundView) -> Result<Outcome, JobError> {
        let known = match matching::refund(db, view).await? {
            Match::Ours(known) => known,
            Match::Strange(why) => return Ok((Applied::Unmatched, why, None)),
        };
        match self.push {
            Push::Proof => {
                unwind(db, known.id, &observe::refund(view), self.context.now()).await?;
                Ok((Applied::Applied, "refund", Some(known.order_id)))
            }
            Push::Hint => {
                self.ask(db, &AskRefund { refund_id: known.id }).await?;
                Ok((Applied::Applied, "refund: the gateway is asked", None))
            }
        }
    }

    /// The message does not say which: all that can still change are asked for.
    async fn refunds_of(&self, db: &mut Connection, page: &str) -> Result<Outcome, JobError> {
        let Some(payment) = payments::store::find_by_reference(db, self.provider, page).await? else {
            return Ok((Applied::Unmatched, "names no payment of ours", None));
        };
        let siblings = refunds::store::of_payment(db, payment).await?;
        if siblings.is_empty() {
            return Ok((Applied::Unmatched, "a refund that was not made by us", None));
        }
        for refund in siblings.iter().filter(|refund| !refund.status.is_final()) {
            self.ask(db, &AskRefund { refund_id: refund.id }).await?;
        }
        Ok((Applied::Applied, "refunds: the gateway is asked", None))
    }

    /// Operators have to answer it, by a date.
    async fn dispute(&self, db: &mut Connection, view: &DisputeView) -> Result<Outcome, JobError> {
        let order = matching::disputed_order(db, self.provider, view).await?;
        let (source, now) = (Source::Message, self.context.now());
        matching::open_dispute(db, self.provider, view, order, source, now).await?;
        Ok((Applied::Applied, "dispute", order))
    }

    async fn ask<J: shared::jobs::Job>(&self, db: &mut Connection, job: &J) -> Result<(), JobError> {
        let now = self.context.now();
        store::insert_unless_waiting(db, &NewJob::at(now, job), now).await.map(drop).map_err(database)
    }
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
