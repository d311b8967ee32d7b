//! The pool of PostgreSQL connections and the migrations.
//!
//! Sessions have limits, so that a lost client can't hold locks without end: an idle transaction ends after 15 s, a
//! statement after 30 s. Migrations run under an advisory lock: if several processes start, one migrates and the others
//! wait.

mod begin;
mod contact;
mod sessions;

use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{ConnectOptions, Connection as _, Executor, PgConnection, Row};

pub use begin::begin;
pub use contact::{Standing, reached, wait_until_reached};

use super::Secret;
use super::error::with_sources;

/// The connections of a process. For crates that pass a pool on without having SQL.
pub type Pool = PgPool;
/// One connection, or the one of a transaction.
pub type Connection = PgConnection;
/// A connection of the pool, returned to it when dropped.
pub type Pooled = sqlx::pool::PoolConnection<sqlx::Postgres>;
/// A separate transaction: rolled back unless committed.
pub type Transaction = sqlx::Transaction<'static, sqlx::Postgres>;
/// An error of the database.
pub type Failure = sqlx::Error;

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("../migrations");

/// Opens a pool. Fails only on an URL that can't be read; connections are made when first needed.
pub fn pool(url: &Secret, connections: u32) -> Result<PgPool, sqlx::Error> {
    let options: PgConnectOptions = url.expose().parse()?;
    let options = options.disable_statement_logging();
    Ok(PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(Duration::from_secs(5))
        // A ping on every acquire costs a round trip. An idle connection may have lost its server; a recently used one
        // has not.
        .test_before_acquire(false)
        .before_acquire(|connection, rest| {
            Box::pin(async move {
                if sessions::is_in_doubt(rest.age) {
                    return Ok(false);
                }
                if rest.idle_for > Duration::from_secs(1) {
                    connection.ping().await?;
                }
                Ok(true)
            })
        })
        .idle_timeout(Duration::from_secs(300))
        .after_connect(|connection, _| {
            Box::pin(async move {
                let answers = connection
                    .fetch_all(
                        "set idle_in_transaction_session_timeout = '15s'; \
                         set statement_timeout = '30s'; set jit = off; set timezone = 'UTC'; \
                         show transaction_read_only",
                    )
                    .await?;
                // Reads still work until the session is replaced.
                if answers.iter().any(|row| row.try_get::<String, _>(0).is_ok_and(|answer| answer == "on")) {
                    sessions::read_only_seen();
                }
                Ok(())
            })
        })
        .connect_lazy_with(options))
}

