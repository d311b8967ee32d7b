//! The certificates with which SNS signs: fetched once from an address that was checked before, and cached by it.
//!
//! A certificate is trusted because the SNS of the topic's region served it by https, verified up to the roots that
//! this machine trusts, and because it was issued to SNS. Its own chain is not verified: the file contains the
//! certificate without that of its issuer. The number of concurrent fetches and of cached certificates is limited, so
//! that forged messages can't make us call Amazon for each of them.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use reqwest::Url;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, ServerName};
use tokio::sync::Semaphore;
use webpki::EndEntityCert;

use crate::exchange::{Answer, Ask, Exchange};
use crate::{CallContext, WebhookError};

const MOST_KEPT: usize = 16;
const FETCHES_AT_ONCE: usize = 2;
const MAX_CERTIFICATE_BYTES: usize = 64 * 1024;
const FETCH_TIMEOUT: Duration = Duration::from_secs(5);

/// Keys by the address of their certificate, the latest last.
#[derive(Debug)]
pub(super) struct Certificates {
    kept: Mutex<VecDeque<(Url, Arc<[u8]>)>>,
    fetches: Semaphore,
}

impl Certificates {
    pub(super) fn new() -> Self {
        Self { kept: Mutex::default(), fetches: Semaphore::new(FETCHES_AT_ONCE) }
    }

    /// The SubjectPublicKeyInfo of the certificate, which must be issued to one of these names; if there are none, to
    /// any, like that of a simulator.
    pub(super) async fn key(
        &self,
        exchange: &Exchange,
        url: &Url,
        names: &[String],
    ) -> Result<Arc<[u8]>, WebhookError> {
        if let Some(key) = self.kept(url) {
            return Ok(key);
        }
        let _place = self.fetches.try_acquire().map_err(|_| unverifiable("too many fetches at once"))?;
        let answer = fetch(exchange, url).await?;
        let pem = match answer.status {
            200 => answer.body,
            // The author of the message invented the address.
            400 | 403 | 404 | 410 => return Err(WebhookError::Malformed("there is no such certificate")),
            status => return Err(unverifiable(&format!("SNS: HTTP {status}"))),
        };
        if pem.len() > MAX_CERTIFICATE_BYTES {
            return Err(unverifiable("the certificate is too large"));
        }
        let key = key_of(&pem, names)
            .ok_or_else(|| unverifiable("the certificate can't be read, or is not made out to SNS"))?;
        let mut kept = self.kept.lock().expect("nobody panics while holding it");
        if kept.len() >= MOST_KEPT {
            kept.pop_front();
        }
        kept.push_back((url.clone(), Arc::clone(&key)));
        Ok(key)
    }

    fn kept(&self, url: &Url) -> Option<Arc<[u8]>> {
        let kept = self.kept.lock().expect("nobody panics while holding it");
        kept.iter().find(|(from, _)| from == url).map(|(_, key)| Arc::clone(key))
    }
}

/// Follows no redirect, and takes nothing but 200 for an answer.
pub(super) async fn get(exchange: &Exchange, url: &Url) -> Result<Vec<u8>, WebhookError> {
    let answer = fetch(exchange, url).await?;
    if answer.status == 200 {
        Ok(answer.body)
    } else {
        Err(unverifiable(&format!("SNS: HTTP {}", answer.status)))
    }
}

async fn fetch(exchange: &Exchange, url: &Url) -> Result<Answer, WebhookError> {
    let context = CallContext::default();
    let answer = exchange.begin(&context, FETCH_TIMEOUT).send(Ask::get(url.as_str().to_owned())).await;
    answer.map_err(|error| unverifiable(&format!("SNS: {}", error.message)))
}

/// The key of the first certificate in a PEM, if it is issued to one of these names, or if there are none.
pub(super) fn key_of(pem: &[u8], names: &[String]) -> Option<Arc<[u8]>> {
    let certificate = CertificateDer::from_pem_slice(pem).ok()?;
    let certificate = EndEntityCert::try_from(&certificate).ok()?;
    let is_for = |name: &String| {
        let name = ServerName::try_from(name.as_str());
        name.is_ok_and(|name| certificate.verify_is_valid_for_subject_name(&name).is_ok())
    };
    if !names.is_empty() && !names.iter().any(is_for) {
        return None;
    }
    Some(Arc::from(certificate.subject_public_key_info().as_ref()))
}

fn unverifiable(why: &str) -> WebhookError {
    WebhookError::Unverifiable(why.to_owned())
}
