//! Checkout: a cart, or a selection of its lines, becomes at most one order, whichever requests race.
//!
//! Owns no table. Reads and empties carts, writes orders through `orders` and answers into `idempotency_keys`. Many
//! requests share one transaction (see `kernel::batcher`): the order, its parts and lines, the emptied cart, the stored
//! answer and the job that reserves stock commit together. The quote is a pure function. Checkout does not look at
//! stock: the job decides.
//!
//! Open unpaid orders are limited per customer, so that stock is not held without payment. The cart's lock makes the
//! limit hold: an order is only ever added under it, in whichever process.
//!
//! A customer is never charged a total that was not shown. A request with an expected total is refused if the current
//! one differs. A request without one is refused while a price differs from what the cart last showed.

mod batch;
mod error;
mod limits;
mod quote;
mod selection;
mod store;

use money::Money;
use serde::{Deserialize, Serialize};

pub use batch::Checkout;
pub use error::{Error, Refusing};
pub use limits::{Exceeded, Limits, Unsecured};
pub use quote::{CartLine, MAX_LINES, quote};
pub use selection::Selection;

use crate::kernel::TraceContext;
use crate::kernel::ids::{OrderId, UserId};
use crate::orders::{Address, OrderStatus, PaymentMethod};
use crate::payments::offer::{self, Offer};

/// One request to check out.
#[derive(Clone, Debug)]
pub struct Request {
    pub customer: UserId,
    /// The client's Idempotency-Key, 1 to 255 characters.
    pub key: String,
    /// SHA-256 of the request's content: another content under the same key is refused.
    pub fingerprint: [u8; 32],
    /// `None`: cash, if every vendor accepts it.
    pub payment_method: Option<PaymentMethod>,
    /// The payment methods, and what they accept.
    pub offers: Vec<Offer>,
    pub address: Address,
    /// The lines to buy; `None`: all of them.
    pub selection: Option<Selection>,
    /// The total that the customer was shown. If the current total differs, the request is refused.
    pub expected_total: Option<Money>,
    pub trace: Option<TraceContext>,
}

impl Request {
    /// Refuses a total that this payment method never takes. An order that costs nothing needs no payment.
    fn payable(&self, method: PaymentMethod, total: Money) -> Result<(), Error> {
        let (offers, currency) = (&self.offers, total.currency());
        let chosen = offers.iter().find(|offer| offer.method == method);
        if !chosen.is_some_and(|offer| offer.currencies.contain(currency)) {
            return Err(Error::CurrencyNotTaken { currency, methods: offer::that_take(offers, total) });
        }
        let problem = offer::problem(offers, method, total);
        problem.map_or(Ok(()), |problem| Err(Error::AmountNotSupported(Box::new(problem))))
    }
}

/// The answer to an accepted checkout, repeated when the client repeats the request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Accepted {
    pub id: OrderId,
    #[schema(example = "7K3M-9QX2")]
    pub number: String,
    pub status: OrderStatus,
    pub payment_method: PaymentMethod,
    pub total: Money,
}

/// An answer, and whether it is the stored one of an earlier request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    Placed(Accepted),
    Replayed(Accepted),
}

impl Answer {
    #[must_use]
    pub fn accepted(&self) -> &Accepted {
        match self {
            Self::Placed(accepted) | Self::Replayed(accepted) => accepted,
        }
    }
}
