//! Creates, changes and archives products.

use sqlx::PgConnection;

use super::images::{self, NewImage};
use super::options::choices;
use super::store::products::{self as store, ProductRow};
use super::variants::{self, NewVariant};
use super::{
    Editor, Error, Product, ProductStatus, Publication, Reach, Rules, Viewer, fields, gathered, limits,
};
use crate::kernel::ids::{CategoryId, ProductId, VendorId};
use crate::kernel::{Timestamp, slug};

#[derive(Clone, Debug)]
pub struct NewProduct {
    pub title: String,
    /// Made from the title if not given.
    pub handle: Option<String>,
    pub description: String,
    pub product_type: Option<String>,
    pub tags: Vec<String>,
    pub category: Option<CategoryId>,
    /// Published if not given.
    pub status: Option<ProductStatus>,
    pub variants: Vec<NewVariant>,
    pub images: Vec<NewImage>,
}

/// The fields to change; `None` leaves a field as it is, `Some(None)` empties it.
#[derive(Clone, Debug, Default)]
pub struct ProductChange {
    pub title: Option<String>,
    pub handle: Option<String>,
    pub description: Option<String>,
    pub product_type: Option<Option<String>>,
    pub tags: Option<Vec<String>>,
    pub category: Option<Option<CategoryId>>,
    pub status: Option<ProductStatus>,
}

/// A product with its variants and pictures. [`Error::ProductMissing`] also if the viewer may not see it.
pub async fn product(db: &mut PgConnection, id: ProductId, viewer: Viewer) -> Result<Product, Error> {
    let mut product = store::view(db, id, viewer).await?.ok_or(Error::ProductMissing)?;
    let whole = viewer.sees_all() || viewer.shop() == Some(product.vendor.id);
    product.variants = super::store::variants::of_product(db, id).await?;
    let active = product.variants.iter().filter(|variant| variant.active);
    product.options = choices(std::mem::take(&mut product.options), active.map(|variant| &variant.options));
    product.variants.retain(|variant| variant.active || whole);
    product.images = super::store::images::of_product(db, id).await?;
    Ok(product)
}

/// A product by its shop's slug and its handle. [`Error::ProductMissing`] also if the viewer may not see it.
pub async fn product_by_handle(
    db: &mut PgConnection,
    vendor_slug: &str,
    handle: &str,
    viewer: Viewer,
) -> Result<Product, Error> {
    let slug = slug::composed(vendor_slug);
    let handle = fields::handle(handle).map_err(|_| Error::ProductMissing)?;
    if !slug::is_slug(&slug) {
        return Err(Error::ProductMissing);
    }
    let id = store::find_by_handle(db, &slug, &handle).await?.ok_or(Error::ProductMissing)?;
    product(db, id, viewer).await
}

/// A new product of a shop, with its first variants and images: all or nothing, in the caller's transaction.
/// [`Error::ShopFull`] if the shop may not have another.
pub async fn create_product(
    db: &mut PgConnection,
    editor: Editor,
    vendor: VendorId,
    new: &NewProduct,
    rules: Rules,
    now: Timestamp,
) -> Result<Product, Error> {
    gathered::of_product(new).done()?;
    let title = fields::title(&new.title)?;
    if let Some(wanted) = new.status {
        ProductStatus::Draft.may_become(wanted, editor.reach, rules.publication)?;
    }
    let wanted = new.status.unwrap_or(ProductStatus::Approved);
    let id = ProductId::new();
    let row = ProductRow {
        id,
        vendor_id: vendor,
        category_id: new.category,
        handle: new.handle.as_deref().map_or_else(|| Ok(fields::handle_of(&title, id)), fields::handle)?,
        title,
        description: fields::description(&new.description)?,
        product_type: fields::product_type(new.product_type.as_deref())?,
        tags: fields::tags(new.tags.iter().map(String::as_str))?,
        status: ProductStatus::Draft.asked_for(wanted, editor.reach, rules.publication),
        option_names: Vec::new(), // the variants add them
        version: 1,
    };
    limits::make_room(db, vendor, 1, rules.limits).await?;
    store::insert(db, std::slice::from_ref(&row), now).await?;
    variants::insert_all(db, editor, &row, &new.variants, now).await?;
    images::insert_all(db, row.id, &new.images).await?;
    product(db, row.id, Viewer::Admin).await
}

/// Changes a product, if it still has the version that the editor has read. Runs in a transaction.
pub async fn update_product(
    db: &mut PgConnection,
    editor: Editor,
    id: ProductId,
    seen: Option<i32>,
    change: &ProductChange,
    publication: Publication,
    now: Timestamp,
) -> Result<Product, Error> {
    gathered::of_product_change(change).done()?;
    if change.status.is_some() {
        store::hold_shop(db, id).await?;
    }
    let row = lock_seen(db, editor.reach, id, seen).await?;
    let row = changed(row, change, editor.reach, publication)?;
    store::update(db, &[row], now).await?;
    product(db, id, Viewer::Admin).await
}

/// Archives a product. Carts drop it with a notice; orders keep their copies.
pub async fn archive_product(
    db: &mut PgConnection,
    editor: Editor,
    id: ProductId,
    seen: Option<i32>,
    now: Timestamp,
) -> Result<(), Error> {
    let row = lock_seen(db, editor.reach, id, seen).await?;
    store::update(db, &[ProductRow { status: ProductStatus::Archived, ..row }], now).await
}

async fn lock_seen(
    db: &mut PgConnection,
    reach: Reach,
    id: ProductId,
    seen: Option<i32>,
) -> Result<ProductRow, Error> {
    let row = store::lock(db, id, reach).await?.ok_or(Error::ProductMissing)?;
    if seen.is_some_and(|seen| seen != row.version) {
        return Err(Error::VersionChanged { current: row.version });
    }
    Ok(row)
}

fn changed(
    row: ProductRow,
    change: &ProductChange,
    reach: Reach,
    publication: Publication,
) -> Result<ProductRow, Error> {
    let status = match change.status {
        Some(wanted) => {
            row.status.may_become(wanted, reach, publication)?;
            row.status.asked_for(wanted, reach, publication)
        }
        None => row.status,
    };
    Ok(ProductRow {
        title: change.title.as_deref().map_or(Ok(row.title), fields::title)?,
        handle: change.handle.as_deref().map_or(Ok(row.handle), fields::handle)?,
        description: change.description.as_deref().map_or(Ok(row.description), fields::description)?,
        product_type: match &change.product_type {
            Some(given) => fields::product_type(given.as_deref())?,
            None => row.product_type,
        },
        tags: match &change.tags {
            Some(tags) => fields::tags(tags.iter().map(String::as_str))?,
            None => row.tags,
        },
        category_id: change.category.unwrap_or(row.category_id),
        status,
        ..row
    })
}
