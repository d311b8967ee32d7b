//! The existing products that a file names.

use std::collections::HashMap;

use sqlx::PgConnection;

use crate::catalog::import::draft::ProductDraft;
use crate::catalog::store::products::{self, ProductRow};
use crate::catalog::store::{images, skus, variants};
use crate::catalog::{Image, Variant};
use crate::inventory::{self, Stock};
use crate::kernel::ids::{ProductId, VariantId, VendorId};

/// By the handle in the file. The products are locked.
#[derive(Default)]
pub(in crate::catalog::import) struct Known {
    pub(super) products: HashMap<String, ProductRow>,
    /// The variants of each product, in their order.
    pub(super) variants: HashMap<ProductId, Vec<Variant>>,
    pub(super) images: HashMap<ProductId, Vec<Image>>,
    pub(super) skus: HashMap<String, VariantId>,
    pub(super) stocks: HashMap<VariantId, Stock>,
}

impl Known {
    pub(in crate::catalog::import) async fn load(
        db: &mut PgConnection,
        vendor: VendorId,
        drafts: &[ProductDraft],
    ) -> Result<Self, sqlx::Error> {
        let handles: Vec<&str> = drafts.iter().map(|draft| draft.handle.as_str()).collect();
        let products = products::lock_by_handles(db, vendor, &handles).await?;
        let ids: Vec<ProductId> = products.iter().map(|row| row.id).collect();
        let rows = variants::of_products(db, &ids).await?;
        let pictures = images::of_products(db, &ids).await?;
        let ids: Vec<VariantId> = rows.iter().map(|row| row.id).collect();
        let drafted = drafts.iter().flat_map(|draft| &draft.variants);
        let skus: Vec<&str> = drafted.filter_map(|variant| variant.sku.as_deref()).collect();
        let skus = skus::owners(db, vendor, &skus).await?;
        let stocks = inventory::store::lock(db, &ids).await?;
        let mut known = Self {
            products: products.into_iter().map(|row| (row.handle.clone(), row)).collect(),
            variants: HashMap::new(),
            images: HashMap::new(),
            skus: skus.into_iter().collect(),
            stocks: stocks.into_iter().collect(),
        };
        for row in rows {
            known.variants.entry(row.product_id).or_default().push(row);
        }
        for image in pictures {
            known.images.entry(image.product_id).or_default().push(image);
        }
        Ok(known)
    }
}
