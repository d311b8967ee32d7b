//! Delivers events to the product: with the headers of the gateway's own scheme, retried with growing
//! gaps until a 2xx, at most sixteen at a time. Every gateway has a courier of its own, so that one
//! whose endpoint is away holds up no other. Every parcel is one task; `idle` and `flush` let a test
//! wait for them without sleeping. Order is not promised, as in life.

mod journey;
mod pending;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use axum::body::Bytes;
use reqwest::Url;
use serde::{Deserialize, Serialize};
use tokio::sync::{Semaphore, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::clock::Clock;
use crate::faults::Fault;
use crate::shelf::Shelf;
use pending::Pending;

/// Headers by name.
pub type Headers = Vec<(&'static str, String)>;

/// The headers of a delivery, content type and signatures, for a moment in seconds.
pub type Sign = fn(secrets: &[String], at: i64, body: &[u8]) -> Headers;

const AT_ONCE: usize = 16;
const TIMEOUT: Duration = Duration::from_secs(10);
/// So many wait for an endpoint that is away; further events are not delivered, only listed.
const OUTSTANDING_AT_MOST: usize = 100_000;

#[derive(Debug, Clone)]
pub struct Parcel {
    pub event_id: String,
    /// The type of the event, for fault rules.
    pub kind: &'static str,
    pub body: Bytes,
}

/// Where a gateway's events go. Several secrets sign side by side, as while one is being rolled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Endpoint {
    pub url: String,
    #[serde(default)]
    pub secrets: Vec<String>,
}

impl Endpoint {
    /// # Errors
    /// When nothing could be delivered there.
    pub fn check(&self) -> Result<(), String> {
        let url = Url::parse(&self.url).map_err(|error| format!("the URL {:?}: {error}", self.url))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(format!("the URL {:?} must begin with http:// or https://", self.url));
        }
        Ok(())
    }

    /// # Errors
    /// When a gateway that signs with a shared secret has none.
    pub fn check_secrets(&self) -> Result<(), String> {
        if self.secrets.is_empty() {
            return Err("at least one secret is needed: deliveries are signed".into());
        }
        Ok(())
    }
}

/// What became of an event.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Journal {
    pub attempts: u32,
    /// How many of the attempts were answered with 2xx.
    pub taken: u32,
    /// HTTP status of the last attempt; none when no answer came.
    pub last_status: Option<u16>,
}

/// What calls the product, as a gateway would.
pub fn client() -> reqwest::Client {
    reqwest::Client::builder()
        .timeout(TIMEOUT)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .user_agent("haat-sandbox")
        .build()
        .expect("a client with these plain settings can be built")
}

/// What all couriers share.
#[derive(Debug, Clone)]
pub struct Depot {
    client: reqwest::Client,
    clock: Arc<Clock>,
    stop: CancellationToken,
    /// Journals kept by each courier; the oldest are forgotten.
    keep: usize,
}

impl Depot {
    pub fn new(clock: Arc<Clock>, stop: CancellationToken, keep: usize) -> Self {
        Self { client: client(), clock, stop, keep }
    }

    pub fn courier(&self, sign: Sign, endpoint: Option<Endpoint>) -> Arc<Courier> {
        Arc::new(Courier {
            depot: self.clone(),
            sign,
            endpoint: Mutex::new(endpoint),
            journals: Mutex::default(),
            slots: Semaphore::new(AT_ONCE),
            pending: Pending::default(),
            sent: AtomicU64::new(0),
            overtaken: watch::Sender::new(0),
            tasks: TaskTracker::new(),
        })
    }
}

#[derive(Debug)]
pub struct Courier {
    depot: Depot,
    sign: Sign,
    endpoint: Mutex<Option<Endpoint>>,
    journals: Mutex<Shelf<Journal>>,
    slots: Semaphore,
    pending: Pending,
    sent: AtomicU64,
    /// The highest number among delivered parcels: what held-back ones wait for.
    overtaken: watch::Sender<u64>,
    tasks: TaskTracker,
}

impl Courier {
    /// Without an endpoint no more is sent, also of what is waiting.
    pub fn set_endpoint(&self, endpoint: Option<Endpoint>) {
        *self.endpoint.lock().expect("nothing panics while it holds the endpoint") = endpoint;
    }

    pub fn endpoint(&self) -> Option<Endpoint> {
        self.endpoint.lock().expect("nothing panics while it holds the endpoint").clone()
    }

    /// Sends a parcel on its way. Without an endpoint it goes nowhere.
    pub fn post(self: &Arc<Self>, parcel: Parcel, fault: Option<Fault>) {
        self.note(&parcel.event_id);
        self.set_off(parcel, fault);
    }

    /// Sends an event once more, without any fault. False if there is no endpoint.
    pub fn resend(self: &Arc<Self>, parcel: Parcel) -> bool {
        self.note(&parcel.event_id);
        self.set_off(parcel, None)
    }

    fn note(&self, event_id: &str) {
        let mut journals = self.journals();
        if !journals.contains(event_id) {
            journals.insert(event_id, Journal::default());
            journals.trim(self.depot.keep);
        }
    }

    fn set_off(self: &Arc<Self>, parcel: Parcel, fault: Option<Fault>) -> bool {
        if self.endpoint().is_none() || self.depot.stop.is_cancelled() {
            return false;
        }
        if self.outstanding() >= OUTSTANDING_AT_MOST {
            tracing::warn!(event = parcel.event_id, "too many webhooks are outstanding: not delivered");
            return false;
        }
        self.pending.start();
        let number = self.sent.fetch_add(1, Ordering::SeqCst) + 1;
        let courier = Arc::clone(self);
        self.tasks.spawn(async move {
            tokio::select! {
                () = courier.depot.stop.cancelled() => {}
                () = courier.carry(&parcel, fault, number) => {}
            }
            courier.pending.finish();
        });
        true
    }

    pub fn journal(&self, event_id: &str) -> Option<Journal> {
        self.journals().get(event_id).copied()
    }

    /// Deliveries not yet taken and not yet given up.
    pub fn outstanding(&self) -> usize {
        self.pending.outstanding()
    }

    /// Returns when no delivery is outstanding. With an endpoint that refuses, that is when the
    /// last retry has been given up, minutes later: see `flush`.
    pub async fn idle(&self) {
        self.pending.idle().await;
    }

    /// Lets everything that waits (for a retry, late, held back) try at once, and returns when each
    /// has been tried. The count is of those still outstanding.
    pub async fn flush(&self) -> usize {
        self.pending.hurry();
        self.pending.all_at_rest().await;
        self.outstanding()
    }

    /// Ends all deliveries; the stop token must have been cancelled.
    pub async fn stopped(&self) {
        self.tasks.close();
        self.tasks.wait().await;
    }

    fn journals(&self) -> MutexGuard<'_, Shelf<Journal>> {
        self.journals.lock().expect("nothing panics while it holds the journals")
    }
}
