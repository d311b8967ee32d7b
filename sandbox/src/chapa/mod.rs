//! A pretend Chapa, written from Chapa's own documents: transactions with a hosted page, refunds,
//! transfers with approval and signed webhooks, under `/chapa`. It knows nothing of who calls it.
//! Here are the verbs that tests, the control API and the page call on its desk.

mod amount;
mod approval;
mod banks;
mod books;
mod callback;
mod control;
mod events;
mod fields;
mod gate;
mod inspect;
mod model;
mod outcome;
mod page;
mod paging;
mod payments;
mod payouts;
mod reads;
mod refunds;
mod refusal;
mod render;
mod routes;
mod settings;
mod signature;
mod subaccounts;
mod transactions;
mod transfer_reads;
mod transfers;

use std::sync::Arc;

use axum::Router;
use axum::routing::{any, get};

use crate::config::Config;
use crate::desk;
use crate::payment_page::{Closed, Next};
use crate::webhooks::Depot;
use crate::world::World;
use books::Books;

pub use amount::Style;
pub(crate) use control::{CALLS, showcase};
pub use inspect::{EventSeen, Inspect, PaymentSeen, RefundSeen, StateReport, Sums, TransferSeen};
pub use outcome::{CHOICES, Outcome};
pub use payouts::TransferVerdict;
pub use refunds::RefundVerdict;
pub use settings::{ApprovalConfig, ChapaConfig, Hashed, RefundBy, TransferWords};

pub(crate) const NAME: &str = "chapa";

pub(crate) type Desk = desk::Desk<Books>;

pub(crate) fn desk(config: &Config, public_url: &str, depot: &Depot) -> Desk {
    let courier = depot.courier(signature::headers, config.chapa.webhook.clone());
    let callbacks = callback::Callbacks::start();
    Desk::new(
        Books::new(config.chapa.clone(), callbacks, public_url, config.settle_ms(), config.keep),
        courier,
    )
}

pub(crate) fn router() -> Router<Arc<World>> {
    Router::new()
        .route("/chapa/checkout/payment/{link}", get(page::show).post(page::act))
        .route("/chapa/checkout/payment-receipt/{reference}", get(page::receipt))
        .route("/chapa/v1/{*endpoint}", any(gate::enter))
        .route("/chapa", any(gate::nowhere))
        .route("/chapa/", any(gate::nowhere))
        .route("/chapa/{*endpoint}", any(gate::nowhere))
        .merge(control::router())
}

impl Desk {
    /// # Errors
    /// When the payment takes no money any more.
    pub(crate) fn pay(&self, world: &World, payment: &str, outcome: Outcome) -> Result<Next, Closed> {
        self.open(world, None, |books, now_ms| books.pay(now_ms, payment, outcome))
    }

    /// Moves a refund on, by its `ref_id`. False if there is no such refund.
    pub(crate) fn force_refund(&self, world: &World, ref_id: &str, verdict: RefundVerdict) -> bool {
        self.open(world, None, |books, now_ms| {
            match verdict {
                RefundVerdict::Processing => books.refund_processes(now_ms, ref_id),
                RefundVerdict::Refunded => books.refund_arrives(now_ms, ref_id),
                RefundVerdict::Reversed => books.refund_reverses(now_ms, ref_id),
            }
            books.refunds.contains(ref_id)
        })
    }

    /// Ends a transfer, by our reference. False if there is no such transfer.
    pub(crate) fn force_transfer(&self, world: &World, reference: &str, verdict: TransferVerdict) -> bool {
        self.open(world, None, |books, now_ms| {
            books.end_transfer(now_ms, reference, verdict);
            books.transfers.contains(reference)
        })
    }
}
