//! A pretend Stripe, written from Stripe's own documents: Checkout Sessions with a hosted page,
//! refunds, events and signed webhooks, under `/stripe`. It knows nothing of who calls it.
//! Here are the verbs that tests, the control API and the page call on its desk.

mod books;
mod control;
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
mod settings;
mod signature;

use std::sync::Arc;

use axum::Router;
use axum::routing::{any, get};

use crate::config::Config;
use crate::desk;
use crate::payment_page::{Closed, Next};
use crate::webhooks::{Depot, Parcel};
use crate::world::World;
use books::Books;

pub(crate) use control::{CALLS, showcase};
pub use inspect::{EventSeen, Inspect, PaymentSeen, RefundSeen, SessionSeen, StateReport};
pub use outcome::{CHOICES, Outcome};
pub use settings::StripeConfig;

pub(crate) const NAME: &str = "stripe";

pub(crate) type Desk = desk::Desk<Books>;

pub(crate) fn desk(config: &Config, public_url: &str, depot: &Depot) -> Desk {
    let settle_ms = i64::try_from(config.settle.as_millis()).unwrap_or(i64::MAX / 4);
    let courier = depot.courier(signature::headers, config.stripe.webhook.clone());
    Desk::new(Books::new(public_url, settle_ms, config.keep), courier)
}

pub(crate) fn router() -> Router<Arc<World>> {
    Router::new()
        .route("/stripe/pay/{session}", get(page::show).post(page::act))
        .route("/stripe/v1/{*endpoint}", any(gate::enter))
        .merge(control::router())
}

impl Desk {
    /// Settles all money under way without waiting for its time.
    pub(crate) fn settle_all(&self, world: &World) {
        self.open(world, None, |books, now_ms| {
            while let Some(settlement) = books.settlements.pop_due(i64::MAX) {
                books.settle(now_ms.div_euclid(1000), &settlement);
            }
        });
    }

    /// # Errors
    /// When the session takes no payment any more.
    pub(crate) fn pay(&self, world: &World, session: &str, outcome: Outcome) -> Result<Next, Closed> {
        self.open(world, None, |books, now_ms| books.pay(now_ms.div_euclid(1000), session, outcome))
    }

    /// Delivers an event once more. False if there is no such event or nowhere to deliver it.
    pub(crate) fn resend(&self, event_id: &str) -> bool {
        let found = self.lock().events.get(event_id).map(|event| Parcel {
            event_id: event.id.clone(),
            kind: event.kind,
            body: event.body.clone(),
        });
        found.is_some_and(|parcel| self.courier.resend(parcel))
    }

    /// Makes a refund fail, or a pending one succeed. False if there is no such refund.
    pub(crate) fn force_refund(&self, world: &World, id: &str, verdict: Verdict) -> bool {
        self.open(world, None, |books, now_ms| {
            let now = now_ms.div_euclid(1000);
            match verdict {
                Verdict::Succeeded => books.refund_arrives(now, id),
                Verdict::Failed => books.refund_fails(now, id),
            }
            books.refunds.contains(id)
        })
    }
}

/// How a refund is made to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Succeeded,
    Failed,
}
