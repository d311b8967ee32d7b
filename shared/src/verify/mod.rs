//! Conservation laws: conditions on the whole database that must always hold, as queries that find violations.
//!
//! Owns no table. Each law is one statement that returns the rows that violate it; in a sound database all return
//! nothing. The operators' `verify` prints them, and a schedule turns them into metrics and incidents. All laws are
//! read in one repeatable-read snapshot, so that running work is never mistaken for a difference. Afterwards every
//! order is read, page by page, as each of its readers would.

mod laws;

use serde::Serialize;
use sqlx::{Executor, PgPool};

use crate::kernel::db;
use crate::orders;

pub use laws::{LAWS, Law};

/// One row that violates a law.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    pub law: &'static str,
    /// The subject: a variant, an order, a payment, a posting.
    pub subject: String,
    /// The actual and the expected value.
    pub detail: String,
}

/// Most differences that are reported per law.
const MOST_PER_LAW: i64 = 100;

/// The law that no query can check.
const ORDERS_CAN_BE_READ: &str = "orders_can_be_read";
/// Orders that are read at once.
const ORDERS_PER_PAGE: i64 = 1_000;

/// Checks every law. An empty answer means that the books balance.
pub async fn differences(pool: &PgPool) -> Result<Vec<Difference>, sqlx::Error> {
    let mut db = db::begin(pool).await?;
    db.execute(
        "set transaction isolation level repeatable read, read only; set local statement_timeout = '10min'",
    )
    .await?;
    let mut found = Vec::new();
    for (law, sql) in LAWS.iter().filter_map(|law| Some((law, law.sql?))) {
        let sql =
            format!("select subject, detail from ({sql}) as broken order by subject limit {MOST_PER_LAW}");
        let rows: Vec<(String, String)> =
            sqlx::query_as(sqlx::AssertSqlSafe(sql)).fetch_all(&mut *db).await?;
        found.extend(rows.into_iter().map(|(subject, detail)| Difference { law: law.name, subject, detail }));
    }
    db.rollback().await?;
    found.extend(unreadable_orders(pool).await?);
    Ok(found)
}

/// Reads every order as its customer, its vendors and an administrator would. Outside of the snapshot: each page is
/// consistent by itself, and an old snapshot would hold back vacuum.
async fn unreadable_orders(pool: &PgPool) -> Result<Vec<Difference>, sqlx::Error> {
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let mut db = pool.acquire().await?;
        let page = orders::store::audit(&mut db, after, ORDERS_PER_PAGE).await?;
        drop(db);
        found.extend(page.unreadable.into_iter().map(|one| Difference {
            law: ORDERS_CAN_BE_READ,
            subject: one.order_id.to_string(),
            detail: format!("as {}: {}", one.reader, one.error),
        }));
        after = page.last;
        if after.is_none() || i64::try_from(found.len()).unwrap_or(i64::MAX) >= MOST_PER_LAW {
            return Ok(found);
        }
    }
}
