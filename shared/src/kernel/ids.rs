//! Every id of the product, each a separate type over uuid v7: they sort by creation and keep indexes dense.
//!
//! Entries are only added, never removed.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Timestamp;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, sqlx::Type, utoipa::ToSchema)]
        #[serde(transparent)]
        #[sqlx(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// A new id, later than all earlier ones of this process.
            #[must_use]
            #[expect(clippy::new_without_default, reason = "a fresh id is not a default value")]
            pub fn new() -> Self {
                Self(Uuid::now_v7())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, uuid::Error> {
                text.parse().map(Self)
            }
        }
    )*};
}

ids! {
    /// A person's account.
    UserId
    /// A signed-in device: a family of refresh tokens.
    SessionId
    /// A shop.
    VendorId
    CategoryId
    ProductId
    /// A variant: one choice of a product's options.
    VariantId
    ImageId
    CartItemId
    OrderId
    /// One vendor's part of an order.
    VendorOrderId
    /// One payment attempt; also the gateway's idempotency key.
    PaymentId
    /// One refund; also the gateway's idempotency key.
    RefundId
    /// A row of the inbox of gateway events.
    WebhookEventId
    IncidentId
    JobId
    /// One posting.
    LedgerTransactionId
    /// A difference between a gateway's list and our books.
    DifferenceId
    /// One request to a gateway and its answer.
    PaymentLogId
    /// A movement of another system on our account at a gateway.
    ForeignMovementId
}

/// The smallest uuid v7 of a moment: everything created before has a smaller id.
#[must_use]
pub fn smallest_at(at: Timestamp) -> Uuid {
    let millis = u64::try_from(at.timestamp_millis()).unwrap_or_default();
    uuid::Builder::from_unix_timestamp_millis(millis, &[0; 10]).into_uuid()
}
