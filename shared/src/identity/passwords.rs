//! Passwords hashed with argon2id, off the async threads, a bounded number at a time.
//!
//! Each hash takes 19 MiB and a core for some 20 ms. Without a bound, many sign-ins at once would take all memory and
//! every core. With a bound, and a bounded queue before it, further sign-ins are asked to come back later.
//!
//! Keyboards differ in how they write one letter: é may be one code point or two, and so may য়. New passwords are
//! hashed in Unicode's form NFKC (NIST SP 800-63B, section 5.1.1.2). At sign-in the text as typed is tried first, for
//! hashes from before that rule, then its normal forms. For ASCII all forms are equal, so a wrong ASCII password costs
//! one hash.

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Params, Version, password_hash};
use subtle::ConstantTimeEq;
use unicode_normalization::UnicodeNormalization;

use super::hashers::{Hashers, Memory};
use super::{Error, checks};
use crate::kernel::{Client, Secret, Settings};

/// OWASP's first choice for argon2id: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;
const SALT_BYTES: usize = 16;
/// Most waiting jobs per hasher: about a second's work.
const WAITING_PER_HASHER: usize = 40;
/// Used in place of the hash of an account that does not exist: checking it costs the same, and no password matches it.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Hashes and checks passwords. One per process; cheap to clone, and clones share the limits.
#[derive(Clone, Debug)]
pub struct Passwords {
    hashers: Hashers,
}

impl Passwords {
    #[must_use]
    pub fn new(settings: &Settings) -> Self {
        Self::with_bounds(settings.password_hashers, settings.password_hashers * WAITING_PER_HASHER)
    }

    fn with_bounds(hashers: usize, waiting: usize) -> Self {
        Self { hashers: Hashers::start(hashers, waiting) }
    }

    /// The PHC string of a new password. Refuses one that is too short or too long before any work is done.
    pub async fn hash(&self, password: &Secret, client: Client) -> Result<String, Error> {
        checks::password(password)?;
        let normal = normalised(password);
        let hash = self.hashers.run(client, move |memory| new_hash(&normal, memory)).await?;
        hash.map_err(Error::Hashing)
    }

    /// Whether the password belongs to the account. `None` is an account that does not exist: the answer is no, after
    /// the same work, so that the time taken does not reveal which addresses have accounts.
    pub async fn verify(
        &self,
        password: &Secret,
        stored: Option<&str>,
        client: Client,
    ) -> Result<bool, Error> {
        if password.expose().len() > checks::LONGEST_PASSWORD {
            return Ok(false); // no account can have it
        }
        let (forms, known) = (forms(password), stored.is_some());
        let stored = stored.unwrap_or(NOBODY).to_owned();
        let matched = self.hashers.run(client, move |memory| any_matches(&stored, &forms, memory)).await?;
        Ok(matched.map_err(Error::Hashing)? && known)
    }
}

/// The form in which new passwords are hashed.
pub(super) fn normalised(password: &Secret) -> Secret {
    Secret::new(password.expose().nfkc().collect::<String>())
}

/// The texts that the owner may have meant: the text as typed, then its normal forms, each once.
fn forms(password: &Secret) -> Vec<Secret> {
    let typed = password.expose();
    let mut forms = vec![Secret::new(typed)];
    if !typed.is_ascii() {
        for form in [typed.nfc().collect::<String>(), typed.nfkc().collect()] {
            let form = Secret::new(form);
            if !forms.contains(&form) {
                forms.push(form);
            }
        }
    }
    forms
}

