//! What is sold: categories, products, their variants and pictures.
//!
//! Owns the tables `categories`, `products`, `variants`, `vendor_skus`, `product_images` and `variant_images`. Everybody sees
//! approved products of approved shops with their active variants; a shop sees its own in every state.
//! Ownership is part of every query: what belongs to another shop is missing, not forbidden. Products and
//! variants are archived, never deleted, because orders and the stock journal name them for ever. Stock itself
//! is [`crate::inventory`]'s.

mod categories;
mod error;
mod fields;
mod gathered;
mod image_url;
mod images;
pub mod import;
mod limits;
mod listing;
mod options;
mod products;
mod status;
pub mod store;
mod variants;

use money::Money;
use serde::Serialize;
use utoipa::ToSchema;

pub use categories::{
    Category, CategoryChange, CategoryNode, NewCategory, categories, create_category, delete_category, tree,
    update_category,
};
pub use error::Error;
pub use image_url::UrlProblem;
pub use images::{Image, NewImage, add_image, images, remove_image};
pub use limits::{Limits, Rules};
pub use listing::{Filter, Found, ProductSummary, StockFilter, list, list_all, list_of_vendor};
pub use options::{Options, ProductOption};
pub use products::{
    NewProduct, ProductChange, archive_product, create_product, product, product_by_handle, update_product,
};
pub use status::{NotListed, ProductStatus, Publication};
pub use variants::{
    NewVariant, VariantChange, add_variant, archive_variant, own_variant, update_variant, variant, variants,
};

use crate::kernel::Timestamp;
use crate::kernel::ids::{CategoryId, ImageId, ProductId, UserId, VariantId, VendorId};
use crate::vendors::Shop;

/// What a variant is called when its product has no options, as in Shopify's exports.
pub const DEFAULT_TITLE: &str = "Default Title";

/// Most variants of a product, archived ones included, whatever the way they come: a product is shown whole.
pub const MOST_VARIANTS: usize = 2_000;
/// Most pictures of a product, whatever the way they come.
pub const MOST_IMAGES: usize = 250;

/// Who changes the catalog.
#[derive(Clone, Copy, Debug)]
pub struct Editor {
    pub user: UserId,
    pub reach: Reach,
}

/// Whose products an editor may change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Those of one shop.
    Shop(VendorId),
    /// All, as an admin.
    Everything,
}

impl Reach {
    /// The shop that queries are limited to, if they are.
    #[must_use]
    pub fn shop(self) -> Option<VendorId> {
        match self {
            Self::Shop(vendor) => Some(vendor),
            Self::Everything => None,
        }
    }
}

/// Who looks at a product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Viewer {
    /// Anybody: sees what is for sale.
    Public,
    /// A shop: sees what is for sale and all of its own.
    Shop(VendorId),
    Admin,
}

impl Viewer {
    /// The shop whose products show in every state.
    fn shop(self) -> Option<VendorId> {
        match self {
            Self::Shop(vendor) => Some(vendor),
            Self::Public | Self::Admin => None,
        }
    }

    /// Whether all products show in every state.
    fn sees_all(self) -> bool {
        match self {
            Self::Admin => true,
            Self::Public | Self::Shop(_) => false,
        }
    }
}

/// A category, as shown beside a product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct CategoryName {
    pub id: CategoryId,
    pub slug: String,
    pub name: String,
}

/// A product with all that belongs to it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Product {
    pub id: ProductId,
    pub vendor: Shop,
    pub category: Option<CategoryName>,
    /// Its name in a path, unique within the shop.
    pub handle: String,
    pub title: String,
    /// As the vendor wrote it, possibly HTML: a frontend sanitises it.
    pub description: String,
    pub product_type: Option<String>,
    pub tags: Vec<String>,
    pub status: ProductStatus,
    /// Null if the public lists show it.
    pub not_listed_because: Option<NotListed>,
    /// Grows with every change: the ETag. Stock is not part of it.
    pub version: i32,
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Timestamp,
    /// What there is to choose from, in the vendor's order: of its active variants.
    pub options: Vec<ProductOption>,
    pub variants: Vec<Variant>,
    pub images: Vec<Image>,
}

/// What is bought.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Variant {
    pub id: VariantId,
    pub product_id: ProductId,
    /// Unique within the shop.
    pub sku: Option<String>,
    pub title: String,
    /// In the order in which the product names them.
    #[schema(value_type = BTreeMap<String, String>)]
    pub options: Options,
    pub price: Money,
    /// What it cost before, to be shown struck out.
    pub compare_at: Option<Money>,
    pub position: i32,
    /// Archived if not.
    pub active: bool,
    pub barcode: Option<String>,
    pub weight_grams: Option<i32>,
    /// The picture of its product that shows it; from an import's column Variant Image.
    pub image_id: Option<ImageId>,
    /// Pieces that can be sold now.
    pub available: i32,
}
