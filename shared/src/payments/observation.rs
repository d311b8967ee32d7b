//! A gateway's statement about a payment, in words that belong to no gateway.

use money::Money;

use super::Failure;

/// The state of the payment at the gateway. Unknown words count as [`Observed::Processing`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Observed {
    Open,
    Processing,
    Captured,
    Failed,
    Expired,
}

/// From an authenticated read, an answer to our own call, or a verified message: nothing else may move money.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observation {
    pub state: Observed,
    pub amount: Money,
    /// The hosted payment, if the gateway named it.
    pub reference: Option<String>,
    /// The reference of the money, if there is any.
    pub charge_reference: Option<String>,
    /// Where the customer pays.
    pub redirect_url: Option<String>,
    /// The last failure. An open page may have one: the customer can try again there.
    pub failure: Option<Failure>,
}
