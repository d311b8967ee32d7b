//! What can go wrong with stock.

use serde_json::{Value, json};

use super::LARGEST_STOCK;
use crate::kernel::ids::VariantId;
use crate::kernel::text::TextProblem;
use crate::kernel::{Fault, INVALID, Kind, in_field, in_fields};

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("a change of stock must not be zero")]
    NoChange,
    /// The count that was sent, in this field.
    #[error("stock must be between 0 and {LARGEST_STOCK}")]
    OutOfRange { field: &'static str },
    /// The count after a difference.
    #[error("stock must be between 0 and {LARGEST_STOCK}; there are {on_hand} now")]
    BeyondRange { on_hand: i32 },
    #[error("the reason {problem}")]
    Reason { problem: TextProblem },
    /// Two or more wrong values of one request.
    #[error("several values are refused")]
    Several(Vec<Error>),
    /// Orders wait for what would be taken away.
    #[error("{reserved} pieces are reserved for orders: stock can't go below that")]
    BelowReserved { variant: VariantId, on_hand: i32, reserved: i32 },
    #[error("there is no such variant")]
    Missing,
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
}

impl Fault for Error {
    fn kind(&self) -> Kind {
        match self {
            Self::NoChange
            | Self::OutOfRange { .. }
            | Self::BeyondRange { .. }
            | Self::Reason { .. }
            | Self::Several(_) => Kind::Invalid,
            Self::BelowReserved { .. } => Kind::Conflict,
            Self::Missing => Kind::Missing,
            Self::Database(_) => Kind::Broken,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NoChange | Self::OutOfRange { .. } | Self::Reason { .. } | Self::Several(_) => INVALID,
            Self::BeyondRange { .. } => "stock_out_of_range",
            Self::BelowReserved { .. } => "stock_below_reserved",
            Self::Missing => "variant_not_found",
            Self::Database(_) => "internal",
        }
    }

    fn detail(&self) -> Option<Value> {
        match self {
            Self::NoChange | Self::BeyondRange { .. } => Some(in_field("delta", self)),
            Self::OutOfRange { field, .. } => Some(in_field(field, self)),
            Self::Reason { .. } => Some(in_field("reason", self)),
            Self::Several(errors) => Some(in_fields(errors)),
            Self::BelowReserved { variant, on_hand, reserved } => {
                Some(json!({ "variant_id": variant, "on_hand": on_hand, "reserved": reserved }))
            }
            Self::Missing | Self::Database(_) => None,
        }
    }
}
