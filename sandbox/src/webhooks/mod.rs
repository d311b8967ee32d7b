//! Delivers events to the product: signed by the gateway's own scheme, retried with growing gaps
//! until a 2xx, at most sixteen at a time. Every parcel is one task; `idle` and `flush` let a
//! test wait for them without sleeping. Order is not promised, as in life.

mod journey;
mod pending;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use axum::body::Bytes;
use serde::{Deserialize, Serialize};
use tokio::sync::{Semaphore, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::clock::Clock;
use crate::faults::Fault;
use crate::shelf::Shelf;
use pending::Pending;

/// Signs a body for a moment in seconds: the header's name and value.
pub type Sign = fn(secrets: &[String], at: i64, body: &[u8]) -> (&'static str, String);

const AT_ONCE: usize = 16;
const TIMEOUT: Duration = Duration::from_secs(10);
const JOURNALS_KEPT: usize = 100_000;

#[derive(Debug, Clone)]
pub struct Parcel {
    pub gateway: &'static str,
    pub event_id: String,
    pub body: Bytes,
    pub sign: Sign,
}

/// Where a gateway's events go. Several secrets sign side by side, as while one is being rolled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endpoint {
    pub url: String,
    #[serde(default)]
    pub secrets: Vec<String>,
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

#[derive(Debug)]
pub struct Courier {
    client: reqwest::Client,
    clock: Arc<Clock>,
    endpoints: Mutex<HashMap<&'static str, Endpoint>>,
    journals: Mutex<Shelf<Journal>>,
    slots: Semaphore,
    pending: Pending,
    sent: std::sync::atomic::AtomicU64,
    /// The highest number among delivered parcels: what held-back ones wait for.
    overtaken: watch::Sender<u64>,
    tasks: TaskTracker,
    stop: CancellationToken,
}

impl Courier {
    pub fn new(clock: Arc<Clock>, stop: CancellationToken) -> Self {
        let client = reqwest::Client::builder()
            .timeout(TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .user_agent("haat-sandbox")
            .build()
            .expect("a client with these plain settings can be built");
        Self {
            client,
            clock,
            endpoints: Mutex::default(),
            journals: Mutex::default(),
            slots: Semaphore::new(AT_ONCE),
            pending: Pending::default(),
            sent: std::sync::atomic::AtomicU64::new(0),
            overtaken: watch::Sender::new(0),
            tasks: TaskTracker::new(),
            stop,
        }
    }

    pub fn set_endpoint(&self, gateway: &'static str, endpoint: Option<Endpoint>) {
        let mut endpoints = self.endpoints.lock().expect("nothing panics while it holds the endpoints");
        match endpoint {
            Some(endpoint) => endpoints.insert(gateway, endpoint),
            None => endpoints.remove(gateway),
        };
    }

    pub fn endpoint(&self, gateway: &str) -> Option<Endpoint> {
        let endpoints = self.endpoints.lock().expect("nothing panics while it holds the endpoints");
        endpoints.get(gateway).cloned()
    }

    /// Sends a parcel on its way. Without an endpoint for its gateway it goes nowhere.
    pub fn post(self: &Arc<Self>, parcel: Parcel, fault: Option<Fault>) {
        let mut journals = self.journals();
        journals.insert(&parcel.event_id, Journal::default());
        journals.trim(JOURNALS_KEPT);
        drop(journals);
        self.set_off(parcel, fault);
    }

    /// Sends an event once more, without any fault. False if no endpoint is known.
    pub fn resend(self: &Arc<Self>, parcel: Parcel) -> bool {
        if !self.journals().contains(&parcel.event_id) {
            self.journals().insert(&parcel.event_id, Journal::default());
        }
        self.set_off(parcel, None)
    }

    fn set_off(self: &Arc<Self>, parcel: Parcel, fault: Option<Fault>) -> bool {
        if self.endpoint(parcel.gateway).is_none() || self.stop.is_cancelled() {
            return false;
        }
        self.pending.start();
        let number = self.sent.fetch_add(1, std::sync::atomic::Ordering::SeqCst) + 1;
        let courier = Arc::clone(self);
        self.tasks.spawn(async move {
            tokio::select! {
                () = courier.stop.cancelled() => {}
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
