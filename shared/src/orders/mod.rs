//! Orders: what was bought, by whom, at which price, and the current status.
//!
//! Owns `orders`, `vendor_orders`, `order_items`, `order_history` and `order_number_key`. An order is written once by
//! `checkout`. After that only its status changes, by [`store::advance`] and its batched sister, which write the history row with it.
//! Stock and money belong to other capabilities; `fulfilment` changes both together.

mod address;
mod error;
pub mod look;
pub mod number;
mod status;
pub mod store;
mod view;

use serde::{Deserialize, Serialize};

pub use address::{Address, AddressProblem};
pub use error::Error;
pub use status::{OrderStatus, Step};
pub use view::{
    Bill, BillLine, Glance, HistoryEntry, LineView, OrderCustomer, OrderSummary, OrderView, PartSummary,
    PaymentProgress, RefundDecision, RefundProgress, RejectedItem, Standing, SummaryLine, VendorPart,
};

use crate::kernel::Timestamp;
use crate::kernel::ids::{OrderId, UserId};
use crate::payments::Provider;
use money::Money;

/// The payment method of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, sqlx::Type, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum PaymentMethod {
    Stripe,
    Bkash,
    Paystack,
    Chapa,
    CashOnDelivery,
}

impl PaymentMethod {
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self.gateway() {
            Some(gateway) => gateway.as_str(),
            None => "cash_on_delivery",
        }
    }

    /// The gateway that takes the money; none for cash.
    #[must_use]
    pub const fn gateway(self) -> Option<Provider> {
        match self {
            Self::Stripe => Some(Provider::Stripe),
            Self::Bkash => Some(Provider::Bkash),
            Self::Paystack => Some(Provider::Paystack),
            Self::Chapa => Some(Provider::Chapa),
            Self::CashOnDelivery => None,
        }
    }
}

impl From<Provider> for PaymentMethod {
    fn from(gateway: Provider) -> Self {
        match gateway {
            Provider::Stripe => Self::Stripe,
            Provider::Bkash => Self::Bkash,
            Provider::Paystack => Self::Paystack,
            Provider::Chapa => Self::Chapa,
        }
    }
}

/// An order under its row lock: no other transaction changes it until this one ends.
///
/// Only the store creates one, so holding it proves the lock.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct LockedOrder {
    pub id: OrderId,
    pub number: String,
    pub customer_id: UserId,
    pub status: OrderStatus,
    pub version: i32,
    pub payment_method: PaymentMethod,
    pub total: Money,
    pub hold_until: Option<Timestamp>,
}

/// The person or system that took a step, as the history shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    System,
    Customer,
    Admin(UserId),
    Gateway(&'static str),
}

impl Actor {
    /// The stored word.
    #[must_use]
    pub fn word(&self) -> String {
        match self {
            Self::System => "system".into(),
            Self::Customer => "customer".into(),
            Self::Admin(user) => format!("admin:{user}"),
            Self::Gateway(name) => format!("gateway:{name}"),
        }
    }
}
