//! What a test may look at: what was taken, given back and paid out, which events went out. The
//! control API shows the same. Nothing here makes due things happen.

use serde::Serialize;
use serde_json::Value;

use super::Desk;
use super::books::Books;
use super::model::{Event, Payment, Refund, Transfer};
pub use crate::sums::Sums;
use crate::webhooks::Journal;

#[derive(Debug, Clone, Serialize)]
pub struct PaymentSeen {
    /// Our reference.
    pub tx_ref: String,
    /// Chapa's, `AP…`.
    pub reference: String,
    pub checkout_url: String,
    /// `open`, `pending`, `success`, `failed` or `cancelled`.
    pub status: &'static str,
    pub currency: &'static str,
    pub amount: i64,
    /// Chapa's fee, once it is paid.
    pub charge: i64,
    pub captured: i64,
    pub refunded: i64,
}

#[derive(Debug, Clone, Serialize)]
pub struct RefundSeen {
    pub ref_id: String,
    pub reference: Option<String>,
    pub amount: i64,
    pub status: &'static str,
    pub meta: Value,
}

#[derive(Debug, Clone, Serialize)]
pub struct TransferSeen {
    /// Our reference.
    pub reference: String,
    pub batch: Option<u32>,
    pub amount: i64,
    pub currency: &'static str,
    pub account_number: String,
    /// `unapproved`, `pending`, `success`, `failed` or `reverted`.
    pub status: &'static str,
}

#[derive(Debug, Clone, Serialize)]
pub struct EventSeen {
    /// The sandbox's own: Chapa's events have none.
    pub id: String,
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The `tx_ref`, or the reference of the transfer.
    pub object: String,
    /// Seconds since the epoch.
    pub created: i64,
    #[serde(flatten)]
    pub delivery: Journal,
}

#[derive(Debug, Clone, Serialize)]
pub struct StateReport {
    pub initialized: u64,
    pub paid: u64,
    pub refunds: u64,
    pub captured: Sums,
    pub refunded: Sums,
    pub transferred: Sums,
    pub balance: Sums,
    /// Newest first, as many as were asked for; the counts and sums above are of everything.
    pub payments: Vec<PaymentSeen>,
    pub transfers: Vec<TransferSeen>,
    pub events: Vec<EventSeen>,
}

/// A look into the books. Lists are newest first.
#[derive(Debug, Clone, Copy)]
pub struct Inspect<'a> {
    pub(crate) desk: &'a Desk,
}

impl Inspect<'_> {
    /// Transactions ever initialized.
    pub fn initialized_count(&self) -> u64 {
        self.desk.lock().totals.initialized
    }

    /// Transactions that have ever taken money.
    pub fn paid_count(&self) -> u64 {
        self.desk.lock().totals.paid
    }

    pub fn payments(&self, limit: usize) -> Vec<PaymentSeen> {
        see_payments(&self.desk.lock(), limit)
    }

    /// By our `tx_ref`, or by Chapa's reference.
    pub fn payment(&self, id: &str) -> Option<PaymentSeen> {
        let books = self.desk.lock();
        let tx_ref = books.tx_ref_of(id)?;
        books.payments.get(&tx_ref).map(|payment| see_payment(&books, payment))
    }

    /// Of a payment, by our `tx_ref` or by Chapa's reference. Oldest first.
    pub fn refunds_of(&self, payment: &str) -> Vec<RefundSeen> {
        let books = self.desk.lock();
        let payment = books.tx_ref_of(payment).and_then(|tx_ref| books.payments.get(&tx_ref));
        let ids = payment.map(|payment| payment.refunds.as_slice()).unwrap_or_default();
        ids.iter().filter_map(|id| books.refunds.get(id)).map(see_refund).collect()
    }

    pub fn refunds_pending(&self) -> usize {
        let books = self.desk.lock();
        books.refunds.iter().filter(|(_, refund)| refund.status.is_under_way()).count()
    }

    pub fn transfers(&self, limit: usize) -> Vec<TransferSeen> {
        see_transfers(&self.desk.lock(), limit)
    }

    /// By our reference.
    pub fn transfer(&self, reference: &str) -> Option<TransferSeen> {
        self.desk.lock().transfers.get(reference).map(see_transfer)
    }

    /// Oldest first, all that are remembered.
    pub fn events(&self) -> Vec<EventSeen> {
        self.desk.lock().events.iter().map(|(_, event)| self.see_event(event)).collect()
    }

    /// Money taken, by currency.
    pub fn captured(&self) -> Sums {
        self.desk.lock().totals.captured.clone()
    }

    /// Money given back, by currency; reversed refunds do not count, those under way do.
    pub fn refunded(&self) -> Sums {
        self.desk.lock().totals.refunded.clone()
    }

    /// Money paid out, by currency; what failed or was reverted does not count, what is under way does.
    pub fn transferred(&self) -> Sums {
        self.desk.lock().totals.transferred.clone()
    }

    /// What the merchant has with Chapa, by currency.
    pub fn balance(&self) -> Sums {
        self.desk.lock().totals.balance.clone()
    }

    pub fn report(&self, limit: usize) -> StateReport {
        let books = self.desk.lock();
        let totals = books.totals.clone();
        StateReport {
            initialized: totals.initialized,
            paid: totals.paid,
            refunds: totals.refunds,
            captured: totals.captured,
            refunded: totals.refunded,
            transferred: totals.transferred,
            balance: totals.balance,
            payments: see_payments(&books, limit),
            transfers: see_transfers(&books, limit),
            events: books.events.iter().rev().take(limit).map(|(_, event)| self.see_event(event)).collect(),
        }
    }

    fn see_event(&self, event: &Event) -> EventSeen {
        EventSeen {
            id: event.id.clone(),
            kind: event.kind,
            object: event.object.clone(),
            created: event.created_ms.div_euclid(1000),
            delivery: self.desk.courier.journal(&event.id).unwrap_or_default(),
        }
    }
}

fn see_payments(books: &Books, limit: usize) -> Vec<PaymentSeen> {
    let newest = books.payments.iter().rev().take(limit);
    newest.map(|(_, payment)| see_payment(books, payment)).collect()
}

fn see_payment(books: &Books, payment: &Payment) -> PaymentSeen {
    let captured = payment.captured();
    PaymentSeen {
        tx_ref: payment.tx_ref.clone(),
        reference: payment.reference.clone(),
        checkout_url: books.page_of(payment),
        status: payment.status.as_str(),
        currency: payment.currency,
        amount: payment.amount,
        charge: if captured > 0 { payment.charge } else { 0 },
        captured,
        refunded: payment.refunded,
    }
}

fn see_refund(refund: &Refund) -> RefundSeen {
    RefundSeen {
        ref_id: refund.ref_id.clone(),
        reference: refund.reference.clone(),
        amount: refund.amount,
        status: refund.status.as_str(),
        meta: refund.meta.clone(),
    }
}

fn see_transfers(books: &Books, limit: usize) -> Vec<TransferSeen> {
    books.transfers.iter().rev().take(limit).map(|(_, transfer)| see_transfer(transfer)).collect()
}

fn see_transfer(transfer: &Transfer) -> TransferSeen {
    TransferSeen {
        reference: transfer.reference.clone(),
        batch: transfer.batch,
        amount: transfer.amount,
        currency: transfer.currency,
        account_number: transfer.account_number.clone(),
        status: transfer.status.as_str(),
    }
}
