//! Requests that may be repeated: the answer to the first one is stored under the client's Idempotency-Key, in the
//! transaction of its effect, and returned again.
//!
//! Owns `idempotency_keys`; `checkout` writes it too, for many requests in one statement. Keys are locked by advisory
//! locks, each in a separate statement, so that the next one sees what the last holder committed.

use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::PgConnection;

use crate::kernel::ids::UserId;
use crate::kernel::{Fault, Kind, Timestamp};

/// A request under its key.
#[derive(Clone, Debug)]
pub struct Once {
    pub caller: UserId,
    /// The operation, such as `refund`: callers may use the same key for different operations.
    pub operation: &'static str,
    /// The client's Idempotency-Key, 1 to 255 characters.
    pub key: String,
    /// SHA-256 of the request's content: another content under the same key is refused.
    pub fingerprint: [u8; 32],
}

#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The key was used for another request.
    #[error("the idempotency key was used for another request")]
    KeyReused,
    /// The first request with this key is in progress.
    #[error("a request with this idempotency key is in progress")]
    InProgress,
    #[error("a stored answer cannot be read")]
    Answer(#[from] serde_json::Error),
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
}

impl Fault for Error {
    fn kind(&self) -> Kind {
        match self {
            Self::KeyReused => Kind::Invalid,
            Self::InProgress => Kind::Conflict,
            Self::Answer(_) | Self::Database(_) => Kind::Broken,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::KeyReused => "idempotency_key_reused",
            Self::InProgress => "idempotency_key_in_progress",
            Self::Answer(_) | Self::Database(_) => "internal",
        }
    }
}

/// Locks the key until the transaction ends. Returns the answer to an earlier request with it, if there was one: also while
/// another repeat of it holds the lock.
pub async fn begin<A: DeserializeOwned>(db: &mut PgConnection, once: &Once) -> Result<Option<A>, Error> {
    let Once { caller, operation, key, fingerprint } = once;
    let name = format!("{operation}:{caller}:{key}");
    let locked = sqlx::query_scalar!(
        r#"select pg_try_advisory_xact_lock(hashtextextended($1, 0)) as "locked!""#,
        name
    )
    .fetch_one(&mut *db)
    .await?;
    let stored = sqlx::query!(
        "select fingerprint, answer from idempotency_keys where caller_id = $1 and operation = $2 and key = $3",
        caller.0,
        operation,
        key,
    )
    .fetch_optional(db)
    .await?;
    match stored {
        None if !locked => Err(Error::InProgress),
        None => Ok(None),
        Some(stored) if stored.fingerprint != fingerprint => Err(Error::KeyReused),
        Some(stored) => Ok(Some(serde_json::from_value(stored.answer)?)),
    }
}

/// Stores the answer. The key must be locked by [`begin`] in this transaction.
pub async fn keep<A: Serialize>(
    db: &mut PgConnection,
    once: &Once,
    answer: &A,
    now: Timestamp,
) -> Result<(), Error> {
    sqlx::query!(
        "insert into idempotency_keys (caller_id, operation, key, fingerprint, status_code, answer, created_at)
         values ($1, $2, $3, $4, 202, $5, $6)",
        once.caller.0,
        once.operation,
        once.key,
        &once.fingerprint[..],
        serde_json::to_value(answer)?,
        now,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Deletes some stored answers older than `before`, by the index `idempotency_keys_by_age`, and returns their number. Rows
/// are never updated, so their `ctid` names them.
pub async fn purge(db: &mut PgConnection, before: Timestamp, limit: i64) -> Result<u64, sqlx::Error> {
    let purged = sqlx::query!(
        "delete from idempotency_keys
         where ctid = any(array(select ctid from idempotency_keys where created_at < $1 limit $2))",
        before,
        limit,
    )
    .execute(db)
    .await?;
    Ok(purged.rows_affected())
}
