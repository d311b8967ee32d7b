//! Double entry: every movement of money as a posting that sums to zero per currency.
//!
//! Owns `ledger_transactions` and `ledger_entries`. Debits are positive, credits negative. What to post is decided
//! by pure functions in `postings.rs`; the database checks the sum when the transaction commits, and refuses to post
//! the same fact twice.

mod postings;
pub mod store;

use money::Money;

pub use postings::{Share, refund, refund_undone, sale, surplus, surplus_refund};

use crate::kernel::ids::VendorId;

/// The kind of an account: where money is, or to whom it belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Account {
    /// Money that a gateway holds for us: an asset.
    GatewayClearing(&'static str),
    /// Money that we owe a vendor: a liability.
    VendorPayable(VendorId),
    /// Money that the marketplace has earned.
    CommissionRevenue,
    /// Money of a customer that is being refunded.
    CustomerFunds,
}

impl Account {
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::GatewayClearing(_) => "gateway_clearing",
            Self::VendorPayable(_) => "vendor_payable",
            Self::CommissionRevenue => "commission_revenue",
            Self::CustomerFunds => "customer_funds",
        }
    }

    /// The owner of an account of this kind.
    #[must_use]
    pub fn subject(self) -> String {
        match self {
            Self::GatewayClearing(gateway) => gateway.to_owned(),
            Self::VendorPayable(vendor) => vendor.to_string(),
            Self::CommissionRevenue | Self::CustomerFunds => "marketplace".to_owned(),
        }
    }
}

/// One side of a posting. Never zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    pub account: Account,
    pub amount: Money,
}

/// The fact behind a posting. Together with its source it is unique.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PostingKind {
    /// A payment paid its order; the source is the payment.
    Sale,
    /// A payment arrived that does not pay its order; the source is the payment.
    Surplus,
    /// Money was refunded; the source is the refund.
    Refund,
    /// A refund bounced; the source is the refund.
    RefundFailed,
}

impl PostingKind {
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sale => "sale",
            Self::Surplus => "surplus",
            Self::Refund => "refund",
            Self::RefundFailed => "refund_failed",
        }
    }
}
