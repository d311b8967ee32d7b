//! The signature of messages from Amazon SNS: RSA PKCS#1 v1.5 over some of its fields, with the key of a certificate
//! that the message points to.
//!
//! The sender chooses the address of the certificate, so it is compared with Amazon's hosts before anything is fetched,
//! and the topic is compared with ours. Nothing here is secret, so nothing needs constant time. Per
//! <https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html>. Messages have no age limit: SNS
//! delivers for a long time, and a message is only a hint.

use aws_lc_rs::signature::{
    RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY, RSA_PKCS1_2048_8192_SHA256, RsaParameters,
    UnparsedPublicKey,
};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use reqwest::Url;

use super::config::BkashConfig;
use super::wire::Posted;
use crate::WebhookError;

pub(super) const NOTIFICATION: &str = "Notification";
pub(super) const SUBSCRIPTION: &str = "SubscriptionConfirmation";
const UNSUBSCRIPTION: &str = "UnsubscribeConfirmation";
const KIND_HEADER: &str = "x-amz-sns-message-type";
/// SNS's own limit for a message, and as much again for the envelope.
const MAX_BODY_BYTES: usize = 512 * 1024;

/// Whether the headers are those of a message of SNS, which signs in the body.
pub(super) fn check(headers: &HeaderMap) -> Result<(), WebhookError> {
    match headers.get(KIND_HEADER).map(|kind| kind.to_str().unwrap_or_default()) {
        Some(NOTIFICATION | SUBSCRIPTION | UNSUBSCRIPTION) => Ok(()),
        Some(_) => Err(WebhookError::Malformed("an unknown type")),
        None => Err(WebhookError::MissingSignature),
    }
}

/// A message that is valid except for its signature, which is not checked yet.
#[derive(Debug)]
pub(super) struct Candidate {
    pub posted: Posted,
    pub certificate: Url,
    /// The names that the certificate must have; none for a simulator's.
    pub names: Vec<String>,
    /// Where a subscription is confirmed.
    pub confirm: Option<Url>,
    algorithm: &'static RsaParameters,
    signature: Vec<u8>,
    signed: String,
}

impl Candidate {
    /// All checks that need no request.
    pub(super) fn read(headers: &HeaderMap, body: &[u8], config: &BkashConfig) -> Result<Self, WebhookError> {
        if body.len() > MAX_BODY_BYTES {
            return Err(WebhookError::Malformed("the message is too large"));
        }
        let posted: Posted = serde_json::from_slice(body)
            .map_err(|_| WebhookError::Malformed("the body is not a message of SNS"))?;
        let named = headers.get(KIND_HEADER).map(|kind| kind.as_bytes());
        if named.is_some_and(|kind| kind != posted.kind.as_bytes()) {
            return Err(WebhookError::Malformed("header and body differ in their type"));
        }
        if !config.topic_arns.contains(&posted.topic_arn) {
            return Err(WebhookError::Malformed("the topic is not ours"));
        }
        let signature = posted.signature.as_deref().ok_or(WebhookError::MissingSignature)?;
        let signature =
            STANDARD.decode(signature).map_err(|_| WebhookError::Malformed("the signature is not base64"))?;
        let algorithm = match posted.signature_version.as_deref() {
            Some("1") => &RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY,
            Some("2") => &RSA_PKCS1_2048_8192_SHA256,
            Some(_) | None => return Err(WebhookError::Malformed("an unknown signature version")),
        };
        let amazon = sns_host(&posted.topic_arn).ok_or(WebhookError::Malformed("the topic is none"))?;
        let place = Place { amazon: &amazon, simulator: config.certificate_origin.as_deref() };
        let certificate = posted.signing_cert_url.as_deref().and_then(|url| place.trusts(url));
        let certificate = certificate.filter(|url| url.path().ends_with(".pem") && url.query().is_none());
        let certificate =
            certificate.ok_or(WebhookError::Malformed("the certificate is not where Amazon's are"))?;
        let confirm = match posted.kind.as_str() {
            SUBSCRIPTION => {
                let url = posted.subscribe_url.as_deref().and_then(|url| place.trusts(url));
                Some(url.ok_or(WebhookError::Malformed("the confirmation is not where Amazon's are"))?)
            }
            _ => None,
        };
        let signed = canonical(&posted)?;
        let names = if certificate.host_str() == Some(&amazon) { names(&amazon) } else { Vec::new() };
        Ok(Self { posted, certificate, names, confirm, algorithm, signature, signed })
    }

