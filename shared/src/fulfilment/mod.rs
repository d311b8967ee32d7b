//! What moves orders, stock and money together: reserve, settle, expire, cancel, refund.
//!
//! Owns no table. Each verb is one transaction of its caller, and says what must be done after the commit by the
//! jobs it writes. Lock order everywhere: order, payment, inventory, cart, each in id order. No verb calls a gateway: what a
//! gateway said comes in as an observation.

mod cancel;
mod error;
mod expire;
mod external;
mod pay;
mod refund;
mod requests;
mod reserve;
mod settle;
mod unwind;

pub use error::Error;
pub use expire::{Expiry, expire, give_up_payment};
pub use external::{External, MadeAtGateway, record_external};
pub use pay::Terms;
pub use requests::{Desk, Hint, Request, Visit};
pub use reserve::{ToReserve, reserve};
pub use settle::{Settlement, settle};
pub use unwind::unwind;
