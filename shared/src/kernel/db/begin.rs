//! Begins transactions, to the end even if the caller goes away.
//!
//! A request or job is dropped when its client leaves or its time is over. sqlx (0.9) does not roll back a transaction that
//! was dropped between sending `BEGIN` and reading the answer: the connection would return to the pool inside an open
//! transaction, and what the next user writes in a single statement would never be committed.

use std::pin::Pin;
use std::task::{Context, Poll};

use sqlx::postgres::PgPool;
use sqlx::{SqlSafeStr, SqlStr};
use tokio::runtime::Handle;

use super::{Transaction, acquire};

/// Begins a transaction on a connection of the pool. It is rolled back unless it is committed.
pub async fn begin(pool: &PgPool) -> Result<Transaction, sqlx::Error> {
    begun(pool, None).await
}

/// As [`begin`], with this statement instead of `BEGIN`.
pub(super) async fn begin_with(pool: &PgPool, statement: &'static str) -> Result<Transaction, sqlx::Error> {
    begun(pool, Some(statement.into_sql_str())).await
}

async fn begun(pool: &PgPool, statement: Option<SqlStr>) -> Result<Transaction, sqlx::Error> {
    let connection = acquire(pool).await?;
    Beginning(Some(Transaction::begin(connection, statement))).await
}

type Begun = Result<Transaction, sqlx::Error>;

/// A beginning that goes on in a task of its own if it is dropped. The transaction is dropped there, and rolled back.
struct Beginning(Option<Pin<Box<dyn Future<Output = Begun> + Send>>>);

impl Future for Beginning {
    type Output = Begun;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Begun> {
        let beginning = self.0.as_mut().expect("polled no more after its end");
        let begun = beginning.as_mut().poll(context);
        if begun.is_ready() {
            self.0 = None;
        }
        begun
    }
}

impl Drop for Beginning {
    fn drop(&mut self) {
        // Without a runtime the process ends, and its sessions with it.
        if let Some(beginning) = self.0.take()
            && let Ok(runtime) = Handle::try_current()
        {
            runtime.spawn(beginning);
        }
    }
}
