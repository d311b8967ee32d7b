//! Why a refund is refused, and other errors of refunds.

use money::Money;
use serde_json::{Value, json};

use super::RefundStatus;
use crate::kernel::{Fault, Kind, in_field, in_fields};
use crate::payments::offer::AmountProblem;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("there is no such refund")]
    Missing,
    #[error("nothing was paid for this order")]
    NotPaid,
    #[error("there is nothing to refund")]
    NothingToRefund,
    /// `field` is the field of the request that asks for too much, `.` if none does.
    #[error("only {left} can still be refunded")]
    ExceedsCaptured { field: &'static str, left: Money },
    /// `places` are those of the vendor's lines in the request.
    #[error("only {left} of this vendor's part can still be refunded")]
    ExceedsVendorPart { places: Vec<usize>, left: Money },
    /// `place` is that of the line in the request, here and below.
    #[error("the order has no line {line_no}, or it was named twice")]
    NoSuchLine { place: usize, line_no: i16 },
    #[error("only {left} pieces of line {line_no} can still be refunded")]
    ExceedsLine { place: usize, line_no: i16, left: i32 },
    /// Two or more refusals of one request.
    #[error("the refund can't be made as asked, for several reasons")]
    Several(Vec<Error>),
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

impl Error {
    /// The refusal that decides kind and code of several: the first invalid value, else the first.
    fn leading(errors: &[Self]) -> Option<&Self> {
        errors.iter().find(|error| error.kind() == Kind::Invalid).or(errors.first())
    }
}

impl Fault for Error {
    fn kind(&self) -> Kind {
        match self {
            Self::Several(errors) => Self::leading(errors).map_or(Kind::Conflict, Self::kind),
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
            Self::Several(errors) => Self::leading(errors).map_or("refund_exceeds_line", Self::code),
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
            Self::ExceedsCaptured { field, left } => {
                Some(json!({ *field: [self.to_string()], "left": left }))
            }
            Self::ExceedsVendorPart { places, .. } => {
                let told = |place: &usize| (format!("lines[{place}]"), json!([self.to_string()]));
                Some(Value::Object(places.iter().map(told).collect()))
            }
            Self::AmountNotSupported(problem) => Some(problem.detail()),
            Self::NoSuchLine { place, .. } => Some(in_field(&format!("lines[{place}].line_no"), self)),
            Self::ExceedsLine { place, .. } => Some(in_field(&format!("lines[{place}].quantity"), self)),
            Self::OtherCurrency => Some(in_field("amount", self)),
            Self::WrongStatus(status) => Some(json!({ "status": status })),
            Self::ReferenceTaken => Some(in_field("reference", self)),
            Self::Several(errors) => Some(in_fields(errors)),
            Self::Missing | Self::NotPaid | Self::NothingToRefund | Self::Money(_) | Self::Database(_) => {
                None
            }
        }
    }
}
