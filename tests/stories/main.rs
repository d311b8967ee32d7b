//! The stories of the marketplace, each on real parts.

mod access;
mod accounts;
mod api_document;
mod bad_input;
mod books;
mod cancelling;
mod dying;
mod engine;
mod expiring;
mod lost_answers;
mod paying;
mod paying_wrong;
mod redis_loss;
mod refunding;
mod running_twice;
mod schedules;
mod selling_out;
mod webhooks;
