//! The stories of the marketplace, each on real parts.

#![expect(clippy::unwrap_used, reason = "a story that can't go on is a failed one")]

mod access;
mod accounts;
mod api_document;
mod bad_input;
mod cart;
mod catalog;
mod checkout;
mod engine;
mod importing;
mod operators;
mod paying;
mod polling;
mod processes;
mod redis_loss;
mod schedules;
mod selling_out;
