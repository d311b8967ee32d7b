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
    /// Vectors that Stripe's own libraries accept.
    #[test]
    fn what_is_signed_is_what_stripe_signs() {
        let body = r#"{"id":"evt_1TestVector0000000000001","object":"event","api_version":"2026-10-28.endive","created":1767225599,"data":{"object":{"id":"cs_test_a1TestVector","object":"checkout.session","amount_total":4999,"currency":"usd","client_reference_id":"ord_01J0000000000000000000TEST","payment_intent":"pi_1TestVector","payment_status":"paid","status":"complete","metadata":{"order_id":"ord_01J0000000000000000000TEST"},"livemode":false}},"livemode":false,"pending_webhooks":1,"request":{"id":null,"idempotency_key":null},"type":"checkout.session.completed"}"#;
        for (at, signature) in [
            (1_767_225_600, "2b51f1b040dc02d804b6b455f2762b81982ca8c02ea185eec7351fdc916cdd75"),
            (1_767_235_600, "454b4c4837d98c5940f08cee2244fdfb822b272703806fc0732e5fdd37d766e4"),
        ] {
            let headers = super::headers(&["whsec_test_vector_secret_0001".to_owned()], at, body.as_bytes());
            assert_eq!(headers[1], ("stripe-signature", format!("t={at},v1={signature}")));
        }
    }

    #[test]
    fn every_secret_signs() {
        let secrets = ["whsec_a".to_owned(), "whsec_b".to_owned()];
        let headers = super::headers(&secrets, 1_767_225_600, b"{}");
        let (_, value) = headers.iter().find(|(name, _)| *name == "stripe-signature").unwrap();
        assert!(value.starts_with("t=1767225600,v1="));
        assert_eq!(value.matches(",v1=").count(), 2);
    }
}
