//! The business of a marketplace: one module per capability over a small kernel.
//!
//! Every capability has the same structure: `mod.rs` states its responsibility and has its types and verbs, `store.rs`
//! has all of its SQL as free functions over `&mut PgConnection`, and further files are named after verbs. Nothing here
//! knows HTTP, apalis or a gateway; their crates call this one.

pub mod carts;
pub mod catalog;
pub mod checkout;
pub mod desk;
pub mod foreign;
pub mod fulfilment;
pub mod idempotency;
pub mod identity;
pub mod incidents;
pub mod inventory;
pub mod jobs;
pub mod kernel;
pub mod ledger;
pub mod orders;
pub mod payment_log;
pub mod payments;
pub mod reconciliation;
pub mod refunds;
pub mod reservations;
pub mod vendors;
pub mod verify;
pub mod webhooks;

/// The version of the product.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
