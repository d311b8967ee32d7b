//! The first contact with the database: whether it accepts our sign-in, and if not, why.

use std::io;
use std::time::Duration;

use sqlx::postgres::PgPool;
use sqlx::{Connection as _, PgConnection};
use tokio::time::{Instant, sleep, timeout};

use crate::kernel::Secret;

/// Longest time of one try, and the pause after it.
const TRY: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_secs(1);

/// The state of a database that answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Every migration of this build has run, and it accepts writes.
    Ready,
    NotMigrated,
    /// It answers and accepts no writes: a standby, a full disk, or switched to read-only by its host.
    ReadOnly,
}

/// Whether the database accepts our sign-in. Uses a separate connection: a pool keeps trying, and reports only that it
/// has waited.
async fn reach(pool: &PgPool, patience: Duration) -> Result<(), sqlx::Error> {
    let options = pool.connect_options();
    let late = || io::Error::new(io::ErrorKind::TimedOut, "no answer in time");
    let connecting = timeout(patience, PgConnection::connect_with(&options));
    let connection = connecting.await.map_err(|_| sqlx::Error::Io(late()))??;
    let _ = connection.close().await; // it was only for this check
    Ok(())
}

/// A pool for a command that does one thing and ends. If the database can't be reached, the error has the reason.
pub async fn reached(url: &Secret, connections: u32) -> Result<PgPool, sqlx::Error> {
    let pool = super::pool(url, connections)?;
    reach(&pool, TRY).await?;
    Ok(pool)
}

/// Tries until the database accepts our sign-in. Each reason for a failure is reported once, until another one comes.
/// Ends with the last reason when `patience` is over.
pub async fn wait_until_reached(
    pool: &PgPool,
    patience: Duration,
    tell: impl Fn(&sqlx::Error),
) -> Result<(), sqlx::Error> {
    let end = Instant::now() + patience;
    let mut told = String::new();
    loop {
        let left = end.saturating_duration_since(Instant::now());
        let Err(error) = reach(pool, left.min(TRY)).await else { return Ok(()) };
        let why = error.to_string();
        if why != told {
            tell(&error);
            told = why;
        }
        if Instant::now() + PAUSE >= end {
            return Err(error);
        }
        sleep(PAUSE).await;
    }
}
