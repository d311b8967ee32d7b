//! The signature of a pushed message: `x-paystack-signature`, the hex HMAC-SHA512 of the raw body under the secret key.
//!
//! Paystack writes lower case; upper case is the same number and passes too. Nothing signed tells when, so an old
//! message can be sent again by whoever has it: a push is a reason to look, and never proof that something is so now.

use hmac::{Hmac, KeyInit, Mac};
use http::HeaderMap;
use sha2::Sha512;
use subtle::ConstantTimeEq;

use super::config::PaystackConfig;
use crate::{Secret, WebhookError};

const HEADER: &str = "x-paystack-signature";
const SIGNATURE_BYTES: usize = 64;

pub(super) fn verify(headers: &HeaderMap, body: &[u8], config: &PaystackConfig) -> Result<(), WebhookError> {
    let claimed = the_signature(headers)?;
    let mut matches = false;
    for key in std::iter::once(&config.secret_key).chain(&config.former_keys) {
        // No early end: the time taken tells nothing about which one matched.
        matches |= bool::from(sign(key, body).ct_eq(&claimed));
    }
    if matches { Ok(()) } else { Err(WebhookError::NoMatch) }
}

fn the_signature(headers: &HeaderMap) -> Result<[u8; SIGNATURE_BYTES], WebhookError> {
    let mut all = headers.get_all(HEADER).iter();
    let value = all.next().ok_or(WebhookError::MissingSignature)?;
    if all.next().is_some() {
        return Err(WebhookError::Malformed("sent twice"));
    }
    let mut signature = [0; SIGNATURE_BYTES];
    hex::decode_to_slice(value.as_bytes(), &mut signature)
        .map_err(|_| WebhookError::Malformed("not 128 hex digits"))?;
    Ok(signature)
}

fn sign(key: &Secret, body: &[u8]) -> [u8; SIGNATURE_BYTES] {
    let key = key.expose().as_bytes();
    let mut mac = <Hmac<Sha512> as KeyInit>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(body);
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests;