fn new_hash(password: &Secret, memory: &mut Memory) -> Result<String, password_hash::Error> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None)?;
    let salt = Salt::new(&rand::random::<[u8; SALT_BYTES]>())?;
    let mut output = [0; Params::DEFAULT_OUTPUT_LEN];
    let (algorithm, version) = (Algorithm::Argon2id, Version::V0x13);
    let blocks = memory.blocks(params.block_count());
    Argon2::new(algorithm, version, params.clone()).hash_password_into_with_memory(
        password.expose().as_bytes(),
        &salt,
        &mut output,
        blocks,
    )?;
    let hash = PasswordHash {
        algorithm: algorithm.ident(),
        version: Some(version.into()),
        params: ParamsString::try_from(&params)?,
        salt: Some(salt),
        hash: Some(Output::new(&output)?),
    };
    Ok(hash.to_string())
}

fn any_matches(stored: &str, forms: &[Secret], memory: &mut Memory) -> Result<bool, password_hash::Error> {
    let stored = PasswordHash::new(stored)?;
    for form in forms {
        if matches(&stored, form, memory)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn matches(
    stored: &PasswordHash,
    password: &Secret,
    memory: &mut Memory,
) -> Result<bool, password_hash::Error> {
    let (Some(salt), Some(expected)) = (&stored.salt, &stored.hash) else { return Ok(false) };
    let algorithm = Algorithm::try_from(stored.algorithm.as_str())?;
    let version = stored.version.map(Version::try_from).transpose()?.unwrap_or_default();
    let params = Params::try_from(stored)?;
    let mut output = vec![0; expected.len()];
    let blocks = memory.blocks(params.block_count());
    Argon2::new(algorithm, version, params).hash_password_into_with_memory(
        password.expose().as_bytes(),
        salt,
        &mut output,
        blocks,
    )?;
    Ok(output.ct_eq(expected.as_bytes()).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMPOSED: &str = "caf\u{e9} noir encore";
    const DECOMPOSED: &str = "cafe\u{301} noir encore";

    async fn verify(passwords: &Passwords, typed: &str, stored: Option<&str>) -> bool {
        let typed = Secret::new(typed);
        passwords.verify(&typed, stored, Client::unknown()).await.expect("there is room")
    }

    #[tokio::test]
    async fn a_password_is_recognised_and_nobody_has_none() {
        let passwords = Passwords::with_bounds(1, 4);
        let password = Secret::new("correct horse battery");
        let stored = passwords.hash(&password, Client::unknown()).await.expect("long enough");
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(verify(&passwords, "correct horse battery", Some(&stored)).await);
        assert!(!verify(&passwords, "correct horse batterz", Some(&stored)).await);
        assert!(!verify(&passwords, "correct horse battery", None).await);
    }

    #[tokio::test]
    async fn a_password_signs_in_however_the_keyboard_writes_it() {
        let passwords = Passwords::with_bounds(1, 4);
        for chosen in [COMPOSED, DECOMPOSED] {
            let stored = passwords.hash(&Secret::new(chosen), Client::unknown()).await.expect("long enough");
            assert!(verify(&passwords, COMPOSED, Some(&stored)).await, "{chosen}");
            assert!(verify(&passwords, DECOMPOSED, Some(&stored)).await, "{chosen}");
            assert!(!verify(&passwords, "cafe noir encore", Some(&stored)).await, "{chosen}");
        }
    }

    #[tokio::test]
    async fn a_hash_of_the_text_as_typed_still_signs_in() {
        let passwords = Passwords::with_bounds(1, 4);
        // A ligature, which NFKC decomposes; hashed as typed, as before normalisation was introduced.
        for typed in ["o\u{fb03}ce is closed", DECOMPOSED] {
            let stored = new_hash(&Secret::new(typed), &mut Memory::default()).expect("sound parameters");
            assert!(verify(&passwords, typed, Some(&stored)).await, "{typed}");
        }
    }

    #[test]
    fn an_ascii_password_has_one_form() {
        assert_eq!(forms(&Secret::new("correct horse battery")).len(), 1);
        assert_eq!(forms(&Secret::new(COMPOSED)).len(), 1);
        assert_eq!(forms(&Secret::new(DECOMPOSED)).len(), 2);
    }
}
