//! A running sandbox, in this process: a test starts one, points its product at `url`, plays the
//! customer and looks at the books. Dropping it ends it; `stop` also waits until it has ended.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::config::Config;
use crate::connection::{CuttableListener, Hangup};
use crate::faults::Faults;
use crate::payment_page::{Closed, Next};
use crate::stripe::{self, Bank, FailureReason, Inspect, Outcome, Verdict};
use crate::webhooks::Endpoint;
use crate::world::World;
use crate::{bkash, chapa, control, index, paystack};

/// How long `stop` lets requests finish.
const PATIENCE: Duration = Duration::from_secs(5);

#[derive(Debug)]
pub struct Sandbox {
    world: Arc<World>,
    addr: SocketAddr,
    server: JoinHandle<()>,
    timekeeper: JoinHandle<()>,
}

impl Sandbox {
    /// Binds the address and serves in the background.
    ///
    /// # Errors
    /// When the address cannot be bound, the port file not be written, or the chaos makes no sense.
    pub async fn start(config: Config) -> std::io::Result<Self> {
        let listener = TcpListener::bind(config.addr).await;
        let listener =
            listener.map_err(|error| about(format!("cannot listen on {}", config.addr), &error))?;
        let addr = listener.local_addr()?;
        if let Some(file) = &config.port_file {
            let written = std::fs::write(file, addr.port().to_string());
            written.map_err(|error| about(format!("cannot write {}", file.display()), &error))?;
        }
        let public_url = config.public_url.clone().unwrap_or_else(|| format!("http://{addr}"));
        let world = World::new(config, public_url.trim_end_matches('/').to_owned());
        let world = Arc::new(world.map_err(std::io::Error::other)?);
        let router = index::router().merge(control::router()).merge(stripe::router());
        let router = router.merge(bkash::router()).merge(paystack::router()).merge(chapa::router());
        let router = router.fallback(index::nowhere).method_not_allowed_fallback(index::not_so);
        let service = router.with_state(Arc::clone(&world)).into_make_service_with_connect_info::<Hangup>();
        let stop = world.stop.clone();
        let server = tokio::spawn(async move {
            let serving = axum::serve(CuttableListener(listener), service);
            let serving = serving.with_graceful_shutdown(stop.cancelled_owned());
            if let Err(error) = serving.await {
                tracing::error!(%error, "the server ended");
            }
        });
        let timekeeper = tokio::spawn(Arc::clone(&world).keep_time());
        if world.bkash.courier.endpoint().is_some() {
            world.endpoint_changed(bkash::NAME);
        }
        tracing::info!(%addr, public_url = world.public_url, "sandbox listening");
        Ok(Self { world, addr, server, timekeeper })
    }

    /// `http://<addr>`; gateways live below it, as `{url}/stripe`.
    pub fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Where Stripe's events go from now on. What happened before is not sent there.
    pub fn set_webhook(&self, url: impl Into<String>, secrets: &[&str]) {
        let secrets = secrets.iter().map(|secret| (*secret).to_owned()).collect();
        self.world.stripe.courier.set_endpoint(Some(Endpoint { url: url.into(), secrets }));
    }

    /// Where bKash's push messages go from now on, once that endpoint has confirmed its subscription.
    pub fn set_bkash_webhook(&self, url: impl Into<String>) {
        self.world.bkash.courier.set_endpoint(Some(Endpoint { url: url.into(), secrets: Vec::new() }));
        self.world.endpoint_changed(bkash::NAME);
    }

    pub fn faults(&self) -> &Faults {
        &self.world.faults
    }

    /// Sandbox time in seconds since the epoch.
    pub fn now(&self) -> i64 {
        self.world.clock.now()
    }

    /// Moves the clock forward and does at once what has come due.
    pub fn advance(&self, by: Duration) {
        self.world.clock.advance(by);
        self.world.run_due();
    }

    /// Settles all pending refunds and payments at once.
    pub fn settle_all(&self) {
        self.world.settle_all();
    }

    /// As if the customer had chosen this on the payment page, or in the shop's own form for a
    /// PaymentIntent without a session.
    ///
    /// # Errors
    /// When the session takes no payment any more.
    pub fn pay(&self, session: &str, outcome: Outcome) -> Result<Next, Closed> {
        self.world.stripe.pay(&self.world, session, outcome)
    }

    /// As if the payer had chosen this on bKash's payment page; by paymentID or invoice number. The
    /// money moves when the merchant executes.
    ///
    /// # Errors
    /// When the payment waits for no payer any more.
    pub fn pay_bkash(&self, payment: &str, outcome: bkash::Outcome) -> Result<Next, Closed> {
        self.world.bkash.pay(&self.world, payment, outcome)
    }

    /// By the refund's trxID. False if there is no such refund.
    pub fn force_bkash_refund(&self, refund: &str, verdict: bkash::Verdict) -> bool {
        self.world.bkash.force_refund(&self.world, refund, verdict)
    }

    /// Orders an answer for coming calls to bKash, in any of its envelopes.
    ///
    /// # Errors
    /// When there is no such answer.
    pub fn order_bkash_answer(&self, order: bkash::Order) -> Result<(), String> {
        self.world.bkash.order(&self.world, order)
    }

    /// Every token that bKash has granted runs out now.
    pub fn expire_bkash_tokens(&self) {
        self.world.bkash.expire_tokens(&self.world);
    }

