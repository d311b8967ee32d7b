//! What a gateway was seen to say about a payment, in words that no gateway owns.

use money::Money;

use super::Failure;

/// Where the gateway says the payment is. Words it did not know before count as [`Observed::Processing`].
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
    /// The money, if there is any.
    pub charge_reference: Option<String>,
    /// Where the customer pays.
    pub redirect_url: Option<String>,
    /// What went wrong. An open page may have a failure: the customer can try again there.
    pub failure: Option<Failure>,
}
