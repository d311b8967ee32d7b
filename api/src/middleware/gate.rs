//! Limits the number of concurrent requests: a request beyond a limit is refused at once.
//!
//! A request takes a place before its handler begins, with or without a body. While the handler waits for a body, the
//! request gives its place back and takes one among the incoming bodies instead. Those have a separate limit, and each
//! client a share of it. Bodies that gateways push have a limit and shares of their own, because a gateway sends for all
//! customers, from few addresses and hundreds at once.
//!
//! Requests that wait on purpose (long polls, streams) cost little while they wait, so they have a larger limit, and
//! long polls more time; each user and each client has a share of it. A stream continues after its handler has
//! answered, so its handler takes the place. Health checks and metrics are always accepted: an overloaded process is
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

/// Most requests that are processed at once.
const WORKING: usize = 4_096;
/// Most bodies that are received at once from clients.
const RECEIVING: usize = 8_192;
/// Most bodies that are received at once from gateways. Clients can't take these places.
const RECEIVING_PUSHED: usize = 8_192;
/// Most requests and streams that wait for a change.
const WAITING: usize = 32_768;

/// Routes whose handlers wait if the caller requests it.
const WAITING_ROUTES: &[&str] = &["/api/orders/{id}"];

/// Routes to which gateways push.
const PUSHING_ROUTES: &[&str] = &["/api/webhooks/{gateway}"];

/// Routes of health checks and scrapes.
const WATCHING_ROUTES: &[&str] = &["/health/live", "/health/ready", "/metrics"];

/// Counts the current requests. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Gate(Arc<Rooms>);

#[derive(Debug)]
struct Rooms {
    working: Arc<Semaphore>,
    receiving: Arc<Semaphore>,
    receiving_pushed: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
    bodies: Shares<Client>,
    pushed_bodies: Shares<Client>,
    watches_of_users: Shares<UserId>,
    watches_of_clients: Shares<Client>,
    pace: Pace,
}

/// The limit and the shares to which a body counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BodyKind {
    /// Sent by a client.
    Sent,
    /// Pushed by a gateway.
    Pushed,
}

/// The place and time limit of an accepted request.
#[derive(Debug)]
pub(super) struct Admission {
    pub(super) time_limit: Duration,
    _place: Option<OwnedSemaphorePermit>,
}

/// The place of a body that is being received.
#[derive(Debug)]
pub(super) struct BodyPlace {
    _share: Share<Client>,
    _place: OwnedSemaphorePermit,
}

/// A user's and a client's share of the waiting requests, held while waiting.
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

/// Whether a route serves health checks and scrapes, and not users.
pub(super) fn is_watching(route: &str) -> bool {
    WATCHING_ROUTES.contains(&route)
}

/// The kind of bodies that this route receives.
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
            receiving_pushed: Arc::new(Semaphore::new(RECEIVING_PUSHED)),
            waiting: Arc::new(Semaphore::new(WAITING)),
            bodies: Shares::of(settings.edge.bodies_per_client),
            pushed_bodies: Shares::of(settings.edge.pushed_bodies_per_client),
            watches_of_users: Shares::of(settings.edge.watches_per_user),
            watches_of_clients: Shares::of(settings.edge.watches_per_client),
            pace: Pace { least: settings.edge.body_least, pause: settings.edge.body_pause },
        }))
    }

    /// Accepts a request; `None` if there is no place.
    pub(super) fn admit(&self, route: &str, time_limit: Duration) -> Option<Admission> {
        if is_watching(route) {
            return Some(Admission { time_limit, _place: None });
        }
        let room = if WAITING_ROUTES.contains(&route) { &self.0.waiting } else { &self.0.working };
        let place = Arc::clone(room).try_acquire_owned().ok()?;
        Some(Admission { time_limit, _place: Some(place) })
    }

    /// A place for a body that is being received: 429 if its client has too many, 503 if all places are taken.
    pub(super) fn receive(&self, client: Client, kind: BodyKind) -> Result<BodyPlace, ApiError> {
        let (shares, room) = match kind {
            BodyKind::Sent => (&self.0.bodies, &self.0.receiving),
            BodyKind::Pushed => (&self.0.pushed_bodies, &self.0.receiving_pushed),
        };
        let share = shares.take(client).ok_or_else(|| {
            too_many("too_many_uploads", "Too many request bodies of yours are on their way.")
        })?;
        let place = Arc::clone(room).try_acquire_owned().map_err(|_| ApiError::overloaded())?;
        Ok(BodyPlace { _share: share, _place: place })
    }

    /// Accepts a request again, whose body has arrived; 503 if there is no place.
    pub(super) fn work(&self, time_limit: Duration) -> Result<Admission, ApiError> {
        let place = Arc::clone(&self.0.working).try_acquire_owned().map_err(|_| ApiError::overloaded())?;
        Ok(Admission { time_limit, _place: Some(place) })
    }

    pub(super) fn pace(&self) -> Pace {
        self.0.pace
    }

    /// A place among the waiting requests, held until the stream has ended; `None` if there is none left.
    pub(crate) fn place_to_wait(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.0.waiting).try_acquire_owned().ok()
    }

    /// The shares of this user and this client: 429 if either has too many waiting requests already.
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
impl Gate {
    /// A gate with few places: three for bodies of clients, two for pushed ones.
    pub(crate) fn of_few(working: usize, waiting: usize) -> Self {
        Self(Arc::new(Rooms {
            working: Arc::new(Semaphore::new(working)),
            receiving: Arc::new(Semaphore::new(3)),
            receiving_pushed: Arc::new(Semaphore::new(2)),
            waiting: Arc::new(Semaphore::new(waiting)),
            bodies: Shares::of(1),
            pushed_bodies: Shares::of(2),
            watches_of_users: Shares::of(1),
            watches_of_clients: Shares::of(2),
            pace: Pace { least: 1, pause: Duration::from_secs(1) },
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn gate(working: usize, waiting: usize) -> Gate {
        Gate::of_few(working, waiting)
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
        assert_eq!(refusal(gate.work(SECOND)), (503, "overloaded"));
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
    fn bodies_of_clients_take_no_place_of_what_gateways_push() {
        let gate = gate(1, 1);
        let sent = |last| gate.receive(client(last), BodyKind::Sent);
        let pushed = |last| gate.receive(client(last), BodyKind::Pushed);
        let full = [sent(1), sent(2), sent(3)];
        assert_eq!(refusal(sent(4)), (503, "overloaded"));
        let held = [pushed(1), pushed(4)];
        assert!(full.iter().chain(&held).all(Result::is_ok));
        assert_eq!(refusal(pushed(5)), (503, "overloaded"), "nor without end");
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
