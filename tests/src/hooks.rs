//! Webhooks that a story writes itself: genuine, forged, late, contradicting.

use hmac::{Hmac, KeyInit, Mac};
use reqwest::StatusCode;
use serde_json::{Value, json};
use sha2::Sha256;
use uuid::Uuid;

use crate::{Answer, STRIPE_SECRET, World};

/// An event of Stripe about an object, under a fresh id.
#[must_use]
pub fn event(kind: &str, object: &Value) -> Value {
    json!({
        "id": format!("evt_{}", Uuid::now_v7().simple()),
        "object": "event",
        "type": kind,
        "created": 1_800_000_000,
        "livemode": false,
        "data": { "object": object },
    })
}

/// `t=…,v1=…` under one or more secrets, as the vendor documents it.
#[must_use]
pub fn signature(secrets: &[&str], at: i64, body: &[u8]) -> String {
    let sign = |secret: &&str| {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("keys of any length");
        mac.update(at.to_string().as_bytes());
        mac.update(b".");
        mac.update(body);
        format!(",v1={}", hex::encode(mac.finalize().into_bytes()))
    };
    format!("t={at}{}", secrets.iter().map(sign).collect::<String>())
}

impl World {
    /// Delivers bytes under a signature header.
    pub async fn push_raw(&self, signature: Option<&str>, body: impl Into<Vec<u8>>) -> Answer {
        let mut request = self.http.post(format!("{}/api/webhooks/stripe", self.url)).body(body.into());
        if let Some(signature) = signature {
            request = request.header("Stripe-Signature", signature);
        }
        Answer::to(request).await
    }

    /// Delivers an event that is genuine: signed with our secret, just now.
    pub async fn push(&self, event: &Value) {
        let body = event.to_string();
        let header = signature(&[STRIPE_SECRET], self.clock.now().timestamp(), body.as_bytes());
        let answer = self.push_raw(Some(&header), body).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    }

    /// The hosted payment of an order as the gateway shows it.
    #[must_use]
    pub fn session(&self, id: &str) -> Value {
        self.sandbox.stripe().session(id).expect("the gateway knows it")
    }
}
