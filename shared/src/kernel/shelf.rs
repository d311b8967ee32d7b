//! Short texts in Redis that all processes share for a time: access tokens of gateways, marks of work in progress.
//!
//! They may get lost, as everything in Redis. While Redis is away, no text is found and every name is free.

use std::sync::Arc;
use std::time::Duration;

use redis::{AsyncCommands, ExistenceCheck, RedisError, SetExpiry, SetOptions};

use super::redis_link::Renewable;

/// Texts by name, within this installation.
#[derive(Clone)]
pub struct Shelf {
    connection: Arc<Renewable>,
    prefix: String,
}

impl std::fmt::Debug for Shelf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shelf").field("prefix", &self.prefix).finish_non_exhaustive()
    }
}

impl Shelf {
    /// Connects to nothing yet. Fails only if the URL can't be read.
    pub fn new(redis_url: &str, namespace: &str) -> Result<Self, RedisError> {
        Ok(Self { connection: Arc::new(Renewable::open(redis_url)?), prefix: format!("{namespace}-shelf-") })
    }

    fn key(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    pub async fn read(&self, name: &str) -> Option<String> {
        let read: Result<Option<String>, _> = self.connection.get().get(self.key(name)).await;
        self.heard(read).flatten()
    }

    pub async fn write(&self, name: &str, text: &str, life: Duration) {
        let expiry = SetOptions::default().with_expiration(SetExpiry::PX(millis(life)));
        let set: Result<(), _> = self.connection.get().set_options(self.key(name), text, expiry).await;
        self.heard(set);
    }

    pub async fn remove(&self, name: &str) {
        let removed: Result<(), _> = self.connection.get().del(self.key(name)).await;
        self.heard(removed);
    }

    /// Takes a name for a while: of many callers one gets `true`, until it removes the name or the time is over.
    pub async fn take(&self, name: &str, life: Duration) -> bool {
        let options = SetOptions::default()
            .conditional_set(ExistenceCheck::NX)
            .with_expiration(SetExpiry::PX(millis(life)));
        let taken: Result<Option<String>, _> =
            self.connection.get().set_options(self.key(name), "1", options).await;
        self.heard(taken).is_none_or(|taken| taken.is_some())
    }

    fn heard<T>(&self, answer: Result<T, RedisError>) -> Option<T> {
        let told = |error: &RedisError| {
            tracing::debug!(%error, "the texts shared in Redis are out of reach");
            self.connection.renew_after(error);
        };
        answer.inspect_err(told).ok()
    }
}

fn millis(life: Duration) -> u64 {
    u64::try_from(life.as_millis()).unwrap_or(u64::MAX).max(1)
}
