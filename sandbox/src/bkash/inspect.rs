//! What a test may look at: payments, money, messages. The control API shows the same. Nothing here
//! makes due things happen.

use serde::Serialize;

use super::Desk;
use super::amount::CURRENCY;
use super::books::Books;
use super::model::{Payment, RefundStatus};
use super::topic::{Message, Subscription};
pub use crate::sums::Sums;
use crate::webhooks::Journal;

#[derive(Debug, Clone, Serialize)]
pub struct PaymentSeen {
    /// The paymentID.
    pub id: String,
    /// The merchant's own: `merchantInvoiceNumber`.
    pub reference: String,
    pub trx_id: Option<String>,
    pub status: &'static str,
    pub currency: &'static str,
    pub amount: i64,
    pub captured: i64,
    pub refunded: i64,
}

#[derive(Debug, Clone, Serialize)]
pub struct RefundSeen {
    /// Its trxID.
    pub id: String,
    pub amount: i64,
    pub status: &'static str,
    pub sku: String,
    pub reason: String,
}

#[derive(Debug, Clone, Serialize)]
pub struct EventSeen {
    pub id: String,
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The trxID it is about; empty for confirmations.
    pub object: String,
    pub created: i64,
    #[serde(flatten)]
    pub delivery: Journal,
}

#[derive(Debug, Clone, Serialize)]
pub struct StateReport {
    pub created: u64,
    pub completed: u64,
    pub refunds: u64,
    pub captured: Sums,
    pub refunded: Sums,
    /// `absent`, `pending` or `confirmed`.
    pub subscription: &'static str,
    /// Newest first, as many as were asked for; the counts and sums above are of everything.
    pub payments: Vec<PaymentSeen>,
    pub events: Vec<EventSeen>,
}

/// A look into the books. Lists are newest first.
#[derive(Debug, Clone, Copy)]
pub struct Inspect<'a> {
    pub(crate) desk: &'a Desk,
}

impl Inspect<'_> {
    /// paymentIDs ever created.
    pub fn created_count(&self) -> u64 {
        self.desk.lock().totals.created
    }

    /// Payments that have ever taken money.
    pub fn completed_count(&self) -> u64 {
        self.desk.lock().totals.completed
    }

    pub fn payments(&self, limit: usize) -> Vec<PaymentSeen> {
        self.desk.lock().payments.iter().rev().take(limit).map(|(_, payment)| see(payment)).collect()
    }

    /// By paymentID, or the latest for a merchant's invoice number.
    pub fn payment(&self, reference: &str) -> Option<PaymentSeen> {
        let books = self.desk.lock();
        books.find_id(reference).and_then(|id| books.payments.get(&id)).map(see)
    }

    /// Oldest first; by paymentID or invoice number.
    pub fn refunds_of(&self, reference: &str) -> Vec<RefundSeen> {
        let books = self.desk.lock();
        let payment = books.find_id(reference).and_then(|id| books.payments.get(&id));
        let refunds = payment.map(|payment| payment.refunds.as_slice()).unwrap_or_default().iter();
        refunds
            .map(|refund| RefundSeen {
                id: refund.id.clone(),
                amount: refund.amount,
                status: refund.status.as_str(),
                sku: refund.sku.clone(),
                reason: refund.reason.clone(),
            })
            .collect()
    }

    pub fn refunds_pending(&self) -> usize {
        let books = self.desk.lock();
        let refunds = books.payments.iter().flat_map(|(_, payment)| &payment.refunds);
        refunds.filter(|refund| refund.status == RefundStatus::Pending).count()
    }

    /// Oldest first, all that are remembered.
    pub fn events(&self) -> Vec<EventSeen> {
        self.desk.lock().messages.iter().map(|(_, message)| self.see_event(message)).collect()
    }

    /// `absent`, `pending` or `confirmed`.
    pub fn subscription(&self) -> &'static str {
        subscription(&self.desk.lock())
    }

    /// Money taken, by currency.
    pub fn captured(&self) -> Sums {
        sums(self.desk.lock().totals.captured)
    }

    /// Money given back, by currency; failed refunds do not count, pending ones do.
    pub fn refunded(&self) -> Sums {
        sums(self.desk.lock().totals.refunded)
    }

    pub fn report(&self, limit: usize) -> StateReport {
        let books = self.desk.lock();
        let totals = &books.totals;
        let newest = books.messages.iter().rev().take(limit);
        StateReport {
            created: totals.created,
            completed: totals.completed,
            refunds: totals.refunds,
            captured: sums(totals.captured),
            refunded: sums(totals.refunded),
            subscription: subscription(&books),
            payments: books.payments.iter().rev().take(limit).map(|(_, payment)| see(payment)).collect(),
            events: newest.map(|(_, message)| self.see_event(message)).collect(),
        }
    }

    fn see_event(&self, message: &Message) -> EventSeen {
        EventSeen {
            id: message.id.clone(),
            kind: message.kind.as_str(),
            object: message.about.clone(),
            created: message.at_ms.div_euclid(1000),
            delivery: self.desk.courier.journal(&message.id).unwrap_or_default(),
        }
    }
}

fn sums(poisha: i64) -> Sums {
    Sums::from([(CURRENCY.to_owned(), poisha)])
}

fn subscription(books: &Books) -> &'static str {
    match books.topic.subscription {
        Subscription::Absent => "absent",
        Subscription::Pending { .. } => "pending",
        Subscription::Confirmed { .. } => "confirmed",
    }
}

fn see(payment: &Payment) -> PaymentSeen {
    PaymentSeen {
        id: payment.id.clone(),
        reference: payment.invoice.clone(),
        trx_id: payment.trx.clone(),
        status: payment.status.name(),
        currency: CURRENCY,
        amount: payment.amount,
        captured: payment.captured(),
        refunded: payment.refunded(),
    }
}
