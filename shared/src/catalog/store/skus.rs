//! The SQL of SKUs: a SKU names one variant of one shop.

use std::collections::HashSet;

use sqlx::PgConnection;

use crate::catalog::Error;
use crate::kernel::Gathered;
use crate::kernel::ids::{VariantId, VendorId};

/// Gives variants other SKUs. The old SKUs of `renamed` are freed before new ones are claimed: two variants may have
/// swapped theirs. [`Error::SkuTaken`] for each SKU that is not free.
pub async fn rename(
    db: &mut PgConnection,
    vendor: VendorId,
    renamed: &[VariantId],
    claims: &[(&str, VariantId)],
) -> Result<(), Error> {
    if !renamed.is_empty() {
        lock(db, vendor, renamed, claims).await?;
        release(db, renamed).await?;
    }
    let taken = claim(db, vendor, claims).await?;
    let mut found = Gathered::default();
    for (sku, _) in claims.iter().filter(|(_, variant)| taken.contains(variant)) {
        found.add(Error::SkuTaken { sku: (*sku).to_owned() });
    }
    found.done((), Error::Several)
}

/// Locks the old and the new SKUs, in the order of SKUs: two requests that swap SKUs can't deadlock.
pub async fn lock(
    db: &mut PgConnection,
    vendor: VendorId,
    renamed: &[VariantId],
    claims: &[(&str, VariantId)],
) -> Result<(), sqlx::Error> {
    let wanted: Vec<&str> = claims.iter().map(|(sku, _)| *sku).collect();
    sqlx::query!(
        r#"
        select sku
        from vendor_skus
        where vendor_id = $1
            and (variant_id = any($2) or sku = any($3))
        order by sku
        for update
        "#,
        vendor.0,
        renamed as &[VariantId],
        &wanted as &[&str],
    )
    .fetch_all(db)
    .await?;
    Ok(())
}

/// Frees the SKUs of these variants, before they claim others.
async fn release(db: &mut PgConnection, variants: &[VariantId]) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        delete from vendor_skus
        where variant_id = any($1)
        "#,
        variants as &[VariantId],
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Claims SKUs within a shop, each for one variant, and returns the variants whose SKU is not free. In the order of SKUs,
/// so that two requests that claim several can't deadlock.
pub async fn claim(
    db: &mut PgConnection,
    vendor: VendorId,
    claims: &[(&str, VariantId)],
) -> Result<HashSet<VariantId>, sqlx::Error> {
    if claims.is_empty() {
        return Ok(HashSet::new());
    }
    let skus: Vec<&str> = claims.iter().map(|(sku, _)| *sku).collect();
    let variants: Vec<VariantId> = claims.iter().map(|(_, variant)| *variant).collect();
    let claimed = sqlx::query_scalar!(
        r#"
        insert into vendor_skus (vendor_id, sku, variant_id)
        select $1, sku, variant_id
        from unnest($2::text[], $3::uuid[]) as new (sku, variant_id)
        order by sku
        on conflict on constraint vendor_skus_key do nothing
        returning variant_id as "variant_id: VariantId"
        "#,
        vendor.0,
        &skus as &[&str],
        &variants as &[VariantId],
    )
    .fetch_all(db)
    .await?;
    let claimed: HashSet<VariantId> = claimed.into_iter().collect();
    Ok(claims.iter().map(|(_, variant)| *variant).filter(|variant| !claimed.contains(variant)).collect())
}

/// The variants of the shop that have these SKUs, by the primary key of `vendor_skus`.
pub async fn owners(
    db: &mut PgConnection,
    vendor: VendorId,
    skus: &[&str],
) -> Result<Vec<(String, VariantId)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        select sku, variant_id as "variant_id: VariantId"
        from vendor_skus
        where vendor_id = $1
            and sku = any($2)
        "#,
        vendor.0,
        skus as &[&str],
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.sku, row.variant_id)).collect())
}
