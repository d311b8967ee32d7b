//! Reads a body: first the part that has arrived, then the rest under limits on rate, time and size.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use axum::body::{Body, Bytes};
use http::StatusCode;
use http_body_util::BodyExt;
use hyper::body::{Body as _, Frame};
use tokio::time::{Instant, timeout_at};

use crate::error::ApiError;

/// Most bytes that are read of an unread body, so that its connection can be used again.
pub(super) const WORTH_READING: usize = 1024 * 1024;

/// The lowest rate at which a body must arrive.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    /// Bytes within each `pause`, at least.
    pub(crate) least: usize,
    pub(crate) pause: Duration,
}

/// The result of reading from a body: a piece, a failure, or its end.
pub(super) type Next = Option<Result<Frame<Bytes>, axum::Error>>;

/// Receives a body piece by piece.
pub(super) trait Sink {
    /// Returns `true` at the end of the body.
    fn take(&mut self, body: &Body, frame: Next) -> Result<bool, ApiError>;
}

/// Passes on the frames that have arrived. Returns how the body ended, or `None` if more is to come.
///
/// A connection starts to read a body when the body is first polled, and passes it on when the task is polled again. So
/// the first poll wakes the task, and the second one finds a body that has arrived.
pub(super) async fn what_is_here(body: &mut Body, sink: &mut impl Sink) -> Option<Result<(), ApiError>> {
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

/// Counts the bytes of the rest of a body that no handler reads.
#[derive(Debug, Default)]
pub(super) struct Forgotten(usize);

impl Sink for Forgotten {
    fn take(&mut self, body: &Body, frame: Next) -> Result<bool, ApiError> {
        let Some(frame) = frame else { return Ok(true) };
        self.0 += frame.map_err(|_| cut_short())?.data_ref().map_or(0, Bytes::len);
        if self.0 > WORTH_READING { Err(too_large(WORTH_READING)) } else { Ok(body.is_end_stream()) }
    }
}

/// Reads the rest of a body and drops it. Returns whether its end came within the limit.
pub(super) async fn read_on(body: &mut Body, mut forgotten: Forgotten) -> bool {
    loop {
        let frame = body.frame().await;
        match forgotten.take(body, frame) {
            Ok(false) => {}
            Ok(true) => return true,
            Err(_) => return false,
        }
    }
}

/// A body that grows, up to a limit.
#[derive(Debug)]
struct Whole {
    limit: usize,
    bytes: Bytes,
    /// The whole body, once there is a second piece: most bodies have only one.
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
        // Trailers are ignored.
        if let Ok(data) = frame.map_err(|_| cut_short())?.into_data() {
            if self.len() + data.len() > self.limit {
                return Err(too_large(self.limit));
            }
            self.add(data);
        }
        Ok(body.is_end_stream())
    }
}

/// The whole body. Refuses one that is too large, too slow, or cut short. A body that has not arrived yet takes a place
/// until it has.
pub(super) async fn gather<P>(
    body: &mut Body,
    limit: usize,
    pace: Pace,
    end: Instant,
    place: impl FnOnce() -> Result<P, ApiError>,
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
        let read = gather(&mut body(chunks), 100, PACE, end, || Ok(())).await;
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

    #[tokio::test]
    async fn what_is_here_takes_no_place_and_what_is_to_come_takes_one() {
        let end = Instant::now() + Duration::from_secs(40);
        let read = async |chunks: BoxStream<'static, &'static str>| {
            let full = || Err::<(), _>(ApiError::overloaded());
            let read = gather(&mut body(chunks), 100, PACE, end, full).await;
            read.map_err(|error| error.into_failure().code)
        };
        assert_eq!(read(stream::iter(["0123456789", "01234"]).boxed()).await.unwrap(), "012345678901234");
        // As a connection hands it over: when its task is polled again.
        let mut asked = false;
        let handed_over = stream::poll_fn(move |_| {
            if std::mem::replace(&mut asked, true) { Poll::Ready(None) } else { Poll::Pending }
        });
        assert_eq!(read(stream::once(async { "all" }).chain(handed_over).boxed()).await.unwrap(), "all");
        assert_eq!(
            read(stream::once(async { "all" }).chain(stream::pending()).boxed()).await,
            Err("overloaded")
        );
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
