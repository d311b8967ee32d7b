//! What banks, issuers and Stripe itself do, for tests and the control API: they decide over refunds and
//! disputes, warn of fraud, pay out, and bring money from outside.

use super::books::{Books, Origin};
use super::dispute::{Accusation, DisputeStatus};
use super::model::{FailureReason, RefundStatus};
use super::payouts::PayoutStatus;
use crate::world::World;

/// How a refund is made to stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Of one that is pending or requires action.
    Succeeded,
    Failed,
    /// Of one that requires action.
    Pending,
    /// Of one that is pending.
    RequiresAction,
    /// Of one that is pending or requires action.
    Canceled,
}

/// A payment is named by its PaymentIntent, its session or the session's `client_reference_id`.
#[derive(Debug, Clone, Copy)]
pub struct Bank<'a> {
    pub(crate) world: &'a World,
}

impl Bank<'_> {
    fn open<R>(&self, work: impl FnOnce(&mut Books) -> R) -> R {
        self.world.stripe.open(self.world, None, |books, _| work(books))
    }

    /// Makes a refund stand so; one that has ended another way stays. False if there is no such refund.
    pub fn force_refund(&self, id: &str, verdict: Verdict, reason: FailureReason) -> bool {
        self.open(|books| {
            match verdict {
                Verdict::Succeeded => books.refund_arrives(id),
                Verdict::Failed => books.refund_fails(id, reason),
                Verdict::Pending => books.turn_refund(id, RefundStatus::Pending),
                Verdict::RequiresAction => books.turn_refund(id, RefundStatus::RequiresAction),
                Verdict::Canceled => books.refund_is_canceled(id, &Origin::default()),
            }
            books.refunds.contains(id)
        })
    }

    /// Disputes what is left of a payment, or `amount` of it; the dispute's id. None if nothing is left
    /// or a dispute about it stands.
    pub fn dispute(&self, payment: &str, accusation: Accusation, amount: Option<i64>) -> Option<String> {
        self.open(|books| books.accuse(&books.payment_called(payment)?, accusation, amount))
    }

    /// Makes a dispute stand so, and moves its money. False if there is no such dispute.
    pub fn turn_dispute(&self, id: &str, to: DisputeStatus) -> bool {
        self.open(|books| books.turn_dispute(id, to, &Origin::default()))
    }

    /// Sends an early fraud warning; its id. None if nothing was taken, or there is one already.
    pub fn warn(&self, payment: &str) -> Option<String> {
        self.open(|books| books.warn(&books.payment_called(payment)?))
    }

    /// Adds money to the available balance of the platform or a connected account; the balance
    /// transaction's id.
    pub fn top_up(&self, account: Option<&str>, amount: i64, currency: &str) -> String {
        self.open(|books| books.top_up(account, amount, currency))
    }

    /// An automatic payout of all that is available; its id. None if nothing is.
    pub fn pay_out(&self, account: Option<&str>, currency: &str) -> Option<String> {
        self.open(|books| books.pay_out_all(account, currency))
    }

    /// Makes a payout stand so; failed and canceled ones stay. False if there is no such payout.
    pub fn turn_payout(&self, id: &str, to: PayoutStatus) -> bool {
        self.open(|books| books.turn_payout(id, to, &Origin::default()))
    }
}

impl Books {
    /// The PaymentIntent that goes by this id, session or reference; of a reference the newest.
    pub fn payment_called(&self, name: &str) -> Option<String> {
        if self.payments.contains(name) {
            return Some(name.to_owned());
        }
        let session = self.session_called(name)?;
        self.sessions.get(&session).and_then(|session| session.payment.clone())
    }

    /// The session that goes by this id, PaymentIntent or reference; of a reference the newest.
    pub fn session_called(&self, name: &str) -> Option<String> {
        if self.sessions.contains(name) {
            return Some(name.to_owned());
        }
        if let Some(payment) = self.payments.get(name) {
            return payment.session.clone();
        }
        let mut newest = self.sessions.iter().rev();
        let found = newest.find(|(_, session)| session.client_reference_id.as_deref() == Some(name));
        found.map(|(id, _)| id.to_owned())
    }
}
