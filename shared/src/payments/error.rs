//! Errors of payments.

use serde_json::{Value, json};

use super::offer::AmountProblem;
use crate::kernel::{Fault, Kind};
use crate::orders::PaymentMethod;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("there is no such payment")]
    Missing,
    #[error("{currency} can't be paid through this gateway")]
    CurrencyNotTaken { currency: money::Currency, methods: Vec<PaymentMethod> },
    /// The gateway can never accept the amount.
    #[error("{} can't be paid through this gateway", .0.amount)]
    AmountNotSupported(Box<AmountProblem>),
    /// The customer has finished, and the money has not arrived yet.
    #[error("a payment of this order is in progress")]
    OnItsWay,
    #[error("the time to pay is nearly over; place the order again")]
    HoldEnds,
    /// Attempts of one order. Each costs calls to a gateway.
    #[error("{0} attempts to pay this order have been made; place the order again")]
    TooManyAttempts(usize),
    #[error("stored money is invalid")]
    Money(#[from] money::MoneyError),
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
}

impl Fault for Error {
    fn kind(&self) -> Kind {
        match self {
            Self::Missing => Kind::Missing,
            Self::CurrencyNotTaken { .. } | Self::AmountNotSupported(_) => Kind::Invalid,
            Self::OnItsWay | Self::HoldEnds | Self::TooManyAttempts(_) => Kind::Conflict,
            Self::Money(_) | Self::Database(_) => Kind::Broken,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Missing => "payment_not_found",
            Self::CurrencyNotTaken { .. } => "currency_not_supported",
            Self::AmountNotSupported(_) => "amount_not_supported",
            Self::OnItsWay => "payment_on_its_way",
            Self::HoldEnds => "hold_ends",
            Self::TooManyAttempts(_) => "too_many_attempts",
            Self::Money(_) | Self::Database(_) => "internal",
        }
    }

    fn detail(&self) -> Option<Value> {
        match self {
            Self::CurrencyNotTaken { currency, methods } => {
                Some(json!({ "currency": currency, "payment_methods": methods }))
            }
            Self::AmountNotSupported(problem) => Some(problem.detail()),
            Self::Missing
            | Self::OnItsWay
            | Self::HoldEnds
            | Self::TooManyAttempts(_)
            | Self::Money(_)
            | Self::Database(_) => None,
        }
    }
}
