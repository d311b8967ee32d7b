//! Errors of all the capabilities that a verb uses, as one type.

use serde_json::Value;

use crate::kernel::{Fault, Kind};
use crate::{idempotency, orders, payments, refunds, reservations};

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Orders(#[from] orders::Error),
    #[error(transparent)]
    Payments(#[from] payments::Error),
    #[error(transparent)]
    Refunds(#[from] refunds::Error),
    #[error(transparent)]
    Reservations(#[from] reservations::Error),
    #[error(transparent)]
    Idempotency(#[from] idempotency::Error),
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
}

impl From<money::MoneyError> for Error {
    fn from(error: money::MoneyError) -> Self {
        Self::Orders(error.into())
    }
}

impl Error {
    fn inner(&self) -> Option<&dyn Fault> {
        match self {
            Self::Orders(error) => Some(error),
            Self::Payments(error) => Some(error),
            Self::Refunds(error) => Some(error),
            Self::Reservations(error) => Some(error),
            Self::Idempotency(error) => Some(error),
            Self::Database(_) => None,
        }
    }
}

impl Fault for Error {
    fn kind(&self) -> Kind {
        self.inner().map_or(Kind::Broken, Fault::kind)
    }

    fn code(&self) -> &'static str {
        self.inner().map_or("internal", Fault::code)
    }

    fn detail(&self) -> Option<Value> {
        self.inner().and_then(Fault::detail)
    }
}
