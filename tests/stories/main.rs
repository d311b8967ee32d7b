//! The stories of the marketplace, each on real parts.

mod books;
mod cancelling;
mod dying;
mod expiring;
mod lost_answers;
mod paying;
mod paying_wrong;
mod refunding;
mod running_twice;
mod selling_out;
mod webhooks;
