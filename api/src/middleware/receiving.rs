//! Reads the body of a request, under limits on rate, time and number.
//!
//! A request keeps its place until it has to wait for the body. Then it gives the place back, and takes one again when
//! the body has arrived. A body that has arrived already, such as a small one in the packet of its head, needs no place.
//! One that is still to come takes a place of its client's share of bodies, so slow bodies do not affect other clients.
//! If the answer comes before the body was read, the rest is read if it is short; otherwise the connection is closed, and
//! the answer says so.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::Request;
use http::StatusCode;
use http::header::{CONNECTION, CONTENT_LENGTH};
use hyper::body::Body as _;
use shared::kernel::Client;
use tokio::time::{Instant, timeout};

use super::gate::{Admission, BodyKind, BodyPlace, Gate};
use super::reading::{Forgotten, WORTH_READING, gather, read_on, what_is_here};
use crate::error::ApiError;

/// How long the unread rest of a body may take.
const READ_ON: Duration = Duration::from_secs(1);

/// The body of a request, stored as an extension of the request. Clones are the same body.
#[derive(Clone, Debug)]
pub(crate) struct Receiving(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    gate: Gate,
    client: Client,
    kind: BodyKind,
    time_limit: Duration,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// The part that has not been read.
    rest: Option<Body>,
    ended: bool,
    /// The place of the request among the concurrent ones; none while it waits for its body.
    place: Option<Admission>,
    deadline: Instant,
}

impl Receiving {
    /// Takes the body out of a request; `None` if it has none. Reading may take `time_limit`, and the work after it the
    /// same time again.
    pub(super) fn of(
        request: &mut Request,
        gate: &Gate,
        (client, kind): (Client, BodyKind),
        time_limit: Duration,
    ) -> Option<Self> {
        if request.body().is_end_stream() {
            return None;
        }
        let state = State {
            rest: Some(std::mem::take(request.body_mut())),
            ended: false,
            place: None,
            deadline: Instant::now() + time_limit,
        };
        let inner = Inner { gate: gate.clone(), client, kind, time_limit, state: Mutex::new(state) };
        let receiving = Self(Arc::new(inner));
        request.extensions_mut().insert(receiving.clone());
        Some(receiving)
    }

    /// The deadline for the answer.
    pub(super) fn deadline(&self) -> Instant {
        self.state().deadline
    }

    /// Keeps the place of the request, until the request has to wait for its body or is answered.
    pub(super) fn keep(&self, place: Admission) {
        self.state().place = Some(place);
    }

    /// Reads the body. A request that had to wait for it needs a place again: 503 if there is none.
    pub(crate) async fn read(&self, limit: usize) -> Result<Bytes, ApiError> {
        let end = self.deadline();
        let Some(mut body) = self.state().rest.take() else { return Ok(Bytes::new()) };
        let wait = || {
            let place = self.place()?;
            self.state().place = None;
            Ok(place)
        };
        let read = gather(&mut body, limit, self.0.gate.pace(), end, wait).await;
        match read {
            Ok(bytes) => {
                let mut state = self.state();
                state.ended = true;
                if state.place.is_none() {
                    state.place = Some(self.0.gate.work(self.0.time_limit)?);
                }
                state.deadline = Instant::now() + self.0.time_limit;
                Ok(bytes)
            }
            Err(error) => {
                // A body that is too large may end soon, and the connection may continue. For one that is too slow it
                // may not.
                if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
                    self.state().rest = Some(body);
                }
                Err(error)
            }
        }
    }

    /// Whether the connection can go on: the body was read, or little is left of it and comes at once.
    pub(super) async fn settle(&self) -> bool {
        let rest = {
            let mut state = self.state();
            // The request is answered, so its work has ended.
            state.place = None;
            if state.ended {
                return true;
            }
            state.rest.take()
        };
        let Some(mut rest) = rest else { return false };
        if rest.size_hint().exact().is_some_and(|left| left > WORTH_READING as u64) {
            return false;
        }
        let mut forgotten = Forgotten::default();
        if let Some(ended) = what_is_here(&mut rest, &mut forgotten).await {
            return ended.is_ok();
        }
        let Ok(_place) = self.place() else { return false };
        timeout(READ_ON, read_on(&mut rest, forgotten)).await == Ok(true)
    }

    /// The place of a body that is still to come.
    fn place(&self) -> Result<BodyPlace, ApiError> {
        self.0.gate.receive(self.0.client, self.0.kind)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().expect("no holder of a body panics")
    }
}

/// Announces that this was the last answer of the connection.
pub(super) fn close(headers: &mut http::HeaderMap) {
    headers.insert(CONNECTION, http::HeaderValue::from_static("close"));
}

/// Whether a body is announced as longer than this.
pub(crate) fn is_announced_over(headers: &http::HeaderMap, limit: usize) -> bool {
    let announced = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    announced.is_some_and(|length: u64| length > limit as u64)
}
