//! The `x-paystack-signature` header: HMAC-SHA512 over the raw body in lower-case hex, keyed with the
//! secret API key. There is no time in it, so a stale one looks like any other, and room for one only:
//! the first secret signs.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha512;

use crate::webhooks::Headers;

pub fn headers(secrets: &[String], _at: i64, body: &[u8]) -> Headers {
    let secret = secrets.first().map(String::as_str).unwrap_or_default();
    vec![("content-type", "application/json".into()), ("x-paystack-signature", sign(secret, body))]
}

fn sign(secret: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha512>::new_from_slice(secret.as_bytes()).expect("HMAC takes keys of any length");
    mac.update(body);
    hex::encode(mac.finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    /// A vector that an independent client library accepts.
    const BODY: &str = r#"{"event":"charge.success","data":{"id":302961,"domain":"test","status":"success","reference":"ord_01J0000000000000000000TEST","amount":500000,"message":null,"gateway_response":"Approved","paid_at":"2026-01-01T00:00:00.000Z","channel":"card","currency":"NGN","metadata":{"order_id":"ord_1"},"fees":7500,"customer":{"id":1,"email":"a@example.com","customer_code":"CUS_x"}}}"#;
    const SIGNATURE: &str = "56b4ef1ee4d43055a9c50a2ad1d4ab6780e821dde5ceaabaf4cdcee5fb75872d\
                             26094ab627e5c16702750f0d23fb04f0dd1a3bfda179c0105c312ea47540e47a";

    #[test]
    fn signs_as_the_vector_does() {
        let secrets = ["sk_test_vector_paystack_0001".to_owned(), "sk_test_other".to_owned()];
        let headers = super::headers(&secrets, 0, BODY.as_bytes());
        assert!(headers.contains(&("x-paystack-signature", SIGNATURE.to_owned())));
        assert_ne!(super::sign("sk_test_other", BODY.as_bytes()), SIGNATURE);
        assert_ne!(super::sign(&secrets[0], BODY.replace("500000", "500001").as_bytes()), SIGNATURE);
    }
}
