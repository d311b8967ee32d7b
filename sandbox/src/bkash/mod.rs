//! A pretend bKash Tokenized Checkout, written from bKash's own documents: tokens, payments that a
//! payer confirms and a merchant executes, agreements, refunds by either API, and push messages by a
//! pretend Amazon SNS, under `/bkash`. It knows nothing of who calls it.
//! Here are the verbs that tests, the control API and the page call on its desk.

mod agreements;
mod amount;
mod books;
mod codes;
mod control;
mod create;
mod duplicates;
mod execute;
mod fields;
mod gate;
mod inspect;
mod model;
mod outcome;
mod page;
mod payer;
mod push;
mod reads;
mod refunds;
mod refusal;
mod routes;
mod script;
mod settings;
mod signing;
mod sns;
mod times;
mod tokens;
mod topic;

use std::sync::Arc;

use axum::Router;
use axum::routing::{any, get};

use crate::config::Config;
use crate::desk;
use crate::payment_page::{Closed, Next};
use crate::webhooks::Depot;
use crate::world::World;
use books::Books;
use model::RefundStatus;

pub(crate) use control::{CALLS, showcase};
pub use inspect::{EventSeen, Inspect, PaymentSeen, RefundSeen, StateReport, Sums};
pub use outcome::{CHOICES, Outcome};
pub use refusal::Envelope;
pub use routes::Call;
pub use script::{Order, When};
pub use settings::{Amounts, BkashConfig, ClosedWords, Handshake, RefundApis, SignatureVersion};

pub(crate) const NAME: &str = "bkash";

pub(crate) type Desk = desk::Desk<Books>;

pub(crate) fn desk(config: &Config, public_url: &str, depot: &Depot) -> Desk {
    let courier = depot.courier(topic::headers, config.bkash.webhook.clone());
    Desk::new(Books::new(config.bkash.clone(), public_url, config.settle_ms(), config.keep), courier)
}

pub(crate) fn router() -> Router<Arc<World>> {
    Router::new()
        .route("/bkash/pay/{payment}", get(page::show).post(page::act))
        .route("/bkash", any(gate::enter))
        .route("/bkash/", any(gate::enter))
        .route("/bkash/{*endpoint}", any(gate::enter))
        .merge(control::router())
}

impl Desk {
    /// Asks an endpoint that was just set to confirm its subscription, or notes that there is none.
    pub(crate) fn subscribe(&self, world: &World) {
        let has_endpoint = self.courier.endpoint().is_some();
        self.open(world, None, |books, now_ms| books.subscribe(now_ms, has_endpoint));
    }

    /// # Errors
    /// When the payment waits for no payer any more.
    pub(crate) fn pay(&self, world: &World, reference: &str, outcome: Outcome) -> Result<Next, Closed> {
        self.open(world, None, |books, _| books.pay(reference, outcome))
    }

    /// Makes a refund fail, or a pending one succeed. False if there is no such refund.
    pub(crate) fn force_refund(&self, world: &World, trx: &str, verdict: Verdict) -> bool {
        let status = match verdict {
            Verdict::Succeeded => RefundStatus::Completed,
            Verdict::Failed => RefundStatus::Failed,
        };
        self.open(world, None, |books, now_ms| books.end_refund(now_ms, trx, status))
    }

    /// # Errors
    /// When there is no such answer.
    pub(crate) fn order(&self, world: &World, order: Order) -> Result<(), String> {
        self.open(world, None, |books, _| books.script.add(order))
    }

    pub(crate) fn expire_tokens(&self, world: &World) {
        self.open(world, None, |books, now_ms| books.tokens.expire_all(now_ms));
    }
}

/// How a refund is made to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Succeeded,
    Failed,
}
