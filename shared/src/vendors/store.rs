//! The SQL of shops.

use sqlx::PgConnection;

use super::{Error, Filter, Vendor, VendorStatus};
use crate::kernel::Timestamp;
use crate::kernel::error::violated_constraint;
use crate::kernel::ids::{UserId, VendorId};
use crate::kernel::page::{Asked, Extent, Slice, extent};

/// Reads shops: `$rest` follows `from vendors`.
macro_rules! select {
    ($rest:literal, $($argument:tt)+) => {
        sqlx::query_as!(
            Vendor,
            r#"
        select id as "id: VendorId", owner_id as "owner_id: UserId", slug, name, description,
            status as "status: VendorStatus", commission_rate, cash_on_delivery, created_at, verified_at
        from vendors
        "# + $rest,
            $($argument)+
        )
    };
}

pub async fn insert(db: &mut PgConnection, vendor: &Vendor) -> Result<(), Error> {
    sqlx::query!(
        r#"
        insert into vendors (id, owner_id, slug, name, status, commission_rate, cash_on_delivery, created_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8)
        "#,
        vendor.id.0,
        vendor.owner_id.0,
        vendor.slug,
        vendor.name,
        vendor.status.as_str(),
        vendor.commission_rate,
        vendor.cash_on_delivery,
        vendor.created_at,
    )
    .execute(db)
    .await
    .map_err(|error| match violated_constraint(&error) {
        Some("vendors_slug_key") => Error::SlugTaken,
        Some("vendors_one_shop_per_owner") => Error::OwnsOne,
        _ => Error::Database(error),
    })?;
    Ok(())
}

/// By `vendors_slug_key`.
pub async fn find_by_slug(db: &mut PgConnection, slug: &str) -> Result<Option<Vendor>, sqlx::Error> {
    select!("where slug = $1", slug).fetch_optional(db).await
}

/// By its primary key.
pub async fn find(db: &mut PgConnection, id: VendorId) -> Result<Option<Vendor>, sqlx::Error> {
    select!("where id = $1", id.0).fetch_optional(db).await
}

/// By `vendors_one_shop_per_owner`.
pub async fn find_by_owner(db: &mut PgConnection, owner: UserId) -> Result<Option<Vendor>, sqlx::Error> {
    select!("where owner_id = $1", owner.0).fetch_optional(db).await
}

/// Locks the shop against other changes. Readers and new products are not blocked (their foreign key needs only a key
/// share, which `no key update` allows).
pub async fn lock(db: &mut PgConnection, id: VendorId) -> Result<Option<Vendor>, sqlx::Error> {
    select!("where id = $1 for no key update", id.0).fetch_optional(db).await
}

/// Keeps the shop as it is until the transaction ends. Several transactions may do so: new products, another import.
pub async fn hold(db: &mut PgConnection, id: VendorId) -> Result<Option<Vendor>, sqlx::Error> {
    select!("where id = $1 for share", id.0).fetch_optional(db).await
}

/// For administrators: walks the primary key downwards. Shops are few, so a filter by status needs no index.
pub async fn list(
    db: &mut PgConnection,
    filter: &Filter,
    slice: &Slice<VendorId>,
) -> Result<Vec<Vendor>, sqlx::Error> {
    select!(
        r#"
        where ($1::text is null or slug = $1)
            and ($2::text is null or status = $2)
            and ($3::uuid is null or id < $3)
        order by id desc
        limit $4
        "#,
        filter.slug,
        filter.status.map(VendorStatus::as_str),
        slice.after.map(|id| id.0),
        slice.limit(),
    )
    .fetch_all(db)
    .await
}

/// The extent of [`list`].
pub async fn extent(
    db: &mut PgConnection,
    filter: &Filter,
    asked: &Asked<VendorId>,
) -> Result<Extent<VendorId>, sqlx::Error> {
    extent!(
        db,
        asked,
        "VendorId",
        "id",
        "from vendors where ($3::text is null or slug = $3) and ($4::text is null or status = $4)",
        filter.slug,
        filter.status.map(VendorStatus::as_str),
    )
}

/// Only on a shop locked by [`lock`].
pub async fn set_status(
    db: &mut PgConnection,
    id: VendorId,
    status: VendorStatus,
    verified_at: Option<Timestamp>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        update vendors
        set status = $2, verified_at = $3
        where id = $1
        "#,
        id.0,
        status.as_str(),
        verified_at,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Writes name, description and cash on delivery of this shop, which [`lock`] has locked.
pub async fn set_profile(db: &mut PgConnection, vendor: &Vendor) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        update vendors
        set name = $2, description = $3, cash_on_delivery = $4
        where id = $1
        "#,
        vendor.id.0,
        vendor.name,
        vendor.description,
        vendor.cash_on_delivery,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Writes commission rate and cash on delivery of this shop, which [`lock`] has locked.
pub async fn set_terms(db: &mut PgConnection, vendor: &Vendor) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        update vendors
        set commission_rate = $2, cash_on_delivery = $3
        where id = $1
        "#,
        vendor.id.0,
        vendor.commission_rate,
        vendor.cash_on_delivery,
    )
    .execute(db)
    .await?;
    Ok(())
}
