//! Apply events from the inbox. Their signatures were checked before they were stored. What proves nothing by itself is a
//! reason to ask the gateway. An event that matches nothing of ours is kept and shown to operators.
//!
//! Most events move no money: they share one transaction. One that may lock an order has its own, so that no two wait
//! for each other in a circle.

use std::collections::HashMap;

use futures::future::join_all;
use gateways::{DisputeView, EventBody, GatewayEvent, PaymentView, Push, RefundView};
use serde_json::json;
use shared::fulfilment::{settle, unwind};
use shared::incidents::{self, IncidentKind};
use shared::jobs::{ApplyWebhook, AskPayment, AskRefund, Claimed, Finished, JobError, NewJob, store};
use shared::kernel::TraceContext;
use shared::kernel::db::Connection;
use shared::kernel::ids::{OrderId, RefundId, WebhookEventId};
use shared::payments::Provider;
use shared::webhooks::store::StoredEvent;
use shared::webhooks::{self, Applied};
use shared::{payments, refunds};

use crate::context::{After, Context, database};
use crate::matching::{self, Match, Source};
use crate::observe;

pub(super) async fn run(context: &Context, jobs: &[Claimed]) -> Result<Finished, JobError> {
    let heard = hear(context, jobs).await?;
    let (alone, together): (Vec<_>, Vec<_>) = heard.into_iter().partition(Heard::may_lock);
    let mut groups: Vec<Vec<Heard<'_>>> = alone.into_iter().map(|one| vec![one]).collect();
    if !together.is_empty() {
        groups.push(together);
    }
    // To their ends, each of them: one that fails does not cut others off in the middle.
    let ends = join_all(groups.iter().map(|group| apply(context, group))).await;
    let mut ends = ends.into_iter().collect::<Result<Vec<_>, _>>()?;
    ends.pop().ok_or_else(|| JobError::fail("no event to apply"))
}

/// An event, whose it is, and what it is worth.
struct Heard<'a> {
    context: &'a Context,
    job: &'a Claimed,
    event: StoredEvent,
    provider: Provider,
    push: Push,
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
        let says = gateway.parse_stored(&event.body).map_err(|error| JobError::fail(error.to_string()))?;
        Ok(Heard { context, job, event, provider, push: gateway.capabilities().push, says })
    };
    jobs.iter().zip(&ids).map(hear).collect()
}

/// Applies events and ends their jobs in one transaction.
async fn apply(context: &Context, heard: &[Heard<'_>]) -> Result<Finished, JobError> {
    let mut db = context.begin().await?;
    let (mut outcomes, mut orders) = (Vec::with_capacity(heard.len()), Vec::new());
    for one in heard {
        let trace = one.job.trace.unwrap_or_else(TraceContext::root).child();
        let (outcome, note, order) = trace.scope(one.apply(&mut db)).await?;
        if outcome == Applied::Unmatched {
            one.tell(&mut db).await?;
        }
        outcomes.push((one.event.id, outcome, note));
        orders.extend(order);
    }
    webhooks::store::mark(&mut db, &outcomes, context.now()).await.map_err(database)?;
    let jobs: Vec<_> = heard.iter().map(|one| one.job).collect();
    context.finish_all(db, &jobs, After { orders }).await
}

type Outcome = (Applied, &'static str, Option<OrderId>);

impl Heard<'_> {
    /// Whether it may lock an order, or tell something that another event tells too.
    fn may_lock(&self) -> bool {
        match (&self.says.body, self.push) {
            (EventBody::Payment(_) | EventBody::Refund { .. }, Push::Proof) | (EventBody::Dispute(_), _) => {
                true
            }
            (EventBody::Payment(_) | EventBody::Refund { .. }, Push::Hint)
            | (EventBody::RefundsOf(_) | EventBody::Other, _) => false,
        }
    }

    async fn apply(&self, db: &mut Connection) -> Result<Outcome, JobError> {
        match &self.says.body {
            EventBody::Payment(view) => self.payment(db, view).await,
            EventBody::Refund { view, .. } => self.refund(db, view).await,
            EventBody::RefundsOf(page) => self.refunds_of(db, page).await,
            EventBody::Dispute(view) => self.dispute(db, view).await,
            EventBody::Other => Ok((Applied::Ignored, "nothing we act on", None)),
        }
    }

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
        let known = match matching::refund(db, self.provider, view).await? {
            Match::Ours(known) => known,
            Match::Strange(why) => return Ok((Applied::Unmatched, why, None)),
        };
        match self.push {
            Push::Proof => {
                unwind(db, known.id, &observe::refund(view), self.context.now()).await?;
                Ok((Applied::Applied, "refund", Some(known.order_id)))
            }
            Push::Hint => {
                self.ask_refund(db, known.id).await?;
                Ok((Applied::Applied, "refund: the gateway is asked", None))
            }
        }
    }

    /// The message does not say which: all that can still change are asked for.
    async fn refunds_of(&self, db: &mut Connection, page: &str) -> Result<Outcome, JobError> {
        let Some(payment) = payments::store::find_by_reference(db, self.provider, page).await? else {
            return Ok((Applied::Unmatched, "names no payment of ours", None));
        };
        let siblings = refunds::store::of_payment(db, payment.id).await?;
        if siblings.is_empty() {
            return Ok((Applied::Unmatched, "a refund that was not made by us", None));
        }
        for refund in siblings.iter().filter(|refund| !refund.status.is_final()) {
            self.ask_refund(db, refund.id).await?;
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

    async fn tell(&self, db: &mut Connection) -> Result<(), JobError> {
        let event = &self.event;
        let detail = json!({
            "webhook_event_id": event.id, "gateway": event.gateway, "type": self.says.kind_text,
        });
        let about = event.id.to_string();
        incidents::open(db, IncidentKind::UnknownPayment, &about, None, &detail, self.context.now())
            .await
            .map_err(database)
    }

    /// Browsers hint at payments too, so questions about one are bounded in time.
    async fn ask(&self, db: &mut Connection, question: &AskPayment) -> Result<(), JobError> {
        store::ask(db, question, self.context.now()).await.map_err(database)
    }

    async fn ask_refund(&self, db: &mut Connection, refund_id: RefundId) -> Result<(), JobError> {
        let now = self.context.now();
        let ask = NewJob::at(now, &AskRefund { refund_id });
        store::insert_unless_waiting(db, &ask, now).await.map(drop).map_err(database)
    }
}
