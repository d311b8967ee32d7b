//! A pretend Stripe, written from Stripe's own documents, under `/stripe` and at the root: Checkout Sessions with a
//! hosted page, PaymentIntents, refunds, disputes, transfers to connected accounts, payouts, events and
//! signed webhooks. It knows nothing of who calls it.
//! Here are the verbs that tests, the control API and the page call on its desk.

mod amounts;
mod bank;
mod books;
mod catalogue;
mod contest;
mod control;
mod create;
mod dispute;
mod disputes;
mod expand;
mod forgetting;
mod gate;
mod inspect;
mod intent_flow;
mod intents;
mod keys;
mod lines;
mod listing;
mod methods;
mod model;
mod news;
mod outcome;
mod owner;
mod page;
mod params;
mod payments;
mod payouts;
mod permissions;
mod purse;
mod reads;
mod refunding;
mod refunds;
mod refusal;
mod render;
mod reversals;
mod routes;
mod session_update;
mod session_view;
mod sessions;
mod settings;
mod sift;
mod signature;
mod transfer;
mod transfers;
mod warnings;

use std::sync::Arc;

use axum::Router;
use axum::routing::{any, get};

use crate::config::Config;
use crate::desk;
use crate::payment_page::{Closed, Next};
use crate::webhooks::Depot;
use crate::world::World;
use books::Books;

pub use bank::{Bank, Verdict};
pub(crate) use control::{CALLS, showcase};
pub use dispute::{Accusation, DisputeStatus};
pub use inspect::{
    BalanceSeen, DisputeSeen, EventSeen, Inspect, PaymentSeen, RefundSeen, SessionSeen, StateReport,
};
pub use model::FailureReason;
pub use news::API_VERSION;
pub use outcome::{CHOICES, Outcome};
pub use payouts::PayoutStatus;
pub use permissions::{RestrictedKey, Right};
pub use settings::StripeConfig;

pub(crate) const NAME: &str = "stripe";

pub(crate) type Desk = desk::Desk<Books>;

pub(crate) fn desk(config: &Config, public_url: &str, depot: &Depot) -> Desk {
    let courier = depot.courier(signature::headers, config.stripe.webhook.clone());
    Desk::new(Books::new(config, public_url), courier)
}

pub(crate) fn router() -> Router<Arc<World>> {
    Router::new()
        .route("/stripe/pay/{session}", get(page::show).post(page::act))
        .route("/stripe/authenticate/{payment}", get(page::ask_who).post(page::told_who))
        // At the root too, for clients that know a host and no path.
        .route("/v1", any(gate::enter))
        .route("/v1/{*endpoint}", any(gate::enter))
        .route("/stripe", any(gate::enter))
        .route("/stripe/", any(gate::enter))
        .route("/stripe/{*endpoint}", any(gate::enter))
        .merge(control::router())
}

impl Desk {
    /// # Errors
    /// When the session takes no payment any more.
    pub(crate) fn pay(&self, world: &World, session: &str, outcome: Outcome) -> Result<Next, Closed> {
        self.open(world, None, |books, _| books.pay(session, outcome))
    }
}
