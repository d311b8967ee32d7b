//! Why a refund is refused, and other errors of refunds.

use money::Money;
use serde_json::{Value, json};

use super::RefundStatus;
use crate::kernel::ids::VendorId;
use crate::kernel::{Fault, Kind};
use crate::payments::offer::AmountProblem;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("there is no such refund")]
    Missing,
    #[error("nothing was paid for this order")]
    NotPaid,
    #[error("there is nothing to refund")]
    NothingToRefund,
    #[error("only {left} can still be refunded")]
    ExceedsCaptured { left: Money },
    #[error("only {left} of this vendor's part can still be refunded")]
    ExceedsVendorPart { vendor_id: VendorId, left: Money },
    #[error("the order has no line {line_no}, or it was named twice")]
    NoSuchLine { line_no: i16 },
    #[error("only {left} pieces of line {line_no} can still be refunded")]
    ExceedsLine { line_no: i16, left: i32 },
    #[error("the refund is in another currency than the payment")]
    OtherCurrency,
    /// The gateway can never refund the amount.
    #[error("{} can't be paid back through this gateway", .0.amount)]
    AmountNotSupported(Box<AmountProblem>),
    /// Only a refund that needs attention can be closed.
    #[error("the refund is {}, it does not need attention", .0.as_str())]
    WrongStatus(RefundStatus),
    #[error("another refund has this reference")]
    ReferenceTaken,
    #[error("stored money is invalid")]
    Money(money::MoneyError),
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
}

impl From<money::MoneyError> for Error {
    fn from(error: money::MoneyError) -> Self {
        match error {
            money::MoneyError::Mixed(..) => Self::OtherCurrency,
            money::MoneyError::TooPrecise(_)
            | money::MoneyError::OutOfRange
            | money::MoneyError::Currency(_) => Self::Money(error),
        }
    }
}

impl Fault for Error {
    fn kind(&self) -> Kind {
        match self {
            Self::Missing => Kind::Missing,
            Self::NothingToRefund
            | Self::NoSuchLine { .. }
            | Self::OtherCurrency
            | Self::AmountNotSupported(_) => Kind::Invalid,
            Self::NotPaid
            | Self::ExceedsCaptured { .. }
            | Self::ExceedsVendorPart { .. }
            | Self::ExceedsLine { .. }
            | Self::WrongStatus(_)
            | Self::ReferenceTaken => Kind::Conflict,
            Self::Money(_) | Self::Database(_) => Kind::Broken,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Missing => "refund_not_found",
            Self::NotPaid => "order_not_paid",
            Self::NothingToRefund => "nothing_to_refund",
            Self::ExceedsCaptured { .. } => "refund_exceeds_captured",
            Self::ExceedsVendorPart { .. } => "refund_exceeds_vendor_part",
            Self::NoSuchLine { .. } => "no_such_line",
            Self::ExceedsLine { .. } => "refund_exceeds_line",
            Self::OtherCurrency => "other_currency",
            Self::AmountNotSupported(_) => "amount_not_supported",
            Self::WrongStatus(_) => "refund_wrong_status",
            Self::ReferenceTaken => "refund_reference_taken",
            Self::Money(_) | Self::Database(_) => "internal",
        }
    }

    fn detail(&self) -> Option<Value> {
        match self {
            Self::ExceedsCaptured { left } => Some(json!({ "left": left })),
            Self::ExceedsVendorPart { vendor_id, left } => {
                Some(json!({ "vendor_id": vendor_id, "left": left }))
            }
            Self::AmountNotSupported(problem) => Some(problem.detail()),
            Self::NoSuchLine { line_no } => Some(json!({ "line_no": line_no })),
            Self::ExceedsLine { line_no, left } => Some(json!({ "line_no": line_no, "left": left })),
            Self::WrongStatus(status) => Some(json!({ "status": status })),
            Self::Missing
            | Self::NotPaid
            | Self::NothingToRefund
            | Self::OtherCurrency
            | Self::ReferenceTaken
            | Self::Money(_)
            | Self::Database(_) => None,
        }
    }
}
