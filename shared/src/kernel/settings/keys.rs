//! The keys that sign access tokens.

use crate::kernel::Secret;

/// Shorter secrets can be guessed in fewer tries than the hash has values (RFC 7518 §3.2).
const SHORTEST: usize = 32;
/// Prefixes of secrets in documentation and examples.
const KNOWN: &[&str] = &["change", "secret", "dev", "example", "test", "password", "insecure"];

/// One signing key and the `kid` that names it.
#[derive(Clone, Debug)]
pub struct JwtKey {
    pub id: String,
    pub secret: Secret,
}

/// The first signs; all verify, so that keys can be rolled. Never empty.
#[derive(Clone, Debug)]
pub struct JwtKeys {
    keys: Vec<JwtKey>,
    configured: bool,
}

impl JwtKeys {
    /// A random key, which no other process has and which is lost when the process ends.
    pub(super) fn of_this_process(secret: &str) -> Self {
        let key = JwtKey { id: "process".into(), secret: Secret::new(secret) };
        Self { keys: vec![key], configured: false }
    }

    /// Whether an operator has set the keys, as opposed to a random key of this process.
    #[must_use]
    pub fn are_configured(&self) -> bool {
        self.configured
    }

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
        if keys.is_empty() { Err("no key is given".into()) } else { Ok(Self { keys, configured: true }) }
    }

    /// The key that signs new tokens.
    #[must_use]
    pub fn signing(&self) -> &JwtKey {
        &self.keys[0]
    }

    #[must_use]
    pub fn find(&self, id: &str) -> Option<&JwtKey> {
        self.keys.iter().find(|key| key.id == id)
    }

    pub fn iter(&self) -> impl Iterator<Item = &JwtKey> {
        self.keys.iter()
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
