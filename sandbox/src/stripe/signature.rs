//! The `Stripe-Signature` header: HMAC-SHA256 over `t.body`, keyed with the whole `whsec_…` text,
//! one `v1` for every secret.

use std::fmt::Write;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::webhooks::Headers;

pub fn headers(secrets: &[String], at: i64, body: &[u8]) -> Headers {
    let mut value = format!("t={at}");
    for secret in secrets {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes keys of any length");
        mac.update(at.to_string().as_bytes());
        mac.update(b".");
        mac.update(body);
        let signature = hex::encode(mac.finalize().into_bytes());
        write!(value, ",v1={signature}").expect("writing to a String cannot fail");
    }
    vec![("content-type", "application/json; charset=utf-8".into()), ("stripe-signature", value)]
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_secret_signs() {
        let secrets = ["whsec_a".to_owned(), "whsec_b".to_owned()];
        let headers = super::headers(&secrets, 1_767_225_600, b"{}");
        let (_, value) = headers.iter().find(|(name, _)| *name == "stripe-signature").unwrap();
        assert!(value.starts_with("t=1767225600,v1="));
        assert_eq!(value.matches(",v1=").count(), 2);
    }
}
