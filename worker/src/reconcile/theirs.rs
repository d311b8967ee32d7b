//! The gateway's list against our books.

use chrono::DateTime;
use gateways::{Movement, PaymentState, PaymentView, RefundState, RefundView, Transaction, Window};
use serde_json::{Value, json};
use shared::foreign::{MovementKind, NewMovement};
use shared::fulfilment::{External, Settlement, settle, unwind};
use shared::incidents::About;
use shared::jobs::{self, AskRefunds, JobError};
use shared::kernel::Timestamp;
use shared::kernel::db::Connection;
use shared::kernel::ids::OrderId;
use shared::payments::Payment;
use shared::reconciliation::{DifferenceKind, Found, Run, store};

use super::Walk;
use super::record::{difference, of_payment};
use crate::context::database;
use crate::matching::{self, Match, RefundMatch, Source, Strange};
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
            let mut db = self.context.begin().await?;
            let mut changed = Vec::new();
            for transaction in &page.transactions {
                self.report.compared += 1;
                changed.extend(self.compare(&mut db, transaction).await?);
            }
            run.cursor = page.next;
            let now = self.context.now();
            if self.is_scheduled && run.cursor.is_some() {
                store::advance(&mut db, self.provider, &run, self.report.compared, now)
                    .await
                    .map_err(database)?;
            }
            self.commit(db, changed).await?;
            if run.cursor.is_none() {
                return Ok(());
            }
        }
    }

    async fn compare(
        &mut self,
        db: &mut Connection,
        transaction: &Transaction,
    ) -> Result<Option<OrderId>, JobError> {
        match &transaction.what {
            Movement::Payment(view) => self.payment(db, transaction, view).await,
            Movement::Refund { view, payment_reference } => {
                self.refund(db, transaction, view, payment_reference.as_deref()).await
            }
            Movement::Dispute(view) => {
                let payment = matching::disputed(db, self.provider, view).await?;
                let (source, now) = (Source::List, self.context.now());
                matching::open_dispute(db, self.provider, view, payment.as_ref(), source, now).await?;
                Ok(None)
            }
        }
    }

    async fn payment(
        &mut self,
        db: &mut Connection,
        transaction: &Transaction,
        view: &PaymentView,
    ) -> Result<Option<OrderId>, JobError> {
        let captured = match view.state {
            PaymentState::Captured => true,
            PaymentState::Failed | PaymentState::Expired => false,
            // A list tells what was, perhaps long ago: of a page that was open then, only its end counts.
            PaymentState::Open | PaymentState::Processing | PaymentState::AwaitsFinish => return Ok(None),
        };
        let known = match matching::payment(db, self.provider, view).await? {
            Match::Ours(known) => known,
            Match::Strange(Strange { why, about }) if captured => {
                let detail =
                    strange(why, transaction, json!({ "amount": view.amount, "page": view.reference }));
                let found = difference(DifferenceKind::Unknown, name(view, transaction), &about, detail);
                self.record(db, found).await?;
                return Ok(None);
            }
            Match::Foreign if captured => {
                let detail = json!({ "amount": view.amount, "page": view.reference, "row": transaction.id });
                self.meet(MovementKind::Payment, name(view, transaction), transaction.at, detail);
                return Ok(None);
            }
            Match::Strange(_) | Match::Foreign => return Ok(None),
        };
        if captured {
            self.seen.payments.insert(known.id);
        }
        if known.status.has_money() {
            if captured && known.captured == view.amount {
                self.agreed.payments.insert(known.id);
            } else if captured {
                let detail = json!({ "ours": known.captured, "theirs": view.amount });
                self.record(db, of_payment(&known, DifferenceKind::Amount, detail)).await?;
            }
            return Ok(None);
        }
        let settled = settle(db, known.id, &observe::payment(view), self.context.now()).await?;
        if settled == Settlement::Nothing || !captured {
            return Ok((settled != Settlement::Nothing).then_some(known.order_id));
        }
        let detail = json!({ "was": known.status, "amount": view.amount, "at": moment(transaction.at) });
        let found = of_payment(&known, DifferenceKind::Missed, detail);
        self.record(db, Found { repaired: true, ..found }).await?;
        Ok(Some(known.order_id))
    }

    async fn refund(
        &mut self,
        db: &mut Connection,
        transaction: &Transaction,
        view: &RefundView,
        charge: Option<&str>,
    ) -> Result<Option<OrderId>, JobError> {
        let known = match matching::refund(db, self.provider, view, charge).await? {
            RefundMatch::Ours(known) => known,
            RefundMatch::OfOurs(payment) => return self.external(db, transaction, &payment, view).await,
            RefundMatch::Strange(Strange { why, about }) => {
                let detail = strange(why, transaction, json!({ "amount": view.amount, "payment": charge }));
                let found = difference(DifferenceKind::Unknown, view.reference.clone(), &about, detail);
                self.record(db, found).await?;
                return Ok(None);
            }
            RefundMatch::Foreign => {
                let detail = json!({ "amount": view.amount, "payment": charge, "row": transaction.id });
                self.meet(MovementKind::Refund, view.reference.clone(), transaction.at, detail);
                return Ok(None);
            }
        };
        if view.state == RefundState::Succeeded {
            self.seen.refunds.insert(known.id);
            self.agreed.refunds.insert(known.id);
        }
        let moved = unwind(db, known.id, &observe::refund(view), self.context.now()).await?;
        if moved.is_some() {
            let detail = json!({ "was": known.status, "is": view.state.as_str(), "amount": view.amount });
            let about = About::refund(&known);
            let found = difference(DifferenceKind::Missed, view.reference.clone(), &about, detail);
            self.record(db, Found { repaired: true, ..found }).await?;
        }
        Ok(moved)
    }

    /// Somebody else has refunded a payment of ours, and no message has told us.
    async fn external(
        &mut self,
        db: &mut Connection,
        transaction: &Transaction,
        payment: &Payment,
        view: &RefundView,
    ) -> Result<Option<OrderId>, JobError> {
        let rules = self.gateway.capabilities().refunds;
        match matching::record_external(db, rules, payment, view, self.context.now()).await? {
            External::Moved(order) => {
                let detail = json!({ "was": "not known", "is": view.state.as_str(), "amount": view.amount });
                let found = difference(
                    DifferenceKind::Missed,
                    view.reference.clone(),
                    &About::payment(payment),
                    detail,
                );
                self.record(db, Found { repaired: true, ..found }).await?;
                Ok(Some(order))
            }
            External::Nothing => Ok(None),
            // A refund of ours may be the same one: once that has its answer, the gateway's list tells them apart.
            External::Undecided => {
                jobs::store::ask(db, &AskRefunds { payment_id: payment.id }, self.context.now())
                    .await
                    .map_err(database)?;
                Ok(None)
            }
            // Not a matter of the capture's amount: that the capture agrees must not end it.
            External::Beyond => {
                let detail = strange(BEYOND, transaction, json!({ "amount": view.amount }));
                let found = difference(
                    DifferenceKind::Unknown,
                    view.reference.clone(),
                    &About::payment(payment),
                    detail,
                );
                self.record(db, found).await?;
                Ok(None)
            }
        }
    }

    /// Something of another system, which is kept with the page.
    fn meet(&mut self, kind: MovementKind, subject: String, at: i64, detail: Value) {
        let at = moment(at).unwrap_or_else(|| self.context.now());
        self.foreign.push(NewMovement { gateway: self.provider, kind, subject, at, detail });
    }
}

const BEYOND: &str = "a refund made at the gateway of more than the payment has left";

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
