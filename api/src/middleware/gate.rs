//! Room for a bounded number of requests at once: what doesn't fit is told so at once.
//!
//! A request takes a place when there is something to work on: at once if it has no body, else when its body is
//! there. Bodies on their way have a room of their own, and each client a share of it; what gateways push counts apart,
//! because a gateway sends for all customers, from few addresses and hundreds at once.
//! Requests that wait on purpose (long polls, streams) cost little while they wait, so they have a larger room of their
//! own, and long polls more time; each user and each client has a share of it. A stream goes on after its handler
//! has answered, so its handler takes the place. Health checks and metrics always get in: an overloaded process is
//! not a dead one.

use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use shared::kernel::ids::UserId;
use shared::kernel::{Client, Settings};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::reading::Pace;
use super::shares::{Share, Shares};
use crate::error::ApiError;
use crate::orders_hub::LONGEST_WAIT;

/// Requests worked on at once.
const WORKING: usize = 4_096;
/// Bodies on their way at once.
const RECEIVING: usize = 8_192;
/// Requests and streams that wait for something to change.
const WAITING: usize = 32_768;

/// Routes whose handlers wait if the caller asks for it.
const WAITING_ROUTES: &[&str] = &["/api/orders/{id}"];

/// Routes to which gateways push.
const PUSHING_ROUTES: &[&str] = &["/api/webhooks/{gateway}"];

/// Routes of those who watch over the process.
const WATCHING_ROUTES: &[&str] = &["/health/live", "/health/ready", "/metrics"];

/// Counts the requests that are inside. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Gate(Arc<Rooms>);

#[derive(Debug)]
struct Rooms {
    working: Arc<Semaphore>,
    receiving: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
    bodies: Shares<Client>,
    pushed_bodies: Shares<Client>,
    watches_of_users: Shares<UserId>,
    watches_of_clients: Shares<Client>,
    pace: Pace,
}

/// Whose share a body counts against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BodyKind {
    /// What a client sends for itself.
    Sent,
    /// What a gateway pushes.
    Pushed,
}

/// What a request may do once it is in.
#[derive(Debug)]
pub(super) struct Admission {
    pub(super) time_limit: Duration,
    _place: Option<OwnedSemaphorePermit>,
}

/// A body's place among those on their way.
#[derive(Debug)]
pub(super) struct BodyPlace {
    _share: Share<Client>,
    _place: OwnedSemaphorePermit,
}

/// A user's and a client's share of those who wait, to be held while waiting.
#[derive(Debug)]
pub(crate) struct WatchShare {
    _user: Share<UserId>,
    _client: Share<Client>,
}

impl Drop for WatchShare {
    fn drop(&mut self) {
        metrics::gauge!("haat_watches").decrement(1.0);
    }
}

/// Whether a route is asked by those who watch over the process, not by its users.
pub(super) fn is_watching(route: &str) -> bool {
    WATCHING_ROUTES.contains(&route)
}

/// What kind of bodies this route takes.
pub(super) fn body_kind(route: &str) -> BodyKind {
    if PUSHING_ROUTES.contains(&route) { BodyKind::Pushed } else { BodyKind::Sent }
}

/// How long a request of this route may take.
pub(super) fn time_limit(route: &str, usual: Duration) -> Duration {
    if WAITING_ROUTES.contains(&route) { usual + LONGEST_WAIT } else { usual }
}

impl Gate {
    pub(crate) fn new(settings: &Settings) -> Self {
        Self(Arc::new(Rooms {
            working: Arc::new(Semaphore::new(WORKING)),
            receiving: Arc::new(Semaphore::new(RECEIVING)),
            waiting: Arc::new(Semaphore::new(WAITING)),
            bodies: Shares::of(settings.edge.bodies_per_client),
            pushed_bodies: Shares::of(settings.edge.pushed_bodies_per_client),
            watches_of_users: Shares::of(settings.edge.watches_per_user),
            watches_of_clients: Shares::of(settings.edge.watches_per_client),
            pace: Pace { least: settings.edge.body_least, pause: settings.edge.body_pause },
        }))
    }

    /// Lets a request without a body in, or nothing if there is no room for it.
    pub(super) fn admit(&self, route: &str, time_limit: Duration) -> Option<Admission> {
        if is_watching(route) {
            return Some(Admission { time_limit, _place: None });
        }
        let room = if WAITING_ROUTES.contains(&route) { &self.0.waiting } else { &self.0.working };
        let place = Arc::clone(room).try_acquire_owned().ok()?;
        Some(Admission { time_limit, _place: Some(place) })
    }

    /// A place for a body on its way: 429 if its client has too many there, 503 if all are taken.
    pub(super) fn receive(&self, client: Client, kind: BodyKind) -> Result<BodyPlace, ApiError> {
        let shares = match kind {
            BodyKind::Sent => &self.0.bodies,
            BodyKind::Pushed => &self.0.pushed_bodies,
        };
        let share = shares.take(client).ok_or_else(|| {
            too_many("too_many_uploads", "Too many request bodies of yours are on their way.")
        })?;
        let place = Arc::clone(&self.0.receiving).try_acquire_owned().map_err(|_| ApiError::overloaded())?;
        Ok(BodyPlace { _share: share, _place: place })
    }

