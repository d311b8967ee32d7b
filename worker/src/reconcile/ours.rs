//! Our books against the gateway: what we hold as done and its list does not name is asked for.

use gateways::{PaymentState, PaymentView, RefundState};
use serde_json::{Value, json};
use shared::fulfilment::unwind;
use shared::jobs::{AskPayment, JobError, NewJob, store as jobs};
use shared::kernel::Timestamp;
use shared::kernel::ids::{PaymentId, RefundId};
use shared::payments::Payment;
use shared::reconciliation::{DifferenceKind, Found, Run, store};
use shared::refunds::RefundStatus;
use shared::{payments, refunds};

use super::{Walk, about, difference};
use crate::context::database;
use crate::{observe, refund_lookup};

impl Walk<'_> {
    /// Money booked from `from` until `until`, in and out, and all about which a difference stands.
    pub(super) async fn ours(&mut self, from: Timestamp, until: Timestamp) -> Result<(), JobError> {
        let mut db = self.context.pool.acquire().await.map_err(database)?;
        let booked = store::booked(&mut db, self.provider, from, until).await.map_err(database)?;
        let paid_back = store::paid_back(&mut db, self.provider, from, until).await.map_err(database)?;
        drop(db); // no connection is held while a stranger thinks
        let confirms = self.gateway.capabilities().confirms_captures;
        for id in booked {
            if confirms && !self.seen.payments.contains(&id) {
                self.confirm_payment(id).await?;
            }
        }
        for id in paid_back {
            if !self.seen.refunds.contains(&id) {
                self.confirm_refund(id).await?;
            }
        }
        Ok(())
    }

    async fn confirm_payment(&mut self, id: PaymentId) -> Result<(), JobError> {
        let mut db = self.context.pool.acquire().await.map_err(database)?;
        let known = payments::store::find(&mut db, id).await?;
        drop(db);
        let (true, Some(reference)) = (known.status.has_money(), &known.reference) else { return Ok(()) };
        let theirs = match self.gateway.find_payment(&self.context.call(), reference).await {
            Ok(view) => Some(view),
            Err(error) if error.is_missing() => None,
            Err(error) => return Err(observe::ask_again(&error)),
        };
        let mut db = self.context.begin().await?;
        match differs(&known, theirs.as_ref()) {
            Some((kind, detail)) => self.record(&mut db, about(&known, kind, detail)).await?,
            None => _ = self.agreed.payments.insert(id),
        }
        self.commit(db, None).await
    }

    /// One that came back to us meanwhile is unwound, as if we had been told.
    async fn confirm_refund(&mut self, id: RefundId) -> Result<(), JobError> {
        let mut db = self.context.pool.acquire().await.map_err(database)?;
        let known = refunds::store::find(&mut db, id).await?;
        drop(db);
        if known.status != RefundStatus::Succeeded {
            return Ok(());
        }
        let theirs = refund_lookup::look(self.context, &known).await?;
        let subject = known.reference.clone().unwrap_or_else(|| id.to_string());
        let state = theirs.as_ref().map(|view| view.state);
        let mut db = self.context.begin().await?;
        let moved = match &theirs {
            Some(view) => unwind(&mut db, id, &observe::refund(view), self.context.now()).await?,
            None => None,
        };
        let found = if state == Some(RefundState::Succeeded) {
            self.agreed.refunds.insert(id);
            None
        } else if moved.is_some() {
            let detail =
                json!({ "was": known.status, "is": state.map(RefundState::as_str), "amount": known.amount });
            Some(Found { repaired: true, ..difference(DifferenceKind::Missed, subject, detail) })
        } else {
            let theirs = state.map_or("missing", RefundState::as_str);
            let detail = json!({ "ours": known.amount, "theirs": theirs });
            Some(difference(DifferenceKind::Absent, subject, detail))
        };
        if let Some(found) = found {
            self.record(&mut db, Found { refund_id: Some(id), ..found }).await?;
        }
        self.commit(db, moved).await
    }

    /// A gateway without a list: every attempt of the window that holds no money is asked for, by a job.
    pub(super) async fn ask_unsettled(&mut self, run: &Run) -> Result<(), JobError> {
        let now = self.context.now();
        let mut db = self.context.begin().await?;
        let open = store::unsettled(&mut db, self.provider, run.from, run.until).await.map_err(database)?;
        for payment_id in open {
            self.report.compared += 1;
            let ask = NewJob::at(now, &AskPayment { payment_id, agreed: false });
            jobs::insert_unless_waiting(&mut db, &ask, now).await.map_err(database)?;
        }
        self.context.commit(db, None).await
    }
}

/// How what the gateway says of a payment differs from what we hold.
fn differs(ours: &Payment, theirs: Option<&PaymentView>) -> Option<(DifferenceKind, Value)> {
    let captured = ours.captured;
    match theirs {
        Some(view) if view.state == PaymentState::Captured && view.amount == captured => None,
        Some(view) if view.state == PaymentState::Captured => {
            Some((DifferenceKind::Amount, json!({ "ours": captured, "theirs": view.amount })))
        }
        Some(view) => {
            let theirs = json!({ "state": view.state.as_str(), "amount": view.amount });
            Some((DifferenceKind::Absent, json!({ "ours": captured, "theirs": theirs })))
        }
        None => Some((DifferenceKind::Absent, json!({ "ours": captured, "theirs": "missing" }))),
    }
}
