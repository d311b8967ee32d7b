//! The key and certificate that push messages are signed with, made at their first use and gone
//! with the process, and RSA PKCS #1 v1.5 with either hash.
//!
//! The key's own library signs with SHA-256 only: SHA-1 signatures are a thing of the past everywhere
//! but at this messenger. So those are computed here. The key guards nothing, and there is nobody
//! to measure how long it takes.

use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use num_bigint::BigUint;
use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair, PKCS_RSA_SHA256, SigningKey};
use sha1::Sha1;
use sha2::{Digest, Sha256};

use super::settings::SignatureVersion;

const MODULUS_BYTES: usize = 256;
/// DER of an SHA-1 `DigestInfo` up to the digest (RFC 8017, 9.2, note 1).
const SHA1_INFO: [u8; 15] =
    [0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02, 0x1a, 0x05, 0x00, 0x04, 0x14];

static SIGNER: LazyLock<Signer> = LazyLock::new(Signer::generate);

/// The one of this process. Making it takes some tenths of a second.
pub fn signer() -> &'static Signer {
    &SIGNER
}

#[derive(Debug)]
pub struct Signer {
    key: KeyPair,
    parts: Parts,
    pub certificate_pem: String,
    /// The name under which the certificate is served.
    pub file: String,
}

impl Signer {
    fn generate() -> Self {
        let key = KeyPair::generate_for(&PKCS_RSA_SHA256).expect("an RSA key can be generated");
        let mut params = CertificateParams::default();
        let mut name = DistinguishedName::new();
        name.push(DnType::CommonName, "sns.haat-sandbox.invalid");
        name.push(DnType::OrganizationName, "Haat sandbox, not Amazon");
        params.distinguished_name = name;
        let certificate = params.self_signed(&key).expect("the key signs its own certificate");
        let print = hex::encode(Sha256::digest(certificate.der()));
        Self {
            parts: Parts::read(key.serialized_der()).expect("the key was written as PKCS #8"),
            certificate_pem: certificate.pem(),
            file: format!("SimpleNotificationService-{}.pem", &print[..32]),
            key,
        }
    }

    /// In base64.
    pub fn sign(&self, version: SignatureVersion, text: &str) -> String {
        let signature = match version {
            SignatureVersion::Sha1 => self.parts.sign_sha1(text.as_bytes()),
            SignatureVersion::Sha256 => {
                self.key.sign(text.as_bytes()).expect("an RSA key signs texts of any length")
            }
        };
        STANDARD.encode(signature)
    }
}

/// What of an RSA key the Chinese remainder theorem takes.
#[derive(Debug)]
struct Parts {
    p: BigUint,
    q: BigUint,
    dp: BigUint,
    dq: BigUint,
    q_inverse: BigUint,
}

impl Parts {
    /// From PKCS #8: within it, an octet string with PKCS #1's version, n, e, d, p, q, dp, dq, qInv.
    fn read(pkcs8: &[u8]) -> Option<Self> {
        let (outer, _) = element(pkcs8, 0x30)?;
        let (_version, rest) = element(outer, 0x02)?;
        let (_algorithm, rest) = element(rest, 0x30)?;
        let (octets, _) = element(rest, 0x04)?;
        let (mut rest, _) = element(octets, 0x30)?;
        let mut numbers = Vec::with_capacity(9);
        for _ in 0..9 {
            let (number, after) = element(rest, 0x02)?;
            numbers.push(BigUint::from_bytes_be(number));
            rest = after;
        }
        let [_, _, _, _, p, q, dp, dq, q_inverse] = <[BigUint; 9]>::try_from(numbers).ok()?;
        Some(Self { p, q, dp, dq, q_inverse })
    }

    fn sign_sha1(&self, text: &[u8]) -> Vec<u8> {
        let tail = [SHA1_INFO.as_slice(), Sha1::digest(text).as_slice()].concat();
        let mut block = vec![0xff; MODULUS_BYTES - tail.len()];
        block[0] = 0;
        block[1] = 1;
        if let Some(end) = block.last_mut() {
            *end = 0;
        }
        block.extend(tail);
        let signature = self.raise(&BigUint::from_bytes_be(&block)).to_bytes_be();
        let mut padded = vec![0; MODULUS_BYTES - signature.len()];
        padded.extend(signature);
        padded
    }

    /// To the private exponent.
    fn raise(&self, block: &BigUint) -> BigUint {
        let by_p = block.modpow(&self.dp, &self.p);
        let by_q = block.modpow(&self.dq, &self.q);
        let apart = (by_p + &self.p - &by_q % &self.p) % &self.p;
        by_q + (apart * &self.q_inverse % &self.p) * &self.q
    }
}

/// The content of the DER element at the front, if it has this tag, and what follows it.
fn element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (first, rest) = der.split_first()?;
    let (length, rest) = rest.split_first()?;
    let (length, rest) = if *length < 0x80 {
        (usize::from(*length), rest)
    } else {
        let (digits, rest) = rest.split_at_checked(usize::from(length - 0x80))?;
        (digits.iter().fold(0, |sum, digit| (sum << 8) | usize::from(*digit)), rest)
    };
    rest.split_at_checked(length).filter(|_| *first == tag)
}

/// Whether a base64 signature of this version is good, by the certificate's key; not by this file's
/// arithmetic.
#[cfg(test)]
pub fn verifies(certificate_pem: &str, version: &str, text: &str, signature: &str) -> bool {
    use aws_lc_rs::signature;

    let base64: String = certificate_pem.lines().filter(|line| !line.starts_with('-')).collect();
    let der = STANDARD.decode(base64).unwrap();
    let (certificate, _) = element(&der, 0x30).unwrap();
    let (mut rest, _) = element(certificate, 0x30).unwrap();
    // Version if there is one, serial, algorithm, issuer, validity, subject.
    rest = element(rest, 0xa0).map_or(rest, |(_, after)| after);
    for tag in [0x02, 0x30, 0x30, 0x30, 0x30] {
        rest = element(rest, tag).unwrap().1;
    }
    let (key, _) = element(rest, 0x30).unwrap();
    let (_algorithm, key) = element(key, 0x30).unwrap();
    let (key, _) = element(key, 0x03).unwrap();
    let rule = match version {
        "1" => &signature::RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY,
        _ => &signature::RSA_PKCS1_2048_8192_SHA256,
    };
    let signature = STANDARD.decode(signature).unwrap();
    // A bit string begins with the number of unused bits.
    signature::UnparsedPublicKey::new(rule, &key[1..]).verify(text.as_bytes(), &signature).is_ok()
}

#[cfg(test)]
mod tests {
    use super::{SignatureVersion, signer, verifies};

    #[test]
    fn both_signatures_are_good_and_neither_is_the_other() {
        let certificate = &signer().certificate_pem;
        for (version, right, wrong) in
            [(SignatureVersion::Sha1, "1", "2"), (SignatureVersion::Sha256, "2", "1")]
        {
            for text in ["", "Message\nটাকা\n", &"long ".repeat(1000)] {
                let signature = signer().sign(version, text);
                assert!(verifies(certificate, right, text, &signature));
                assert!(!verifies(certificate, wrong, text, &signature));
            }
        }
    }
}
