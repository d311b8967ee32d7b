//! What a test may look at: what was charged, refunded and paid out, which events went out. The control
//! API shows the same. Amounts are as they travel, currencies in capitals. Nothing here makes due
//! things happen.

use serde::Serialize;

use super::Desk;
use super::books::Books;
use super::model::{Event, Transaction};
use crate::sums::Sums;
use crate::webhooks::Journal;

#[derive(Debug, Clone, Serialize)]
pub struct PaymentSeen {
    /// The merchant's.
    pub reference: String,
    pub id: i64,
    pub access_code: Option<String>,
    pub status: &'static str,
    pub currency: String,
    pub requested: i64,
    pub captured: i64,
    pub refunded: i64,
}

#[derive(Debug, Clone, Serialize)]
pub struct RefundSeen {
    pub id: i64,
    pub amount: i64,
    pub status: &'static str,
    pub merchant_note: String,
    pub dispute: Option<i64>,
}

#[derive(Debug, Clone, Serialize)]
pub struct TransferSeen {
    pub reference: String,
    pub transfer_code: String,
    pub recipient: String,
    pub status: &'static str,
    pub currency: String,
    pub amount: i64,
}

#[derive(Debug, Clone, Serialize)]
pub struct EventSeen {
    /// The sandbox's own: Paystack's events have none.
    pub id: String,
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The reference of what the event is about.
    pub object: String,
    pub created_ms: i64,
    #[serde(flatten)]
    pub delivery: Journal,
}

#[derive(Debug, Clone, Serialize)]
pub struct StateReport {
    pub initialized: u64,
    pub charged: u64,
    pub refunds: u64,
    pub captured: Sums,
    pub refunded: Sums,
    pub paid_out: Sums,
    pub balance: Sums,
    /// Newest first, as many as were asked for; the counts and sums above are of everything.
    pub payments: Vec<PaymentSeen>,
    pub transfers: Vec<TransferSeen>,
    pub events: Vec<EventSeen>,
}

/// A look into the books. Lists are newest first unless they say otherwise.
#[derive(Debug, Clone, Copy)]
pub struct Inspect<'a> {
    pub(crate) desk: &'a Desk,
}

impl Inspect<'_> {
    /// Transactions ever made, charges of saved cards included.
    pub fn initialized_count(&self) -> u64 {
        self.desk.lock().totals.initialized
    }

    /// Transactions that have ever taken money.
    pub fn charged_count(&self) -> u64 {
        self.desk.lock().totals.charged
    }

    pub fn payments(&self, limit: usize) -> Vec<PaymentSeen> {
        see_payments(&self.desk.lock(), limit)
    }

    /// By reference, id or access code.
    pub fn payment(&self, name: &str) -> Option<PaymentSeen> {
        let books = self.desk.lock();
        books.transactions.get(&books.reference_of(name)?).map(see_payment)
    }

    /// Oldest first, by the transaction's reference or id.
    pub fn refunds_of(&self, payment: &str) -> Vec<RefundSeen> {
        let books = self.desk.lock();
        let ids = books.transaction(payment).map(|found| found.refunds.as_slice()).unwrap_or_default();
        let refunds = ids.iter().filter_map(|id| books.refunds.get(id));
        refunds
            .map(|refund| RefundSeen {
                id: refund.id,
                amount: refund.amount,
                status: refund.status.as_str(),
                merchant_note: refund.merchant_note.clone(),
                dispute: refund.dispute,
            })
            .collect()
    }

    pub fn transfers(&self, limit: usize) -> Vec<TransferSeen> {
        see_transfers(&self.desk.lock(), limit)
    }

    /// Oldest first, all that are remembered.
    pub fn events(&self) -> Vec<EventSeen> {
        self.desk.lock().events.iter().map(|(_, event)| self.see_event(event)).collect()
    }

    /// Money taken, by currency.
    pub fn captured(&self) -> Sums {
        self.desk.lock().totals.captured.clone()
    }

    /// Money given back, by currency; failed refunds do not count, those under way do.
    pub fn refunded(&self) -> Sums {
        self.desk.lock().totals.refunded.clone()
    }

    /// Money transferred, by currency; what failed or was reversed does not count, what is under way does.
    pub fn paid_out(&self) -> Sums {
        self.desk.lock().totals.paid_out.clone()
    }

    /// What the merchant holds, by currency.
    pub fn balance(&self) -> Sums {
        self.desk.lock().balances.clone()
    }

    pub fn report(&self, limit: usize) -> StateReport {
        let books = self.desk.lock();
        let totals = books.totals.clone();
        StateReport {
            initialized: totals.initialized,
            charged: totals.charged,
            refunds: totals.refunds,
            captured: totals.captured,
            refunded: totals.refunded,
            paid_out: totals.paid_out,
            balance: books.balances.clone(),
            payments: see_payments(&books, limit),
            transfers: see_transfers(&books, limit),
            events: books.events.iter().rev().take(limit).map(|(_, event)| self.see_event(event)).collect(),
        }
    }

    fn see_event(&self, event: &Event) -> EventSeen {
        EventSeen {
            id: event.id.clone(),
            kind: event.kind,
            object: event.about.clone(),
            created_ms: event.created_ms,
            delivery: self.desk.courier.journal(&event.id).unwrap_or_default(),
        }
    }
}

fn see_payments(books: &Books, limit: usize) -> Vec<PaymentSeen> {
    books.transactions.iter().rev().take(limit).map(|(_, transaction)| see_payment(transaction)).collect()
}

fn see_payment(transaction: &Transaction) -> PaymentSeen {
    PaymentSeen {
        reference: transaction.reference.clone(),
        id: transaction.id,
        access_code: transaction.access_code.clone(),
        status: transaction.status.as_str(),
        currency: transaction.currency.clone(),
        requested: transaction.requested,
        captured: transaction.captured(),
        refunded: transaction.refunded,
    }
}

fn see_transfers(books: &Books, limit: usize) -> Vec<TransferSeen> {
    let newest = books.transfers.iter().rev().take(limit);
    newest
        .map(|(_, transfer)| TransferSeen {
            reference: transfer.reference.clone(),
            transfer_code: transfer.code.clone(),
            recipient: transfer.recipient.clone(),
            status: transfer.status.as_str(),
            currency: transfer.currency.clone(),
            amount: transfer.amount,
        })
        .collect()
}
