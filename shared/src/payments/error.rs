//! What can go wrong with a payment.

use crate::kernel::{Fault, Kind};

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("there is no such payment")]
    Missing,
    #[error("this build does not know the gateway {0}")]
    UnknownGateway(String),
    #[error("stored money is invalid")]
    Money(#[from] money::MoneyError),
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
}

impl Fault for Error {
    fn kind(&self) -> Kind {
        match self {
            Self::Missing => Kind::Missing,
            Self::UnknownGateway(_) | Self::Money(_) | Self::Database(_) => Kind::Broken,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Missing => "payment_not_found",
            Self::UnknownGateway(_) | Self::Money(_) | Self::Database(_) => "internal",
        }
    }
}
