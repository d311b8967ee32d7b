//! A connection to Redis that knows whether Redis accepts writes.
//!
//! A server that was demoted, or whose memory or disk is full, still answers reads and pings. So one small write is
//! tried every second, and at growing intervals of up to three seconds while it fails. Code that needs Redis asks here
//! before it begins, instead of failing in the middle of its work. A connection to a demoted server is replaced: the
//! address may lead to the new primary by now. Each change of state is logged once.

use std::sync::{Arc, PoisonError, RwLock, Weak};
use std::time::Duration;

use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{Client, RedisError};
use tokio::sync::watch;

/// Time between two tries while Redis accepts writes.
const EVERY: Duration = Duration::from_secs(1);
/// Time after the first failure, and the longest pause.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(3);
/// Lifetime of the written key.
const KEPT: Duration = Duration::from_secs(60);

/// The state of Redis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RedisState {
    Up,
    /// It answers and accepts no writes: a replica, or its memory or disk is full.
    ReadOnly,
    Down,
}

impl RedisState {
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::ReadOnly => "read_only",
            Self::Down => "down",
        }
    }

    /// The meaning of a failed write.
    fn after(error: &RedisError) -> Self {
        match error.code() {
            Some("READONLY" | "OOM" | "MISCONF" | "NOREPLICAS") => Self::ReadOnly,
            Some(_) | None => Self::Down,
        }
    }
}

/// The connection of a process to Redis. Cheap to clone; it is tried as long as a clone exists.
#[derive(Clone, Debug)]
pub struct RedisLink(Arc<Inner>);

struct Inner {
    connection: Renewable,
    /// The key of the trial write.
    key: String,
    /// `None` until the first try has ended.
    state: watch::Sender<Option<RedisState>>,
    /// Counts how often the connection was replaced.
    renewals: watch::Sender<u64>,
}

impl std::fmt::Debug for Inner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inner").field("state", &*self.state.borrow()).finish_non_exhaustive()
    }
}

impl RedisLink {
    /// Starts the tries. Fails only if the URL can't be read. Needs a running tokio runtime.
    pub fn open(redis_url: &str, namespace: &str) -> Result<Self, RedisError> {
        let inner = Arc::new(Inner {
            connection: Renewable::open(redis_url)?,
            key: format!("{namespace}-probe"),
            state: watch::Sender::new(None),
            renewals: watch::Sender::new(0),
        });
        tokio::spawn(try_on(Arc::downgrade(&inner)));
        Ok(Self(inner))
    }

    #[must_use]
    pub fn client(&self) -> &Client {
        &self.0.connection.client
    }

    /// The current connection. Call this again for each use: the connection may have been replaced.
    #[must_use]
    pub fn connection(&self) -> ConnectionManager {
        self.0.connection.get()
    }

    #[must_use]
    pub fn state(&self) -> RedisState {
        self.0.state.borrow().unwrap_or(RedisState::Down)
    }

    /// Returns as soon as Redis accepts writes.
    pub async fn up(&self) {
        // The sender lives as long as `self`, so this ends no other way.
        let _ = self.0.state.subscribe().wait_for(|state| *state == Some(RedisState::Up)).await;
    }

    /// Changes whenever the connection was replaced.
    #[must_use]
    pub fn renewals(&self) -> watch::Receiver<u64> {
        self.0.renewals.subscribe()
    }

    /// A use of the connection failed: checks at once whether Redis accepts writes.
    pub async fn failed(&self) {
        self.0.try_once().await;
    }
}

impl Inner {
    async fn try_once(&self) -> RedisState {
        let mut connection = self.connection.get();
        let mut write = redis::cmd("SET");
        write.arg(&self.key).arg(1).arg("EX").arg(KEPT.as_secs());
        let written: Result<(), RedisError> = write.query_async(&mut connection).await;
        let (state, why) = match &written {
            Ok(()) => (RedisState::Up, String::new()),
            Err(error) => (RedisState::after(error), error.to_string()),
        };
        if written.is_err_and(|error| self.connection.renew_after(&error)) {
            self.renewals.send_modify(|count| *count = count.wrapping_add(1));
        }
        let before = self.state.send_replace(Some(state));
        metrics::gauge!("haat_redis_up").set(if state == RedisState::Up { 1.0 } else { 0.0 });
        if before != Some(state) {
            match state {
                RedisState::Up => tracing::info!("Redis takes writes"),
                RedisState::ReadOnly => {
                    tracing::warn!(why, "Redis takes no writes; jobs wait in the database")
                }
                RedisState::Down => tracing::warn!(why, "Redis is away; jobs wait in the database"),
            }
        }
        state
    }
}

async fn try_on(link: Weak<Inner>) {
    let mut pause = FIRST_PAUSE;
    loop {
        let Some(inner) = link.upgrade() else { return };
        let state = inner.try_once().await;
        drop(inner);
        let rest = match state {
            RedisState::Up => {
                pause = FIRST_PAUSE;
                EVERY
            }
            RedisState::ReadOnly | RedisState::Down => {
                let rest = pause;
                pause = (pause * 2).min(LONGEST_PAUSE);
                rest
            }
        };
        tokio::time::sleep(rest).await;
    }
}

/// A connection that can be replaced by a new one to the same address.
pub(super) struct Renewable {
    client: Client,
    connection: RwLock<ConnectionManager>,
}

impl Renewable {
    /// Connects to nothing yet. Fails only if the URL can't be read.
    pub(super) fn open(redis_url: &str) -> Result<Self, RedisError> {
        let client = Client::open(redis_url)?;
        Ok(Self { connection: RwLock::new(connection(&client)?), client })
    }

    pub(super) fn get(&self) -> ConnectionManager {
        self.connection.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Replaces the connection after an error that shows that the server was demoted. Returns whether it did.
    pub(super) fn renew_after(&self, error: &RedisError) -> bool {
        if error.code() != Some("READONLY") {
            return false;
        }
        // The same client was connected before, so its address can be read.
        let Ok(fresh) = connection(&self.client) else { return false };
        *self.connection.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        true
    }
}

/// A connection that reconnects automatically and never makes its first caller wait for long.
fn connection(client: &Client) -> Result<ConnectionManager, RedisError> {
    let config = ConnectionManagerConfig::new()
        .set_response_timeout(Some(Duration::from_secs(10)))
        .set_connection_timeout(Some(Duration::from_secs(2)))
        .set_max_delay(Duration::from_secs(2));
    ConnectionManager::new_lazy_with_config(client.clone(), config)
}