    pub fn bkash(&self) -> bkash::Inspect<'_> {
        bkash::Inspect { desk: &self.world.bkash }
    }

    /// By the refund's id. False if there is no such refund.
    pub fn force_refund(&self, refund: &str, verdict: Verdict) -> bool {
        self.stripe_bank().force_refund(refund, verdict, FailureReason::default())
    }

    pub fn stripe(&self) -> Inspect<'_> {
        Inspect { desk: &self.world.stripe }
    }

    /// What banks do to Stripe's payments: disputes, warnings, payouts, money from outside.
    pub fn stripe_bank(&self) -> Bank<'_> {
        Bank { world: &self.world }
    }

    /// As `set_webhook`, for Chapa. It signs with one secret: the first.
    pub fn set_chapa_webhook(&self, url: impl Into<String>, secrets: &[&str]) {
        let secrets = secrets.iter().map(|secret| (*secret).to_owned()).collect();
        self.world.chapa.courier.set_endpoint(Some(Endpoint { url: url.into(), secrets }));
    }

    /// As `pay`, for Chapa; the payment by our `tx_ref`, by Chapa's reference or by its page.
    ///
    /// # Errors
    /// When it takes no payment any more.
    pub fn pay_chapa(&self, payment: &str, outcome: chapa::Outcome) -> Result<Next, Closed> {
        self.world.chapa.pay(&self.world, payment, outcome)
    }

    /// Moves a refund on, by its `ref_id`. False if there is none.
    pub fn force_chapa_refund(&self, ref_id: &str, verdict: chapa::RefundVerdict) -> bool {
        self.world.chapa.force_refund(&self.world, ref_id, verdict)
    }

    /// Ends a transfer, by our reference. False if there is none.
    pub fn force_chapa_transfer(&self, reference: &str, verdict: chapa::TransferVerdict) -> bool {
        self.world.chapa.force_transfer(&self.world, reference, verdict)
    }

    pub fn chapa(&self) -> chapa::Inspect<'_> {
        chapa::Inspect { desk: &self.world.chapa }
    }

    pub fn paystack(&self) -> paystack::Inspect<'_> {
        paystack::Inspect { desk: &self.world.paystack }
    }

    /// Where Paystack's events go from now on; without a secret they are signed with the API key.
    pub fn set_paystack_webhook(&self, url: impl Into<String>, secrets: &[&str]) {
        self.world.paystack.send_events_to(url.into(), secrets);
    }

    /// As if the customer had chosen this on the payment page of the transaction with this reference,
    /// id or access code.
    ///
    /// # Errors
    /// When the transaction takes no payment now.
    pub fn pay_paystack(&self, payment: &str, outcome: paystack::Outcome) -> Result<Next, Closed> {
        self.world.paystack.pay(&self.world, payment, outcome)
    }

    /// # Errors
    /// When there is no such refund, or it cannot go there from where it is.
    pub fn force_paystack_refund(
        &self,
        id: i64,
        status: paystack::RefundStatus,
    ) -> Result<(), paystack::Impossible> {
        self.world.paystack.force_refund(&self.world, &id.to_string(), status)
    }

    /// By transfer code or reference.
    ///
    /// # Errors
    /// When there is no such transfer, or it cannot go there from where it is.
    pub fn force_paystack_transfer(
        &self,
        name: &str,
        status: paystack::TransferStatus,
    ) -> Result<(), paystack::Impossible> {
        self.world.paystack.force_transfer(&self.world, name, status)
    }

    /// The customer complains to his bank, about all of a payment or a part; the dispute's id.
    ///
    /// # Errors
    /// When there is no such transaction, or nothing of it can be disputed.
    pub fn open_paystack_dispute(
        &self,
        payment: &str,
        amount: Option<i64>,
    ) -> Result<i64, paystack::Impossible> {
        self.world.paystack.dispute(&self.world, payment, amount)
    }

    /// # Errors
    /// When there is no such dispute, or it is resolved.
    pub fn rule_paystack_dispute(
        &self,
        id: i64,
        ruling: paystack::Ruling,
    ) -> Result<(), paystack::Impossible> {
        self.world.paystack.rule(&self.world, &id.to_string(), ruling)
    }

    /// Tries every outstanding webhook now, also those that wait; how many are left untaken.
    pub async fn deliver_pending_webhooks(&self) -> usize {
        self.world.flush_webhooks().await
    }

    /// Returns when every webhook has been taken, lost or given up.
    pub async fn webhooks_idle(&self) {
        for (_, courier) in self.world.couriers() {
            courier.idle().await;
        }
    }

    /// Delivers an event once more. False if there is no such event or no endpoint.
    pub fn resend(&self, event_id: &str) -> bool {
        self.world.resend(event_id)
    }

    /// Ends the server and all deliveries, and waits for that.
    pub async fn stop(mut self) {
        self.world.stop.cancel();
        for (_, courier) in self.world.couriers() {
            courier.stopped().await;
        }
        if tokio::time::timeout(PATIENCE, &mut self.server).await.is_err() {
            self.server.abort();
        }
        if (&mut self.timekeeper).await.is_err() {
            tracing::error!("the timekeeper panicked");
        }
    }
}

fn about(what: String, error: &std::io::Error) -> std::io::Error {
    std::io::Error::new(error.kind(), format!("{what}: {error}"))
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.world.stop.cancel();
    }
}
