//! A whole marketplace per test: a database of its own, the API over real HTTP, the gateway sandbox, a worker that is
//! run by hand, and one clock for all of them that stands still.
//!
//! Flows read as stories: open a [`World`], let people act, `work()`, look. Every flow ends with
//! [`World::books_balance`].

mod database;
mod people;
mod shop;
mod world;

pub use database::fresh_database;
pub use people::{Answer, Person};
pub use shop::{Goods, Shop};
pub use world::{STRIPE_SECRET, World};
