//! A database per test, copied from one that is migrated once.

use shared::kernel::{Secret, db};
use sqlx::{Connection, Executor, PgConnection};
use uuid::Uuid;

const MIGRATING: i64 = 0x6861_6174;

/// A new, migrated, empty database; its URL.
///
/// The template is made by whichever test comes first; an advisory lock lets the others wait. Its name changes with
/// the text of the migrations, so that worktrees can share a server.
pub async fn fresh_database() -> String {
    let server =
        std::env::var("DATABASE_URL").expect("DATABASE_URL is set: run the tests by `cargo xtask test`");
    let mut admin = PgConnection::connect(&server).await.expect("the test server answers");
    let template = format!("haat_template_{:016x}", db::migrations_fingerprint());
    admin
        .execute(sqlx::AssertSqlSafe(format!("select pg_advisory_lock({MIGRATING})")))
        .await
        .expect("a lock");
    let exists: Option<i32> = sqlx::query_scalar("select 1 from pg_database where datname = $1")
        .bind(&template)
        .fetch_optional(&mut admin)
        .await
        .expect("the catalog");
    if exists.is_none() {
        make_template(&mut admin, &server, &template).await;
    }
    let name = format!("haat_test_{}", Uuid::now_v7().simple());
    let copy = format!("create database {name} template {template}");
    admin.execute(sqlx::AssertSqlSafe(copy)).await.expect("a copy of the template");
    admin
        .execute(sqlx::AssertSqlSafe(format!("select pg_advisory_unlock({MIGRATING})")))
        .await
        .expect("unlocked");
    with_database(&server, &name)
}

async fn make_template(admin: &mut PgConnection, server: &str, template: &str) {
    let building = format!("{template}_building");
    for statement in [format!("drop database if exists {building}"), format!("create database {building}")] {
        admin.execute(sqlx::AssertSqlSafe(statement)).await.expect("a new database");
    }
    let pool = db::pool(&Secret::new(with_database(server, &building)), 1).expect("our own URL");
    db::migrate(&pool).await.expect("the migrations apply");
    pool.close().await;
    let finished = format!("alter database {building} rename to {template}");
    admin.execute(sqlx::AssertSqlSafe(finished)).await.expect("renamed");
}

/// The same server, another database.
fn with_database(server: &str, name: &str) -> String {
    let (address, query) = server.split_once('?').map_or((server, None), |(a, q)| (a, Some(q)));
    let scheme_end = address.find("://").expect("a URL") + 3;
    let host = address[scheme_end..].split('/').next().unwrap_or_default();
    let url = format!("{}{host}/{name}", &address[..scheme_end]);
    query.map_or(url.clone(), |query| format!("{url}?{query}"))
}

/// Simulates a failover: ends all sessions of a database, and new sessions accept no writes; or new sessions accept
/// writes again, and existing ones stay as they are.
pub async fn switch_writes(url: &str, on: bool) {
    let name =
        url.split('?').next().and_then(|address| address.rsplit('/').next()).expect("a URL with a database");
    let server = std::env::var("DATABASE_URL").expect("DATABASE_URL is set");
    let mut admin = PgConnection::connect(&server).await.expect("the test server answers");
    let switch =
        if on { "reset default_transaction_read_only" } else { "set default_transaction_read_only = on" };
    let switched = format!("alter database {name} {switch}");
    admin.execute(sqlx::AssertSqlSafe(switched)).await.expect("our own database");
    if !on {
        let end = "select pg_terminate_backend(pid) from pg_stat_activity where datname = $1";
        sqlx::query(end).bind(name).execute(&mut admin).await.expect("our own sessions");
    }
}
