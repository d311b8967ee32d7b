//! The keys that sign access tokens.

use crate::kernel::Secret;

/// Shorter secrets can be guessed faster than the hash is wide (RFC 7518 §3.2).
const SHORTEST: usize = 32;
/// Beginnings of secrets that stand in documentation and examples.
const KNOWN: &[&str] = &["change", "secret", "dev", "example", "test", "password", "insecure"];

/// One signing key and the `kid` that names it.
#[derive(Clone, Debug)]
pub struct JwtKey {
    pub id: String,
    pub secret: Secret,
}

/// The first signs; all verify, so that keys can be rolled. Never empty.
#[derive(Clone, Debug)]
pub struct JwtKeys(Vec<JwtKey>);

impl JwtKeys {
    /// Reads `kid:secret,kid:secret`. The error says what is wrong without showing a secret.
    pub fn parse(text: &str, production: bool) -> Result<Self, String> {
        let mut keys = Vec::new();
        for pair in text.split(',').map(str::trim).filter(|pair| !pair.is_empty()) {
            let (id, secret) = pair.split_once(':').ok_or("a pair has no colon: write kid:secret")?;
            if id.is_empty() || secret.is_empty() {
                return Err("a kid or a secret is empty".into());
            }
            if production {
                refuse_weak(id, secret)?;
            }
            if keys.iter().any(|key: &JwtKey| key.id == id) {
                return Err(format!("the kid {id} is there twice"));
            }
            keys.push(JwtKey { id: id.into(), secret: Secret::new(secret) });
        }
        if keys.is_empty() { Err("no key is given".into()) } else { Ok(Self(keys)) }
    }

    /// What signs new tokens.
    #[must_use]
    pub fn signing(&self) -> &JwtKey {
        &self.0[0]
    }

    #[must_use]
    pub fn find(&self, id: &str) -> Option<&JwtKey> {
        self.0.iter().find(|key| key.id == id)
    }

    pub fn iter(&self) -> impl Iterator<Item = &JwtKey> {
        self.0.iter()
    }
}

fn refuse_weak(id: &str, secret: &str) -> Result<(), String> {
    let lower = secret.to_ascii_lowercase();
    let distinct = secret.bytes().collect::<std::collections::HashSet<_>>().len();
    if secret.len() < SHORTEST {
        Err(format!("the secret of key {id} is shorter than {SHORTEST} bytes"))
    } else if KNOWN.iter().any(|known| lower.starts_with(known)) || distinct < 8 {
        Err(format!(
            "the secret of key {id} can be guessed: use random bytes, as from `openssl rand -hex 32`"
        ))
    } else {
        Ok(())
    }
}
