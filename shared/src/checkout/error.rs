//! Why a cart did not become an order. Nothing was written then.

use money::Currency;
use serde_json::{Value, json};

use crate::kernel::batcher::SubmitError;
use crate::kernel::db::BatchFailure;
use crate::kernel::ids::VariantId;
use crate::kernel::{Fault, Kind};

#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    #[error("the cart is empty")]
    CartEmpty,
    /// Something in the cart is not sold any more. Reading the cart drops it.
    #[error("something in the cart is not sold any more")]
    NotSold { variants: Vec<VariantId> },
    #[error("one order has one currency; the cart has several")]
    MixedCurrencies,
    /// The chosen way to pay does not take it.
    #[error("{currency} can't be paid this way; choose another way to pay")]
    CurrencyNotTaken { currency: Currency },
    #[error("an order has at most {} lines", super::MAX_LINES)]
    TooManyLines,
    #[error("the total is out of range")]
    TotalOutOfRange,
    /// The key was used for another request.
    #[error("the idempotency key was used for another request")]
    KeyReused,
    /// The first request with this key is being worked on.
    #[error("a request with this idempotency key is in progress")]
    InProgress,
    #[error("this can't be taken just now; try again")]
    Busy,
    /// The text is for the log.
    #[error("checkout failed: {0}")]
    Broken(String),
}

impl From<SubmitError<BatchFailure>> for Error {
    fn from(error: SubmitError<BatchFailure>) -> Self {
        match error.kind() {
            Kind::Busy => Self::Busy,
            Kind::Invalid
            | Kind::Unauthenticated
            | Kind::Denied
            | Kind::Missing
            | Kind::Conflict
            | Kind::Throttled
            | Kind::Broken => Self::Broken(error.to_string()),
        }
    }
}

impl Fault for Error {
    fn kind(&self) -> Kind {
        match self {
            Self::CartEmpty | Self::NotSold { .. } | Self::InProgress => Kind::Conflict,
            Self::MixedCurrencies
            | Self::CurrencyNotTaken { .. }
            | Self::TooManyLines
            | Self::TotalOutOfRange
            | Self::KeyReused => Kind::Invalid,
            Self::Busy => Kind::Busy,
            Self::Broken(_) => Kind::Broken,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::CartEmpty => "cart_empty",
            Self::NotSold { .. } => "cart_not_sold",
            Self::MixedCurrencies => "mixed_currencies",
            Self::CurrencyNotTaken { .. } => "currency_not_supported",
            Self::TooManyLines => "too_many_lines",
            Self::TotalOutOfRange => "total_out_of_range",
            Self::KeyReused => "idempotency_key_reused",
            Self::InProgress => "idempotency_key_in_progress",
            Self::Busy => "busy",
            Self::Broken(_) => "internal",
        }
    }

    fn detail(&self) -> Option<Value> {
        match self {
            Self::NotSold { variants } => Some(json!({ "variants": variants })),
            Self::CurrencyNotTaken { currency } => Some(json!({ "currency": currency })),
            Self::CartEmpty
            | Self::MixedCurrencies
            | Self::TooManyLines
            | Self::TotalOutOfRange
            | Self::KeyReused
            | Self::InProgress
            | Self::Busy
            | Self::Broken(_) => None,
        }
    }
}