    /// A place for a request whose body is there.
    pub(super) fn work(&self) -> Result<OwnedSemaphorePermit, ApiError> {
        Arc::clone(&self.0.working).try_acquire_owned().map_err(|_| ApiError::overloaded())
    }

    pub(super) fn pace(&self) -> Pace {
        self.0.pace
    }

    /// A place among those who wait, to be held until the stream has ended; nothing if there is none left.
    pub(crate) fn place_to_wait(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.0.waiting).try_acquire_owned().ok()
    }

    /// What this user and this client may wait for: 429 if either waits for too much already.
    pub(crate) fn watch(&self, user: UserId, client: Client) -> Result<WatchShare, ApiError> {
        let shares = self.0.watches_of_users.take(user).zip(self.0.watches_of_clients.take(client));
        let (user, client) = shares.ok_or_else(|| {
            too_many("too_many_waiting", "Too many requests and streams of yours wait for a change.")
        })?;
        metrics::gauge!("haat_watches").increment(1.0);
        Ok(WatchShare { _user: user, _client: client })
    }
}

fn too_many(code: &'static str, message: &'static str) -> ApiError {
    ApiError::new(StatusCode::TOO_MANY_REQUESTS, code, message).retry_after_seconds(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn gate(working: usize, waiting: usize) -> Gate {
        Gate(Arc::new(Rooms {
            working: Arc::new(Semaphore::new(working)),
            receiving: Arc::new(Semaphore::new(3)),
            waiting: Arc::new(Semaphore::new(waiting)),
            bodies: Shares::of(1),
            pushed_bodies: Shares::of(2),
            watches_of_users: Shares::of(1),
            watches_of_clients: Shares::of(2),
            pace: Pace { least: 1, pause: SECOND },
        }))
    }

    fn client(last: u8) -> Client {
        Client::of([192, 0, 2, last].into())
    }

    fn refusal<T: std::fmt::Debug>(refused: Result<T, ApiError>) -> (u16, &'static str) {
        let failure = refused.expect_err("no room").into_failure();
        (failure.status.as_u16(), failure.code)
    }

    #[test]
    fn a_full_house_refuses_work_but_not_its_watchers() {
        let gate = gate(1, 1);
        let inside = gate.admit("/api/cart", SECOND);
        assert!(inside.is_some());
        assert!(gate.admit("/api/cart", SECOND).is_none());
        assert_eq!(refusal(gate.work()), (503, "overloaded"));
        assert!(gate.admit("/health/live", SECOND).is_some());
        drop(inside);
        assert!(gate.admit("/api/cart", SECOND).is_some());
    }

    #[test]
    fn those_who_wait_have_time_and_room_of_their_own() {
        let gate = gate(0, 1);
        assert_eq!(time_limit("/api/orders/{id}", SECOND), SECOND + LONGEST_WAIT);
        assert!(gate.admit("/api/orders/{id}", SECOND).is_some());
        let stream = gate.place_to_wait();
        assert!(stream.is_some() && gate.place_to_wait().is_none());
        assert!(gate.admit("/api/orders/{id}", SECOND).is_none());
    }

    #[test]
    fn bodies_on_their_way_take_no_place_of_others() {
        let gate = gate(1, 1);
        let sent = |last| gate.receive(client(last), BodyKind::Sent);
        let held = [sent(1), sent(2), sent(3)];
        assert_eq!(refusal(sent(1)), (429, "too_many_uploads"));
        assert_eq!(refusal(sent(4)), (503, "overloaded"));
        assert!(gate.admit("/api/cart", SECOND).is_some(), "work goes on beside them");
        assert!(held.iter().all(Result::is_ok));
    }

    #[test]
    fn what_gateways_push_has_a_share_of_its_own() {
        let gate = gate(1, 1);
        assert_eq!(body_kind("/api/webhooks/{gateway}"), BodyKind::Pushed);
        assert_eq!(body_kind("/api/cart"), BodyKind::Sent);
        let sent = gate.receive(client(1), BodyKind::Sent);
        let pushed = || gate.receive(client(1), BodyKind::Pushed);
        let held = [pushed(), pushed()];
        assert!(sent.is_ok() && held.iter().all(Result::is_ok));
        assert_eq!(refusal(pushed()), (429, "too_many_uploads"));
    }

    #[test]
    fn a_user_and_a_client_wait_for_so_much_and_no_more() {
        let gate = gate(1, 1);
        let (mina, rima) = (UserId::new(), UserId::new());
        let held = gate.watch(mina, client(1));
        assert_eq!(refusal(gate.watch(mina, client(2))), (429, "too_many_waiting"));
        let other = gate.watch(rima, client(1));
        assert_eq!(refusal(gate.watch(UserId::new(), client(1))), (429, "too_many_waiting"));
        drop((held, other));
        assert!(gate.watch(mina, client(2)).is_ok(), "a refusal holds nothing");
    }
}
