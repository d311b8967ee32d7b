//! Why an operator's request is refused.

use serde_json::Value;

use crate::kernel::{Fault, INVALID, Kind, in_field};

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("there is no such difference")]
    Missing,
    #[error("the difference was repaired or closed already")]
    Over,
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
            Self::Missing | Self::Over | Self::Database(_) => None,
        }
    }
}

impl Fault for Error {
    fn kind(&self) -> Kind {
        match self {
            Self::Missing => Kind::Missing,
            Self::Over => Kind::Conflict,
            Self::ToCome(_) | Self::TooEarly(_) | Self::EmptyWindow => Kind::Invalid,
            Self::Database(_) => Kind::Broken,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Missing => "difference_not_found",
            Self::Over => "difference_over",
            Self::ToCome(_) | Self::TooEarly(_) | Self::EmptyWindow => INVALID,
            Self::Database(_) => "internal",
        }
    }

    fn detail(&self) -> Option<Value> {
        self.field().map(|field| in_field(field, self))
    }
}