/// Whether an error, or its cause, says that the database is away at the moment: restarting, out of reach, out of
/// connections or of disk, refusing our sign-in, or read-only. The same request may succeed later.
#[must_use]
pub fn is_away(error: &(dyn std::error::Error + 'static)) -> bool {
    causes(error).any(|cause| {
        use sqlx::Error::{Io, PoolClosed, PoolTimedOut, WorkerCrashed};
        // Connection exceptions, operator intervention (shutting down, starting up), insufficient resources (disk,
        // memory, connections), a refused sign-in, a database that does not exist (yet).
        let passing = |code: &str| {
            ["08", "57P", "53", "28", "3D"].iter().any(|class| code.starts_with(class)) || code == READ_ONLY
        };
        matches!(cause, Io(_) | PoolTimedOut | PoolClosed | WorkerCrashed) || code(cause).is_some_and(passing)
    })
}

/// Whether an error, or its cause, says that the database cancelled a statement because it took too long.
#[must_use]
pub fn took_too_long(error: &(dyn std::error::Error + 'static)) -> bool {
    causes(error).filter_map(code).any(|code| code == "57014") // query_canceled
}

/// Whether the database refuses our sign-in: a wrong password, no such user, no such database.
#[must_use]
pub fn refuses_sign_in(error: &(dyn std::error::Error + 'static)) -> bool {
    causes(error).filter_map(code).any(|code| code.starts_with("28") || code.starts_with("3D"))
}

/// SQLSTATE `read_only_sql_transaction` and `disk_full`.
const READ_ONLY: &str = "25006";
const DISK_FULL: &str = "53100";

/// Must be called with errors that end work. Sessions that take no writes are then replaced, and readiness learns of a
/// full disk, which no read reveals.
pub fn notice(error: &(dyn std::error::Error + 'static)) {
    for code in causes(error).filter_map(code) {
        if code == READ_ONLY {
            sessions::read_only_seen();
        }
        if code == DISK_FULL {
            sessions::refusal_seen();
        }
    }
}

fn causes<'a>(error: &'a (dyn std::error::Error + 'static)) -> impl Iterator<Item = &'a sqlx::Error> {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.filter_map(|cause| cause.downcast_ref::<sqlx::Error>())
}

fn code(error: &sqlx::Error) -> Option<&str> {
    // The code of a PostgreSQL error is borrowed from its message.
    match error.as_database_error()?.code()? {
        std::borrow::Cow::Borrowed(code) => Some(code),
        std::borrow::Cow::Owned(_) => None,
    }
}

/// Why a batch as a whole had no effect.
#[derive(Clone, Debug, thiserror::Error)]
pub enum BatchFailure {
    /// The log has its message, once for the batch: many callers share it.
    #[error("We can't answer just now. Try again in a moment.")]
    Away,
    #[error("{0}")]
    Broken(String),
}

impl BatchFailure {
    /// From the error that ended the batch.
    #[must_use]
    pub fn of(error: &(dyn std::error::Error + 'static)) -> Self {
        let why = with_sources(error);
        notice(error);
        if is_away(error) {
            tracing::warn!(why, "a batch failed: the database is away");
            Self::Away
        } else {
            Self::Broken(why)
        }
    }

    /// Whether no item of the batch was at fault.
    #[must_use]
    pub fn hits_all_alike(&self) -> bool {
        match self {
            Self::Away => true,
            Self::Broken(_) => false,
        }
    }
}

/// A connection of the pool. sqlx's future of it has 14 KB: within the future of a request, it would be copied with it.
pub async fn acquire(pool: &PgPool) -> Result<Pooled, sqlx::Error> {
    Box::pin(pool.acquire()).await
}

/// Commits, and passes a [`super::crash`] point: where a process may die.
pub async fn commit(transaction: Transaction) -> Result<(), sqlx::Error> {
    transaction.commit().await?;
    super::crash::point().await;
    Ok(())
}

/// Runs a verb in a transaction: committed if it succeeds, rolled back if it fails or is dropped.
pub async fn transaction<T, E: From<sqlx::Error>>(
    pool: &PgPool,
    verb: impl AsyncFnOnce(&mut PgConnection) -> Result<T, E>,
) -> Result<T, E> {
    let mut tx = begin(pool).await?;
    let done = verb(&mut tx).await?;
    commit(tx).await?;
    Ok(done)
}

/// Runs a function that only reads, or whose single statement is its transaction.
pub async fn connected<T, E: From<sqlx::Error>>(
    pool: &PgPool,
    verb: impl AsyncFnOnce(&mut PgConnection) -> Result<T, E>,
) -> Result<T, E> {
    verb(&mut *acquire(pool).await?).await
}

/// Runs a function that only reads, for callers who need no account. No statement of it may take longer than 2 s, so
/// that such callers can't occupy all connections. [`took_too_long`] recognises the error.
pub async fn briefly<T, E: From<sqlx::Error>>(
    pool: &PgPool,
    verb: impl AsyncFnOnce(&mut PgConnection) -> Result<T, E>,
) -> Result<T, E> {
    let mut tx = begin::begin_with(pool, "begin read only; set local statement_timeout = '2s'").await?;
    let done = verb(&mut tx).await?;
    tx.rollback().await?;
    Ok(done)
}

/// Brings the database to the newest schema. Safe to run from many processes at once.
pub async fn migrate(pool: &PgPool) -> Result<(), sqlx::migrate::MigrateError> {
    // A separate connection, without the limits of normal work: a migration may take long, or wait for another one.
    let mut connection = pool.acquire().await?.detach();
    connection.execute("set statement_timeout = 0; set idle_in_transaction_session_timeout = 0").await?;
    // Not sqlx's own lock: a session that waits in it holds a snapshot, and building an index concurrently waits for
    // the end of every snapshot.
    let lock = "select pg_try_advisory_lock(hashtextextended('haat migrations', 0))";
    while !sqlx::query_scalar::<_, bool>(lock).fetch_one(&mut connection).await? {
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    drop_unfinished_indexes(&mut connection).await?;
    let mut migrator = sqlx::migrate::Migrator::with_migrations(MIGRATIONS.iter().cloned().collect());
    migrator.set_locking(false).run(&mut connection).await?;
    connection.close().await?;
    Ok(())
}

/// Drops the indexes that an interrupted `create index concurrently` left: PostgreSQL keeps them invalid, and the migration
/// could not be repeated beside them. An index that an operator is building right now is left alone.
async fn drop_unfinished_indexes(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    let unfinished = "select c.oid::regclass::text
                      from pg_index i
                      join pg_class c on c.oid = i.indexrelid
                      where not i.indisvalid and c.relkind = 'i' and c.relnamespace = current_schema()::regnamespace
                        and not exists (select from pg_stat_progress_create_index p where p.index_relid = c.oid)";
    for index in sqlx::query_scalar::<_, String>(unfinished).fetch_all(&mut *connection).await? {
        tracing::warn!(index, "an index that was not built to its end is dropped, to be built again");
        connection.execute(sqlx::AssertSqlSafe(format!("drop index concurrently {index}"))).await?;
    }
    Ok(())
}

/// The version of the newest migration of this build.
#[must_use]
pub fn newest_migration() -> i64 {
    MIGRATIONS.iter().map(|migration| migration.version).max().unwrap_or_default()
}

/// A number that changes with the text of any migration, not only when one is added.
#[must_use]
pub fn migrations_fingerprint() -> u64 {
    MIGRATIONS.iter().flat_map(|migration| migration.checksum.iter()).fold(
        0xcbf2_9ce4_8422_2325,
        |hash, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3) // FNV-1a over the checksums
        },
    )
}

/// How recent an error for lack of disk must be to count.
const REFUSED_LATELY: Duration = Duration::from_secs(5);

/// The state of the database: whether every migration of this build has run, and whether it accepts writes.
pub async fn standing(pool: &PgPool) -> Result<Standing, sqlx::Error> {
    let sql = "select (select count(*) from _sqlx_migrations where version = $1 and success),
                      current_setting('transaction_read_only') = 'on'";
    let found: Result<(i64, bool), sqlx::Error> =
        sqlx::query_as(sql).bind(newest_migration()).fetch_one(pool).await;
    match found {
        Ok((_, true)) => Ok(Standing::ReadOnly),
        Ok((1, false)) if sessions::refused_within(REFUSED_LATELY) => Ok(Standing::ReadOnly),
        Ok((1, false)) => Ok(Standing::Ready),
        Ok((_, false)) => Ok(Standing::NotMigrated),
        // undefined_table: nothing was ever migrated here.
        Err(error) if code(&error) == Some("42P01") => Ok(Standing::NotMigrated),
        Err(error) => Err(error),
    }
}
