//! The pretend Stripe, over real HTTP, as a caller sees it. One binary; every test starts a
//! sandbox of its own on a free port.

mod accounts;
mod books;
mod control;
mod disputing;
mod faults;
#[expect(clippy::unwrap_used, reason = "what fails at the hook fails the test")]
#[path = "../hook/mod.rs"]
mod hook;
mod idempotency;
mod intents;
mod nonsense;
mod objects;
mod parameters;
mod paying;
mod paying_out;
mod permissions;
mod reading;
mod refunding;
#[expect(clippy::unwrap_used, reason = "what fails in the shop fails the test")]
mod shop;
mod transferring;
mod webhooks;
