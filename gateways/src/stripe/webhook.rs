//! The signature of a pushed event: `Stripe-Signature: t=<unix>,v1=<hex>[,v1=<hex>…]`.
//!
//! Each `v1` is the lower-case hex HMAC-SHA256 of `<t>.<raw body>` under a whole `whsec_…` text; several
//! appear while a secret is being rolled. Per <https://docs.stripe.com/webhooks/signature>.

use hmac::{Hmac, Mac};
use http::HeaderMap;
use sha2::Sha256;
use subtle::ConstantTimeEq;

use super::config::StripeConfig;
use crate::signature;
use crate::{Secret, WebhookError};

const HEADER: &str = "Stripe-Signature";
/// Room for some fifty signatures; a real header has one or two.
const MAX_HEADER_BYTES: usize = 4096;

/// Whether the header has the form of a signature.
pub(super) fn check(headers: &HeaderMap) -> Result<(), WebhookError> {
    Header::parse(the_header(headers)?).map(drop)
}

/// Checks the signature first and then its age, so that nothing about our clock is revealed without the secret.
pub(super) fn verify(
    headers: &HeaderMap,
    body: &[u8],
    now: i64,
    config: &StripeConfig,
) -> Result<(), WebhookError> {
    let header = Header::parse(the_header(headers)?)?;
    let mut matches = false;
    for secret in &config.webhook_secrets {
        let expected = sign(secret, header.timestamp, body);
        for candidate in &header.signatures {
            // No early end: the time taken does not reveal which signature matched.
            matches |= bool::from(expected.as_bytes().ct_eq(candidate.as_bytes()));
        }
    }
    if !matches {
        return Err(WebhookError::NoMatch);
    }
    let age = now.saturating_sub(header.seconds);
    if age > config.webhook_tolerance_secs {
        return Err(WebhookError::TooOld(age));
    }
    let ahead = age.saturating_neg();
    match config.webhook_future_secs {
        Some(bound) if ahead > bound => Err(WebhookError::InFuture(ahead)),
        Some(_) | None => Ok(()),
    }
}

fn the_header(headers: &HeaderMap) -> Result<&str, WebhookError> {
    let value = signature::the_header(headers, HEADER)?;
    if value.len() > MAX_HEADER_BYTES {
        return Err(WebhookError::Malformed("too long"));
    }
    value.to_str().map_err(|_| WebhookError::Malformed("not ASCII"))
}

/// The parts of the header that count.
struct Header<'a> {
    /// As sent, because it is part of the signed text.
    timestamp: &'a str,
    seconds: i64,
    signatures: Vec<&'a str>,
}

impl<'a> Header<'a> {
    fn parse(text: &'a str) -> Result<Self, WebhookError> {
        let mut timestamp = None;
        let mut signatures = Vec::new();
        for (scheme, value) in text.split(',').filter_map(|part| part.trim().split_once('=')) {
            match scheme {
                "t" if timestamp.is_some() => return Err(WebhookError::Malformed("two timestamps")),
                "t" => timestamp = Some(value),
                "v1" => signatures.push(value),
                // `v0` and whatever comes later: schemes we do not trust.
                _ => {}
            }
        }
        let timestamp = timestamp.ok_or(WebhookError::Malformed("no timestamp"))?;
        let digits = timestamp.bytes().all(|byte| byte.is_ascii_digit());
        let seconds = timestamp.parse().ok().filter(|_| digits);
        let seconds = seconds.ok_or(WebhookError::Malformed("the timestamp is not a number"))?;
        if signatures.is_empty() {
            return Err(WebhookError::Malformed("no v1 signature"));
        }
        Ok(Self { timestamp, seconds, signatures })
    }
}

fn sign(secret: &Secret, timestamp: &str, body: &[u8]) -> String {
    let mac: Hmac<Sha256> = signature::mac(secret, &[timestamp.as_bytes(), b".", body]);
    hex::encode(mac.finalize().into_bytes())
}

#[cfg(test)]
mod tests;
