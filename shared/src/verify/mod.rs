//! Conservation: what must always be true of the whole database, as queries that find what differs.
//!
//! Owns no table. Each law is one statement that returns the rows that break it; on a sound database all return
//! nothing. The operators' `verify` prints them, a schedule turns them into metrics and incidents. All laws are read
//! in one repeatable-read snapshot, so that running work is never mistaken for a difference.

mod laws;

use serde::Serialize;
use sqlx::{Executor, PgPool};

pub use laws::{LAWS, Law};

/// One row that breaks a law.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    pub law: &'static str,
    /// What it is about: a variant, an order, a payment, a posting.
    pub subject: String,
    /// What is, and what should be.
    pub detail: String,
}

/// Differences of one law that are reported at the most.
const MOST_PER_LAW: i64 = 100;

/// Checks every law. An empty answer means that the books balance.
pub async fn differences(pool: &PgPool) -> Result<Vec<Difference>, sqlx::Error> {
    let mut db = pool.begin().await?;
    db.execute(
        "set transaction isolation level repeatable read, read only; set local statement_timeout = '10min'",
    )
    .await?;
    let mut found = Vec::new();
    for law in LAWS {
        let sql = format!(
            "select subject, detail from ({}) as broken order by subject limit {MOST_PER_LAW}",
            law.sql
        );
        let rows: Vec<(String, String)> =
            sqlx::query_as(sqlx::AssertSqlSafe(sql)).fetch_all(&mut *db).await?;
        found.extend(rows.into_iter().map(|(subject, detail)| Difference { law: law.name, subject, detail }));
    }
    db.rollback().await?;
    Ok(found)
}
