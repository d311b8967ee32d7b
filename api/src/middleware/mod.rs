//! The middleware of every request, in one place and one layer.
//!
//! [`around`] gives a request its id, client, trace, span, place, time limit, log line and metrics, and writes
//! failures; the other files are its parts. Trailing slashes, CORS and compression are handled outside of it.

mod around;
mod client;
mod gate;
mod headers;
mod host;
mod origins;
mod queries;
mod reading;
mod receiving;
mod render;
mod request_id;
mod request_metrics;
mod shares;
mod slashes;

pub(crate) use around::around;
pub(crate) use client::Peer;
pub(crate) use gate::Gate;
pub(crate) use origins::cors;
pub(crate) use queries::OPEN;
pub(crate) use reading::too_large;
pub(crate) use receiving::{Receiving, is_announced_over};
pub(crate) use shares::{Share, Shares};
pub(crate) use slashes::without_slash_at_the_end;

#[cfg(test)]
mod tests;
