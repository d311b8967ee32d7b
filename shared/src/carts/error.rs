//! Errors of carts.

use serde_json::{Value, json};

use super::{LARGEST_QUANTITY, MOST_LINES};
use crate::kernel::{Fault, INVALID, Kind, in_field};

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("a quantity must be between 1 and {LARGEST_QUANTITY}")]
    Quantity,
    #[error("a cart may have at most {MOST_LINES} different items")]
    Full,
    /// The variant does not exist, or is not for sale.
    #[error("there is no such variant for sale")]
    VariantMissing,
    #[error("the cart has no such line")]
    ItemMissing,
    #[error("only {available} are available")]
    NotEnoughStock { available: u32 },
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
}

impl Fault for Error {
    fn kind(&self) -> Kind {
        match self {
            Self::Quantity | Self::Full => Kind::Invalid,
            Self::VariantMissing | Self::ItemMissing => Kind::Missing,
            Self::NotEnoughStock { .. } => Kind::Conflict,
            Self::Database(_) => Kind::Broken,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Quantity => INVALID,
            Self::Full => "cart_full",
            Self::VariantMissing => "variant_not_found",
            Self::ItemMissing => "cart_item_not_found",
            Self::NotEnoughStock { .. } => "not_enough_stock",
            Self::Database(_) => "internal",
        }
    }

    fn detail(&self) -> Option<Value> {
        match self {
            Self::Quantity => Some(in_field("quantity", self)),
            Self::NotEnoughStock { available } => Some(json!({ "available": available })),
            Self::Full | Self::VariantMissing | Self::ItemMissing | Self::Database(_) => None,
        }
    }
}
