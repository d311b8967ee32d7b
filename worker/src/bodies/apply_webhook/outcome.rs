//! What became of events, written at the end of their transaction: kind of row by kind of row, each sorted by its key, so
//! that no two transactions wait for each other in a circle.

use money::Money;
use serde_json::{Value, json};
use shared::foreign::{self, MovementKind, NewMovement};
use shared::fulfilment::denied_and_told_of;
use shared::incidents::{self, About, IfClosed, IncidentKind, NewIncident};
use shared::jobs::JobError;
use shared::jobs::store::{Ask, ask_all};
use shared::kernel::Timestamp;
use shared::kernel::db::Connection;
use shared::kernel::ids::{OrderId, RefundId, WebhookEventId};
use shared::payments::{Payment, Provider};
use shared::refunds::Refund;
use shared::webhooks::store::Mark;
use shared::webhooks::{self, Applied, RefundMatch};

use super::Heard;
use crate::context::{After, database};
use crate::counters;

/// What became of one event.
pub(super) struct Outcome {
    applied: Applied,
    note: &'static str,
    order: Option<OrderId>,
    /// The refund that the event reports, if the gateway can't list refunds, and how it was found.
    refund: Option<(RefundId, RefundMatch)>,
    /// The questions to the gateway.
    asks: Vec<Ask>,
    incidents: Vec<NewIncident>,
    foreign: Option<NewMovement>,
}

impl Outcome {
    pub(super) fn applied(note: &'static str, order: Option<OrderId>) -> Self {
        let applied = Applied::Applied;
        let (asks, incidents) = (Vec::new(), Vec::new());
        Self { applied, note, order, refund: None, asks, incidents, foreign: None }
    }

    /// With questions to the gateway.
    pub(super) fn asking(self, asks: impl IntoIterator<Item = Ask>) -> Self {
        Self { asks: asks.into_iter().collect(), ..self }
    }

    pub(super) fn with_incident(mut self, incident: NewIncident) -> Self {
        self.incidents.push(incident);
        self
    }

    /// With the refund that the event reports. The event is kept, so that no later message is taken for this refund.
    pub(super) fn about_refund(self, refund: RefundId, by: RefundMatch) -> Self {
        Self { refund: Some((refund, by)), ..self }
    }

    pub(super) fn ignored() -> Self {
        Self { applied: Applied::Ignored, ..Self::applied("nothing we act on", None) }
    }

    /// The gateway is asked about the subject of a message that could not be read.
    pub(super) fn asked() -> Self {
        Self { applied: Applied::Unreadable, ..Self::applied("not readable: the gateway is asked", None) }
    }

    /// It does not fit our books: one incident per thing at the gateway, however many messages speak of it.
    pub(super) fn unmatched(heard: &Heard<'_>, why: &'static str, about: About) -> Self {
        let name = about.reference.clone().unwrap_or_else(|| heard.event.id.to_string());
        let key = format!("{}:{name}", heard.provider.as_str());
        Self::unknown(key, about, detail(heard, why), why)
    }

    /// A refund of one of our payments that was made elsewhere, and about which the gateway can't be asked.
    pub(super) fn refunded_elsewhere(heard: &Heard<'_>, payment: &Payment, amount: Option<Money>) -> Self {
        let incident = refunded_elsewhere(heard, heard.event.id, payment, amount);
        Self { applied: Applied::Unmatched, ..Self::applied(ELSEWHERE, None) }.with_incident(incident)
    }

    /// A refund that an administrator has closed as not made by the gateway. A hint is no proof: the gateway is asked too.
    pub(super) fn denied(refund: &Refund, payment: &Payment) -> Self {
        let incident = denied_and_told_of(refund, payment, None, IfClosed::Reopen);
        let said = Self::applied("a refund that an administrator has closed as not made", None);
        Self { applied: Applied::Unmatched, ..said }.with_incident(incident)
    }

    fn unknown(key: String, about: About, detail: Value, why: &'static str) -> Self {
        let (kind, if_closed) = (IncidentKind::UnknownPayment, IfClosed::Reopen);
        let incident = NewIncident { kind, key, about, detail, if_closed };
        Self { applied: Applied::Unmatched, ..Self::applied(why, None) }.with_incident(incident)
    }

