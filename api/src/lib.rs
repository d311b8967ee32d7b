//! The marketplace's HTTP API: routes, extractors, the envelope of answers, and the API document made from them.
//!
//! A route reads its input with an extractor, calls one function of `shared`, and answers with a [`Success`] or an
//! [`ApiError`]. It has no business rule and no SQL; it only passes the pool on. `routes` describes how to add an
//! endpoint.

mod app;
mod envelope;
mod error;
mod etag;
pub mod extract;
mod middleware;
mod openapi;
mod orders_hub;
mod routes;
mod serve;
#[cfg(test)]
mod trial;

pub use app::{App, Parts, StartError};
pub use envelope::{Envelope, Listed, Nothing, Success};
pub use error::ApiError;
pub use etag::Etag;
pub use openapi::Aliases;
pub use orders_hub::{LONGEST_WAIT, OrdersHub, Watch};
pub use routes::{document, router};
pub use serve::{ServeError, serve, serve_on};
