//! The lock of a shop's import.

use sqlx::PgConnection;

use crate::kernel::ids::VendorId;

/// Takes the lock until the transaction ends. Returns `false` at once if another import of this shop has it, in any
/// process: no connection is held while waiting.
pub async fn lock(db: &mut PgConnection, vendor: VendorId) -> Result<bool, sqlx::Error> {
    let name = format!("import:{vendor}");
    sqlx::query_scalar!(r#"select pg_try_advisory_xact_lock(hashtextextended($1, 0)) as "locked!""#, name,)
        .fetch_one(db)
        .await
}