    /// `key` is the certificate's SubjectPublicKeyInfo.
    pub(super) fn verify(&self, key: &[u8]) -> Result<(), WebhookError> {
        UnparsedPublicKey::new(self.algorithm, key)
            .verify(self.signed.as_bytes(), &self.signature)
            .map_err(|_| WebhookError::NoMatch)
    }
}

/// The signed text: name and value of each present field, in alphabetical order, each on a line.
fn canonical(posted: &Posted) -> Result<String, WebhookError> {
    let message = ("Message", Some(posted.message.as_str()));
    let id = ("MessageId", Some(posted.message_id.as_str()));
    let timestamp = ("Timestamp", Some(posted.timestamp.as_str()));
    let arn = ("TopicArn", Some(posted.topic_arn.as_str()));
    let kind = ("Type", Some(posted.kind.as_str()));
    let fields: Vec<(&str, Option<&str>)> = match posted.kind.as_str() {
        NOTIFICATION => vec![message, id, ("Subject", posted.subject.as_deref()), timestamp, arn, kind],
        SUBSCRIPTION | UNSUBSCRIPTION => {
            let url = ("SubscribeURL", posted.subscribe_url.as_deref());
            vec![message, id, url, timestamp, ("Token", posted.token.as_deref()), arn, kind]
        }
        _ => return Err(WebhookError::Malformed("an unknown type")),
    };
    let mut text = String::new();
    for (name, value) in fields {
        if let Some(value) = value {
            text.extend([name, "\n", value, "\n"]);
        }
    }
    Ok(text)
}

/// Where certificates and confirmations of a topic are.
struct Place<'a> {
    /// The SNS of the topic's region.
    amazon: &'a str,
    simulator: Option<&'a str>,
}

impl Place<'_> {
    /// An address that may be called: the region's SNS by https, or the simulator's.
    fn trusts(&self, text: &str) -> Option<Url> {
        let url = Url::parse(text).ok()?;
        let plain = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
        let simulator = self.simulator.and_then(|origin| Url::parse(origin).ok());
        let simulated = simulator.is_some_and(|simulator| simulator.origin() == url.origin());
        let amazons = url.scheme() == "https" && url.port().is_none() && url.host_str() == Some(self.amazon);
        (plain && (simulated || amazons)).then_some(url)
    }
}

/// The names to which Amazon issues SNS's certificates, by the host of a region: one name for most regions, and the
/// region's own.
fn names(host: &str) -> Vec<String> {
    let region = host.strip_prefix("sns.").unwrap_or(host);
    vec!["sns.amazonaws.com".to_owned(), host.to_owned(), format!("sns-signing.{region}")]
}

/// The host of SNS in the region of a topic, as `arn:aws:sns:ap-southeast-1:111122223333:name` names it. The pattern is
/// Amazon's: `sns.<region>.amazonaws.com`, with `.cn` in China.
pub(super) fn sns_host(arn: &str) -> Option<String> {
    let parts: Vec<&str> = arn.split(':').collect();
    let &["arn", partition, "sns", region, account, name] = parts.as_slice() else { return None };
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let is_region = region.len() >= 3 && region.bytes().all(plain);
    let is_account = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    let ending = match partition {
        "aws" | "aws-us-gov" => "amazonaws.com",
        "aws-cn" => "amazonaws.com.cn",
        _ => return None,
    };
    (is_region && is_account && !name.is_empty()).then(|| format!("sns.{region}.{ending}"))
}

#[cfg(test)]
pub(super) mod tests;
