//! A running sandbox, in this process: a test starts one, points its product at `url`, plays the
//! customer and looks at the books. Dropping it ends it; `stop` also waits until it has ended.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::bkash;
use crate::config::Config;
use crate::connection::{CuttableListener, Hangup};
use crate::faults::Faults;
use crate::payment_page::{Closed, Next};
use crate::stripe::{self, Inspect, Outcome, Verdict};
use crate::webhooks::Endpoint;
use crate::world::World;
use crate::{control, index};

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
        let router = index::router().merge(control::router()).merge(stripe::router()).merge(bkash::router());
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

    /// As if the customer had chosen this on the payment page.
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

    pub fn force_refund(&self, refund: &str, verdict: Verdict) -> bool {
        self.world.stripe.force_refund(&self.world, refund, verdict)
    }

    pub fn stripe(&self) -> Inspect<'_> {
        Inspect { desk: &self.world.stripe }
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
