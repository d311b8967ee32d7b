//! A whole marketplace per test: its own database, the API over real HTTP, the gateway sandbox, a worker that the test
//! runs, and one clock for all of them that stands still.
//!
//! Flows read as stories: open a [`World`], let people act, `work()`, look. Every flow ends with
//! [`World::books_balance`].

mod answer;
mod books;
mod database;
mod document;
mod doom;
mod hooks;
mod moody;
mod nasty;
mod passing;
mod people;
mod processes;
mod purchase;
mod redis_server;
mod sale;
mod shop;
mod till;
mod wait;
mod workers;
mod world;

pub use answer::Answer;
pub use database::{fresh_database, switch_writes};
pub use document::{Document, Operation};
pub use doom::Doom;
pub use hooks::{event, signature, tag};
pub use moody::{Mood, Moody};
pub use nasty::{Dice, WORDS, bodies, values};
pub use people::Person;
pub use processes::{Finished, Program, run_to_end};
pub use purchase::{BY_STRIPE, Purchase, TO_STRIPE, attempt};
pub use redis_server::RedisServer;
pub use sale::{Sale, line};
pub use shop::{Goods, Shop};
pub use till::{Fate, Till};
pub use wait::{eventually, until};
pub use world::{CHAPA_SECRET, PAYSTACK_KEY, STRIPE_SECRET, World};
