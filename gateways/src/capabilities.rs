//! What a gateway can do, as data.

use money::{Amounts, Currencies};

/// The differences between gateways, as far as callers have to know them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capabilities {
    pub currencies: Currencies,
    /// The amounts that are accepted per currency. An order with any other total can't be paid here.
    pub amounts: Amounts,
    pub push: Push,
    pub finish: Finish,
    /// A page can be closed for good. If not, a page that we consider closed may still be paid, which is a late
    /// payment.
    pub closes_pages: bool,
    pub pages: PageScheme,
    /// [`crate::Gateway::find_payment`] may be called for a payment whose capture is known. If not, it is only for
    /// payments without an answer.
    pub confirms_captures: bool,
    pub refunds: RefundRules,
    /// [`crate::Gateway::list_transactions`] is supported.
    pub lists: bool,
    /// Shortest and longest life of a payment page, in seconds.
    pub payment_life_secs: (i64, i64),
}

/// The addresses that a payment page may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageScheme {
    Https,
    /// The gateway itself is reached by http, so it is a simulator, and its pages may use http too.
    HttpToo,
}

impl PageScheme {
    /// The rule for a gateway with this base URL.
    pub(crate) fn beside(base_url: &str) -> Self {
        if base_url.starts_with("http://") { Self::HttpToo } else { Self::Https }
    }
}

/// What a pushed message proves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Push {
    /// Signed over its content and its time, with an id of its own: the product may act on it.
    Proof,
    /// The message may be a replay, or says too little: the gateway is asked, nothing more.
    Hint,
}

/// Which side takes the money once the customer has agreed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finish {
    ByGateway,
    /// The merchant must, by [`crate::Gateway::finish_payment`].
    ByMerchant,
}

/// The rules of a gateway's refunds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RefundRules {
    /// Part of a payment can be refunded.
    pub partial: bool,
    /// Most refunds of one payment.
    pub most: Option<u32>,
    /// How long after the payment, in seconds.
    pub within_secs: Option<i64>,
    /// An unanswered refund must be resolved before another one of the same payment is requested: the two can't be told
    /// apart otherwise.
    pub one_at_a_time: bool,
    /// A repeat gets the answer of the first call, as by an idempotency key. If not, a repeat may be refused because
    /// the first call was carried out.
    pub keyed: bool,
    /// [`crate::RefundView::our_refund`] is always present for refunds that we requested.
    pub marked: bool,
    /// [`crate::Gateway::refunds_of`] is supported: refunds that were made elsewhere can be found.
    pub listed: bool,
}
