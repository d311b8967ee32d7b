//! The signature of a pushed message: `x-paystack-signature`, the hex HMAC-SHA512 of the raw body with the secret key.
//!
//! Paystack writes lower case; upper case is the same number and passes too. The signed text has no time, so an old
//! message can be sent again by anyone who has it: a push is a hint, and never proof of the current state.

use hmac::Hmac;
use http::HeaderMap;
use sha2::Sha512;

use super::config::PaystackConfig;
use crate::WebhookError;
use crate::signature::{claimed_hex, verify_hex};

const HEADER: &str = "x-paystack-signature";

/// Whether the header has the form of a signature.
pub(super) fn check(headers: &HeaderMap) -> Result<(), WebhookError> {
    claimed_hex::<Hmac<Sha512>>(headers, HEADER).map(drop)
}

pub(super) fn verify(headers: &HeaderMap, body: &[u8], config: &PaystackConfig) -> Result<(), WebhookError> {
    let keys = std::iter::once(&config.secret_key).chain(&config.former_keys);
    verify_hex::<Hmac<Sha512>>(headers, HEADER, body, keys)
}

#[cfg(test)]
mod tests;
