//! HTTP for gateways: a client that follows no redirect, bodies with a size limit, and transport failures classified by
//! whether the request may have arrived.

use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Client, Response};

use crate::{CallError, CallErrorKind, Sent};

/// The largest answer that is read; gateways answer in a few kilobytes.
const MAX_BODY_BYTES: usize = 1024 * 1024;
const POOL_IDLE: Duration = Duration::from_secs(60);
/// Longest wait between two tries of one call, unless the gateway asks for more.
const MAX_BACKOFF: Duration = Duration::from_secs(5);

/// Whether a call can change anything at the gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    Reads,
    Changes,
}

impl Effect {
    /// The error for a request that was sent and got no usable answer.
    pub(crate) const fn unanswered(self) -> (CallErrorKind, Sent) {
        match self {
            Self::Reads => (CallErrorKind::Retry, Sent::No),
            Self::Changes => (CallErrorKind::Unknown, Sent::Maybe),
        }
    }
}

/// A client for one gateway. A redirect would carry the key to another server, so none is followed.
pub(crate) fn client(connect_timeout: Duration) -> Result<Client, reqwest::Error> {
    Client::builder()
        .redirect(Policy::none())
        .connect_timeout(connect_timeout)
        .pool_idle_timeout(POOL_IDLE)
        .user_agent(concat!("haat/", env!("CARGO_PKG_VERSION")))
        .build()
}

/// Classifies a failure below HTTP. Only a connection that was never established proves that nothing arrived.
pub(crate) fn transport_error(error: &reqwest::Error, effect: Effect) -> CallError {
    if error.is_builder() {
        return CallError::unsendable("the request could not be built");
    }
    if error.is_connect() {
        return CallError::new(CallErrorKind::Retry, Sent::No, "could not connect");
    }
    let (kind, sent) = effect.unanswered();
    let what = if error.is_timeout() { "no answer in time" } else { "the connection broke" };
    CallError::new(kind, sent, what)
}

/// Why a body could not be read.
#[derive(Debug)]
pub(crate) enum BodyError {
    Broken(reqwest::Error),
    TooLarge,
}

/// The whole body, up to a limit.
pub(crate) async fn read_body(mut response: Response) -> Result<Vec<u8>, BodyError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(BodyError::Broken)? {
        if body.len() + chunk.len() > MAX_BODY_BYTES {
            return Err(BodyError::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// The wait before try number `retry + 1`: it doubles from `base` up to a limit. A random part of up to a half is
/// subtracted, so that callers that failed together do not come back together.
pub(crate) fn backoff(base: Duration, retry: u32) -> Duration {
    let full = base.saturating_mul(2_u32.saturating_pow(retry)).min(MAX_BACKOFF);
    let full_us = u64::try_from(full.as_micros()).expect("MAX_BACKOFF is far below u64 microseconds");
    Duration::from_micros(rand::random_range(full_us / 2..=full_us))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backoff_doubles_within_its_jitter_and_is_capped() {
        let base = Duration::from_millis(500);
        for _ in 0..100 {
            assert!((250..=500).contains(&backoff(base, 0).as_millis()));
            assert!((500..=1000).contains(&backoff(base, 1).as_millis()));
            assert!(backoff(base, 40) <= MAX_BACKOFF);
        }
    }
}
