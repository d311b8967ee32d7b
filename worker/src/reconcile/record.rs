//! Records the findings of a run: differences with their incidents, ended differences, and movements of other systems.
//!
//! Findings are collected while a page is compared and written in one transaction at its end, table by table:
//! differences, incidents, foreign movements, jobs, and the position of the run. A repair has a separate transaction,
//! which locks its order before it writes its difference. So neither two runs nor a run and another job can deadlock.

use serde_json::{Value, json};
use shared::foreign;
use shared::incidents::{self, About, IfClosed, IncidentKind, NewIncident};
use shared::jobs::JobError;
use shared::jobs::store::ask_all;
use shared::kernel::db::{Connection, Transaction};
use shared::kernel::ids::{DifferenceId, PaymentId, RefundId};
use shared::payments::Payment;
use shared::reconciliation::{DifferenceKind, Found, Kept, Recorded, Run, store};

use super::{Done, Notes, Walk};
use crate::context::{After, database};
use crate::counters;

/// The note of an incident whose difference ended automatically.
const AGREES: &str = "the gateway agrees with the books again";
const ASKED: &str = "the gateway could be asked again";

impl Walk<'_> {
    /// The gateway has answered about a payment or a refund: an `unasked` difference about it ends.
    pub(super) fn was_asked(&mut self, about: About) {
        self.notes.asked.push(about);
    }

    pub(super) fn record(&mut self, found: Found) {
        self.notes.differences.push(found);
    }

    /// Commits the repair of one payment or refund with the difference that records it. What else was found is written at
    /// the end of the page: only then is it known whether its rows about one payment contradict each other.
    pub(super) async fn commit_repair(
        &mut self,
        mut db: Transaction,
        missed: Option<Found>,
        changed: impl Into<After>,
    ) -> Result<(), JobError> {
        if let Some(missed) = missed {
            store::lock(&mut db, self.provider).await.map_err(database)?;
            self.keep(&mut db, missed).await?;
        }
        self.context.commit(db, changed).await
    }

    /// Writes all findings, and commits.
    pub(super) async fn commit(
        &mut self,
        db: Transaction,
        changed: impl Into<After>,
    ) -> Result<(), JobError> {
        self.commit_until(db, changed, None).await
    }

    /// Like `commit`, with the position at which a run of the schedule continues.
    pub(super) async fn commit_until(
        &mut self,
        mut db: Transaction,
        changed: impl Into<After>,
        reached: Option<&Run>,
    ) -> Result<(), JobError> {
        let now = self.context.now();
        let Notes { differences, agreed, asked, foreign, mut incidents, asks } =
            std::mem::take(&mut self.notes);
        store::lock(&mut db, self.provider).await.map_err(database)?;
        let answered = self.end_unasked(&mut db, &asked).await?;
        let ended = self.end_agreed(&mut db, agreed, &differences).await?;
        let subjects: Vec<String> = foreign.iter().map(|one| one.subject.clone()).collect();
        if !subjects.is_empty() {
            store::end_unknown(&mut db, self.provider, &subjects, now).await.map_err(database)?;
        }
        for found in differences {
            incidents.extend(self.keep(&mut db, found).await?);
        }
        incidents::resolve_differences(&mut db, &answered, None, ASKED, now).await.map_err(database)?;
        incidents::resolve_differences(&mut db, &ended, None, AGREES, now).await.map_err(database)?;
        incidents::open_all(&mut db, incidents, now).await.map_err(database)?;
        let met = foreign::store::insert(&mut db, &foreign, now).await.map_err(database)?;
        ask_all(&mut db, asks, now).await.map_err(database)?;
        if let Some(run) = reached {
            let compared = self.report.compared;
            store::advance(&mut db, self.provider, run, compared, now).await.map_err(database)?;
        }
        self.report.foreign += foreign.len() as u64;
        self.context.commit(db, changed).await?;
        counters::foreign(&met);
        Ok(())
    }

    async fn end_unasked(&self, db: &mut Connection, asked: &[About]) -> Result<Vec<DifferenceId>, JobError> {
        let mut ended = Vec::new();
        for about in asked {
            let payment = about.payment_id.filter(|_| about.refund_id.is_none());
            let now = self.context.now();
            ended.extend(store::asked(db, payment, about.refund_id, now).await.map_err(database)?);
        }
        Ok(ended)
    }

    /// Ends the differences of payments and refunds that the gateway agrees about. If another row of the same page differs,
    /// the difference stands; otherwise it would end and start again in every run.
    async fn end_agreed(
        &self,
        db: &mut Connection,
        agreed: Done,
        differences: &[Found],
    ) -> Result<Vec<DifferenceId>, JobError> {
        let stands = |found: &&Found| found.kind != DifferenceKind::Unknown;
        let standing: Vec<&Found> = differences.iter().filter(stands).collect();
        let payments = agreed.payments.into_iter();
        let payments: Vec<PaymentId> =
            payments.filter(|id| standing.iter().all(|found| found.payment_id != Some(*id))).collect();
        let refunds: Vec<RefundId> = Vec::from_iter(agreed.refunds);
        store::agree(db, &payments, &refunds, self.context.now()).await.map_err(database)
    }

    /// Stores one difference. Returns the incident to open, if it is news.
    async fn keep(&mut self, db: &mut Connection, found: Found) -> Result<Option<NewIncident>, JobError> {
        let now = self.context.now();
        let Kept { id, recorded } = store::record(db, self.provider, &found, now).await.map_err(database)?;
        if found.repaired {
            self.report.repaired += 1;
        } else if recorded != Recorded::Closed {
            self.report.standing += 1;
        }
        if recorded != Recorded::News {
            return Ok(None);
        }
        counters::difference(self.provider, found.kind, 1);
        let (name, word) = (self.provider.as_str(), found.kind.as_str());
        let (kind, key) = match found.kind {
            DifferenceKind::Missed => return Ok(None),
            // The same incident as the one of its messages.
            DifferenceKind::Unknown => (IncidentKind::UnknownPayment, format!("{name}:{}", found.subject)),
            DifferenceKind::Amount | DifferenceKind::Absent | DifferenceKind::Unasked => {
                (IncidentKind::GatewayDiffers, format!("{name}:{word}:{}", found.subject))
            }
        };
        let about = About {
            order_id: found.order_id,
            payment_id: found.payment_id,
            refund_id: found.refund_id,
            gateway: Some(self.provider),
            reference: Some(found.subject),
            difference_id: Some(id),
        };
        let detail = json!({ "gateway": self.provider, "kind": word, "detail": found.detail });
        Ok(Some(NewIncident { kind, key, about, detail, if_closed: IfClosed::Reopen }))
    }
}

/// A difference about something at the gateway, as far as it is known.
pub(super) fn difference(kind: DifferenceKind, subject: String, about: &About, detail: Value) -> Found {
    Found {
        kind,
        subject,
        payment_id: about.payment_id,
        refund_id: about.refund_id,
        order_id: about.order_id,
        detail,
        repaired: false,
    }
}

/// A difference about one of our payments, by the gateway's reference of its money, as far as it is known.
pub(super) fn of_payment(payment: &Payment, kind: DifferenceKind, detail: Value) -> Found {
    let about = About::payment(payment);
    let subject = about.reference.clone().unwrap_or_else(|| payment.id.to_string());
    difference(kind, subject, &about, detail)
}
