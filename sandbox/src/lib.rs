//! Payment gateways to try things against: they answer as the real ones do, keep books, send
//! signed webhooks, and fail on demand. As a binary for people and scripts, as a library for tests.
//!
//! A gateway is a folder (`stripe`, `bkash`, `paystack`, `chapa`) with its books, which it keeps behind a
//! `desk`; what gateways share lies beside it: faults, webhook delivery, the payment page, the control
//! API, the clock, ids, sums, the hangup of connections. It knows nothing of the product that calls it.
//! `World` lists the gateways.

// Stripe's largest objects have more fields than `json!` can read within the usual limit.
#![recursion_limit = "256"]

mod agenda;
pub mod bkash;
pub mod chapa;
mod clock;
mod config;
mod connection;
mod control;
mod desk;
mod faults;
mod form;
mod html;
mod ids;
mod index;
mod payment_page;
pub mod paystack;
mod sandbox;
mod shelf;
pub mod stripe;
mod sums;
mod webhooks;
mod world;

pub use bkash::BkashConfig;
pub use chapa::ChapaConfig;
pub use config::Config;
pub use faults::{ChaosPlan, Fault, FaultKind, FaultReport, Faults, Match, Rule};
pub use payment_page::{Choice, Closed, Next};
pub use paystack::PaystackConfig;
pub use sandbox::Sandbox;
pub use stripe::StripeConfig;
pub use webhooks::{Endpoint, Journal};
