//! Reconciliation of one gateway: its list, a page at a time, against our books; then our books against its list.
//!
//! Each page is a transaction with the place where the next begins, so a run that dies goes on where it was. A payment
//! we missed is settled through the same path as its message. What is not safe to put right is recorded and shown.

use std::collections::HashSet;

use chrono::DateTime;
use gateways::{Gateway, Movement, PaymentState, PaymentView, RefundView, Transaction, Window};
use serde_json::json;
use shared::fulfilment::{Settlement, settle, unwind};
use shared::incidents::{self, IncidentKind};
use shared::jobs::{AskPayment, JobError, NewJob, store as jobs};
use shared::kernel::Timestamp;
use shared::kernel::db::Connection;
use shared::kernel::ids::{OrderId, PaymentId};
use shared::payments::{self, Provider};
use shared::reconciliation::{self, DifferenceKind, Found, Run, store};

use crate::context::{Context, database};
use crate::matching::{self, Match};
use crate::observe;

/// What to compare: from where the last run ended until now, if nothing is said.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wish {
    pub from: Option<Timestamp>,
    pub until: Option<Timestamp>,
}

/// What a run found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Rows of the gateway's list, or attempts asked for where it has none.
    pub compared: i64,
    /// Differences that were put right.
    pub repaired: u64,
    /// Differences that stand.
    pub standing: u64,
}

/// Compares one gateway with our books.
pub async fn run(context: &Context, provider: Provider, wish: Wish) -> Result<Report, JobError> {
    let gateway = context.gateway(provider)?;
    let (run, reached) = window(context, provider, wish).await?;
    let mut walk = Walk { context, provider, gateway: &*gateway, report: Report::default() };
    if gateway.capabilities().lists {
        let seen = walk.theirs(run.clone()).await?;
        walk.ours(&run, &seen).await?;
    } else {
        walk.one_by_one(&run).await?;
    }
    let mut db = context.begin().await?;
    store::finish(&mut db, provider, reached, walk.report.compared, context.now()).await.map_err(database)?;
    context.commit(db, None).await?;
    tracing::info!(
        gateway = provider.as_str(),
        compared = walk.report.compared,
        repaired = walk.report.repaired,
        standing = walk.report.standing,
        "reconciled"
    );
    Ok(walk.report)
}

/// The window, and until when all is compared once it is done.
async fn window(
    context: &Context,
    provider: Provider,
    wish: Wish,
) -> Result<(Run, Option<Timestamp>), JobError> {
    let mut db = context.pool.acquire().await.map_err(database)?;
    let progress = store::progress(&mut db, provider).await.map_err(database)?;
    let (progress, now) = (progress.as_ref(), context.now());
    let run = reconciliation::wished_run(progress, wish.from, wish.until, now);
    let reached = reconciliation::reached_by(progress, &run, now);
    Ok((run, reached))
}

struct Walk<'a> {
    context: &'a Context,
    provider: Provider,
    gateway: &'a dyn Gateway,
    report: Report,
}

