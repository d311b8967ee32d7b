//! The messenger that bKash's messages travel by, Amazon SNS: a topic, who listens to it, and the
//! signed JSON envelope around a text.

use axum::body::Bytes;
use serde_json::{Value, json};

use super::settings::{BkashConfig, SignatureVersion};
use super::signing::signer;
use super::times::utc;
use crate::webhooks::Headers;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Notification,
    SubscriptionConfirmation,
    UnsubscribeConfirmation,
}

impl Kind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Notification => "Notification",
            Self::SubscriptionConfirmation => "SubscriptionConfirmation",
            Self::UnsubscribeConfirmation => "UnsubscribeConfirmation",
        }
    }
}

#[derive(Debug)]
pub struct Message {
    pub id: String,
    pub kind: Kind,
    pub at_ms: i64,
    pub text: String,
    /// Of a confirmation: what the endpoint gives back.
    pub token: Option<String>,
    /// The trxID it is about; empty for confirmations.
    pub about: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subscription {
    Absent,
    /// Asked to confirm, or ended and asked whether that was meant.
    Pending {
        token: String,
    },
    Confirmed {
        token: String,
        arn: String,
    },
}

/// Where messages are published, and who listens.
#[derive(Debug)]
pub struct Topic {
    pub arn: String,
    /// Of the messenger, without a slash at the end.
    url: String,
    version: SignatureVersion,
    pub subscription: Subscription,
}

impl Topic {
    pub fn new(url: &str, config: &BkashConfig) -> Self {
        let url = url.trim_end_matches('/').to_owned();
        let (arn, version) = (config.topic_arn.clone(), config.signature_version);
        Self { arn, url, version, subscription: Subscription::Absent }
    }

    /// The message as it goes out.
    pub fn seal(&self, message: &Message) -> Bytes {
        let (arn, url) = (&self.arn, &self.url);
        let mut envelope = json!({
            "Type": message.kind.as_str(),
            "MessageId": message.id,
            "TopicArn": arn,
            "Message": message.text,
            "Timestamp": utc(message.at_ms),
            "SignatureVersion": if self.version == SignatureVersion::Sha1 { "1" } else { "2" },
            "SigningCertURL": format!("{url}/{}", signer().file),
        });
        if let Some(token) = &message.token {
            envelope["Token"] = json!(token);
            let subscribe = format!("{url}/?Action=ConfirmSubscription&TopicArn={arn}&Token={token}");
            envelope["SubscribeURL"] = json!(subscribe);
        } else {
            let subscription = match &self.subscription {
                Subscription::Confirmed { arn, .. } => arn.clone(),
                Subscription::Absent | Subscription::Pending { .. } => format!("{arn}:none"),
            };
            let leave = format!("{url}/?Action=Unsubscribe&SubscriptionArn={subscription}");
            envelope["UnsubscribeURL"] = json!(leave);
        }
        envelope["Signature"] = json!(signer().sign(self.version, &canonical(&envelope)));
        Bytes::from(envelope.to_string())
    }
}

/// What is signed: of some fields, in this order, those that are there, each as name and value on
/// lines of their own.
fn canonical(envelope: &Value) -> String {
    let names: &[&str] = if envelope["Type"] == "Notification" {
        &["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"]
    } else {
        &["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"]
    };
    let there = names.iter().filter_map(|name| Some((*name, envelope[*name].as_str()?)));
    there.map(|(name, value)| format!("{name}\n{value}\n")).collect()
}

/// The headers of a delivery. The signature is within the body, made once: neither secrets nor the
/// time of the delivery come into it.
pub fn headers(_secrets: &[String], _at: i64, body: &[u8]) -> Headers {
    let envelope: Value = serde_json::from_slice(body).unwrap_or_default();
    let text = |name: &str| envelope[name].as_str().unwrap_or_default().to_owned();
    let mut headers = vec![
        ("content-type", "text/plain; charset=UTF-8".to_owned()),
        ("user-agent", "Amazon Simple Notification Service Agent".to_owned()),
        ("x-amz-sns-message-type", text("Type")),
        ("x-amz-sns-message-id", text("MessageId")),
        ("x-amz-sns-topic-arn", text("TopicArn")),
    ];
    if let Some((_, arn)) = text("UnsubscribeURL").split_once("SubscriptionArn=") {
        headers.push(("x-amz-sns-subscription-arn", arn.to_owned()));
    }
    headers
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::super::signing::verifies;

    /// The vectors were accepted by AWS's own validator, over the text that they hold.
    #[test]
    fn the_signed_text_is_that_of_the_vectors() {
        let vectors = include_str!("../../tests/bkash/sns_vectors.json");
        let vectors: Vec<Value> = serde_json::from_str(vectors).unwrap();
        assert_eq!(vectors.len(), 3);
        for vector in vectors {
            let text = |name: &str| vector[name].as_str().unwrap();
            let envelope: Value = serde_json::from_str(text("body")).unwrap();
            let signed = super::canonical(&envelope);
            assert_eq!(signed, text("string_to_sign"), "{}", text("name"));
            let version = envelope["SignatureVersion"].as_str().unwrap();
            let signature = envelope["Signature"].as_str().unwrap();
            assert!(verifies(text("certificate_pem"), version, &signed, signature));
        }
    }
}
