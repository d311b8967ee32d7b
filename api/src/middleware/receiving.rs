//! A request's body on its way in: read under limits of pace, time and number, before the request takes a place.
//!
//! A body that is here already, as small ones that came with their heads, takes nothing. One that does not come costs
//! its client a place among its own bodies, and nobody else anything. What is left of a body when the answer stands is
//! read on if it is little; else the connection is closed, and says so.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::Poll;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::Request;
use http::StatusCode;
use http::header::{CONNECTION, CONTENT_LENGTH};
use http_body_util::BodyExt;
use hyper::body::{Body as _, Frame};
use shared::kernel::Client;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, timeout, timeout_at};

use super::gate::{BodyKind, BodyPlace, Gate};
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
    kind: BodyKind,
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

    /// Until when the request must have its answer.
    pub(super) fn deadline(&self) -> Instant {
        self.state().deadline
    }

    /// Reads the body, then takes a place for the work.
    pub(crate) async fn read(&self, limit: usize) -> Result<Bytes, ApiError> {
        let end = self.deadline();
        let Some(mut body) = self.state().rest.take() else { return Ok(Bytes::new()) };
        let read = gather(&mut body, limit, self.0.gate.pace(), end, || self.place()).await;
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

    /// For a body that is still to come.
    fn place(&self) -> Result<BodyPlace, ApiError> {
        self.0.gate.receive(self.0.client, self.0.kind)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().expect("no holder of a body panics")
    }
}

/// What a body gives when it is read: a piece, a failure, or its end.
type Next = Option<Result<Frame<Bytes>, axum::Error>>;

/// Takes what a body brings, piece by piece.
trait Sink {
    /// `true` if that was the end of it.
    fn take(&mut self, body: &Body, frame: Next) -> Result<bool, ApiError>;
}

/// Takes the frames that are here. What became of the body if it ended with them; nothing if there is more to come.
///
/// A connection reads a body only when it was asked for, and hands it over when its task is polled again: so a body
/// that is here is there at the second look, and the first one wakes the task.
async fn what_is_here(body: &mut Body, sink: &mut impl Sink) -> Option<Result<(), ApiError>> {
    let mut looked = false;
    poll_fn(|context| {
        loop {
            match Pin::new(&mut *body).poll_frame(context) {
                Poll::Ready(frame) => match sink.take(body, frame) {
                    Ok(false) => {}
                    Ok(true) => return Poll::Ready(Some(Ok(()))),
                    Err(error) => return Poll::Ready(Some(Err(error))),
                },
                Poll::Pending if looked => return Poll::Ready(None),
                Poll::Pending => {
                    looked = true;
                    context.waker().wake_by_ref();
                    return Poll::Pending;
                }
            }
        }
    })
    .await
}

/// What is left of a body that nobody wants: counted.
#[derive(Debug, Default)]
struct Forgotten(usize);

impl Sink for Forgotten {
    fn take(&mut self, body: &Body, frame: Next) -> Result<bool, ApiError> {
        let Some(frame) = frame else { return Ok(true) };
        self.0 += frame.map_err(|_| cut_short())?.data_ref().map_or(0, Bytes::len);
        if self.0 > WORTH_READING { Err(too_large(WORTH_READING)) } else { Ok(body.is_end_stream()) }
    }
}

/// Reads what is left and forgets it. Whether the end came before there was too much.
async fn read_on(body: &mut Body, mut forgotten: Forgotten) -> bool {
    loop {
        let frame = body.frame().await;
        match forgotten.take(body, frame) {
            Ok(false) => {}
            Ok(true) => return true,
            Err(_) => return false,
        }
    }
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

/// A body that grows, up to a limit.
#[derive(Debug)]
struct Whole {
    limit: usize,
    bytes: Bytes,
    /// What came after the first piece: most bodies are one.
    more: Vec<u8>,
}

impl Whole {
    fn of_at_most(limit: usize) -> Self {
        Self { limit, bytes: Bytes::new(), more: Vec::new() }
    }

    fn len(&self) -> usize {
        if self.more.is_empty() { self.bytes.len() } else { self.more.len() }
    }

    fn add(&mut self, data: Bytes) {
        if self.len() == 0 {
            self.bytes = data;
            return;
        }
        if self.more.is_empty() {
            self.more.extend_from_slice(&self.bytes);
        }
        self.more.extend_from_slice(&data);
    }

    fn done(self) -> Bytes {
        if self.more.is_empty() { self.bytes } else { self.more.into() }
    }
}

impl Sink for Whole {
    fn take(&mut self, body: &Body, frame: Next) -> Result<bool, ApiError> {
        let Some(frame) = frame else { return Ok(true) };
        // Trailers say nothing to us.
        if let Ok(data) = frame.map_err(|_| cut_short())?.into_data() {
            if self.len() + data.len() > self.limit {
                return Err(too_large(self.limit));
            }
            self.add(data);
        }
        Ok(body.is_end_stream())
    }
}

/// The whole of a body. Refuses one that is too large, comes too slowly, or ends early. What is not here yet needs a
/// place.
async fn gather(
    body: &mut Body,
    limit: usize,
    pace: Pace,
    end: Instant,
    place: impl FnOnce() -> Result<BodyPlace, ApiError>,
) -> Result<Bytes, ApiError> {
    let mut whole = Whole::of_at_most(limit);
    if let Some(ended) = what_is_here(body, &mut whole).await {
        return ended.map(|()| whole.done());
    }
    let _place = place()?;
    let (mut window_ends, mut before_window) = (Instant::now() + pace.pause, whole.len());
    loop {
        match timeout_at(window_ends.min(end), body.frame()).await {
            Ok(frame) => {
                if whole.take(body, frame)? {
                    return Ok(whole.done());
                }
            }
            Err(_) if whole.len() - before_window < pace.least || Instant::now() >= end => {
                return Err(too_slow());
            }
            Err(_) => (window_ends, before_window) = (Instant::now() + pace.pause, whole.len()),
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
        let gate = crate::trial::app().gate.clone();
        let place = || gate.receive(Client::unknown(), BodyKind::Sent);
        let read = gather(&mut body(chunks), 100, PACE, end, place).await;
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
