//! Transactions in a gateway's own lists, with which reconciliation compares our books.

use crate::{DisputeView, PaymentView, RefundView};

/// A window of the gateway's time, in unix seconds: includes `from`, excludes `until`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    pub from: i64,
    pub until: i64,
}

/// A page of transactions and the cursor of the next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransactionPage {
    pub transactions: Vec<Transaction>,
    /// For the next call; `None` on the last page.
    pub next: Option<String>,
}

/// One transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transaction {
    /// The gateway's reference of this row, for people.
    pub id: String,
    /// When the gateway recorded it, in unix seconds.
    pub at: i64,
    pub what: Movement,
}

/// The subject of a transaction.
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
