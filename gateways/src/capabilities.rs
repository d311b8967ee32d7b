//! What a gateway does and does not do, as data.

use money::{Amounts, Currencies};

/// How a gateway differs from the others, as far as a caller has to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capabilities {
    pub currencies: Currencies,
    /// What is taken of each currency: an order's total outside of it can never be paid here.
    pub amounts: Amounts,
    pub push: Push,
    pub finish: Finish,
    /// A page can be closed for good. Where not, a closed one may still be paid, and that is a late payment.
    pub closes_pages: bool,
    pub pages: PageScheme,
    /// [`crate::Gateway::find_payment`] may be asked about money that is known to have come. Where not, it is for payments
    /// without an answer only.
    pub confirms_captures: bool,
    pub refunds: RefundRules,
    /// [`crate::Gateway::list_transactions`] answers.
    pub lists: bool,
    /// Shortest and longest life of a payment page, in seconds.
    pub payment_life_secs: (i64, i64),
}

/// Which addresses a payment page may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageScheme {
    Https,
    /// The gateway itself is reached by http, so it is a simulator, and its pages may be too.
    HttpToo,
}

impl PageScheme {
    /// Of a gateway with this base URL.
    pub(crate) fn beside(base_url: &str) -> Self {
        if base_url.starts_with("http://") { Self::HttpToo } else { Self::Https }
    }
}

/// What a pushed message is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Push {
    /// Signed over its content and its time, with an id of its own: it may be acted on.
    Proof,
    /// Somebody may repeat an old one, or it says too little: a reason to look, nothing more.
    Hint,
}

/// Who takes the money once the customer has agreed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finish {
    ByGateway,
    /// We must, by [`crate::Gateway::finish_payment`].
    ByMerchant,
}

/// What refunds a gateway makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RefundRules {
    /// Part of a payment can be refunded.
    pub partial: bool,
    /// Refunds of one payment at the most.
    pub most: Option<u32>,
    /// How long after the payment, in seconds.
    pub within_secs: Option<i64>,
    /// One without an answer must be known before another of the same payment is asked for: they can't be told apart
    /// otherwise.
    pub one_at_a_time: bool,
    /// A repeat gets the answer of the first, as by an idempotency key. Where not, a repeat that is refused may be
    /// refused because the first was carried out.
    pub keyed: bool,
    /// [`crate::RefundView::our_refund`] is there for each refund that was asked for by us, always.
    pub marked: bool,
    /// [`crate::Gateway::refunds_of`] answers: refunds that somebody else made can be found.
    pub listed: bool,
}
