//! Signatures of pushed messages: the header that has them, and HMACs with any of our secrets.

use hmac::{KeyInit, Mac};
use http::{HeaderMap, HeaderValue};

use crate::{Secret, WebhookError};

pub(crate) fn the_header<'a>(headers: &'a HeaderMap, name: &str) -> Result<&'a HeaderValue, WebhookError> {
    let mut all = headers.get_all(name).iter();
    let value = all.next().ok_or(WebhookError::MissingSignature)?;
    if all.next().is_some() { Err(WebhookError::Malformed("sent twice")) } else { Ok(value) }
}

/// Verifies a body by the HMAC in the header, in hex of either case.
pub(crate) fn verify_hex<'a, M: Mac + KeyInit>(
    headers: &HeaderMap,
    name: &str,
    body: &[u8],
    secrets: impl IntoIterator<Item = &'a Secret>,
) -> Result<(), WebhookError> {
    let claimed = claimed_hex::<M>(headers, name)?;
    let mut matches = false;
    for secret in secrets {
        // In constant time and without an early end: the time taken does not reveal which secret matched.
        matches |= mac::<M>(secret, &[body]).verify_slice(&claimed).is_ok();
    }
    if matches { Ok(()) } else { Err(WebhookError::NoMatch) }
}

/// The signature in the header, if it is well-formed.
pub(crate) fn claimed_hex<M: Mac + KeyInit>(
    headers: &HeaderMap,
    name: &str,
) -> Result<Vec<u8>, WebhookError> {
    let claimed = hex::decode(the_header(headers, name)?).unwrap_or_default();
    if claimed.len() == M::output_size() {
        Ok(claimed)
    } else {
        Err(WebhookError::Malformed("not the hex of such a signature"))
    }
}

/// Over all parts, one after another.
pub(crate) fn mac<M: Mac + KeyInit>(secret: &Secret, parts: &[&[u8]]) -> M {
    let key = secret.expose().as_bytes();
    let mut mac = <M as KeyInit>::new_from_slice(key).expect("HMAC takes a key of any length");
    for part in parts {
        mac.update(part);
    }
    mac
}
