//! The catalog: categories, products, their variants and pictures.
//!
//! Owns the tables `categories`, `products`, `variants`, `vendor_skus`, `product_images` and `variant_images`. Everyone
//! sees approved products of approved shops with their active variants; a shop sees its own products in every state.
//! Ownership is part of every query: a product of another shop is missing, not forbidden. Products and variants are
//! archived, never deleted, because orders and the stock journal keep referring to them. Stock belongs to
//! [`crate::inventory`].

mod categories;
mod error;
mod fields;
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

/// The title of a variant whose product has no options, as in Shopify's exports.
pub const DEFAULT_TITLE: &str = "Default Title";

/// Most variants of a product, archived ones included, whichever way they are added: limits the size of a product in
/// answers.
pub const MOST_VARIANTS: usize = 2_000;
/// Most pictures of a product, whichever way they are added.
pub const MOST_IMAGES: usize = 250;

/// The user who changes the catalog.
#[derive(Clone, Copy, Debug)]
pub struct Editor {
    pub user: UserId,
    pub reach: Reach,
}

/// The products that an editor may change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// The products of one shop.
    Shop(VendorId),
    /// All products, for an administrator.
    Everything,
}

impl Reach {
    /// The shop to which queries are limited, if any.
    #[must_use]
    pub fn shop(self) -> Option<VendorId> {
        match self {
            Self::Shop(vendor) => Some(vendor),
            Self::Everything => None,
        }
    }
}

/// The reader of a product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Viewer {
    /// Anyone: sees products for sale.
    Public,
    /// A shop: sees products for sale and all of its own.
    Shop(VendorId),
    Admin,
}

impl Viewer {
    /// The shop whose products are shown in every state.
    fn shop(self) -> Option<VendorId> {
        match self {
            Self::Shop(vendor) => Some(vendor),
            Self::Public | Self::Admin => None,
        }
    }

    /// Whether products of all shops are shown in every state.
    fn sees_all(self) -> bool {
        match self {
            Self::Admin => true,
            Self::Public | Self::Shop(_) => false,
        }
    }
}

/// A category, as shown with a product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct CategoryName {
    pub id: CategoryId,
    pub slug: String,
    pub name: String,
}

/// A product with its variants and pictures.
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
    /// The options with their values, in the vendor's order: of its active variants.
    pub options: Vec<ProductOption>,
    pub variants: Vec<Variant>,
    pub images: Vec<Image>,
}

/// A variant: the thing that is bought.
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
    /// Former price, to be shown struck out.
    pub compare_at: Option<Money>,
    pub position: i32,
    /// False: archived.
    pub active: bool,
    pub barcode: Option<String>,
    pub weight_grams: Option<i32>,
    /// The picture of the product that shows this variant; set by an import's column Variant Image.
    pub image_id: Option<ImageId>,
    /// Pieces that can be sold now.
    pub available: i32,
}
