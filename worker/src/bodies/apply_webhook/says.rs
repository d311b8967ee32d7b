//! What one event means to our books.

use std::time::Duration;

use chrono::DateTime;
use gateways::{DisputeView, EventBody, Named, PaymentState, PaymentView, Push, RefundView, Unclear};
use serde_json::{Value, json};
use shared::foreign::{MovementKind, NewMovement};
use shared::fulfilment::{External, settle, unwind};
use shared::incidents::{About, IfClosed};
use shared::jobs::store::{Ask, insert_unless_waiting};
use shared::jobs::{AskPayment, AskRefund, AskRefunds, JobError, NewJob, Question};
use shared::kernel::db::Connection;
use shared::kernel::ids::RefundId;
use shared::payments::Payment;

use super::Heard;
use super::outcome::Outcome;
use crate::context::database;
use crate::matching::{self, Match, RefundMatch, Strange, is_mark};
use crate::observe;

/// How long to wait for an unanswered refund of ours.
const UNDECIDED: Duration = Duration::from_secs(15);

impl Heard<'_> {
    /// Whether it may lock an order, or open an incident that another event opens too.
    pub(super) fn may_lock(&self) -> bool {
        match (&self.says.body, self.says.push) {
            (EventBody::Payment(_) | EventBody::Refund { .. }, Push::Proof) | (EventBody::Dispute(_), _) => {
                true
            }
            (EventBody::RefundsOf { .. }, _) => !self.rules.listed,
            (EventBody::Payment(_) | EventBody::Refund { .. }, Push::Hint)
            | (EventBody::Unclear(_) | EventBody::Other, _) => false,
        }
    }

    pub(super) async fn apply(&self, db: &mut Connection) -> Result<Outcome, JobError> {
        match &self.says.body {
            EventBody::Payment(view) => self.payment(db, view).await,
            EventBody::Refund { view, payment_reference } => {
                self.refund(db, view, payment_reference.as_deref()).await
            }
            EventBody::RefundsOf { names, amount } => self.refunds_of(db, names, *amount).await,
            EventBody::Dispute(view) => self.dispute(db, view).await,
            EventBody::Unclear(unclear) => self.unclear(db, unclear).await,
            EventBody::Other => Ok(Outcome::ignored()),
        }
    }

    async fn payment(&self, db: &mut Connection, view: &PaymentView) -> Result<Outcome, JobError> {
        let known = match matching::payment(db, self.provider, view).await? {
            Match::Ours(known) => known,
            Match::Strange(Strange { why, about }) => return Ok(Outcome::unmatched(self, why, about)),
            Match::Foreign => return Ok(Outcome::foreign(self.foreign_payment(view))),
        };
        match self.says.push {
            Push::Proof => {
                settle(db, known.id, &observe::payment(view), self.context.now()).await?;
                Ok(Outcome::applied("payment", Some(known.order_id)))
            }
            Push::Hint => {
                let ask = self.ask(&AskPayment { payment_id: known.id, agreed: false });
                Ok(Outcome::applied("payment: the gateway is asked", None).asking([ask]))
            }
        }
    }

    async fn refund(
        &self,
        db: &mut Connection,
        view: &RefundView,
        charge: Option<&str>,
    ) -> Result<Outcome, JobError> {
        let known = match matching::refund(db, self.provider, view, charge).await? {
            RefundMatch::Ours(known) => known,
            RefundMatch::OfOurs(payment) => return self.external(db, &payment, view).await,
            RefundMatch::Strange(Strange { why, about }) => return Ok(Outcome::unmatched(self, why, about)),
            RefundMatch::Foreign => {
                let detail =
                    json!({ "amount": view.amount, "payment": charge, "state": view.state.as_str() });
                return Ok(Outcome::foreign(Some(self.moved(MovementKind::Refund, &view.reference, detail))));
            }
        };
        match self.says.push {
            Push::Proof => {
                unwind(db, known.id, &observe::refund(view), self.context.now()).await?;
                Ok(Outcome::applied("refund", Some(known.order_id)))
            }
            Push::Hint => {
                self.ask_refund(db, known.id).await?;
                Ok(Outcome::applied("refund: the gateway is asked", None))
            }
        }
    }

    /// A refund of one of our payments that was made elsewhere.
    async fn external(
        &self,
        db: &mut Connection,
        payment: &Payment,
        view: &RefundView,
    ) -> Result<Outcome, JobError> {
        match self.says.push {
            Push::Hint => {
                let ask = self.ask(&AskRefunds { payment_id: payment.id });
                Ok(Outcome::applied("refund: the gateway is asked", None).asking([ask]))
            }
            Push::Proof => {
                let now = self.context.now();
                match matching::record_external(db, self.rules, payment, view, now).await? {
                    External::Moved(order) => {
                        Ok(Outcome::applied("a refund made at the gateway", Some(order)))
                    }
                    External::Nothing => Ok(Outcome::applied("a refund that is known", None)),
                    External::Undecided => Err(JobError::retry_after(
                        "a refund of ours or the payment has no answer yet",
                        UNDECIDED,
                    )),
                    External::Beyond => {
                        let why = "a refund made at the gateway of more than is left";
                        let reference = Some(view.reference.clone());
                        Ok(Outcome::unmatched(self, why, About { reference, ..About::payment(payment) }))
                    }
                }
            }
        }
    }

    /// Operators have to answer it, by a date.
    async fn dispute(&self, db: &mut Connection, view: &DisputeView) -> Result<Outcome, JobError> {
        let payment = matching::disputed(db, self.provider, view).await?;
        let incident = matching::dispute(self.provider, view, payment.as_ref(), IfClosed::Reopen);
        let order = payment.map(|payment| payment.order_id);
        Ok(Outcome::applied("dispute", order).with_incident(incident))
    }

    /// Asks the gateway about the references of a message that can't be read. If the payment has ended already there is
    /// nothing to ask, so an incident is opened; the same if the message names nothing.
    async fn unclear(&self, db: &mut Connection, unclear: &Unclear) -> Result<Outcome, JobError> {
        let Unclear { why, names } = unclear;
        let refund =
            matching::named_refund(db, self.provider, names.refund.as_deref(), names.our_refund).await?;
        if let Some(refund) = refund.filter(|refund| !refund.is_over()) {
            self.ask_refund(db, refund.id).await?;
            return Ok(Outcome::asked());
        }
        if let Some(payment) = self.payment_of_ours(db, names).await? {
            if payment.status.has_money() {
                let asks = self.ask_refunds(db, &payment).await?;
                return Ok(Outcome::unreadable(self, why, About::payment(&payment)).asking(asks));
            }
            let ask = self.ask(&AskPayment { payment_id: payment.id, agreed: false });
            return Ok(Outcome::asked().asking([ask]));
        }
        if *names == Named::default() {
            return Ok(Outcome::unreadable(self, why, About::gateways(self.provider, None)));
        }
        Ok(self.none_of_ours(names, "names nothing of ours"))
    }

    pub(super) async fn payment_of_ours(
        &self,
        db: &mut Connection,
        names: &Named,
    ) -> Result<Option<Payment>, JobError> {
        let found = matching::named_payment(db, self.provider, names).await?;
        Ok(found.filter(|payment| payment.gateway == self.provider))
    }

    /// The references match nothing in our books. With a mark of ours an incident is opened. Without one the message
    /// does not say what has moved; the gateway's list does.
    pub(super) fn none_of_ours(&self, names: &Named, why: &'static str) -> Outcome {
        let name = [&names.refund, &names.charge, &names.page].into_iter().find_map(Option::as_deref);
        if is_mark(names.our_attempt) || is_mark(names.our_refund) {
            return Outcome::unmatched(self, why, About::gateways(self.provider, name));
        }
        Outcome::foreign(None)
    }

    /// A payment of another system, once it is captured. A hint of bKash does not say so, and comes only then.
    fn foreign_payment(&self, view: &PaymentView) -> Option<NewMovement> {
        let came = match view.state {
            PaymentState::Captured => true,
            PaymentState::Processing => self.says.push == Push::Hint,
            PaymentState::Open
            | PaymentState::Failed
            | PaymentState::Expired
            | PaymentState::AwaitsFinish => false,
        };
        let name = matching::name_of(view).filter(|_| came)?;
        let detail = json!({ "amount": view.amount, "page": view.reference });
        Some(self.moved(MovementKind::Payment, name, detail))
    }

    fn moved(&self, kind: MovementKind, name: &str, detail: Value) -> NewMovement {
        let told = Some(self.says.created).filter(|at| *at > 0);
        let at = told.and_then(|at| DateTime::from_timestamp(at, 0)).unwrap_or_else(|| self.context.now());
        NewMovement { gateway: self.provider, kind, subject: name.to_owned(), at, detail }
    }

    /// Browsers hint at payments too, so questions about one are bounded in time. Written with all others of the
    /// transaction.
    pub(super) fn ask(&self, question: &impl Question) -> Ask {
        Ask::about(question, self.context.now())
    }

    /// Such jobs have no key, so that they may be written in any order.
    pub(super) async fn ask_refund(&self, db: &mut Connection, refund_id: RefundId) -> Result<(), JobError> {
        let now = self.context.now();
        let ask = NewJob::at(now, &AskRefund { refund_id });
        insert_unless_waiting(db, &ask, now).await.map(drop).map_err(database)
    }
}
