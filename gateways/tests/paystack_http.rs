//! The Paystack adapter against a server that answers, refuses, falls silent and hangs up.

mod paystack;
#[expect(dead_code, reason = "the stub serves other adapters too")]
mod stub;
