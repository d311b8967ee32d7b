//! Compares our books with the gateway: payments and refunds that our books have as done and its list does not name are
//! asked about, one by one.

use gateways::{CallError, CallErrorKind, EndedBy, PaymentState, PaymentView, RefundState, RefundView};
use serde_json::{Value, json};
use shared::fulfilment::{External, unwind_or_book};
use shared::incidents::About;
use shared::jobs::{AskPayment, JobError, NewJob, store as jobs};
use shared::kernel::Timestamp;
use shared::kernel::ids::{PaymentId, RefundId};
use shared::payments::Payment;
use shared::reconciliation::{DifferenceKind, Found, Run, store};
use shared::refunds::{Change, Refund, RefundObservation, RefundStatus};
use shared::{payments, refunds};

use super::record::{difference, of_payment};
use super::theirs::{BEYOND, beyond};
use super::{Patience, Walk};
use crate::context::database;
use crate::observe;
use crate::refund_lookup::{self, Unseen};

/// Questions in a row without an answer, after which the gateway counts as away.
const MOST_UNANSWERED: usize = 3;

/// A question without an answer: what it was about, as a difference that may be recorded, and why.
type Unanswered = (Found, CallError);

impl Walk<'_> {
    /// Payments and refunds booked from `from` until `until`, and all with an open difference.
    pub(super) async fn ours(&mut self, from: Timestamp, until: Timestamp) -> Result<(), JobError> {
        let mut db = self.context.pool.acquire().await.map_err(database)?;
        let booked = store::booked(&mut db, self.provider, from, until).await.map_err(database)?;
        let paid_back = store::paid_back(&mut db, self.provider, from, until).await.map_err(database)?;
        drop(db); // no connection is held during a gateway call
        let confirms = self.gateway.capabilities().confirms_captures;
        let (mut unanswered, mut in_a_row) = (Vec::new(), 0);
        for id in booked {
            if confirms && !self.seen.payments.contains(&id) {
                let missed = self.confirm_payment(id).await?;
                away(missed, &mut unanswered, &mut in_a_row)?;
            }
        }
        for id in paid_back {
            if !self.seen.refunds.contains(&id) {
                let missed = self.confirm_refund(id).await?;
                away(missed, &mut unanswered, &mut in_a_row)?;
            }
        }
        self.leave(unanswered).await
    }

    /// Payments without an answer, although the gateway answers about others, are tried again with the whole run, and
    /// then recorded. If there was no answer at all, it is not known whether the gateway is there.
    async fn leave(&mut self, unanswered: Vec<Unanswered>) -> Result<(), JobError> {
        for (found, error) in unanswered {
            // A key that is good for others and not for this one will not be mended by waiting.
            let passes = error.is_retryable() && self.patience == Patience::TriesAgain;
            if passes || !self.has_answered {
                return Err(observe::ask_again(&error));
            }
            self.unasked(found, &error).await?;
        }
        Ok(())
    }

    async fn unasked(&mut self, found: Found, error: &CallError) -> Result<(), JobError> {
        self.record(Found { detail: why(&found.detail, error), ..found });
        let db = self.context.begin().await?;
        self.commit(db, None).await
    }

    async fn confirm_payment(&mut self, id: PaymentId) -> Result<Option<Unanswered>, JobError> {
        let mut db = self.context.pool.acquire().await.map_err(database)?;
        let known = payments::store::find(&mut db, id).await?;
        drop(db);
        let (true, Some(reference)) = (known.status.has_money(), &known.reference) else { return Ok(None) };
        let theirs = match self.gateway.find_payment(&self.context.call(), reference).await {
            Ok(view) => Some(view),
            Err(error) if error.is_missing() => None,
            Err(error) => {
                let detail = json!({ "ours": known.captured });
                let found = of_payment(&known, DifferenceKind::Unasked, detail);
                return self.without_answer(found, error).await;
            }
        };
        self.has_answered = true;
        self.was_asked(About::payment(&known));
        match differs(&known, theirs.as_ref()) {
            Some((kind, detail)) => self.record(of_payment(&known, kind, detail)),
            None => _ = self.notes.agreed.payments.insert(id),
        }
        let db = self.context.begin().await?;
        self.commit(db, None).await?;
        Ok(None)
    }

    async fn confirm_refund(&mut self, id: RefundId) -> Result<Option<Unanswered>, JobError> {
        let mut db = self.context.pool.acquire().await.map_err(database)?;
        let known = refunds::store::find(&mut db, id).await?;
        drop(db);
        if known.status != RefundStatus::Succeeded {
            return Ok(None);
        }
        // An administrator's word that the gateway can't be asked about.
        if refund_lookup::is_not_to_be_found(self.gateway.capabilities().refunds, &known) {
            self.notes.agreed.refunds.insert(id);
            return Ok(None);
        }
        match refund_lookup::look(self.context, &known).await {
            Ok(theirs) => self.compare_refund(&known, theirs.as_ref()).await.map(|()| None),
            Err(Unseen::Gateway(error)) => {
                let found = of_refund(&known, DifferenceKind::Unasked, json!({ "ours": known.amount }));
                self.without_answer(found, error).await
            }
            Err(Unseen::Job(error)) => Err(error),
        }
    }

    /// A refund that bounced meanwhile is unwound, as if a message had reported it.
    async fn compare_refund(&mut self, known: &Refund, theirs: Option<&RefundView>) -> Result<(), JobError> {
        self.has_answered = true;
        self.was_asked(About::refund(known));
        let changed = theirs.map(|view| (view, observe::refund(view)));
        let changes = |seen: &RefundObservation| known.seen(seen.state) != Change::None;
        let changed = changed.filter(|(_, seen)| changes(seen) || known.has_no_name_yet());
        let state = theirs.map(|view| view.state);
        if let Some((view, seen)) = changed {
            let mut db = self.context.begin().await?;
            let result = unwind_or_book(&mut db, known.id, &seen, self.context.now()).await?;
            if result == External::Beyond {
                let detail = json!({ "why": BEYOND, "amount": view.amount });
                self.record(beyond(view, &About::refund(known), detail));
            }
            if !changes(&seen) {
                self.notes.agreed.refunds.insert(known.id);
            }
            let missed = result.moved().map(|_| {
                let detail =
                    json!({ "was": known.status, "is": view.state.as_str(), "amount": known.amount });
                Found { repaired: true, ..of_refund(known, DifferenceKind::Missed, detail) }
            });
            self.commit_repair(db, missed, result.moved()).await?;
        } else if state == Some(RefundState::Succeeded) || known.is_known_by_word() {
            self.notes.agreed.refunds.insert(known.id);
        } else {
            let theirs = state.map_or("missing", RefundState::as_str);
            let detail = json!({ "ours": known.amount, "theirs": theirs });
            self.record(of_refund(known, DifferenceKind::Absent, detail));
        }
        let db = self.context.begin().await?;
        self.commit(db, None).await
    }

    /// A refusal, and an answer that can't be read, are answers: they will be the same tomorrow, so they are recorded at
    /// once. Anything else may be about the gateway and not about this question.
    async fn without_answer(
        &mut self,
        found: Found,
        error: CallError,
    ) -> Result<Option<Unanswered>, JobError> {
        let answered = error.http_status.is_some_and(|status| (200..300).contains(&status));
        if error.kind == CallErrorKind::Refused || answered {
            self.has_answered |= error.ended_by == EndedBy::Gateway;
            self.unasked(found, &error).await?;
            return Ok(None);
        }
        Ok(Some((found, error)))
    }

    /// For a gateway without a list: a job asks about every attempt of the window that holds no money.
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

/// Collects payments without an answer, and ends the run once there are too many in a row: the gateway is away.
fn away(
    missed: Option<Unanswered>,
    unanswered: &mut Vec<Unanswered>,
    in_a_row: &mut usize,
) -> Result<(), JobError> {
    let Some((found, error)) = missed else {
        *in_a_row = 0;
        return Ok(());
    };
    // A key that may not see this one may see others.
    *in_a_row += usize::from(error.is_retryable());
    if *in_a_row >= MOST_UNANSWERED {
        return Err(observe::ask_again(&error));
    }
    unanswered.push((found, error));
    Ok(())
}

fn of_refund(known: &Refund, kind: DifferenceKind, detail: Value) -> Found {
    let subject = known.reference.clone().unwrap_or_else(|| known.id.to_string());
    difference(kind, subject, &About::refund(known), detail)
}

/// The state in our books, and why the gateway could not be asked about it.
fn why(ours: &Value, error: &CallError) -> Value {
    let mut detail = json!({ "why": error.to_string(), "code": error.code });
    if let (Value::Object(detail), Value::Object(ours)) = (&mut detail, ours) {
        detail.extend(ours.clone());
    }
    detail
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
