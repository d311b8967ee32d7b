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
        "api_version": haat_sandbox::stripe::API_VERSION,
        "type": kind,
        "created": 1_800_000_000,
        "livemode": false,
        "data": { "object": object },
    })
}

/// The tag of a message under a key, as `tag::<Hmac<Sha256>>`.
#[must_use]
pub fn tag<M: Mac + KeyInit>(key: &[u8], message: &[u8]) -> Vec<u8> {
    let mut mac = <M as KeyInit>::new_from_slice(key).expect("keys of any length");
    mac.update(message);
    mac.finalize().into_bytes().to_vec()
}

/// `t=…,v1=…` under one or more secrets, as Stripe documents it.
#[must_use]
pub fn signature(secrets: &[&str], at: i64, body: &[u8]) -> String {
    let signed = [at.to_string().as_bytes(), b".", body].concat();
    let sign =
        |secret: &&str| format!(",v1={}", hex::encode(tag::<Hmac<Sha256>>(secret.as_bytes(), &signed)));
    format!("t={at}{}", secrets.iter().map(sign).collect::<String>())
}

impl World {
    /// Delivers bytes as a gateway would, under these headers.
    pub async fn deliver(&self, gateway: &str, headers: &[(&str, &str)], body: impl Into<Vec<u8>>) -> Answer {
        let mut request = self.http.post(format!("{}/api/webhooks/{gateway}", self.url));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        Answer::to(request.header("Content-Type", "application/json").body(body.into())).await
    }

    /// Delivers bytes under a signature header of Stripe.
    pub async fn push_raw(&self, signature: Option<&str>, body: impl Into<Vec<u8>>) -> Answer {
        let headers: Vec<_> =
            signature.map(|signature| ("Stripe-Signature", signature)).into_iter().collect();
        self.deliver("stripe", &headers, body).await
    }

    /// No delivery has left a trace.
    pub async fn nothing_was_taken_in(&self) {
        assert_eq!(self.count("select count(*) from webhook_events").await, 0);
        assert_eq!(self.count("select count(*) from jobs where kind = 'apply_webhook'").await, 0);
        assert!(self.incidents().await.is_empty());
    }

    /// Delivers an event of Stripe that is genuine: signed with our secret, just now.
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
