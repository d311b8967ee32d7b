//! Writes a plan: a handful of statements, however many rows the file has.

use std::collections::HashSet;

use sqlx::PgConnection;

use super::plan::Plan;
use super::{Context, Error, Report};
use crate::catalog::store::products::{self, ProductRow};
use crate::catalog::store::{images, skus, variants};
use crate::inventory;
use crate::kernel::ids::{VariantId, VendorId};

/// The reason in the stock journal for counts that an import set.
const REASON: &str = "import";

/// Runs in the transaction that has locked the shop and loaded the data of the plan.
pub(super) async fn write(
    db: &mut PgConnection,
    vendor: VendorId,
    plan: Plan,
    context: &Context,
) -> Result<Report, Error> {
    products::insert(db, &plan.new_products, context.now).await?;
    variants::insert(db, &plan.new_variants, context.now).await?;
    variants::update(db, &plan.changed_variants, context.now).await?;
    skus::rename(db, vendor, &plan.renamed, &claims(&plan)).await?;
    inventory::open(db, &plan.openings, context.actor, context.now).await?;
    inventory::set_many(db, &plan.targets, context.actor, Some(REASON), context.now).await?;
    images::delete_many(db, &plan.removed_images).await?; // first: a new address may be that of a removed picture
    images::write(db, &plan.images).await?;
    variants::show_by(db, &plan.shown_by).await?;

    let (updated, unchanged): (Vec<ProductRow>, Vec<ProductRow>) =
        plan.kept_products.into_iter().partition(|row| plan.changed.contains(&row.id));
    products::update(db, &updated, context.now).await?;
    Ok(Report {
        products_created: plan.new_products.len(),
        products_updated: updated.len(),
        products_unchanged: unchanged.len(),
        variants_created: plan.new_variants.len(),
        variants_updated: plan.changed_variants.len(),
        stock_set: plan.targets.len() + plan.counted,
        ..Report::default()
    })
}

/// The SKUs of new variants and of variants whose SKU changes.
fn claims(plan: &Plan) -> Vec<(&str, VariantId)> {
    let renamed: HashSet<VariantId> = plan.renamed.iter().copied().collect();
    let renamed = plan.changed_variants.iter().filter(|row| renamed.contains(&row.id));
    let named = plan.new_variants.iter().chain(renamed);
    named.filter_map(|row| Some((row.sku.as_deref()?, row.id))).collect()
}
