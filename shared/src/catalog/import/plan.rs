//! What has to be written so that a shop is as the file says. Pure, but for loading what the shop has.

use std::collections::{HashMap, HashSet};

use sqlx::PgConnection;

use super::columns::Column;
use super::draft::{ProductDraft, VariantDraft};
use super::{Context, LineError};
use crate::catalog::store::products::{self, ProductRow};
use crate::catalog::store::{skus, variants};
use crate::catalog::{Image, Options, ProductStatus, Reach, Variant};
use crate::inventory::{self, Opening, Stock, Target};
use crate::kernel::ids::{ImageId, ProductId, VariantId, VendorId};

/// What the shop has of what the file names. Products are locked.
pub(super) struct Known {
    products: HashMap<String, ProductRow>,
    variants: HashMap<ProductId, Vec<Variant>>,
    skus: HashMap<String, VariantId>,
    stocks: HashMap<VariantId, Stock>,
}

impl Known {
    pub(super) async fn load(
        db: &mut PgConnection,
        vendor: VendorId,
        drafts: &[ProductDraft],
    ) -> Result<Self, sqlx::Error> {
        let handles: Vec<&str> = drafts.iter().map(|draft| draft.handle.as_str()).collect();
        let products = products::lock_by_handles(db, vendor, &handles).await?;
        let ids: Vec<ProductId> = products.iter().map(|row| row.id).collect();
        let rows = variants::of_products(db, &ids).await?;
        let ids: Vec<VariantId> = rows.iter().map(|row| row.id).collect();
        let drafted = drafts.iter().flat_map(|draft| &draft.variants);
        let skus: Vec<&str> = drafted.filter_map(|variant| variant.sku.as_deref()).collect();
        let skus = skus::owners(db, vendor, &skus).await?;
        let stocks = inventory::store::lock(db, &ids).await?;
        let mut known = Self {
            products: products.into_iter().map(|row| (row.handle.clone(), row)).collect(),
            variants: HashMap::new(),
            skus: skus.into_iter().collect(),
            stocks: stocks.into_iter().collect(),
        };
        for row in rows {
            known.variants.entry(row.product_id).or_default().push(row);
        }
        Ok(known)
    }
}

/// What to write.
#[derive(Default)]
pub(super) struct Plan {
    pub(super) new_products: Vec<ProductRow>,
    /// Products of the shop as they are to be; what else of them changes is decided by the next two.
    pub(super) kept_products: Vec<ProductRow>,
    /// Those of `kept_products` whose own fields or variants change.
    pub(super) changed: HashSet<ProductId>,
    pub(super) new_variants: Vec<Variant>,
    pub(super) changed_variants: Vec<Variant>,
    /// Those of `changed_variants` that get another SKU.
    pub(super) renamed: Vec<VariantId>,
    pub(super) images: Vec<Image>,
    pub(super) openings: Vec<Opening>,
    pub(super) targets: Vec<Target>,
}

/// Compares the file with the shop. Everything that can't be is listed, in the order of lines.
pub(super) fn plan(
    drafts: Vec<ProductDraft>,
    known: &Known,
    vendor: VendorId,
    context: &Context,
) -> Result<Plan, Vec<LineError>> {
    let mut planning = Planning { known, vendor, context, plan: Plan::default(), wrong: Vec::new() };
    for draft in drafts {
        planning.product(draft);
    }
    planning.wrong.sort_by_key(|error| error.line);
    if planning.wrong.is_empty() { Ok(planning.plan) } else { Err(planning.wrong) }
}

struct Planning<'a> {
    known: &'a Known,
    vendor: VendorId,
    context: &'a Context,
    plan: Plan,
    wrong: Vec<LineError>,
}

