//! The Paystack adapter against a server that answers, refuses, falls silent and hangs up.

mod paystack;
mod stub;
