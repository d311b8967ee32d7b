//! Errors of orders.

use serde_json::{Value, json};

use super::OrderStatus;
use crate::kernel::{Fault, Kind};

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("there is no such order")]
    Missing,
    /// The order's status does not allow the step.
    #[error("the order is {} already", .0.as_str())]
    WrongStatus(OrderStatus),
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
    #[error("stored money is invalid")]
    Money(#[from] money::MoneyError),
}

impl Fault for Error {
    fn kind(&self) -> Kind {
        match self {
            Self::Missing => Kind::Missing,
            Self::WrongStatus(_) => Kind::Conflict,
            Self::Database(_) | Self::Money(_) => Kind::Broken,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Missing => "order_not_found",
            Self::WrongStatus(_) => "order_wrong_status",
            Self::Database(_) | Self::Money(_) => "internal",
        }
    }

    fn detail(&self) -> Option<Value> {
        match self {
            Self::WrongStatus(status) => Some(json!({ "status": status })),
            Self::Missing | Self::Database(_) | Self::Money(_) => None,
        }
    }
}
