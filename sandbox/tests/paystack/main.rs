//! The pretend Paystack, over real HTTP, as a caller sees it. One binary; every test starts a
//! sandbox of its own on a free port.

mod bad_input;
mod control;
mod disputes;
mod faults;
#[expect(clippy::unwrap_used, reason = "what fails at the hook fails the test")]
#[path = "../hook/mod.rs"]
mod hook;
mod listing;
mod objects;
mod odd_forms;
mod paying;
mod payouts;
mod refunding;
mod saved_cards;
#[expect(clippy::unwrap_used, reason = "what fails in the shop fails the test")]
mod shop;
mod webhooks;
