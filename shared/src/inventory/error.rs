//! What can go wrong with stock.

use serde_json::{Value, json};

use super::LARGEST_STOCK;
use crate::kernel::ids::VariantId;
use crate::kernel::text::TextProblem;
use crate::kernel::{Fault, Kind, in_field};

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("a change of stock must not be zero")]
    NoChange,
    /// `field` is the field that was sent, `on_hand` the stock before, if there was any.
    #[error("stock must be between 0 and {LARGEST_STOCK}{}", now(.on_hand))]
    OutOfRange { field: &'static str, on_hand: Option<i32> },
    #[error("the reason {problem}")]
    Reason { problem: TextProblem },
    /// Orders wait for what would be taken away.
    #[error("{reserved} pieces are reserved for orders: stock can't go below that")]
    BelowReserved { variant: VariantId, on_hand: i32, reserved: i32 },
    #[error("there is no such variant")]
    Missing,
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
}

fn now(on_hand: &Option<i32>) -> String {
    on_hand.map_or_else(String::new, |pieces| format!("; there are {pieces} now"))
}

impl Fault for Error {
    fn kind(&self) -> Kind {
        match self {
            Self::NoChange | Self::OutOfRange { .. } | Self::Reason { .. } => Kind::Invalid,
            Self::BelowReserved { .. } => Kind::Conflict,
            Self::Missing => Kind::Missing,
            Self::Database(_) => Kind::Broken,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NoChange => "stock_change_zero",
            Self::OutOfRange { .. } => "stock_out_of_range",
            Self::Reason { .. } => "reason_invalid",
            Self::BelowReserved { .. } => "stock_below_reserved",
            Self::Missing => "variant_not_found",
            Self::Database(_) => "internal",
        }
    }

    fn detail(&self) -> Option<Value> {
        match self {
            Self::NoChange => Some(in_field("delta", self)),
            Self::OutOfRange { field, .. } => Some(in_field(field, self)),
            Self::Reason { .. } => Some(in_field("reason", self)),
            Self::BelowReserved { variant, on_hand, reserved } => {
                Some(json!({ "variant_id": variant, "on_hand": on_hand, "reserved": reserved }))
            }
            Self::Missing | Self::Database(_) => None,
        }
    }
}
