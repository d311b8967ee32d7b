//! The pretend Chapa, over real HTTP, as a caller sees it. One binary; every test starts a
//! sandbox of its own on a free port.

mod bad_input;
mod control;
mod faults;
#[expect(clippy::unwrap_used, reason = "what fails at the hook fails the test")]
#[path = "../hook/mod.rs"]
mod hook;
mod paying;
mod reading;
mod refunding;
#[expect(clippy::unwrap_used, reason = "what fails in the shop fails the test")]
mod shop;
mod transferring;
mod webhooks;
