//! What a test may look at: how many sessions, what was charged and refunded, which events went out.
//! The control API shows the same. Nothing here makes due things happen.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::Desk;
use super::books::Books;
use super::dispute::DisputeStatus;
use super::expand::by_id;
use super::model::{Event, Payment, Session};
use super::session_view;
use crate::sums::Sums;
use crate::webhooks::Journal;

#[derive(Debug, Clone, Serialize)]
pub struct SessionSeen {
    pub id: String,
    pub status: &'static str,
    pub payment_status: &'static str,
    pub payment_intent: Option<String>,
    pub client_reference_id: Option<String>,
    pub amount_total: i64,
    pub currency: String,
    pub created: i64,
}

#[derive(Debug, Clone, Serialize)]
pub struct PaymentSeen {
    pub id: String,
    /// Empty for one that was made over the API.
    pub session: String,
    pub client_reference_id: Option<String>,
    pub status: &'static str,
    pub currency: String,
    pub captured: i64,
    /// Refunds that have not failed.
    pub refunded: i64,
    /// What disputes hold or have taken.
    pub disputed: i64,
    /// What went to connected accounts out of its charge, less reversals.
    pub transferred: i64,
}

#[derive(Debug, Clone, Serialize)]
pub struct DisputeSeen {
    pub id: String,
    pub amount: i64,
    pub status: DisputeStatus,
    pub reason: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BalanceSeen {
    pub available: Sums,
    pub pending: Sums,
}

#[derive(Debug, Clone, Serialize)]
pub struct RefundSeen {
    pub id: String,
    pub amount: i64,
    pub status: &'static str,
    pub metadata: BTreeMap<String, String>,
}

#[derive(Debug, Clone, Serialize)]
pub struct EventSeen {
    pub id: String,
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The id of the object the event is about.
    pub object: String,
    pub created: i64,
    #[serde(flatten)]
    pub delivery: Journal,
}

#[derive(Debug, Clone, Serialize)]
pub struct StateReport {
    pub sessions: u64,
    pub charged: u64,
    pub refunds: u64,
    pub captured: Sums,
    pub refunded: Sums,
    pub disputes: u64,
    pub disputed: Sums,
    pub transferred: Sums,
    pub balance: BalanceSeen,
    /// Newest first, as many as were asked for; the counts and sums above are of everything.
    pub payment_intents: Vec<PaymentSeen>,
    pub events: Vec<EventSeen>,
}

/// A look into the books. Lists are newest first.
#[derive(Debug, Clone, Copy)]
pub struct Inspect<'a> {
    pub(crate) desk: &'a Desk,
}

