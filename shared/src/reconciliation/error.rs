//! Why an operator's wish is refused.

use serde_json::Value;

use crate::kernel::error::in_field;
use crate::kernel::{Fault, Kind};

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("no such difference stands")]
    NoneStanding,
    #[error("what is to come can't be compared")]
    ToCome,
    #[error("must be before the end")]
    EmptyWindow,
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
}

impl Fault for Error {
    fn kind(&self) -> Kind {
        match self {
            Self::NoneStanding => Kind::Missing,
            Self::ToCome | Self::EmptyWindow => Kind::Invalid,
            Self::Database(_) => Kind::Broken,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NoneStanding => "difference_not_found",
            Self::ToCome => "window_to_come",
            Self::EmptyWindow => "window_empty",
            Self::Database(_) => "internal",
        }
    }

    fn detail(&self) -> Option<Value> {
        matches!(self, Self::EmptyWindow).then(|| in_field("from", self))
    }
}
