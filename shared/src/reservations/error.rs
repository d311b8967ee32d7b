//! Errors of held stock.

use crate::kernel::error::violated_constraint;
use crate::kernel::{Fault, Kind};

#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The checks of `inventory` refused: the books would have gone below zero. Never expected; nothing happened.
    #[error("there is not enough stock")]
    Insufficient,
    #[error("the database failed")]
    Database(#[source] sqlx::Error),
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        match violated_constraint(&error) {
            Some(name) if name.starts_with("inventory_") => Self::Insufficient,
            _ => Self::Database(error),
        }
    }
}

impl Fault for Error {
    fn kind(&self) -> Kind {
        match self {
            Self::Insufficient => Kind::Conflict,
            Self::Database(_) => Kind::Broken,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Insufficient => "not_enough_stock",
            Self::Database(_) => "internal",
        }
    }
}
