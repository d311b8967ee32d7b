//! Stock held for orders: taken all or nothing, then sold or released.
//!
//! Owns `reservations`, and moves `inventory` with its journal `stock_movements` for all that orders do. Rows of
//! `inventory` are always locked in id order, first, in a statement of their own: that is what keeps two workers
//! from waiting for each other in a circle. Who gets what is a pure function, [`plan`].

mod error;
mod plan;
pub mod store;

pub use error::Error;
pub use plan::{Demand, Shortage, Verdict, plan};
