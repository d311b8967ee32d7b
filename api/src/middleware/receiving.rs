//! A request's body on its way in: read under limits of pace, time and number, before the request takes a place.
//!
//! A body that does not come costs its client a place among its own bodies, and nobody else anything. What is left
//! of a body when the answer stands is read on if it is little; else the connection is closed, and says so.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::Request;
use http::StatusCode;
use http::header::{CONNECTION, CONTENT_LENGTH};
use http_body_util::BodyExt;
use hyper::body::Body as _;
use shared::kernel::Client;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, timeout, timeout_at};

use super::gate::Gate;
use crate::error::ApiError;

/// Bytes of an unread body that are read on, so that the connection can go on, and how long that may take.
const WORTH_READING: usize = 1024 * 1024;
const READ_ON: Duration = Duration::from_secs(1);

/// How fast a body must come.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    /// Bytes within each `pause`, at least.
    pub(crate) least: usize,
    pub(crate) pause: Duration,
}

/// The body of a request, as an extension of it. Clones are the same body.
#[derive(Clone, Debug)]
pub(crate) struct Receiving(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    gate: Gate,
    client: Client,
    time_limit: Duration,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// What has not been read.
    rest: Option<Body>,
    ended: bool,
    /// Of the request among those that are worked on, once its body is there.
    place: Option<OwnedSemaphorePermit>,
    deadline: Instant,
}

impl Receiving {
    /// Takes the body out of a request; nothing if it has none. Reading may take `time_limit`, and the work after it
    /// the same time again.
    pub(super) fn of(
        request: &mut Request,
        gate: &Gate,
        client: Client,
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
        let inner = Inner { gate: gate.clone(), client, time_limit, state: Mutex::new(state) };
        let receiving = Self(Arc::new(inner));
        request.extensions_mut().insert(receiving.clone());
        Some(receiving)
    }

    /// Until when the request must have its answer.
    pub(super) fn deadline(&self) -> Instant {
        self.state().deadline
    }

    /// Reads the body, then takes a place for the work.
    pub(crate) async fn read(&self, limit: usize) -> Result<Bytes, ApiError> {
        let _share = self.0.gate.receive(self.0.client)?;
        let end = self.deadline();
        let Some(mut body) = self.state().rest.take() else { return Ok(Bytes::new()) };
        let read = gather(&mut body, limit, self.0.gate.pace(), end).await;
        match read {
            Ok(bytes) => {
                self.state().ended = true;
                let place = self.0.gate.work()?;
                let mut state = self.state();
                state.place = Some(place);
                state.deadline = Instant::now() + self.0.time_limit;
                Ok(bytes)
            }
            Err(error) => {
                // What is too large may end soon, and the connection go on. What is too slow may not.
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
            if state.ended {
                return true;
            }
            state.rest.take()
        };
        let Some(mut rest) = rest else { return false };
        let much = rest.size_hint().exact().is_some_and(|left| left > WORTH_READING as u64);
        let Ok(_share) = self.0.gate.receive(self.0.client) else { return false };
        !much && timeout(READ_ON, read_on(&mut rest)).await == Ok(true)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().expect("no holder of a body panics")
    }
}

/// Reads what is left and forgets it. Whether the end came before there was too much.
async fn read_on(body: &mut Body) -> bool {
    let mut seen = 0_usize;
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else { return false };
        seen += frame.data_ref().map_or(0, Bytes::len);
        if seen > WORTH_READING {
            return false;
        }
    }
    true
}

/// Tells the client that this was the last answer of the connection.
pub(super) fn close(headers: &mut http::HeaderMap) {
    headers.insert(CONNECTION, http::HeaderValue::from_static("close"));
}

/// Whether a body is announced as longer than this.
pub(crate) fn is_announced_over(headers: &http::HeaderMap, limit: usize) -> bool {
    let announced = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    announced.is_some_and(|length: u64| length > limit as u64)
}

/// The whole of a body. Refuses one that is too large, comes too slowly, or ends early.
async fn gather(body: &mut Body, limit: usize, pace: Pace, end: Instant) -> Result<Bytes, ApiError> {
    let mut whole = Vec::new();
    let (mut window_ends, mut in_window) = (Instant::now() + pace.pause, 0);
    loop {
        let frame = match timeout_at(window_ends.min(end), body.frame()).await {
            Ok(None) => return Ok(whole.into()),
            Ok(Some(Ok(frame))) => frame,
            Ok(Some(Err(_))) => return Err(cut_short()),
            Err(_) if in_window < pace.least || Instant::now() >= end => return Err(too_slow()),
            Err(_) => {
                (window_ends, in_window) = (Instant::now() + pace.pause, 0);
                continue;
            }
        };
        let Ok(data) = frame.into_data() else { continue }; // trailers say nothing to us
        if whole.len() + data.len() > limit {
            return Err(too_large(limit));
        }
        in_window += data.len();
        whole.extend_from_slice(&data);
        if body.is_end_stream() {
            return Ok(whole.into());
        }
    }
}

pub(crate) fn too_large(limit: usize) -> ApiError {
    let message = format!("The body may have at most {limit} bytes.");
    ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", message)
}

fn cut_short() -> ApiError {
    ApiError::new(StatusCode::BAD_REQUEST, "body_cut_short", "The body ended before its announced length.")
}

fn too_slow() -> ApiError {
    ApiError::new(StatusCode::REQUEST_TIMEOUT, "body_too_slow", "The body did not come, or came too slowly.")
}

#[cfg(test)]
mod tests {
    use futures::StreamExt;
    use futures::stream::{self, BoxStream};

    use super::*;

    const PACE: Pace = Pace { least: 10, pause: Duration::from_secs(5) };

    fn body(chunks: BoxStream<'static, &'static str>) -> Body {
        Body::from_stream(chunks.map(Ok::<_, std::io::Error>))
    }

    async fn gathered(chunks: BoxStream<'static, &'static str>) -> Result<usize, u16> {
        let end = Instant::now() + Duration::from_secs(40);
        let read = gather(&mut body(chunks), 100, PACE, end).await;
        read.map(|bytes| bytes.len()).map_err(|error| error.into_failure().status.as_u16())
    }

    fn every(seconds: u64, chunk: &'static str) -> BoxStream<'static, &'static str> {
        let wait = move |()| async move {
            tokio::time::sleep(Duration::from_secs(seconds)).await;
            chunk
        };
        stream::repeat(()).then(wait).boxed()
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_keeps_its_pace_is_read() {
        assert_eq!(gathered(stream::iter(["0123456789", "01234"]).boxed()).await, Ok(15));
        assert_eq!(gathered(every(2, "0123456789").take(5).boxed()).await, Ok(50));
    }

    #[tokio::test(start_paused = true)]
    async fn silence_and_dripping_end_after_a_pause() {
        let begun = Instant::now();
        assert_eq!(gathered(stream::once(async { "012" }).chain(stream::pending()).boxed()).await, Err(408));
        assert_eq!(begun.elapsed(), PACE.pause);
        assert_eq!(gathered(every(1, "x")).await, Err(408));
        assert_eq!(begun.elapsed(), PACE.pause * 2);
    }

    #[tokio::test(start_paused = true)]
    async fn a_pace_does_not_prolong_the_time_there_is() {
        assert_eq!(gathered(every(1, "01")).await, Err(408));
        assert_eq!(gathered(every(1, "0123456789")).await, Err(413));
    }
}