    /// The message can't be read, and there is nothing to ask the gateway about: one incident per gateway and type of
    /// message. Such messages recur; once an operator has looked, that is enough.
    pub(super) fn unreadable(heard: &Heard<'_>, why: &str, about: About) -> Self {
        let key = format!("{}:{}", heard.provider.as_str(), heard.says.kind_text);
        let (kind, if_closed) = (IncidentKind::UnreadableEvent, IfClosed::StayClosed);
        let incident = NewIncident { kind, key, about, detail: detail(heard, why), if_closed };
        let said = Self::applied("not readable: operators are told", None);
        Self { applied: Applied::Unreadable, ..said }.with_incident(incident)
    }

    /// An event of another system. `moved` is the movement that it reports, if money has moved.
    pub(super) fn foreign(moved: Option<NewMovement>) -> Self {
        let said = Self::applied("bears none of our marks", None);
        Self { applied: Applied::Foreign, foreign: moved, ..said }
    }
}

/// The note of an event that reports a refund made elsewhere.
pub(super) const ELSEWHERE: &str = "a refund made at the gateway, which can't be asked for it";

/// One incident per message, because each message reports another refund. `event_id` is the message: this one, or an
/// earlier one of the same type.
pub(super) fn refunded_elsewhere(
    heard: &Heard<'_>,
    event_id: WebhookEventId,
    payment: &Payment,
    amount: Option<Money>,
) -> NewIncident {
    let mut detail = detail(heard, ELSEWHERE);
    detail["webhook_event_id"] = json!(event_id);
    detail["amount"] = json!(amount);
    let key = format!("{}:refund:{event_id}", heard.provider.as_str());
    let (kind, if_closed) = (IncidentKind::UnknownPayment, IfClosed::Reopen);
    NewIncident { kind, key, about: About::payment(payment), detail, if_closed }
}

fn detail(heard: &Heard<'_>, why: &str) -> Value {
    let event = &heard.event;
    json!({
        "webhook_event_id": event.id, "gateway": event.gateway, "type": heard.says.kind_text, "why": why,
    })
}

/// What became of the events of a transaction.
#[derive(Default)]
pub(super) struct Outcomes {
    marks: Vec<Mark>,
    gateways: Vec<Provider>,
    orders: Vec<OrderId>,
    asks: Vec<Ask>,
    incidents: Vec<NewIncident>,
    foreign: Vec<NewMovement>,
}

impl Outcomes {
    pub(super) fn add(&mut self, heard: &Heard<'_>, outcome: Outcome) {
        let Outcome { applied, note, refund, .. } = outcome;
        self.marks.push(Mark { event_id: heard.event.id, outcome: applied, note, refund });
        self.gateways.push(heard.provider);
        self.orders.extend(outcome.order);
        self.asks.extend(outcome.asks);
        self.foreign.extend(outcome.foreign);
        self.incidents.extend(outcome.incidents);
    }

    /// Writes in the same order as reconciliation: incidents, foreign movements, jobs.
    pub(super) async fn write(&mut self, db: &mut Connection, now: Timestamp) -> Result<Counts, JobError> {
        incidents::open_all(db, std::mem::take(&mut self.incidents), now).await.map_err(database)?;
        let new = foreign::store::insert(db, &self.foreign, now).await.map_err(database)?;
        ask_all(db, std::mem::take(&mut self.asks), now).await.map_err(database)?;
        webhooks::store::mark(db, &self.marks, now).await.map_err(database)?;
        let applied = self.marks.iter().map(|mark| mark.outcome);
        Ok(Counts { events: self.gateways.iter().copied().zip(applied).collect(), foreign: new })
    }

    pub(super) fn after(&self) -> After {
        self.orders.clone().into()
    }
}

/// What is counted after the commit.
pub(super) struct Counts {
    events: Vec<(Provider, Applied)>,
    foreign: Vec<(Provider, MovementKind)>,
}

impl Counts {
    pub(super) fn tell(&self) {
        for (gateway, outcome) in &self.events {
            counters::events(*gateway, *outcome, 1);
        }
        counters::foreign(&self.foreign);
    }
}
