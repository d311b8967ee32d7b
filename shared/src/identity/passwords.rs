//! Passwords hashed with argon2id, off the async threads, a bounded number at a time.
//!
//! Each hash takes 19 MiB and a core for some 20 ms. Without a bound, a crowd at the sign-in page would take all
//! memory and every core; with one, and a bounded queue before it, the crowd is told to come back.

use std::sync::Arc;

use argon2::password_hash::{self, phc::PasswordHash};
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{Error, checks};
use crate::kernel::{Secret, Settings};

/// OWASP's first choice for argon2id: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;
/// How many may wait for each hasher: about a second's work.
const WAITING_PER_HASHER: usize = 40;
/// Stands in for the hash of an account that does not exist: it costs the same to check and nothing matches it.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Hashes and checks passwords. One per process; cheap to clone, clones share the bounds.
#[derive(Clone, Debug)]
pub struct Passwords {
    /// One permit per hash that runs.
    running: Arc<Semaphore>,
    /// One permit per hash that runs or waits.
    admitted: Arc<Semaphore>,
}

/// Held until the work ends, even if nobody waits for it any more: an abandoned hash still takes its memory.
#[derive(Debug)]
struct Turn {
    _running: OwnedSemaphorePermit,
    _admitted: OwnedSemaphorePermit,
}

impl Passwords {
    #[must_use]
    pub fn new(settings: &Settings) -> Self {
        Self::with_bounds(settings.password_hashers, settings.password_hashers * WAITING_PER_HASHER)
    }

    fn with_bounds(hashers: usize, waiting: usize) -> Self {
        Self {
            running: Arc::new(Semaphore::new(hashers)),
            admitted: Arc::new(Semaphore::new(hashers + waiting)),
        }
    }

    /// The PHC string of a new password. Refuses one that is too short or too long before any work is done.
    pub async fn hash(&self, password: &Secret) -> Result<String, Error> {
        checks::password(password)?;
        let (turn, password) = (self.turn().await?, password.clone());
        blocking(move || {
            let _turn = turn;
            argon2id()?.hash_password(password.expose().as_bytes()).map(|hash| hash.to_string())
        })
        .await
        .map_err(Error::Hashing)
    }

    /// Whether the password is the account's. `None` is an account that does not exist: the answer is no, after
    /// the same work, so that the time taken does not tell which addresses have accounts.
    pub async fn verify(&self, password: &Secret, stored: Option<&str>) -> Result<bool, Error> {
        if password.expose().len() > checks::LONGEST_PASSWORD {
            return Ok(false); // no account can have it, whatever the address
        }
        let (turn, password) = (self.turn().await?, password.clone());
        let (known, stored) = (stored.is_some(), stored.unwrap_or(NOBODY).to_owned());
        let outcome = blocking(move || {
            let _turn = turn;
            let parsed = PasswordHash::new(&stored)?;
            argon2id()?.verify_password(password.expose().as_bytes(), &parsed)
        })
        .await;
        match outcome {
            Ok(()) => Ok(known),
            Err(password_hash::Error::PasswordInvalid) => Ok(false),
            Err(error) => Err(Error::Hashing(error)),
        }
    }

    async fn turn(&self) -> Result<Turn, Error> {
        let admitted =
            Arc::clone(&self.admitted).try_acquire_owned().map_err(|_| Error::PasswordQueueFull)?;
        let running = Arc::clone(&self.running).acquire_owned().await.expect("the semaphore is never closed");
        Ok(Turn { _running: running, _admitted: admitted })
    }
}

fn argon2id() -> Result<Argon2<'static>, password_hash::Error> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work).await.expect("hashing does not panic and is never aborted")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_is_recognised_and_nobody_has_none() {
        let passwords = Passwords::with_bounds(1, 4);
        let password = Secret::new("correct horse battery");
        let stored = passwords.hash(&password).await.expect("long enough");
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(matches!(passwords.verify(&password, Some(&stored)).await, Ok(true)));
        let other = Secret::new("correct horse batterz");
        assert!(matches!(passwords.verify(&other, Some(&stored)).await, Ok(false)));
        assert!(matches!(passwords.verify(&password, None).await, Ok(false)));
    }

    #[tokio::test]
    async fn a_full_queue_refuses_at_once() {
        let passwords = Passwords::with_bounds(1, 1);
        let turn = passwords.turn().await.expect("the first runs");
        let waiting = tokio::spawn({
            let passwords = passwords.clone();
            async move { passwords.turn().await.is_ok() }
        });
        tokio::task::yield_now().await;
        assert!(matches!(passwords.turn().await, Err(Error::PasswordQueueFull)));
        drop(turn);
        assert!(matches!(waiting.await, Ok(true)));
    }
}
