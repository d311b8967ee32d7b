//! Verbs that change orders, stock and money together: reserve, settle, expire, cancel, refund, resolve.
//!
//! Owns no table. Each verb runs in its caller's transaction, and writes jobs for everything that must happen after the
//! commit. The lock order is the same everywhere: order, payment,
//! inventory, cart, each in id order. No verb calls a gateway: its answers
//! come in as observations.

mod cancel;
mod error;
mod expire;
mod external;
mod pay;
mod refund;
mod requests;
mod reserve;
mod resolve;
mod settle;
mod unwind;

pub use error::Error;
pub use expire::{Expiry, expire, give_up_payment};
pub use external::{External, MadeAtGateway, denied_and_told_of, record_external};
pub use pay::Terms;
pub use requests::{Desk, Hint, Request, Visit};
pub use reserve::{ToReserve, reserve};
pub use settle::{Settlement, settle};
pub use unwind::{unwind, unwind_or_book};