impl Walk<'_> {
    /// Their list against our books. The attempts whose money it names.
    async fn theirs(&mut self, mut run: Run) -> Result<HashSet<PaymentId>, JobError> {
        let window = Window { from: run.from.timestamp(), until: run.until.timestamp() };
        // A run that goes on has not seen the pages before; those are looked up one by one.
        let mut seen = HashSet::new();
        loop {
            let call = self.context.call();
            let page = self.gateway.list_transactions(&call, window, run.cursor.as_deref()).await;
            let page = page.map_err(|error| observe::ask_again(&error))?;
            let mut db = self.context.begin().await?;
            let mut changed = Vec::new();
            for transaction in &page.transactions {
                self.report.compared += 1;
                changed.extend(self.compare(&mut db, transaction, &mut seen).await?);
            }
            run.cursor = page.next;
            let now = self.context.now();
            if run.cursor.is_some() {
                store::advance(&mut db, self.provider, &run, self.report.compared, now)
                    .await
                    .map_err(database)?;
            }
            self.context.commit_all(db, changed).await?;
            if run.cursor.is_none() {
                return Ok(seen);
            }
        }
    }

    async fn compare(
        &mut self,
        db: &mut Connection,
        transaction: &Transaction,
        seen: &mut HashSet<PaymentId>,
    ) -> Result<Option<OrderId>, JobError> {
        match &transaction.what {
            Movement::Payment(view) => self.payment(db, transaction, view, seen).await,
            Movement::Refund { view, .. } => self.refund(db, transaction, view).await,
            Movement::Dispute(view) => {
                let order = matching::disputed_order(db, self.provider, view).await?;
                matching::open_dispute(db, self.provider, view, order, self.context.now()).await?;
                Ok(None)
            }
        }
    }

    async fn payment(
        &mut self,
        db: &mut Connection,
        transaction: &Transaction,
        view: &PaymentView,
        seen: &mut HashSet<PaymentId>,
    ) -> Result<Option<OrderId>, JobError> {
        let captured = match view.state {
            PaymentState::Captured => true,
            PaymentState::Failed | PaymentState::Expired => false,
            // A list tells what was, perhaps long ago: of a page that was open then, only its end counts.
            PaymentState::Open | PaymentState::Processing | PaymentState::AwaitsFinish => return Ok(None),
        };
        let known = match matching::payment(db, self.provider, view).await? {
            Match::Ours(known) => known,
            Match::Strange(why) if captured => {
                let detail = json!({ "why": why, "amount": view.amount, "at": moment(transaction.at) });
                self.record(db, difference(DifferenceKind::Unknown, &name(view, transaction), detail))
                    .await?;
                return Ok(None);
            }
            Match::Strange(_) => return Ok(None),
        };
        if captured {
            seen.insert(known.id);
        }
        if known.status.has_money() {
            if captured && known.captured != view.amount {
                let detail = json!({ "ours": known.captured, "theirs": view.amount });
                let found = difference(DifferenceKind::Amount, &name(view, transaction), detail);
                self.record(db, Found { payment_id: Some(known.id), ..found }).await?;
            }
            return Ok(None);
        }
        let settled = settle(db, known.id, &observe::payment(view), self.context.now()).await?;
        if settled == Settlement::Nothing || !captured {
            return Ok((settled != Settlement::Nothing).then_some(known.order_id));
        }
        let detail = json!({ "was": known.status, "amount": view.amount, "at": moment(transaction.at) });
        let found = difference(DifferenceKind::Missed, &name(view, transaction), detail);
        self.record(db, Found { payment_id: Some(known.id), repaired: true, ..found }).await?;
        Ok(Some(known.order_id))
    }

    async fn refund(
        &mut self,
        db: &mut Connection,
        transaction: &Transaction,
        view: &RefundView,
    ) -> Result<Option<OrderId>, JobError> {
        let known = match matching::refund(db, view).await? {
            Match::Ours(known) => known,
            Match::Strange(why) => {
                let detail = json!({ "why": why, "amount": view.amount, "at": moment(transaction.at) });
                self.record(db, difference(DifferenceKind::Unknown, &view.reference, detail)).await?;
                return Ok(None);
            }
        };
        let moved = unwind(db, known.id, &observe::refund(view), self.context.now()).await?;
        if moved.is_some() {
            let detail = json!({ "was": known.status, "is": view.state.as_str(), "amount": view.amount });
            let found = difference(DifferenceKind::Missed, &view.reference, detail);
            self.record(db, Found { refund_id: Some(known.id), repaired: true, ..found }).await?;
        }
        Ok(moved)
    }

    /// Our books against their list: money that we hold as captured and that the list does not name is asked for.
    async fn ours(&mut self, run: &Run, seen: &HashSet<PaymentId>) -> Result<(), JobError> {
        let mut db = self.context.pool.acquire().await.map_err(database)?;
        let booked = store::booked(&mut db, self.provider, run.from, run.until).await.map_err(database)?;
        drop(db);
        for id in booked.into_iter().filter(|id| !seen.contains(id)) {
            self.confirm(id).await?;
        }
        Ok(())
    }

    async fn confirm(&mut self, id: PaymentId) -> Result<(), JobError> {
        let mut db = self.context.pool.acquire().await.map_err(database)?;
        let known = payments::store::find(&mut db, id).await?;
        drop(db);
        let Some(reference) = &known.reference else { return Ok(()) };
        let found = self.gateway.find_payment(&self.context.call(), reference).await;
        let theirs = match found {
            Ok(view) if view.state == PaymentState::Captured && view.amount == known.captured => {
                return Ok(());
            }
            Ok(view) => json!({ "state": view.state.as_str(), "amount": view.amount }),
            Err(error) if error.is_missing() => json!("missing"),
            Err(error) => return Err(observe::ask_again(&error)),
        };
        let detail = json!({ "ours": known.captured, "theirs": theirs });
        let mut db = self.context.begin().await?;
        let found = difference(DifferenceKind::Absent, reference, detail);
        self.record(&mut db, Found { payment_id: Some(id), ..found }).await?;
        self.context.commit(db, None).await
    }

    /// A gateway without a list: every attempt of the window that holds no money is asked for.
    async fn one_by_one(&mut self, run: &Run) -> Result<(), JobError> {
        let now = self.context.now();
        let mut db = self.context.begin().await?;
        let open = store::unsettled(&mut db, self.provider, run.from, run.until).await.map_err(database)?;
        for payment_id in open {
            self.report.compared += 1;
            let ask = NewJob::at(now, &AskPayment { payment_id, agreed: false });
            jobs::insert_unless_waiting(&mut db, &ask, now).await.map_err(database)?;
        }
        self.context.commit(db, None).await?;
        self.ours(run, &HashSet::new()).await
    }

    async fn record(&mut self, db: &mut Connection, found: Found) -> Result<(), JobError> {
        let now = self.context.now();
        let new = store::record(db, self.provider, &found, now).await.map_err(database)?;
        if found.repaired {
            self.report.repaired += 1;
        } else {
            self.report.standing += 1;
        }
        if new {
            let labels = [("gateway", self.provider.as_str()), ("kind", found.kind.as_str())];
            metrics::counter!("haat_reconciliation_differences_total", &labels).increment(1);
        }
        // What is not ours may be another system's on the same account; what contradicts us is a person's to look at.
        if new && matches!(found.kind, DifferenceKind::Amount | DifferenceKind::Absent) {
            let about = format!("{}:{}:{}", self.provider.as_str(), found.kind.as_str(), found.subject);
            let detail =
                json!({ "gateway": self.provider, "kind": found.kind.as_str(), "detail": found.detail });
            incidents::open(db, IncidentKind::GatewayDiffers, &about, None, &detail, now)
                .await
                .map_err(database)?;
        }
        Ok(())
    }
}

fn difference(kind: DifferenceKind, subject: &str, detail: serde_json::Value) -> Found {
    let subject = subject.to_owned();
    Found { kind, subject, payment_id: None, refund_id: None, detail, repaired: false }
}

/// What the gateway calls a payment; the row of its list, if it calls it nothing.
fn name(view: &PaymentView, transaction: &Transaction) -> String {
    let name = view.reference.clone().or_else(|| view.payment_reference.clone());
    name.unwrap_or_else(|| transaction.id.clone())
}

fn moment(seconds: i64) -> Option<Timestamp> {
    DateTime::from_timestamp(seconds, 0)
}
