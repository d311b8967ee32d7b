//! What became of events, written at the end of their transaction: sorted, so that no two transactions wait for each
//! other in a circle.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use shared::foreign::{self, MovementKind, NewMovement};
use shared::incidents::{self, About, IncidentKind};
use shared::jobs::JobError;
use shared::kernel::Timestamp;
use shared::kernel::db::Connection;
use shared::kernel::ids::{OrderId, WebhookEventId};
use shared::payments::Provider;
use shared::webhooks::{self, Applied};

use super::Heard;
use crate::context::{After, database};
use crate::counters;

/// What became of one event.
pub(super) struct Outcome {
    applied: Applied,
    note: &'static str,
    order: Option<OrderId>,
    tell: Option<Tell>,
    foreign: Option<NewMovement>,
}

/// What operators are to be told.
struct Tell {
    kind: IncidentKind,
    key: String,
    about: About,
    detail: Value,
}

impl Outcome {
    pub(super) fn applied(note: &'static str, order: Option<OrderId>) -> Self {
        Self { applied: Applied::Applied, note, order, tell: None, foreign: None }
    }

    pub(super) fn ignored() -> Self {
        Self { applied: Applied::Ignored, ..Self::applied("nothing we act on", None) }
    }

    /// The gateway is asked about what could not be read.
    pub(super) fn asked() -> Self {
        Self { applied: Applied::Unreadable, ..Self::applied("not readable: the gateway is asked", None) }
    }

    /// It does not fit our books: one incident per thing at the gateway, however many messages speak of it.
    pub(super) fn unmatched(heard: &Heard<'_>, why: &'static str, about: About) -> Self {
        let name = about.reference.clone().unwrap_or_else(|| heard.event.id.to_string());
        let key = format!("{}:{name}", heard.provider.as_str());
        let tell = Tell { kind: IncidentKind::UnknownPayment, key, about, detail: detail(heard, why) };
        Self { applied: Applied::Unmatched, tell: Some(tell), ..Self::applied(why, None) }
    }

    /// It can't be read, and nobody can be asked about it: one incident per gateway and type of message.
    pub(super) fn unreadable(heard: &Heard<'_>, why: &str, about: About) -> Self {
        let key = format!("{}:{}", heard.provider.as_str(), heard.says.kind_text);
        let tell = Tell { kind: IncidentKind::UnreadableEvent, key, about, detail: detail(heard, why) };
        let said = Self::applied("not readable: operators are told", None);
        Self { applied: Applied::Unreadable, tell: Some(tell), ..said }
    }

    /// Another system's. `moved` is what it tells of, if money has moved.
    pub(super) fn foreign(moved: Option<NewMovement>) -> Self {
        let said = Self::applied("bears none of our marks", None);
        Self { applied: Applied::Foreign, foreign: moved, ..said }
    }
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
    marks: Vec<(WebhookEventId, Applied, &'static str)>,
    gateways: Vec<Provider>,
    orders: Vec<OrderId>,
    tells: BTreeMap<String, Tell>,
    foreign: Vec<NewMovement>,
}

impl Outcomes {
    pub(super) fn add(&mut self, heard: &Heard<'_>, outcome: Outcome) {
        self.marks.push((heard.event.id, outcome.applied, outcome.note));
        self.gateways.push(heard.provider);
        self.orders.extend(outcome.order);
        self.foreign.extend(outcome.foreign);
        if let Some(tell) = outcome.tell {
            self.tells.insert(format!("{}:{}", tell.kind.as_str(), tell.key), tell);
        }
    }

    pub(super) async fn write(&self, db: &mut Connection, now: Timestamp) -> Result<Counts, JobError> {
        let new = foreign::store::insert(db, &self.foreign, now).await.map_err(database)?;
        for Tell { kind, key, about, detail } in self.tells.values() {
            // What can't be read comes again and again; once somebody has looked, that is enough.
            let told = match kind {
                IncidentKind::UnreadableEvent => {
                    incidents::open_unless_known(db, *kind, key, about, detail, now).await
                }
                IncidentKind::AmountMismatch
                | IncidentKind::UnknownPayment
                | IncidentKind::SurplusCapture
                | IncidentKind::RefundFailed
                | IncidentKind::RefundNeedsAttention
                | IncidentKind::Dispute
                | IncidentKind::GatewayDiffers
                | IncidentKind::BooksDiffer => incidents::open(db, *kind, key, about, detail, now).await,
            };
            told.map_err(database)?;
        }
        webhooks::store::mark(db, &self.marks, now).await.map_err(database)?;
        let applied = self.marks.iter().map(|(_, applied, _)| *applied);
        Ok(Counts { events: self.gateways.iter().copied().zip(applied).collect(), foreign: new })
    }

    pub(super) fn after(&self) -> After {
        After { orders: self.orders.clone() }
    }
}

/// What is counted once it is committed.
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
