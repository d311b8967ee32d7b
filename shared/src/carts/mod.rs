//! A customer's cart: what the customer intends to buy, before anything is reserved.
//!
//! Owns the tables `carts` and `cart_items`. A cart reserves no stock and fixes no price: each view shows current
//! prices and stock. A line remembers the price it was last shown with, so that a change is announced once and is never
//! charged before it was shown. A line that can no longer be bought is dropped when the cart is viewed, with a notice.
//! Every change locks the row of `carts` first, as checkout does, so a cart can't change while it becomes an order. A
//! sum that is too large is a notice, never an error: every cart can be read and emptied.

mod change;
mod error;
mod put_back;
pub mod store;
mod summary;

use money::{Currency, Money};
use serde::Serialize;
use sqlx::PgConnection;
use utoipa::ToSchema;

pub use change::{add, check_quantity, clear, remove, set_quantity};
pub use error::Error;
pub use put_back::{Basket, BasketLine, ReturnedLine, put_back};

use crate::catalog::Options;
use crate::kernel::ids::{CartItemId, ProductId, UserId, VariantId};
use crate::vendors::Shop;

/// Most pieces of one variant in a cart, as its column allows.
pub const LARGEST_QUANTITY: u32 = 10_000;
/// Most different variants in a cart.
pub const MOST_LINES: usize = 100;

/// A cart as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Cart {
    /// Shop by shop, in the order of their names.
    pub vendors: Vec<VendorPart>,
    /// One sum per currency, in the order of the currency codes; empty for an empty cart. A currency whose sum is too
    /// large is left out, with the notice `total_too_large`.
    pub totals: Vec<Money>,
    /// Pieces in all.
    pub item_count: u64,
    /// Notices for the owner before checking out.
    pub notices: Vec<Notice>,
}

/// The lines of one shop in a cart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = CartVendorPart)]
pub struct VendorPart {
    pub vendor: Shop,
    /// Whether an order with goods of this shop can be paid on delivery.
    pub cash_on_delivery: bool,
    pub lines: Vec<Line>,
    /// One sum per currency. A sum that is too large is left out.
    pub totals: Vec<Money>,
}

/// One variant in a cart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = CartLine)]
pub struct Line {
    pub id: CartItemId,
    pub variant_id: VariantId,
    pub product_id: ProductId,
    pub product_title: String,
    pub variant_title: String,
    #[schema(value_type = BTreeMap<String, String>)]
    pub options: Options,
    pub sku: Option<String>,
    pub image_url: Option<String>,
    pub unit_price: Money,
    pub quantity: u32,
    /// Null if it is too large, with the notice `line_too_large`.
    pub line_total: Option<Money>,
    /// Pieces that could be bought now.
    pub available: u32,
}

/// A notice for the owner about a line or the whole cart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[schema(as = CartNotice)]
pub enum Notice {
    /// The variant, its product or its shop is no longer for sale: the line is gone.
    Removed { variant_id: VariantId, product_title: String, variant_title: String },
    /// Fewer pieces are available than the line has. The line stays as it is.
    FewerAvailable { item_id: CartItemId, variant_id: VariantId, quantity: u32, available: u32 },
    /// The price or currency of a piece differs from what the line was last shown with. Announced once.
    PriceChanged { item_id: CartItemId, variant_id: VariantId, was: Money, now: Money },
    /// The line's total is too large to be ordered. Fewer pieces, or none, are needed.
    LineTooLarge { item_id: CartItemId, variant_id: VariantId },
    /// The sum of this currency is too large to be ordered at once.
    TotalTooLarge { currency: Currency },
}

/// The current cart, for its owner. Lines that can't be bought any more are deleted, and the prices that are shown here
/// are stored. So dropped lines and changed prices are announced once.
pub async fn view(db: &mut PgConnection, customer: UserId) -> Result<Cart, Error> {
    let rows = store::lines(db, customer).await?;
    let gone: Vec<CartItemId> = rows.iter().filter(|row| !row.for_sale).map(|row| row.id).collect();
    if !gone.is_empty() {
        store::delete_items(db, customer, &gone).await?;
    }
    let repriced = rows.iter().filter(|row| row.for_sale && row.shown_price != Some(row.unit_price));
    let repriced: Vec<(CartItemId, Money)> = repriced.map(|row| (row.id, row.unit_price)).collect();
    if !repriced.is_empty() {
        store::set_shown_prices(db, customer, &repriced).await?;
    }
    Ok(summary::cart(rows))
}

/// As [`view`], but writes nothing: the next [`view`] announces the same changes again.
pub async fn peek(db: &mut PgConnection, customer: UserId) -> Result<Cart, Error> {
    Ok(summary::cart(store::lines(db, customer).await?))
}
