//! The bKash adapter against a server that answers, refuses, falls silent and hangs up.

mod bkash;
#[expect(dead_code, reason = "what it has for another gateway")]
mod stub;
