//! The base of every capability: ids, time, settings, errors, the pool, batches, wake-ups, traces. It knows no order,
//! product or payment.

pub mod batcher;
pub mod bell;
pub mod client;
pub mod clock;
pub mod columns;
pub mod crash;
pub mod db;
mod described;
pub mod error;
mod gathered;
pub mod ids;
pub mod page;
pub mod redis_link;
pub mod secret;
pub mod settings;
pub mod shelf;
pub mod slug;
pub mod telemetry;
pub mod text;
pub mod trace;
pub mod vitals;

pub use bell::Bell;
pub use client::Client;
pub use clock::{Clock, Timestamp};
pub use error::{Fault, INVALID, Kind, MOST_TOLD, in_field, in_fields};
pub use gathered::Gathered;
pub use redis_link::{RedisLink, RedisState};
pub use secret::Secret;
pub use settings::Settings;
pub use shelf::Shelf;
pub use trace::TraceContext;