impl Inspect<'_> {
    /// Sessions ever created.
    pub fn session_count(&self) -> u64 {
        self.desk.lock().totals.sessions
    }

    pub fn sessions(&self, limit: usize) -> Vec<SessionSeen> {
        self.desk.lock().sessions.iter().rev().take(limit).map(|(_, session)| see_session(session)).collect()
    }

    /// The session as the API shows it.
    pub fn session(&self, id: &str) -> Option<Value> {
        let books = self.desk.lock();
        books.sessions.get(id).map(|session| session_view::session(session, &books.public_url))
    }

    /// PaymentIntents that have ever taken money.
    pub fn charged_count(&self) -> u64 {
        self.desk.lock().totals.charged
    }

    /// PaymentIntents, attempted or charged.
    pub fn payments(&self, limit: usize) -> Vec<PaymentSeen> {
        see_payments(&self.desk.lock(), limit)
    }

    pub fn payment(&self, payment_intent: &str) -> Option<PaymentSeen> {
        let books = self.desk.lock();
        books.payments.get(payment_intent).map(|payment| see_payment(&books, payment))
    }

    /// Any object as the API shows it, by its id: `pi_…`, `ch_…`, `re_…`, `dp_…`, `tr_…`, `txn_…`.
    pub fn object(&self, id: &str) -> Option<Value> {
        by_id(&self.desk.lock(), id)
    }

    /// Oldest first.
    pub fn disputes_of(&self, payment_intent: &str) -> Vec<DisputeSeen> {
        let books = self.desk.lock();
        let payment = books.payments.get(payment_intent);
        let ids = payment.map(|payment| payment.disputes.as_slice()).unwrap_or_default();
        let disputes = ids.iter().filter_map(|id| books.disputes.get(id));
        disputes
            .map(|dispute| DisputeSeen {
                id: dispute.id.clone(),
                amount: dispute.amount,
                status: dispute.status,
                reason: dispute.reason,
            })
            .collect()
    }

    /// What the platform has, or a connected account.
    pub fn balance(&self, account: Option<&str>) -> BalanceSeen {
        see_balance(&self.desk.lock(), account)
    }

    /// What disputes hold or have taken, by currency, without fees.
    pub fn disputed(&self) -> Sums {
        self.desk.lock().totals.disputed.clone()
    }

    /// Transfers to connected accounts less their reversals, by currency.
    pub fn transferred(&self) -> Sums {
        self.desk.lock().totals.transferred.clone()
    }

    /// Oldest first.
    pub fn refunds_of(&self, payment_intent: &str) -> Vec<RefundSeen> {
        let books = self.desk.lock();
        let refunds = books.refunds_of(payment_intent);
        refunds
            .map(|refund| RefundSeen {
                id: refund.id.clone(),
                amount: refund.amount,
                status: refund.status.as_str(),
                metadata: refund.metadata.clone(),
            })
            .collect()
    }

    pub fn refunds_pending(&self) -> usize {
        let books = self.desk.lock();
        books.refunds.iter().filter(|(_, refund)| refund.status.is_open()).count()
    }

    /// Oldest first, all that are remembered.
    pub fn events(&self) -> Vec<EventSeen> {
        self.desk.lock().events.iter().map(|(_, event)| self.see_event(event)).collect()
    }

    /// Money taken, by currency.
    pub fn captured(&self) -> Sums {
        self.desk.lock().totals.captured.clone()
    }

    /// Money given back, by currency; failed refunds do not count, pending ones do.
    pub fn refunded(&self) -> Sums {
        self.desk.lock().totals.refunded.clone()
    }

    pub fn report(&self, limit: usize) -> StateReport {
        let books = self.desk.lock();
        let totals = books.totals.clone();
        StateReport {
            sessions: totals.sessions,
            charged: totals.charged,
            refunds: totals.refunds,
            captured: totals.captured,
            refunded: totals.refunded,
            disputes: totals.disputes,
            disputed: totals.disputed,
            transferred: totals.transferred,
            balance: see_balance(&books, None),
            payment_intents: see_payments(&books, limit),
            events: books.events.iter().rev().take(limit).map(|(_, event)| self.see_event(event)).collect(),
        }
    }

    fn see_event(&self, event: &Event) -> EventSeen {
        EventSeen {
            id: event.id.clone(),
            kind: event.kind,
            object: event.object.clone(),
            created: event.created,
            delivery: self.desk.courier.journal(&event.id).unwrap_or_default(),
        }
    }
}

fn see_session(session: &Session) -> SessionSeen {
    SessionSeen {
        id: session.id.clone(),
        status: session.status.as_str(),
        payment_status: session.payment_status(),
        payment_intent: session.payment.clone(),
        client_reference_id: session.client_reference_id.clone(),
        amount_total: session.total(),
        currency: session.currency.clone(),
        created: session.created,
    }
}

fn see_payments(books: &Books, limit: usize) -> Vec<PaymentSeen> {
    let newest = books.payments.iter().rev().take(limit);
    newest.map(|(_, payment)| see_payment(books, payment)).collect()
}

fn see_payment(books: &Books, payment: &Payment) -> PaymentSeen {
    let session = payment.session.as_deref().and_then(|id| books.sessions.get(id));
    let disputes = payment.disputes.iter().filter_map(|id| books.disputes.get(id));
    let holding = disputes.filter(|dispute| dispute.status.holds_money());
    let charge = payment.latest_charge().and_then(|id| books.charges.get(id));
    PaymentSeen {
        id: payment.id.clone(),
        session: payment.session.clone().unwrap_or_default(),
        client_reference_id: session.and_then(|session| session.client_reference_id.clone()),
        status: payment.status.as_str(),
        currency: payment.currency.clone(),
        captured: payment.captured,
        refunded: payment.refunded,
        disputed: holding.map(|dispute| dispute.amount).sum(),
        transferred: charge.map_or(0, |charge| charge.transferred),
    }
}

fn see_balance(books: &Books, account: Option<&str>) -> BalanceSeen {
    let purse = books.purses.of(&account.map(Into::into));
    BalanceSeen { available: purse.available, pending: purse.pending }
}
