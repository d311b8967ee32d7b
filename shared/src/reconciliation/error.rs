//! Why an operator's request is refused.

use serde_json::Value;

use crate::kernel::error::in_field;
use crate::kernel::{Fault, Kind};

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("there is no such open difference")]
    NoneStanding,
    /// The wrong field.
    #[error("must not be in the future")]
    ToCome(&'static str),
    /// The wrong field.
    #[error("must not be before 2000-01-01")]
    TooEarly(&'static str),
    #[error("must be before the end")]
    EmptyWindow,
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
}

impl Error {
    /// The field of the request that is wrong, if it is one field.
    #[must_use]
    pub fn field(&self) -> Option<&'static str> {
        match self {
            Self::ToCome(field) | Self::TooEarly(field) => Some(field),
            Self::EmptyWindow => Some("from"),
            Self::NoneStanding | Self::Database(_) => None,
        }
    }
}

impl Fault for Error {
    fn kind(&self) -> Kind {
        match self {
            Self::NoneStanding => Kind::Missing,
            Self::ToCome(_) | Self::TooEarly(_) | Self::EmptyWindow => Kind::Invalid,
            Self::Database(_) => Kind::Broken,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NoneStanding => "difference_not_found",
            Self::ToCome(_) => "window_to_come",
            Self::TooEarly(_) => "window_too_early",
            Self::EmptyWindow => "window_empty",
            Self::Database(_) => "internal",
        }
    }

    fn detail(&self) -> Option<Value> {
        self.field().map(|field| in_field(field, self))
    }
}
