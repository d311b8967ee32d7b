//! What all gateways share, and the gateways themselves: a new one is a field here, and a line in
//! each method that goes through all of them.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::bkash;
use crate::chapa;
use crate::clock::Clock;
use crate::config::Config;
use crate::faults::Faults;
use crate::paystack;
use crate::stripe;
use crate::webhooks::{Courier, Depot};

/// Upper bound of the timekeeper's sleep: a moved clock is noticed within it.
const TICK_MS: i64 = 1_000;

#[derive(Debug)]
pub struct World {
    pub config: Config,
    /// How browsers reach the sandbox, without a slash at the end.
    pub public_url: String,
    pub clock: Arc<Clock>,
    pub faults: Faults,
    pub stripe: stripe::Desk,
    pub bkash: bkash::Desk,
    pub chapa: chapa::Desk,
    pub paystack: paystack::Desk,
    alarm: Alarm,
    pub stop: CancellationToken,
}

/// When the timekeeper means to wake, and the bell to wake it earlier.
#[derive(Debug)]
struct Alarm {
    at_ms: AtomicI64,
    bell: Notify,
}

impl World {
    pub fn new(config: Config, public_url: String) -> Result<Self, String> {
        let clock = Arc::new(Clock::default());
        let stop = CancellationToken::new();
        let faults = Faults::default();
        if let Some(plan) = config.chaos.clone() {
            faults.unleash(plan)?;
        }
        let depot = Depot::new(Arc::clone(&clock), stop.clone(), config.keep);
        Ok(Self {
            stripe: stripe::desk(&config, &public_url, &depot),
            bkash: bkash::desk(&config, &public_url, &depot),
            chapa: chapa::desk(&config, &public_url, &depot),
            paystack: paystack::desk(&config, &public_url, &depot),
            config,
            public_url,
            clock,
            faults,
            alarm: Alarm { at_ms: AtomicI64::new(i64::MAX), bell: Notify::new() },
            stop,
        })
    }

    /// The couriers by their gateways' names.
    pub fn couriers(&self) -> [(&'static str, &Courier); 4] {
        [
            (stripe::NAME, &self.stripe.courier),
            (bkash::NAME, &self.bkash.courier),
            (paystack::NAME, &self.paystack.courier),
            (chapa::NAME, &self.chapa.courier),
        ]
    }

    /// Does whatever has come due at every gateway; when the next thing will.
    pub fn run_due(&self) -> Option<i64> {
        let due = [
            self.stripe.run_due(self),
            self.bkash.run_due(self),
            self.paystack.run_due(self),
            self.chapa.run_due(self),
        ];
        due.into_iter().flatten().min()
    }

    /// Settles all money under way at every gateway, without waiting for its time.
    pub fn settle_all(&self) {
        self.stripe.settle_all(self);
        self.bkash.settle_all(self);
        self.chapa.settle_all(self);
        self.paystack.settle_all(self);
    }

    /// Delivers an event once more. False if no gateway has it, or it has nowhere to deliver it.
    pub fn resend(&self, event_id: &str) -> bool {
        self.stripe.resend(event_id)
            || self.bkash.resend(event_id)
            || self.paystack.resend(event_id)
            || self.chapa.resend(event_id)
    }

    /// Whether a gateway signs its events with a secret that it shares with the product.
    pub fn needs_secret(gateway: &str) -> bool {
        gateway != bkash::NAME
    }

    /// What a gateway does when its endpoint has been set or taken away.
    pub fn endpoint_changed(&self, gateway: &str) {
        if gateway == bkash::NAME {
            self.bkash.subscribe(self);
        }
    }

    /// Tries every outstanding webhook now; how many are left untaken.
    pub async fn flush_webhooks(&self) -> usize {
        let mut left = 0;
        for (_, courier) in self.couriers() {
            left += courier.flush().await;
        }
        left
    }

    /// Makes sure that the timekeeper is awake by then.
    pub fn wake_by(&self, due_ms: Option<i64>) {
        if due_ms.is_some_and(|due| due < self.alarm.at_ms.load(Ordering::SeqCst)) {
            self.alarm.bell.notify_one();
        }
    }

    /// Runs until the stop token is cancelled: what is due, then sleep until more is.
    pub async fn keep_time(self: Arc<Self>) {
        loop {
            // While it looks, anything new rings: it may come too late for this look.
            self.alarm.at_ms.store(i64::MAX, Ordering::SeqCst);
            let due_ms = self.run_due();
            let now_ms = self.clock.now_ms();
            let wake_ms = due_ms.map_or(now_ms + TICK_MS, |due| due.clamp(now_ms, now_ms + TICK_MS));
            self.alarm.at_ms.store(wake_ms, Ordering::SeqCst);
            let nap = Duration::from_millis(u64::try_from(wake_ms - now_ms).unwrap_or(0));
            tokio::select! {
                () = self.stop.cancelled() => return,
                () = self.alarm.bell.notified() => {}
                () = tokio::time::sleep(nap) => {}
            }
        }
    }
}
