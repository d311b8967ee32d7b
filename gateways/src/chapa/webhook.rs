//! The signature of a pushed message: `x-chapa-signature`, the lower-case hex HMAC-SHA256 of the raw body with the
//! webhook secret.
//!
//! Chapa sends a second header, `chapa-signature`: an HMAC of the secret itself. It is equal on every delivery, so
//! anyone who has seen one could sign any message with it; it is never accepted. Neither contains a time, so an old
//! message can be sent again: a push is a hint. Per <https://developer.chapa.co/integrations/webhooks>.

use hmac::Hmac;
use http::HeaderMap;
use sha2::Sha256;

use crate::signature::{claimed_hex, verify_hex};
use crate::{Secret, WebhookError};

const HEADER: &str = "x-chapa-signature";
const CONSTANT_HEADER: &str = "chapa-signature";

/// Whether the header has the form of a signature.
pub(super) fn check(headers: &HeaderMap) -> Result<(), WebhookError> {
    if !headers.contains_key(HEADER) && headers.contains_key(CONSTANT_HEADER) {
        let why = "chapa-signature alone signs no body; x-chapa-signature is required";
        return Err(WebhookError::Malformed(why));
    }
    claimed_hex::<Hmac<Sha256>>(headers, HEADER).map(drop)
}

pub(super) fn verify(headers: &HeaderMap, body: &[u8], secrets: &[Secret]) -> Result<(), WebhookError> {
    check(headers)?;
    verify_hex::<Hmac<Sha256>>(headers, HEADER, body, secrets)
}

#[cfg(test)]
mod tests;
