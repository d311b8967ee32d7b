//! The bKash adapter against a server that answers, refuses, falls silent and hangs up.

mod bkash;
#[expect(dead_code, reason = "bKash is asked by POST only, so nobody looks at the method")]
mod stub;
