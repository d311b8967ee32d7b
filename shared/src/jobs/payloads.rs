//! The payload of each kind of job: ids, never a copy of what the database knows.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Job, JobKind, Question};
use crate::kernel::Timestamp;
use crate::kernel::ids::{OrderId, PaymentId, RefundId, WebhookEventId};
use crate::payments::Provider;

macro_rules! payloads {
    ($($(#[$doc:meta])* $name:ident { $field:ident: $id:ty })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        pub struct $name {
            pub $field: $id,
        }

        impl Job for $name {
            const KIND: JobKind = JobKind::$name;

            fn dedupe_key(&self) -> Option<String> {
                Some(format!("{}:{}", Self::KIND.as_str(), self.$field))
            }
        }
    )*};
}

// One of each per id: a second request for the same work finds the first.
payloads! {
    ReserveStock { order_id: OrderId }
    CreatePayment { payment_id: PaymentId }
    ApplyWebhook { event_id: WebhookEventId }
    ClosePayment { payment_id: PaymentId }
    SubmitRefund { refund_id: RefundId }
    PollRefund { refund_id: RefundId }
    PollPayment { payment_id: PaymentId }
}

/// An order may be held more than once: after a late payment the hold starts again. Hence no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExpireHold {
    pub order_id: OrderId,
}

impl Job for ExpireHold {
    const KIND: JobKind = JobKind::ExpireHold;
}

/// One per hint, within the bounds of [`store::ask`](super::store::ask), which assigns a key per time slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskPayment {
    pub payment_id: PaymentId,
    /// Only the previous version writes `true`: it means [`FinishPayment`].
    pub agreed: bool,
}

impl Job for AskPayment {
    const KIND: JobKind = JobKind::AskPayment;
}

impl Question for AskPayment {
    fn subject(&self) -> Uuid {
        self.payment_id.0
    }
}

/// One per report that the customer has agreed, bounded as [`AskPayment`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FinishPayment {
    pub payment_id: PaymentId,
}

impl Job for FinishPayment {
    const KIND: JobKind = JobKind::FinishPayment;
}

impl Question for FinishPayment {
    fn subject(&self) -> Uuid {
        self.payment_id.0
    }
}

/// One per hint, and so without a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskRefund {
    pub refund_id: RefundId,
}

impl Job for AskRefund {
    const KIND: JobKind = JobKind::AskRefund;
}

/// One per slot, as [`AskPayment`]. Without a key where the gateway's refusal of a refund is the hint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskRefunds {
    pub payment_id: PaymentId,
}

impl Job for AskRefunds {
    const KIND: JobKind = JobKind::AskRefunds;
}

impl Question for AskRefunds {
    fn subject(&self) -> Uuid {
        self.payment_id.0
    }
}

/// Written by a schedule, which assigns the key `name@tick`, or by an operator, who names the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reconcile {
    pub gateway: Provider,
    /// If absent: from where the last run ended, with an overlap.
    pub from: Option<Timestamp>,
    /// If absent: until now.
    pub until: Option<Timestamp>,
}

impl Job for Reconcile {
    const KIND: JobKind = JobKind::Reconcile;
}

/// Written by a schedule, which assigns the key `name@tick`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PurgeOld {}

impl Job for PurgeOld {
    const KIND: JobKind = JobKind::PurgeOld;
}

/// Written by a schedule, which assigns the key `name@tick`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckBooks {}

impl Job for CheckBooks {
    const KIND: JobKind = JobKind::CheckBooks;
}
