//! The signature of a pushed message: `x-chapa-signature`, the lower-case hex HMAC-SHA256 of the raw body under the
//! webhook secret.
//!
//! Chapa sends a second header, `chapa-signature`: the same over the secret itself. It is equal on every delivery, so
//! whoever saw one could sign anything with it; it is never accepted. Neither holds a time, so an old message can be
//! sent again: a push is a hint. Per <https://developer.chapa.co/integrations/webhooks>.

use hmac::{Hmac, KeyInit, Mac};
use http::HeaderMap;
use sha2::Sha256;
use subtle::ConstantTimeEq;

use crate::{Secret, WebhookError};

const HEADER: &str = "x-chapa-signature";
const CONSTANT_HEADER: &str = "chapa-signature";

pub(super) fn verify(headers: &HeaderMap, body: &[u8], secrets: &[Secret]) -> Result<(), WebhookError> {
    let candidate = signature(headers)?;
    let mut matches = false;
    for secret in secrets {
        // No early end: the time taken tells nothing about which one matched.
        matches |= bool::from(sign(secret, body).as_slice().ct_eq(candidate.as_slice()));
    }
    if matches { Ok(()) } else { Err(WebhookError::NoMatch) }
}

fn signature(headers: &HeaderMap) -> Result<[u8; 32], WebhookError> {
    let mut all = headers.get_all(HEADER).iter();
    let Some(value) = all.next() else {
        return Err(if headers.contains_key(CONSTANT_HEADER) {
            WebhookError::Malformed("chapa-signature alone signs no body; x-chapa-signature is required")
        } else {
            WebhookError::MissingSignature
        });
    };
    if all.next().is_some() {
        return Err(WebhookError::Malformed("sent twice"));
    }
    let mut bytes = [0; 32];
    hex::decode_to_slice(value.as_bytes(), &mut bytes)
        .map_err(|_| WebhookError::Malformed("not the hex of a SHA-256"))?;
    Ok(bytes)
}

fn sign(secret: &Secret, body: &[u8]) -> [u8; 32] {
    let key = secret.expose().as_bytes();
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(body);
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests;
