//! The one table of the status changes of an order. Every change goes through [`OrderStatus::after`].

use serde::{Deserialize, Serialize};

/// The status of an order. API, database and code use the same words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, sqlx::Type, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum OrderStatus {
    /// Accepted; stock is not reserved yet.
    Pending,
    /// Stock is held for a time, in which the customer must pay.
    AwaitingPayment,
    /// Stock is held; payment on delivery.
    Confirmed,
    Paid,
    Processing,
    Shipped,
    Delivered,
    /// Not enough stock.
    Rejected,
    /// Not paid in time.
    Expired,
    Cancelled,
    /// All captured money has been refunded.
    Refunded,
}

/// An event in the life of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// Stock was taken; payment is awaited.
    Hold,
    /// Stock was taken; payment on delivery.
    Confirm,
    Reject,
    Pay,
    /// Money arrived after the hold had ended, and stock could be reserved again.
    PayLate,
    Process,
    Ship,
    Deliver,
    Expire,
    Cancel,
    /// The last of the captured money has been refunded.
    Refund,
    /// A refund that had succeeded failed at the bank: back to the earlier status.
    UndoRefund {
        back_to: OrderStatus,
    },
}

impl OrderStatus {
    pub const ALL: &'static [Self] = &[
        Self::Pending,
        Self::AwaitingPayment,
        Self::Confirmed,
        Self::Paid,
        Self::Processing,
        Self::Shipped,
        Self::Delivered,
        Self::Rejected,
        Self::Expired,
        Self::Cancelled,
        Self::Refunded,
    ];

    /// The status after a step; `None` if the step is not possible in this status.
    #[must_use]
    pub fn after(self, step: Step) -> Option<Self> {
        match (self, step) {
            (Self::Pending, Step::Hold) => Some(Self::AwaitingPayment),
            (Self::Pending, Step::Confirm) => Some(Self::Confirmed),
            (Self::Pending, Step::Reject) => Some(Self::Rejected),
            (Self::AwaitingPayment, Step::Pay) | (Self::Expired, Step::PayLate) => Some(Self::Paid),
            (Self::AwaitingPayment, Step::Expire) => Some(Self::Expired),
            (Self::Confirmed | Self::Paid, Step::Process) => Some(Self::Processing),
            (Self::Processing, Step::Ship) => Some(Self::Shipped),
            (Self::Shipped, Step::Deliver) => Some(Self::Delivered),
            (from, Step::Cancel) => from.is_cancellable().then_some(Self::Cancelled),
            (
                Self::Paid | Self::Processing | Self::Shipped | Self::Delivered | Self::Cancelled,
                Step::Refund,
            ) => Some(Self::Refunded),
            (Self::Refunded, Step::UndoRefund { back_to }) => back_to.after(Step::Refund).map(|_| back_to),
            (
                Self::Pending
                | Self::AwaitingPayment
                | Self::Confirmed
                | Self::Paid
                | Self::Processing
                | Self::Shipped
                | Self::Delivered
                | Self::Rejected
                | Self::Expired
                | Self::Cancelled
                | Self::Refunded,
                Step::Hold
                | Step::Confirm
                | Step::Reject
                | Step::Pay
                | Step::PayLate
                | Step::Process
                | Step::Ship
                | Step::Deliver
                | Step::Expire
                | Step::Refund
                | Step::UndoRefund { .. },
            ) => None,
        }
    }

    /// Not shipped yet, and not ended.
    #[must_use]
    pub fn is_cancellable(self) -> bool {
        match self {
            Self::Pending | Self::AwaitingPayment | Self::Confirmed | Self::Paid | Self::Processing => true,
            Self::Shipped
            | Self::Delivered
            | Self::Rejected
            | Self::Expired
            | Self::Cancelled
            | Self::Refunded => false,
        }
    }

    /// Nothing can follow but refunds, and money that arrives too late.
    #[must_use]
    pub fn is_over(self) -> bool {
        match self {
            Self::Rejected | Self::Expired | Self::Cancelled | Self::Refunded | Self::Delivered => true,
            Self::Pending
            | Self::AwaitingPayment
            | Self::Confirmed
            | Self::Paid
            | Self::Processing
            | Self::Shipped => false,
        }
    }

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::AwaitingPayment => "awaiting_payment",
            Self::Confirmed => "confirmed",
            Self::Paid => "paid",
            Self::Processing => "processing",
            Self::Shipped => "shipped",
            Self::Delivered => "delivered",
            Self::Rejected => "rejected",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
            Self::Refunded => "refunded",
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Applies any step. A step that reverses a refund leads back to the earlier status, which the caller reads from
    /// the history.
    fn step() -> impl Strategy<Value = fn(OrderStatus) -> Step> {
        let steps: [fn(OrderStatus) -> Step; 12] = [
            |_| Step::Hold,
            |_| Step::Confirm,
            |_| Step::Reject,
            |_| Step::Pay,
            |_| Step::PayLate,
            |_| Step::Process,
            |_| Step::Ship,
            |_| Step::Deliver,
            |_| Step::Expire,
            |_| Step::Cancel,
            |_| Step::Refund,
            |before| Step::UndoRefund { back_to: before },
        ];
        prop::sample::select(steps.to_vec())
    }

    proptest! {
        /// Whatever happens in whatever order: no goods leave unpaid and unconfirmed, and final statuses stay final.
        #[test]
        fn any_walk_keeps_the_promises(steps in prop::collection::vec(step(), 0..200)) {
            let (mut before, mut status) = (OrderStatus::Pending, OrderStatus::Pending);
            let mut secured = false;
            for step in steps {
                let Some(next) = status.after(step(before)) else { continue };
                prop_assert_ne!(next, status, "a step changes the status");
                prop_assert_ne!(status, OrderStatus::Rejected, "rejected is an end");
                secured |= matches!(next, OrderStatus::Paid | OrderStatus::Confirmed);
                if matches!(next, OrderStatus::Processing | OrderStatus::Shipped | OrderStatus::Delivered) {
                    prop_assert!(secured, "{next:?} without payment or confirmation");
                }
                (before, status) = (status, next);
            }
        }

        #[test]
        fn what_was_shipped_is_never_cancelled(step in step()) {
            for from in [OrderStatus::Shipped, OrderStatus::Delivered] {
                prop_assert_ne!(from.after(step(OrderStatus::Paid)), Some(OrderStatus::Cancelled));
            }
        }
    }

    #[test]
    fn the_words_are_the_same_in_json_and_in_code() {
        for status in OrderStatus::ALL {
            assert_eq!(serde_json::to_value(status).expect("a word"), status.as_str());
        }
    }
}
