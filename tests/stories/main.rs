//! The stories of the marketplace, each on real parts.

mod access;
mod accounts;
mod api_document;
mod bad_input;
mod engine;
mod paying;
mod redis_loss;
mod schedules;
mod selling_out;
