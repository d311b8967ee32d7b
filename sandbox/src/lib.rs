//! Payment gateways to try things against: they answer as the real ones do, keep books, send
//! signed webhooks, and fail on demand. As a binary for people and scripts, as a library for tests.
//!
//! A gateway is a folder (`stripe`); what they share lies beside it: faults, webhook delivery, the
//! clock, ids, the hangup of connections. A gateway knows nothing of the product that calls it.

mod agenda;
mod clock;
mod config;
mod connection;
mod control;
mod faults;
mod form;
mod html;
mod ids;
mod index;
mod sandbox;
mod shelf;
pub mod stripe;
mod webhooks;
mod world;

pub use config::{Config, StripeConfig};
pub use faults::{ChaosPlan, Fault, FaultKind, FaultReport, Faults, Match, Rule};
pub use sandbox::Sandbox;
pub use webhooks::{Endpoint, Journal};
