//! The gateways under test.

mod bkash;
mod chapa;
mod paystack;
mod stripe;

pub use self::bkash::Bkash;
pub use self::chapa::Chapa;
pub use self::paystack::Paystack;
pub use self::stripe::Stripe;
