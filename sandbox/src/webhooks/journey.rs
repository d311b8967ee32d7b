//! One parcel's way: held back if a fault says so, then tried until it is taken or given up.
//! Whenever it waits it rests, so that somebody in a hurry can wake it.

use std::time::Duration;

use super::{Courier, Endpoint, Parcel};
use crate::faults::{Fault, FaultKind};

/// Waits between attempts, shortened from the hours of a real gateway; after the last it gives up.
const GAPS: [Duration; 8] = [
    Duration::from_millis(200),
    Duration::from_secs(1),
    Duration::from_secs(5),
    Duration::from_secs(15),
    Duration::from_secs(60),
    Duration::from_secs(60),
    Duration::from_secs(60),
    Duration::from_secs(60),
];

/// How old the time in a stale signature is.
const STALE_BY_S: i64 = 600;

impl Courier {
    pub(super) async fn carry(&self, parcel: &Parcel, fault: Option<Fault>, number: u64) {
        let kind = fault.map(|fault| fault.kind);
        let wait = Duration::from_millis(fault.map_or(0, |fault| fault.ms));
        if let Some(fault) = fault {
            tracing::info!(%fault, event = parcel.event_id, "webhook fault");
        }
        match kind {
            Some(FaultKind::WebhookLost) => return,
            Some(FaultKind::WebhookLate) => self.pending.rest(wait, std::future::pending()).await,
            Some(FaultKind::WebhookReorder) => self.pending.rest(wait, self.passed_by(number)).await,
            _ => {}
        }
        let taken = self.try_until_taken(parcel, kind == Some(FaultKind::WebhookStale)).await;
        if taken {
            self.overtaken.send_if_modified(|highest| {
                let higher = number > *highest;
                *highest = number.max(*highest);
                higher
            });
        }
        if kind == Some(FaultKind::WebhookDuplicate) {
            self.try_until_taken(parcel, false).await;
        }
    }

    async fn passed_by(&self, number: u64) {
        let mut highest = self.overtaken.subscribe();
        if highest.wait_for(|highest| *highest > number).await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    async fn try_until_taken(&self, parcel: &Parcel, stale: bool) -> bool {
        for (attempt, gap) in GAPS.iter().map(Some).chain([None]).enumerate() {
            let Some(endpoint) = self.endpoint() else { return false };
            if self.attempt(&endpoint, parcel, stale && attempt == 0).await {
                return true;
            }
            if let Some(gap) = gap {
                self.pending.rest(*gap, std::future::pending()).await;
            }
        }
        tracing::warn!(event = parcel.event_id, "webhook given up");
        false
    }

    /// One delivery; true if it was taken.
    async fn attempt(&self, endpoint: &Endpoint, parcel: &Parcel, stale: bool) -> bool {
        let _slot = self.slots.acquire().await.expect("the slots are never closed");
        let at = self.depot.clock.now() - if stale { STALE_BY_S } else { 0 };
        let mut request = self.depot.client.post(&endpoint.url).body(parcel.body.clone());
        for (name, value) in (self.sign)(&endpoint.secrets, at, &parcel.body) {
            request = request.header(name, value);
        }
        let status = match request.send().await {
            Ok(response) => Some(response.status()),
            Err(error) => {
                tracing::debug!(%error, event = parcel.event_id, "webhook not delivered");
                None
            }
        };
        let taken = status.is_some_and(|status| status.is_success());
        if let Some(journal) = self.journals().get_mut(&parcel.event_id) {
            journal.attempts += 1;
            journal.taken += u32::from(taken);
            journal.last_status = status.map(|status| status.as_u16());
        }
        taken
    }
}
