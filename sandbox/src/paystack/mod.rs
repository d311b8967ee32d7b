//! A pretend Paystack, written from Paystack's own documents: transactions with a hosted page, refunds,
//! transfers, disputes and signed webhooks, under `/paystack`. It knows nothing of who calls it.
//! Here are the verbs that tests, the control API and the page call on its desk.

mod balance;
mod banks;
mod books;
mod bulk;
mod charge;
mod control;
mod disputes;
mod evidence;
mod fields;
mod gate;
mod initialize;
mod inspect;
mod listing;
mod model;
mod odd;
mod outcome;
mod page;
mod payee;
mod payments;
mod payout_flow;
mod reads;
mod recipients;
mod refund_flow;
mod refunds;
mod refusal;
mod render;
mod routes;
mod settings;
mod signature;
mod transfers;
mod when;

use std::sync::Arc;

use axum::Router;
use axum::routing::{any, get};

use crate::config::Config;
use crate::desk;
use crate::payment_page::{Closed, Next};
use crate::webhooks::{Depot, Endpoint};
use crate::world::World;
use books::Books;

pub(crate) use control::{CALLS, showcase};
pub use disputes::Ruling;
pub use inspect::{EventSeen, Inspect, PaymentSeen, RefundSeen, StateReport, TransferSeen};
pub use model::RefundStatus;
pub use outcome::{CHOICES, Outcome};
pub use payee::TransferStatus;
pub use settings::{PaystackConfig, UnknownReference};

pub(crate) const NAME: &str = "paystack";

pub(crate) type Desk = desk::Desk<Books>;

/// Why the sandbox does not do to a thing what it was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Impossible {
    NoSuch,
    /// Its state does not allow it.
    Now,
}

pub(crate) fn desk(config: &Config, public_url: &str, depot: &Depot) -> Desk {
    let courier = depot.courier(signature::headers, config.paystack.webhook.clone());
    Desk::new(Books::new(config.paystack.clone(), public_url, config.settle_ms(), config.keep), courier)
}

pub(crate) fn router() -> Router<Arc<World>> {
    Router::new()
        .route("/paystack/checkout/{code}", get(page::show).post(page::act))
        .route("/paystack/paid", get(page::paid))
        .route("/paystack", any(gate::enter))
        .route("/paystack/", any(gate::enter))
        .route("/paystack/{*endpoint}", any(gate::enter))
        .merge(control::router())
}

impl Desk {
    /// # Errors
    /// When the transaction takes no payment now.
    pub(crate) fn pay(&self, world: &World, name: &str, outcome: Outcome) -> Result<Next, Closed> {
        self.open(world, None, |books, _| books.pay(name, outcome))
    }

    /// Where events go from now on. Without a secret they are signed with the API key, as in life.
    pub(crate) fn send_events_to(&self, url: String, secrets: &[&str]) {
        let key = || vec![self.lock().settings.key.clone()];
        let secrets: Vec<String> = secrets.iter().map(|secret| (*secret).to_owned()).collect();
        let secrets = if secrets.is_empty() { key() } else { secrets };
        self.courier.set_endpoint(Some(Endpoint { url, secrets }));
    }

    /// # Errors
    /// When there is no such refund, or it cannot go there from where it is.
    pub(crate) fn force_refund(
        &self,
        world: &World,
        id: &str,
        status: RefundStatus,
    ) -> Result<(), Impossible> {
        self.open(world, None, |books, _| books.force_refund(id, status))
    }

    /// # Errors
    /// When there is no such transfer, by code or reference, or it cannot go there from where it is.
    pub(crate) fn force_transfer(
        &self,
        world: &World,
        name: &str,
        status: TransferStatus,
    ) -> Result<(), Impossible> {
        self.open(world, None, |books, _| books.force_transfer(name, status))
    }

    /// Opens a dispute about a paid transaction, over all of it or a part; its id.
    ///
    /// # Errors
    /// When there is no such transaction, or nothing of it can be disputed.
    pub(crate) fn dispute(
        &self,
        world: &World,
        payment: &str,
        amount: Option<i64>,
    ) -> Result<i64, Impossible> {
        self.open(world, None, |books, _| books.open_dispute(payment, amount))
    }

    /// # Errors
    /// When there is no such dispute, or it is resolved.
    pub(crate) fn rule(&self, world: &World, dispute: &str, ruling: Ruling) -> Result<(), Impossible> {
        self.open(world, None, |books, _| books.rule(dispute, ruling))
    }
}