impl Planning<'_> {
    fn product(&mut self, draft: ProductDraft) {
        let known = self.known;
        let id = match known.products.get(&draft.handle) {
            Some(before) => self.kept_product(before, &draft),
            None => self.new_product(&draft),
        };
        let had = known.variants.get(&id).map(Vec::as_slice).unwrap_or_default();
        let matches = matched(&draft.variants, had);
        let mut position = had.iter().map(|row| row.position + 1).max().unwrap_or(0);
        for (variant, before) in draft.variants.iter().zip(&matches) {
            match before {
                Some(before) => self.kept_variant(before, variant),
                None => {
                    self.new_variant(id, position, variant);
                    position += 1;
                }
            }
        }
        self.refuse_twins(&draft.variants, &matches, had);
        self.plan.images.extend(draft.images.into_iter().map(|image| Image {
            id: ImageId::new(),
            product_id: id,
            url: image.url,
            alt: image.alt,
            position: image.position,
        }));
    }

    fn new_product(&mut self, draft: &ProductDraft) -> ProductId {
        let id = ProductId::new();
        let reach = Reach::Shop(self.vendor);
        self.plan.new_products.push(ProductRow {
            id,
            vendor_id: self.vendor,
            category_id: None,
            handle: draft.handle.clone(),
            title: draft.title.clone(),
            description: draft.description.clone(),
            product_type: draft.product_type.clone(),
            tags: draft.tags.clone(),
            status: ProductStatus::Draft.asked_for(draft.wanted, reach, self.context.publication),
            version: 1,
        });
        id
    }

    fn kept_product(&mut self, before: &ProductRow, draft: &ProductDraft) -> ProductId {
        let reach = Reach::Shop(self.vendor);
        let after = ProductRow {
            title: draft.title.clone(),
            description: draft.description.clone(),
            product_type: draft.product_type.clone(),
            tags: draft.tags.clone(),
            status: before.status.asked_for(draft.wanted, reach, self.context.publication),
            ..before.clone()
        };
        if after != *before {
            self.plan.changed.insert(before.id);
        }
        self.plan.kept_products.push(after);
        before.id
    }

    fn new_variant(&mut self, product: ProductId, position: i32, draft: &VariantDraft) {
        self.refuse_foreign_sku(draft, None);
        let id = VariantId::new();
        let quantity = draft.quantity.unwrap_or(0);
        self.plan.new_variants.push(Variant {
            id,
            product_id: product,
            sku: draft.sku.clone(),
            title: draft.title.clone(),
            options: draft.options.clone(),
            price: draft.price,
            compare_at: draft.compare_at,
            position,
            active: true,
            barcode: draft.barcode.clone(),
            weight_grams: draft.weight_grams,
            available: quantity,
        });
        self.plan.openings.push(Opening { variant: id, quantity });
        self.plan.changed.insert(product); // harmless for a new product: it is not among the kept ones
    }

    /// An empty cell for SKU, barcode or weight leaves what the variant has.
    fn kept_variant(&mut self, before: &Variant, draft: &VariantDraft) {
        self.refuse_foreign_sku(draft, Some(before.id));
        let after = Variant {
            sku: draft.sku.clone().or_else(|| before.sku.clone()),
            title: draft.title.clone(),
            options: draft.options.clone(),
            price: draft.price,
            compare_at: draft.compare_at,
            active: true,
            barcode: draft.barcode.clone().or_else(|| before.barcode.clone()),
            weight_grams: draft.weight_grams.or(before.weight_grams),
            ..before.clone()
        };
        if after.sku != before.sku {
            self.plan.renamed.push(before.id);
        }
        if after != *before {
            self.plan.changed.insert(before.product_id);
            self.plan.changed_variants.push(after);
        }
        self.stock(before.id, draft);
    }

    fn stock(&mut self, variant: VariantId, draft: &VariantDraft) {
        let (Some(on_hand), Some(stock)) = (draft.quantity, self.known.stocks.get(&variant)) else { return };
        if on_hand < stock.reserved {
            let message = format!("{} are promised to orders: stock can't go below that", stock.reserved);
            self.note(draft.line, Column::Quantity, message);
        } else if on_hand != stock.on_hand {
            self.plan.targets.push(Target { variant, on_hand });
        }
    }

    /// A SKU may be new, or the variant's own; a variant of this product that gives it up in the same file is
    /// matched by it, so that is its own as well.
    fn refuse_foreign_sku(&mut self, draft: &VariantDraft, own: Option<VariantId>) {
        let Some(sku) = &draft.sku else { return };
        if self.known.skus.get(sku).is_some_and(|owner| Some(*owner) != own) {
            self.note(draft.line, Column::Sku, format!("another product of the shop has the SKU {sku}"));
        }
    }

    /// Options must tell the active variants of a product apart, those that the file does not name included.
    fn refuse_twins(&mut self, drafts: &[VariantDraft], matches: &[Option<&Variant>], had: &[Variant]) {
        let lines: HashMap<&Options, u64> = drafts.iter().map(|draft| (&draft.options, draft.line)).collect();
        let named: HashSet<VariantId> = matches.iter().flatten().map(|row| row.id).collect();
        for row in had.iter().filter(|row| row.active && !named.contains(&row.id)) {
            if let Some(line) = lines.get(&row.options) {
                let message = "another variant of the product has these options".to_owned();
                self.note(*line, Column::Option1Value, message);
            }
        }
    }

    fn note(&mut self, line: u64, column: Column, message: String) {
        self.wrong.push(LineError { line, column: Some(column.name()), message });
    }
}

/// Which variant of the product each draft means: the one with its SKU, else the one with its options that no draft has
/// by SKU. An archived variant may have the options of an active one: the active one is meant.
fn matched<'a>(drafts: &[VariantDraft], had: &'a [Variant]) -> Vec<Option<&'a Variant>> {
    let by_sku: HashMap<&str, &Variant> =
        had.iter().filter_map(|row| Some((row.sku.as_deref()?, row))).collect();
    let named = |draft: &VariantDraft| by_sku.get(draft.sku.as_deref()?).copied();
    let mut matches: Vec<_> = drafts.iter().map(named).collect();
    let taken: HashSet<VariantId> = matches.iter().flatten().map(|row| row.id).collect();
    let mut free: Vec<_> = had.iter().filter(|row| !taken.contains(&row.id)).collect();
    free.sort_by_key(|row| row.active); // the last of equals stays in the map
    let by_options: HashMap<&Options, &Variant> = free.into_iter().map(|row| (&row.options, row)).collect();
    for (draft, found) in drafts.iter().zip(&mut matches) {
        *found = found.or_else(|| by_options.get(&draft.options).copied());
    }
    matches
}

#[cfg(test)]
mod tests;
