//! Why a cart did not become an order. Nothing was written in that case.

use money::{Currency, Money};
use serde::Serialize;
use serde_json::{Value, json};

use super::{Exceeded, Unsecured};
use crate::kernel::batcher::SubmitError;
use crate::kernel::db::BatchFailure;
use crate::kernel::ids::{VariantId, VendorId};
use crate::kernel::{Fault, INVALID, Kind, in_field};
use crate::orders::PaymentMethod;
use crate::payments::offer::AmountProblem;

#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    #[error("the cart is empty")]
    CartEmpty,
    /// An item of the cart is no longer for sale. Reading the cart drops it.
    #[error("an item in the cart is no longer for sale")]
    NotSold { variants: Vec<VariantId> },
    /// The total is not the expected one, or a price was never shown. `None`: the lines have no common total.
    #[error("the cart has changed; show it to the customer, then send its total as expected_total")]
    CartChanged { total: Option<Money> },
    /// The request selects lines that are not in the cart.
    #[error("the selection names what is not in the cart")]
    NotInCart { missing: Vec<String> },
    #[error("a selection names 1 to {} vendors or lines", super::MAX_LINES)]
    SelectionInvalid,
    #[error(
        "one order has one currency, the cart has {}: send select to choose by currency, vendors or lines",
        listed(currencies)
    )]
    MixedCurrencies { currencies: Vec<Currency> },
    /// The chosen payment method does not accept the currency.
    #[error("{currency} can't be paid this way; choose another way to pay")]
    CurrencyNotTaken { currency: Currency, methods: Vec<PaymentMethod> },
    /// The chosen payment method can never accept the amount.
    #[error("{} can't be paid this way; choose another way to pay", .0.amount)]
    AmountNotSupported(Box<AmountProblem>),
    /// Not every vendor of these lines accepts cash.
    #[error("cash on delivery is not taken by {}; choose another way to pay", named(vendors))]
    CashNotTaken { vendors: Vec<Refusing> },
    /// No method was named, and not every vendor accepts cash.
    #[error("name a payment_method: cash on delivery is not taken by {}", named(vendors))]
    MethodRequired { vendors: Vec<Refusing> },
    /// The customer has reached a limit on stock held without payment.
    #[error("{}", told(*kind, exceeded))]
    OpenLimit { kind: Unsecured, exceeded: Exceeded },
    #[error("an order has at most {} lines", super::MAX_LINES)]
    TooManyLines,
    #[error("the total is out of range")]
    TotalOutOfRange,
    /// The key was used for another request.
    #[error("the idempotency key was used for another request")]
    KeyReused,
    /// The first request with this key is in progress.
    #[error("a request with this idempotency key is in progress")]
    InProgress,
    #[error("too many checkouts are waiting; try again")]
    Busy,
    /// The database is away at the moment; the log has the details.
    #[error("We can't answer just now. Try again in a moment.")]
    Away,
    /// The text is for the log.
    #[error("checkout failed: {0}")]
    Broken(String),
}

fn listed(currencies: &[Currency]) -> String {
    currencies.iter().map(Currency::to_string).collect::<Vec<_>>().join(", ")
}

/// A vendor that does not accept cash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Refusing {
    pub id: VendorId,
    pub name: String,
}

fn named(vendors: &[Refusing]) -> String {
    vendors.iter().map(|vendor| vendor.name.as_str()).collect::<Vec<_>>().join(", ")
}

/// In words for the customer.
fn told(kind: Unsecured, exceeded: &Exceeded) -> String {
    let (orders, way_out) = match kind {
        Unsecured::Cash => ("to be paid on delivery", "pay this one online, or wait until one is on its way"),
        Unsecured::Unpaid => ("that wait for payment", "pay or cancel one first"),
    };
    match exceeded {
        Exceeded::Orders { most, .. } => {
            format!("a customer has at most {most} open orders {orders}: {way_out}")
        }
        Exceeded::Pieces { most, .. } => {
            format!("open orders {orders} have at most {most} pieces together: order fewer, or {way_out}")
        }
        Exceeded::Value { most, .. } => {
            format!("open orders {orders} are worth at most {most} together: order less, or {way_out}")
        }
    }
}

