//! Lists of products, from the newest to the oldest, by key and never by offset.

use money::Money;
use serde::Serialize;
use sqlx::PgConnection;
use utoipa::ToSchema;

use super::store::listing as store;
use super::{CategoryName, Error, NotListed, ProductStatus};
use crate::kernel::ids::{ProductId, VendorId};
use crate::kernel::page::{Asked, Counts, Extent, Page, Slice};
use crate::kernel::slug;
use crate::vendors::Shop;

/// A product in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ProductSummary {
    pub id: ProductId,
    pub vendor: Shop,
    pub category: Option<CategoryName>,
    pub handle: String,
    pub title: String,
    pub status: ProductStatus,
    /// Null if the public lists show it.
    pub not_listed_because: Option<NotListed>,
    /// Price of its cheapest active variant; none without variants.
    pub price_from: Option<Money>,
    /// Its first picture.
    pub image_url: Option<String>,
    /// Pieces of all active variants that can be sold now.
    pub available: i64,
}

/// Filter of the public list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Filter {
    /// Slug of a shop.
    pub vendor: Option<String>,
    /// Slug of a category; only products directly in it.
    pub category: Option<String>,
    pub stock: StockFilter,
}

/// Filter of an administrator's list.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// Slug of a shop.
    pub vendor: Option<String>,
    pub status: Option<ProductStatus>,
}

/// Whether sold-out products are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum StockFilter {
    #[default]
    Any,
    InStock,
}

/// Products for sale. A shop or category that does not exist has no products; that is no error. The count is at most a
/// second old: this is the most frequently read list.
pub async fn list(
    db: &mut PgConnection,
    filter: &Filter,
    asked: &Asked<ProductId>,
    counts: &Counts<Filter>,
) -> Result<Page<ProductSummary>, Error> {
    let composed = |text: &Option<String>| text.as_deref().map(slug::composed);
    let (vendor, category) = (composed(&filter.vendor), composed(&filter.category));
    if [&vendor, &category].into_iter().flatten().any(|text| !slug::is_slug(text)) {
        return Ok(Page::empty()); // no category can have such a slug
    }
    let filter = &Filter { vendor, category, stock: filter.stock };
    let known = if asked.until().is_some() { None } else { counts.get(filter) };
    let extent = match known {
        Some(total) => Extent { total, begins_after: None },
        None => {
            let extent = store::extent(db, filter, asked).await?;
            counts.set(filter, extent.total);
            extent
        }
    };
    let slice = asked.within(extent);
    let ids = match (&filter.vendor, &filter.category) {
        (None, None) => store::listed(db, filter.stock, &slice).await?,
        (Some(vendor), category) => {
            store::listed_of_vendor(db, vendor, category.as_deref(), filter.stock, &slice).await?
        }
        (None, Some(category)) => store::listed_in_category(db, category, filter.stock, &slice).await?,
    };
    page(db, ids, &slice).await
}

/// All products of one shop, in every state or in one, for its owner.
pub async fn list_of_vendor(
    db: &mut PgConnection,
    vendor: VendorId,
    status: Option<ProductStatus>,
    asked: &Asked<ProductId>,
) -> Result<Page<ProductSummary>, Error> {
    let slice = asked.within(store::extent_of_vendor(db, vendor, status, asked).await?);
    let ids = store::all_of_vendor(db, vendor, status, &slice).await?;
    page(db, ids, &slice).await
}

/// Products of all shops or one, in every state or in one, for administrators.
pub async fn list_all(
    db: &mut PgConnection,
    filter: &Found,
    asked: &Asked<ProductId>,
) -> Result<Page<ProductSummary>, Error> {
    if filter.vendor.as_deref().is_some_and(|text| !slug::is_slug(text)) {
        return Ok(Page::empty()); // no shop can have it
    }
    let (vendor, status) = (filter.vendor.as_deref(), filter.status);
    let slice = asked.within(store::extent_of_all(db, vendor, status, asked).await?);
    let ids = store::all(db, vendor, status, &slice).await?;
    page(db, ids, &slice).await
}

async fn page(
    db: &mut PgConnection,
    ids: Vec<ProductId>,
    slice: &Slice<ProductId>,
) -> Result<Page<ProductSummary>, Error> {
    let mut page = Page::cut(ids, slice, |id| *id);
    let ids = std::mem::take(&mut page.results);
    Ok(page.with(store::summaries(db, &ids).await?))
}
