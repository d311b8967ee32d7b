//! Checkout: a cart, or a selection of its lines, becomes an order, at most one, whatever requests race.
//!
//! Owns no table; reads and empties carts, writes orders through `orders` and answers into `idempotency_keys`. Many requests are handled in one
//! transaction (see `kernel::batcher`): the order, its parts and lines, the emptied cart, the stored answer and the job
//! that reserves stock commit together. The quote is a pure function. Stock is not looked at here: the job decides.
//!
//! Nobody holds a shop's stock for nothing: open orders that are not paid are limited per customer. The cart's lock is what
//! makes the limit hold: an order is only ever added under it, in whichever process.
//!
//! Nobody is charged what they were not shown: a request that says which total it expects is refused at another, and
//! one that says nothing is refused while a price stands that the cart has not shown yet.

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
    /// SHA-256 of the request's meaning: another one under the same key is refused.
    pub fingerprint: [u8; 32],
    /// None: cash, where every vendor takes it.
    pub payment_method: Option<PaymentMethod>,
    /// Every way to pay here, and what it takes.
    pub offers: Vec<Offer>,
    pub address: Address,
    /// Which lines are bought; none: all of them.
    pub selection: Option<Selection>,
    /// What the customer was shown. Another total of today is refused.
    pub expected_total: Option<Money>,
    pub trace: Option<TraceContext>,
}

impl Request {
    /// Refuses a total that a way to pay never takes. What costs nothing is paid by nobody.
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

/// What the client is told, and told again when it repeats the request.
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
