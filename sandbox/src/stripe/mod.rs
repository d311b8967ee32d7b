//! A pretend Stripe, written from Stripe's own documents: Checkout Sessions with a hosted page,
//! refunds, events and signed webhooks, under `/stripe`. It knows nothing of who calls it.
//! `Desk` holds the books behind one mutex and sends out what happened while they were open.

mod books;
mod create;
mod expand;
mod gate;
mod inspect;
mod keys;
mod listing;
mod model;
mod outcome;
mod page;
mod params;
mod payments;
mod reads;
mod refunds;
mod refusal;
mod render;
mod routes;
mod sessions;
mod signature;

use std::sync::{Arc, Mutex, MutexGuard};

use axum::Router;
use axum::routing::{any, get};

use crate::config::Config;
use crate::faults::Fault;
use crate::webhooks::Parcel;
use crate::world::World;
use books::{Books, Outgoing};

pub use inspect::{EventSeen, Inspect, PaymentSeen, RefundSeen, SessionSeen, StateReport};
pub use outcome::{CHOICES, Choice, Outcome};
pub use payments::{Closed, Next};

pub const NAME: &str = "stripe";

#[derive(Debug)]
pub struct Desk {
    pub key: String,
    books: Mutex<Books>,
}

pub fn router() -> Router<Arc<World>> {
    Router::new()
        .route("/stripe/pay/{session}", get(page::show).post(page::act))
        .route("/stripe/v1/{*endpoint}", any(gate::enter))
}

impl Desk {
    pub fn new(config: &Config, public_url: &str) -> Self {
        let settle_ms = i64::try_from(config.settle.as_millis()).unwrap_or(i64::MAX / 4);
        let books = Books::new(public_url, settle_ms, config.keep);
        Self { key: config.stripe.key.clone(), books: Mutex::new(books) }
    }

    /// Opens the books: first what has come due, then `work`. Afterwards the events of both go out,
    /// with `fault` if it is one of webhooks.
    fn open<R>(&self, world: &World, fault: Option<Fault>, work: impl FnOnce(&mut Books, i64) -> R) -> R {
        let now_ms = world.clock.now_ms();
        let (result, outbox, due_ms) = {
            let mut books = self.lock();
            books.run_due(now_ms);
            let result = work(&mut books, now_ms);
            (result, std::mem::take(&mut books.outbox), books.next_due_ms())
        };
        for outgoing in outbox {
            let asked = fault.filter(|fault| fault.kind.strikes_webhooks());
            let fault = world.faults.for_event(NAME, outgoing.kind, asked);
            world.courier.post(parcel(outgoing), fault);
        }
        world.wake_by(due_ms);
        result
    }

    /// Does what has come due; when the next thing will.
    pub fn run_due(&self, world: &World) -> Option<i64> {
        self.open(world, None, |books, _| books.next_due_ms())
    }

    /// Settles all money under way without waiting for its time.
    pub fn settle_all(&self, world: &World) {
        self.open(world, None, |books, now_ms| {
            while let Some(settlement) = books.settlements.pop_due(i64::MAX) {
                books.settle(now_ms.div_euclid(1000), &settlement);
            }
        });
    }

    /// # Errors
    /// When the session takes no payment any more.
    pub fn pay(&self, world: &World, session: &str, outcome: Outcome) -> Result<Next, Closed> {
        self.open(world, None, |books, now_ms| books.pay(now_ms.div_euclid(1000), session, outcome))
    }

    /// Delivers an event once more. False if there is no such event or nowhere to deliver it.
    pub fn resend(&self, world: &World, event_id: &str) -> bool {
        let found = self.lock().events.get(event_id).map(|event| Outgoing {
            event_id: event.id.clone(),
            kind: event.kind,
            body: event.body.clone(),
        });
        found.is_some_and(|outgoing| world.courier.resend(parcel(outgoing)))
    }

    /// Makes a refund fail, or a pending one succeed. False if there is no such refund.
    pub fn force_refund(&self, world: &World, id: &str, verdict: Verdict) -> bool {
        self.open(world, None, |books, now_ms| {
            let now = now_ms.div_euclid(1000);
            match verdict {
                Verdict::Succeeded => books.refund_arrives(now, id),
                Verdict::Failed => books.refund_fails(now, id),
            }
            books.refunds.contains(id)
        })
    }

    fn lock(&self) -> MutexGuard<'_, Books> {
        self.books.lock().expect("nothing panics while it holds the books")
    }
}

/// How a refund is made to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Succeeded,
    Failed,
}

fn parcel(outgoing: Outgoing) -> Parcel {
    Parcel { gateway: NAME, event_id: outgoing.event_id, body: outgoing.body, sign: signature::header }
}
