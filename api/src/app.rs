//! What every handler can use: settings, the pool, the clock, wake-ups, the gateways.
//!
//! One allocation shared by all requests; cloning [`App`] copies a pointer. Started once per process, and once per test
//! with a pool and a clock of the test.

use std::ops::Deref;
use std::sync::Arc;

use gateways::{GatewayName, Gateways};
use metrics_exporter_prometheus::PrometheusHandle;
use shared::catalog::Filter;
use shared::catalog::import::Imports;
use shared::checkout::{Checkout, Limits};
use shared::identity::{self, AttemptLimiter, Passwords, Tokens};
use shared::kernel::batcher::Batcher;
use shared::kernel::db::{self, Pool};
use shared::kernel::page::Counts;
use shared::kernel::{Bell, Clock, Settings, telemetry};
use shared::webhooks::Inbox;
use tokio_util::sync::CancellationToken;

use crate::middleware::Gate;
use crate::orders_hub::OrdersHub;
use crate::routes::WEBHOOK_REFUSALS;

/// The largest batch. Beyond a few hundred items a batch gains little.
const LARGEST_BATCH: usize = 128;
/// Items that may wait for a batch. Further ones are refused as overloaded.
const WAITING: usize = 4096;
/// One: a second lane makes two half batches of one, which costs more than waiting for a commit.
const CHECKOUT_LANES: usize = 1;
/// Storing an event is one short statement: while one lane waits for its commit, another works.
const INBOX_LANES: usize = 2;

fn lanes<B: Clone>(count: usize, lane: &B) -> impl Iterator<Item = B> {
    std::iter::repeat_n(lane.clone(), count)
}

/// Creates the series that alerts use before their first event: a rate needs two points.
fn born_at_zero(gateways: &Gateways) {
    for name in [
        "haat_webhooks_received_total",
        "haat_webhooks_new_total",
        "haat_wakeups_dropped_total",
        "haat_http_connections_refused_total",
    ] {
        metrics::counter!(name).increment(0);
    }
    for outcome in identity::SIGN_IN_OUTCOMES {
        metrics::counter!("haat_sign_ins_total", "outcome" => outcome).increment(0);
    }
    for gateway in GatewayName::ALL.iter().filter(|name| gateways.get(**name).is_some()) {
        for reason in WEBHOOK_REFUSALS {
            let labels = [("gateway", gateway.as_str()), ("reason", *reason)];
            metrics::counter!("haat_webhooks_refused_total", &labels).increment(0);
        }
    }
    for gauge in ["haat_http_connections", "haat_watches"] {
        metrics::gauge!(gauge).increment(0.0);
    }
}

/// The state of the API. Cheap to clone.
#[derive(Clone, Debug)]
pub struct App(Arc<Parts>);

/// The parts of [`App`].
#[derive(Debug)]
pub struct Parts {
    pub settings: Settings,
    /// The pool that handlers pass to the functions of `shared`. The API itself has no SQL.
    pub pool: Pool,
    pub clock: Clock,
    pub bell: Bell,
    pub gateways: Gateways,
    /// Signs and verifies access tokens.
    pub tokens: Tokens,
    /// Hashes and checks passwords, a bounded number at once.
    pub passwords: Passwords,
    /// Slows down the guessing of passwords.
    pub attempts: AttemptLimiter,
    /// Places orders, many in one transaction.
    pub checkout: Batcher<Checkout>,
    /// Stores the events that gateways push, many in one transaction.
    pub inbox: Batcher<Inbox>,
    /// Imports files of products, a bounded number at once.
    pub imports: Imports,
    pub metrics: PrometheusHandle,
    /// Recent counts of the products in public lists.
    pub product_counts: Counts<Filter>,
    /// Wakes requests that wait for an order to change.
    pub orders: OrdersHub,
    /// Cancelled when the process begins to stop: waiting requests answer at once, readiness turns false.
    pub stopping: CancellationToken,
    pub(crate) gate: Gate,
}

/// Why the API can't start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("an address in the settings cannot be read: {0}")]
    Address(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error(transparent)]
    Gateway(#[from] outbound::Error),
}

impl App {
    /// From existing parts, as in a test. Needs a running tokio runtime.
    #[must_use]
    pub fn new(settings: Settings, pool: Pool, clock: Clock, bell: Bell, gateways: Gateways) -> Self {
        let metrics = telemetry::metrics();
        born_at_zero(&gateways);
        let stopping = CancellationToken::new();
        let orders = OrdersHub::start(&bell, stopping.clone());
        let checkout = Checkout::new(pool.clone(), clock.clone(), bell.clone(), Limits::of(&settings));
        let inbox = Inbox::new(pool.clone(), clock.clone(), bell.clone());
        Self(Arc::new(Parts {
            tokens: Tokens::new(&settings),
            passwords: Passwords::new(&settings),
            attempts: AttemptLimiter::default(),
            checkout: Batcher::start(lanes(CHECKOUT_LANES, &checkout), LARGEST_BATCH, WAITING),
            inbox: Batcher::start(lanes(INBOX_LANES, &inbox), LARGEST_BATCH, WAITING),
            gate: Gate::new(&settings),
            settings,
            pool,
            clock,
            bell,
            gateways,
            imports: Imports::default(),
            metrics,
            product_counts: Counts::default(),
            orders,
            stopping,
        }))
    }

    /// With everything that the settings name. Connects to nothing yet. Needs a running tokio runtime.
    pub fn start(settings: Settings) -> Result<Self, StartError> {
        let pool = db::pool(&settings.database_url, settings.database_connections)
            .map_err(|error| StartError::Address(error.into()))?;
        let bell = Bell::start(settings.redis_url.expose(), &settings.redis_namespace)
            .map_err(|error| StartError::Address(error.into()))?;
        let gateways = outbound::gateways(&settings)?;
        Ok(Self::new(settings, pool, Clock::system(), bell, gateways))
    }

    /// The same app behind another gate.
    #[cfg(test)]
    pub(crate) fn with_gate(mut self, gate: Gate) -> Self {
        Arc::get_mut(&mut self.0).expect("the app is new, so it has one owner").gate = gate;
        self
    }
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}
