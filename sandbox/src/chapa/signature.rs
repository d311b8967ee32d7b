//! Chapa's two signatures on a webhook, and the one on an approval call, all HMAC-SHA256 in lower-case
//! hex. Only `x-chapa-signature` depends on the body; `chapa-signature` is the same on every delivery.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::settings::{ApprovalConfig, Hashed};
use crate::webhooks::Headers;

/// Chapa knows one secret at a time: of several the first signs.
pub fn headers(secrets: &[String], _at: i64, body: &[u8]) -> Headers {
    let secret = secrets.first().map(String::as_str).unwrap_or_default();
    vec![
        ("content-type", "application/json".into()),
        ("x-chapa-signature", sign(secret, body)),
        ("chapa-signature", sign(secret, secret.as_bytes())),
    ]
}

/// The `Chapa-Signature` of an approval call.
pub fn of_approval(approval: &ApprovalConfig, body: &[u8]) -> String {
    match approval.hashed {
        Hashed::Body => sign(&approval.secret, body),
        Hashed::Secret => sign(&approval.secret, approval.secret.as_bytes()),
    }
}

fn sign(secret: &str, message: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes keys of any length");
    mac.update(message);
    hex::encode(mac.finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::headers;

    /// A delivery whose signatures an independent verifier accepted.
    const BODY: &str = r#"{"event":"charge.success","first_name":"Abebe","last_name":"Bikila","email":"a@example.com","mobile":"25190000000","currency":"ETB","amount":"400.00","charge":"12.00","status":"success","mode":"test","reference":"AP634JFwnYlc","created_at":"2026-01-01T00:00:00.000000Z","updated_at":"2026-01-01T00:00:00.000000Z","type":"API","tx_ref":"ord_01J0000000000000000000TEST","payment_method":"test","customization":{"title":null,"description":null,"logo":null},"meta":null}"#;

    #[test]
    fn both_headers_are_as_known_verifiers_want_them() {
        let headers = headers(&["chapa_webhook_secret_vector_0001".into()], 0, BODY.as_bytes());
        let header = |name: &str| headers.iter().find(|(known, _)| *known == name).unwrap().1.as_str();
        assert_eq!(
            header("x-chapa-signature"),
            "fd35068409299f728004d19193580240bf2025061ab6334927f6349cb23c14ed"
        );
        assert_eq!(
            header("chapa-signature"),
            "8c0c64bc71135872dee40a910c706d78bf0409257aa2b1b85dbe8f15691e8536"
        );
    }
}