impl From<SubmitError<BatchFailure>> for Error {
    fn from(error: SubmitError<BatchFailure>) -> Self {
        match error {
            SubmitError::Full => Self::Busy,
            SubmitError::Failed(BatchFailure::Away) => Self::Away,
            SubmitError::Failed(BatchFailure::Broken(_)) | SubmitError::GivenUp => {
                Self::Broken(error.to_string())
            }
        }
    }
}

impl Fault for Error {
    fn kind(&self) -> Kind {
        match self {
            Self::CartEmpty
            | Self::NotSold { .. }
            | Self::CartChanged { .. }
            | Self::NotInCart { .. }
            | Self::OpenLimit { .. }
            | Self::InProgress => Kind::Conflict,
            Self::SelectionInvalid
            | Self::MixedCurrencies { .. }
            | Self::CashNotTaken { .. }
            | Self::MethodRequired { .. }
            | Self::CurrencyNotTaken { .. }
            | Self::AmountNotSupported(_)
            | Self::TooManyLines
            | Self::TotalOutOfRange
            | Self::KeyReused => Kind::Invalid,
            Self::Busy | Self::Away => Kind::Busy,
            Self::Broken(_) => Kind::Broken,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::CartEmpty => "cart_empty",
            Self::NotSold { .. } => "cart_not_sold",
            Self::CartChanged { .. } => "cart_changed",
            Self::NotInCart { .. } => "selection_not_in_cart",
            Self::SelectionInvalid => INVALID,
            Self::MixedCurrencies { .. } => "mixed_currencies",
            Self::CurrencyNotTaken { .. } => "currency_not_supported",
            Self::AmountNotSupported(_) => "amount_not_supported",
            Self::CashNotTaken { .. } => "cash_not_accepted",
            Self::MethodRequired { .. } => "payment_method_required",
            Self::OpenLimit { exceeded: Exceeded::Orders { .. }, .. } => "too_many_open_orders",
            Self::OpenLimit { exceeded: Exceeded::Pieces { .. }, .. } => "too_many_open_pieces",
            Self::OpenLimit { exceeded: Exceeded::Value { .. }, .. } => "open_value_too_high",
            Self::TooManyLines => "too_many_lines",
            Self::TotalOutOfRange => "total_out_of_range",
            Self::KeyReused => "idempotency_key_reused",
            Self::InProgress => "idempotency_key_in_progress",
            Self::Busy => "busy",
            Self::Away => "unavailable",
            Self::Broken(_) => "internal",
        }
    }

    fn detail(&self) -> Option<Value> {
        match self {
            Self::NotSold { variants } => Some(json!({ "variants": variants })),
            Self::CartChanged { total } => Some(json!({ "total": total })),
            Self::NotInCart { missing } => Some(json!({ "missing": missing })),
            Self::SelectionInvalid => Some(in_field("select", self)),
            Self::MixedCurrencies { currencies } => Some(json!({ "currencies": currencies })),
            Self::CurrencyNotTaken { currency, methods } => {
                Some(json!({ "currency": currency, "payment_methods": methods }))
            }
            Self::AmountNotSupported(problem) => Some(problem.detail()),
            Self::CashNotTaken { vendors } | Self::MethodRequired { vendors } => {
                Some(json!({ "vendors": vendors }))
            }
            Self::OpenLimit { kind, exceeded } => Some(match exceeded {
                Exceeded::Orders { most, open } => json!({ "kind": kind, "most": most, "open": open }),
                Exceeded::Pieces { most, open } => json!({ "kind": kind, "most": most, "open": open }),
                Exceeded::Value { most, open } => {
                    let mut amount = *open;
                    amount.rescale(most.currency().exponent());
                    let open = json!({ "amount": amount.to_string(), "currency": most.currency() });
                    json!({ "kind": kind, "most": most, "open": open })
                }
            }),
            Self::CartEmpty
            | Self::TooManyLines
            | Self::TotalOutOfRange
            | Self::KeyReused
            | Self::InProgress
            | Self::Busy
            | Self::Away
            | Self::Broken(_) => None,
        }
    }
}
