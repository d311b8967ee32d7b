//! Stock held for orders: taken all or nothing, then sold or released.
//!
//! Owns `reservations`, and changes `inventory` and its journal `stock_movements` for everything that orders do. Rows
//! of `inventory` are always locked first, in id order, in a separate statement: this keeps two workers from
//! deadlocking. A pure function, [`plan`], decides which orders get the stock.

mod error;
mod plan;
pub mod store;

pub use error::Error;
pub use plan::{Demand, Shortage, Verdict, plan};
