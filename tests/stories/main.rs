//! The stories of the marketplace, each on real parts.

#![expect(clippy::unwrap_used, reason = "a story that can't go on is a failed one")]

mod access;
mod accounts;
mod api_document;
mod bad_input;
mod bkash;
mod books;
mod cancelling;
mod cart;
mod catalog;
mod checkout;
mod checkout_agreed;
mod differences;
mod disputes;
mod dying;
mod dying_elsewhere;
mod engine;
mod expiring;
mod failing;
mod importing;
mod listing;
mod lost_answers;
mod open_orders;
mod operators;
mod other_gateway;
mod paying;
mod paying_wrong;
mod polling;
mod processes;
mod pushes;
mod reconciling;
mod redis_loss;
mod refunding;
mod rejected_carts;
mod running_twice;
mod schedules;
mod selling_out;
mod surplus;
mod tills;
mod tills_in_trouble;
mod under_stress;
mod webhooks;
