//! What moved at a gateway, as its own lists have it: what reconciliation compares our books with.

use crate::{DisputeView, PaymentView, RefundView};

/// A stretch of the gateway's time, unix seconds: `from` is in it, `until` is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    pub from: i64,
    pub until: i64,
}

/// Some transactions and where the next ones begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransactionPage {
    pub transactions: Vec<Transaction>,
    /// For the next call; `None` on the last page.
    pub next: Option<String>,
}

/// One movement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transaction {
    /// The gateway's name for this row, for people.
    pub id: String,
    /// When the gateway wrote it, unix seconds.
    pub at: i64,
    pub what: Movement,
}

/// What moved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Movement {
    Payment(PaymentView),
    Refund {
        view: RefundView,
        /// [`PaymentView::payment_reference`] of its payment.
        payment_reference: Option<String>,
    },
    Dispute(DisputeView),
}
