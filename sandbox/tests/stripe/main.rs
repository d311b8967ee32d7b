//! The pretend Stripe, over real HTTP, as a caller sees it. One binary; every test starts a
//! sandbox of its own on a free port.

mod control;
mod faults;
mod idempotency;
mod paying;
mod reading;
mod refunding;
#[expect(clippy::unwrap_used, reason = "what fails in the shop fails the test")]
mod shop;
mod webhooks;
