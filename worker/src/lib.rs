//! Jobs out: does the work that was promised in the database.
//!
//! `engine` takes due jobs, hands them over through Redis, claims and runs them, and takes lost ones back; it knows no
//! job by name. `bodies` has one file per kind of job. `schedules` lists recurring jobs. Every type of apalis is in
//! `engine/ring.rs`.

mod acceptance;
mod bodies;
mod context;
mod counters;
pub mod engine;
mod health;
mod matching;
mod observe;
pub mod reconcile;
mod recorded;
mod refund_lookup;
pub mod schedules;
mod serve;
mod start;

pub use acceptance::Acceptance;
pub use context::{After, Context, StartError};
pub use engine::drain;
pub use serve::{Server, run};
pub use start::NotReached;
