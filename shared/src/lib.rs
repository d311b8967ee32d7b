//! The business of a marketplace: one module per capability over a small kernel.
//!
//! Every capability has the same grammar: `mod.rs` says what it answers for and holds its types and verbs,
//! `store.rs` holds all of its SQL as free functions over `&mut PgConnection`, and further files are named
//! after verbs. Nothing here knows HTTP, apalis or a gateway: those call in.

pub mod carts;
pub mod catalog;
pub mod identity;
pub mod inventory;
pub mod kernel;
pub mod vendors;
