//! The gateway's list against our books.

use chrono::DateTime;
use gateways::{Movement, PaymentState, PaymentView, RefundState, RefundView, Transaction, Window};
use serde_json::{Value, json};
use shared::foreign::{MovementKind, NewMovement};
use shared::fulfilment::{External, Settlement, settle, unwind_or_book};
use shared::incidents::{About, IfClosed};
use shared::jobs::store::Ask;
use shared::jobs::{AskRefunds, JobError};
use shared::kernel::Timestamp;
use shared::kernel::db::Pooled;
use shared::payments::Payment;
use shared::reconciliation::{DifferenceKind, Found, Run};
use shared::refunds::{Change, Refund};

use super::Walk;
use super::record::{difference, of_payment};
use crate::context::database;
use crate::matching::{self, Match, RefundMatch, Strange};
use crate::observe;

impl Walk<'_> {
    /// Walks the list to its end.
    pub(super) async fn theirs(&mut self, mut run: Run) -> Result<(), JobError> {
        let window = Window { from: run.from.timestamp(), until: run.until.timestamp() };
        loop {
            let call = self.context.call();
            let page = self.gateway.list_transactions(&call, window, run.cursor.as_deref()).await;
            let page = page.map_err(|error| observe::ask_again(&error))?;
            self.has_answered = true;
            for transaction in &page.transactions {
                self.report.compared += 1;
                self.compare(transaction).await?;
            }
            run.cursor = page.next;
            let goes_on = self.is_scheduled && run.cursor.is_some();
            let db = self.context.begin().await?;
            self.commit_until(db, None, goes_on.then_some(&run)).await?;
            if run.cursor.is_none() {
                return Ok(());
            }
        }
    }

    async fn compare(&mut self, transaction: &Transaction) -> Result<(), JobError> {
        match &transaction.what {
            Movement::Payment(view) => self.payment(transaction, view).await,
            Movement::Refund { view, payment_reference } => {
                self.refund(transaction, view, payment_reference.as_deref()).await
            }
            Movement::Dispute(view) => {
                let mut db = self.reader().await?;
                let payment = matching::disputed(&mut db, self.provider, view).await?;
                let known = IfClosed::StayClosed;
                let incident = matching::dispute(self.provider, view, payment.as_ref(), known);
                self.notes.incidents.push(incident);
                Ok(())
            }
        }
    }

    /// A connection for reading, returned before anything is locked.
    async fn reader(&self) -> Result<Pooled, JobError> {
        self.context.pool.acquire().await.map_err(database)
    }

    async fn payment(&mut self, transaction: &Transaction, view: &PaymentView) -> Result<(), JobError> {
        let captured = match view.state {
            PaymentState::Captured => true,
            PaymentState::Failed | PaymentState::Expired => false,
            // A list shows the past, perhaps long ago: for a page that was open then, only its end counts.
            PaymentState::Open | PaymentState::Processing | PaymentState::AwaitsFinish => return Ok(()),
        };
        let found = matching::payment(&mut *self.reader().await?, self.provider, view).await?;
        let known = match found {
            Match::Ours(known) => known,
            Match::Strange(Strange { why, about }) if captured => {
                let detail =
                    strange(why, transaction, json!({ "amount": view.amount, "page": view.reference }));
                self.record(difference(DifferenceKind::Unknown, name(view, transaction), &about, detail));
                return Ok(());
            }
            Match::Foreign if captured => {
                let detail = json!({ "amount": view.amount, "page": view.reference, "row": transaction.id });
                self.meet(MovementKind::Payment, name(view, transaction), transaction.at, detail);
                return Ok(());
            }
            Match::Strange(_) | Match::Foreign => return Ok(()),
        };
        // The end of a page that has ended, or was paid, is no news.
        if !captured && !known.status.is_open() {
            return Ok(());
        }
        if captured {
            self.seen.payments.insert(known.id);
        }
        if !known.status.has_money() {
            return self.settle(transaction, &known, view).await;
        }
        if known.captured == view.amount {
            self.notes.agreed.payments.insert(known.id);
        } else {
            let detail = json!({ "ours": known.captured, "theirs": view.amount });
            self.record(of_payment(&known, DifferenceKind::Amount, detail));
        }
        Ok(())
    }

    /// Repairs a payment whose change had not reached us.
    async fn settle(
        &mut self,
        transaction: &Transaction,
        known: &Payment,
        view: &PaymentView,
    ) -> Result<(), JobError> {
        let mut db = self.context.begin().await?;
        let settled = settle(&mut db, known.id, &observe::payment(view), self.context.now()).await?;
        if settled == Settlement::Nothing {
            return Ok(());
        }
        let missed = (view.state == PaymentState::Captured).then(|| {
            let detail = json!({ "was": known.status, "amount": view.amount, "at": moment(transaction.at) });
            Found { repaired: true, ..of_payment(known, DifferenceKind::Missed, detail) }
        });
        self.commit_repair(db, missed, known.order_id).await
    }

    async fn refund(
        &mut self,
        transaction: &Transaction,
        view: &RefundView,
        charge: Option<&str>,
    ) -> Result<(), JobError> {
        let found = matching::refund(&mut *self.reader().await?, self.provider, view, charge).await?;
        match found {
            RefundMatch::Ours(known) => self.unwind(transaction, &known, view).await,
            RefundMatch::OfOurs(payment) => self.external(transaction, &payment, view).await,
            RefundMatch::Strange(Strange { why, about }) => {
                let detail = strange(why, transaction, json!({ "amount": view.amount, "payment": charge }));
                self.record(difference(DifferenceKind::Unknown, view.reference.clone(), &about, detail));
                Ok(())
            }
            RefundMatch::Foreign => {
                let detail = json!({ "amount": view.amount, "payment": charge, "row": transaction.id });
                self.meet(MovementKind::Refund, view.reference.clone(), transaction.at, detail);
                Ok(())
            }
        }
    }

    /// Repairs one of our refunds whose change had not reached us.
    async fn unwind(
        &mut self,
        transaction: &Transaction,
        known: &Refund,
        view: &RefundView,
    ) -> Result<(), JobError> {
        if view.state == RefundState::Succeeded {
            self.seen.refunds.insert(known.id);
            // What an administrator has closed as not made does not agree.
            if !known.is_denied() {
                self.notes.agreed.refunds.insert(known.id);
            }
        }
        let seen = observe::refund(view);
        if known.seen(seen.state) == Change::None && !known.has_no_name_yet() {
            return Ok(());
        }
        let mut db = self.context.begin().await?;
        let result = unwind_or_book(&mut db, known.id, &seen, self.context.now()).await?;
        if result == External::Beyond {
            let detail = strange(BEYOND, transaction, json!({ "amount": view.amount }));
            self.record(beyond(view, &About::refund(known), detail));
        }
        let missed = result.moved().map(|_| {
            let detail = json!({ "was": known.status, "is": view.state.as_str(), "amount": view.amount });
            missed(view, &About::refund(known), detail)
        });
        self.commit_repair(db, missed, result.moved()).await
    }

    /// A refund of one of our payments was made elsewhere, and no message has reported it.
    async fn external(
        &mut self,
        transaction: &Transaction,
        payment: &Payment,
        view: &RefundView,
    ) -> Result<(), JobError> {
        let (rules, now) = (self.gateway.capabilities().refunds, self.context.now());
        let mut db = self.context.begin().await?;
        match matching::record_external(&mut db, rules, payment, view, now).await? {
            External::Moved(order) => {
                let detail = json!({ "was": "not known", "is": view.state.as_str(), "amount": view.amount });
                let missed = missed(view, &About::payment(payment), detail);
                self.commit_repair(db, Some(missed), order).await?;
            }
            External::Nothing => {}
            // It may be one of our own refunds: once that has its answer, the gateway's list distinguishes them.
            External::Undecided => {
                self.notes.asks.push(Ask::about(&AskRefunds { payment_id: payment.id }, now));
            }
            // Not a matter of the capture's amount: that the capture agrees must not end it.
            External::Beyond => {
                let detail = strange(BEYOND, transaction, json!({ "amount": view.amount }));
                self.record(beyond(view, &About::payment(payment), detail));
            }
        }
        Ok(())
    }

    /// Something of another system, which is kept with the page.
    fn meet(&mut self, kind: MovementKind, subject: String, at: i64, detail: Value) {
        let at = moment(at).unwrap_or_else(|| self.context.now());
        let gateway = self.provider;
        self.notes.foreign.push(NewMovement { gateway, kind, subject, at, detail });
    }
}

pub(super) const BEYOND: &str = "a refund made at the gateway of more than the payment has left";

/// The difference for a refund that exceeds what is left of its payment.
pub(super) fn beyond(view: &RefundView, about: &About, detail: Value) -> Found {
    difference(DifferenceKind::Unknown, view.reference.clone(), about, detail)
}

/// The difference that records the repair of a refund.
fn missed(view: &RefundView, about: &About, detail: Value) -> Found {
    let found = difference(DifferenceKind::Missed, view.reference.clone(), about, detail);
    Found { repaired: true, ..found }
}

fn strange(why: &str, transaction: &Transaction, what: Value) -> Value {
    let mut detail = json!({ "why": why, "row": transaction.id, "at": moment(transaction.at) });
    if let (Value::Object(detail), Value::Object(what)) = (&mut detail, what) {
        detail.extend(what);
    }
    detail
}

/// What the gateway calls the money, which all its rows about it have in common; its page, if that is all it names; else the
/// row.
fn name(view: &PaymentView, transaction: &Transaction) -> String {
    matching::name_of(view).unwrap_or(&transaction.id).to_owned()
}

fn moment(seconds: i64) -> Option<Timestamp> {
    DateTime::from_timestamp(seconds, 0)
}
