//! The stories of the marketplace, each on real parts.

#![expect(clippy::unwrap_used, reason = "a story that can't go on is a failed one")]

mod access;
mod accounts;
mod api_document;
mod bad_input;
mod books;
mod cancelling;
mod cart;
mod catalog;
mod checkout;
mod dying;
mod engine;
mod expiring;
mod importing;
mod lost_answers;
mod operators;
mod paying;
mod paying_wrong;
mod polling;
mod processes;
mod redis_loss;
mod refunding;
mod running_twice;
mod schedules;
mod selling_out;
mod webhooks;
