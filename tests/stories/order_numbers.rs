//! The key of order numbers: it has four rounds, and an installation that has given numbers out keeps the old one.

use std::path::Path;

use haat_tests::fresh_database;
use shared::kernel::{Secret, db};
use shared::orders::{number, store};
use sqlx::migrate::Migrator;
use sqlx::{Connection, Executor, PgConnection};

/// The migration that has moved the key from the source to the database.
const KEY_MOVED: i64 = 20_261_129_200_100;

/// The key as the source had it before.
const OLD_KEY: number::Key =
    [0x9E37_79B9_7F4A_7C15, 0xC2B2_AE3D_27D4_EB4F, 0x1656_67B1_9E37_79F9, 0x27D4_EB2F_1656_67C5];

/// The schema as it was before the migration with this version.
async fn migrate_until(db: &mut PgConnection, version: i64) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrations");
    let all = Migrator::new(folder).await.unwrap();
    let earlier = all.iter().filter(|migration| migration.version < version).cloned().collect();
    Migrator::with_migrations(earlier).set_locking(false).run(db).await.unwrap();
}

#[tokio::test]
async fn the_next_number_after_the_key_has_moved_is_the_one_that_the_old_key_gives() {
    let url = fresh_database().await;
    let mut db = PgConnection::connect(&url).await.unwrap();
    db.execute("drop schema public cascade; create schema public").await.unwrap();
    migrate_until(&mut db, KEY_MOVED).await;
    let drawn: i64 = sqlx::query_scalar("select nextval('order_numbers')").fetch_one(&mut db).await.unwrap();
    let pool = db::pool(&Secret::new(url), 1).unwrap();
    db::migrate(&pool).await.unwrap();
    let next = store::next_numbers(&mut db, 1).await.unwrap();
    assert_eq!(next, [number::from_sequence(drawn + 1, &OLD_KEY)]);
    assert_eq!((drawn, next[0].as_str()), (1, "3D4Y-M0DK"), "as the release before would have given it");
}

#[tokio::test]
async fn a_key_of_other_than_four_rounds_is_refused() {
    let mut db = PgConnection::connect(&fresh_database().await).await.unwrap();
    for rounds in ["{}", "{1,2,3}", "{1,2,3,4,5}", "{{1,2},{3,4}}"] {
        let sql = "update order_number_key set rounds = $1::text::bigint[]";
        let refused = sqlx::query(sql).bind(rounds).execute(&mut db).await.unwrap_err();
        let constraint = refused.as_database_error().and_then(|error| error.constraint()).unwrap_or_default();
        assert!(constraint.starts_with("order_number_key_"), "{rounds}: {refused}");
    }
}
