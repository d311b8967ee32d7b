//! Reconciliation of one gateway: its list, a page at a time, against our books; then our books against its list.
//!
//! Each page is a transaction with the place where the next begins, so a run that dies goes on where it was. A payment
//! we missed is settled through the same path as its message. What is not safe to put right is recorded and shown.

mod ours;
mod theirs;

use std::collections::HashSet;

use gateways::Gateway;
use serde_json::json;
use shared::incidents::{self, IncidentKind};
use shared::jobs::JobError;
use shared::kernel::Timestamp;
use shared::kernel::db::{Connection, Transaction};
use shared::kernel::ids::{PaymentId, RefundId};
use shared::payments::{Payment, Provider};
use shared::reconciliation::{self, DifferenceKind, Found, Recorded, Run, store};

use crate::context::{After, Context, database};

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
    let Plan { run, booked_from, reached } = plan(context, provider, wish).await?;
    let booked_until = run.until;
    let (report, seen, agreed) = (Report::default(), Done::default(), Done::default());
    let mut walk = Walk { context, provider, gateway: &*gateway, report, seen, agreed };
    if gateway.capabilities().lists {
        walk.theirs(run).await?;
    } else {
        walk.ask_unsettled(&run).await?;
    }
    walk.ours(booked_from, booked_until).await?;
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

struct Plan {
    run: Run,
    /// From when on our own bookings are looked for.
    booked_from: Timestamp,
    /// Until when all is compared once it is done.
    reached: Option<Timestamp>,
}

async fn plan(context: &Context, provider: Provider, wish: Wish) -> Result<Plan, JobError> {
    let mut db = context.pool.acquire().await.map_err(database)?;
    let progress = store::progress(&mut db, provider).await.map_err(database)?;
    let (progress, now) = (progress.as_ref(), context.now());
    let run = reconciliation::wished_run(progress, wish.from, wish.until, now);
    let booked_from = reconciliation::booked_from(progress, wish.from, &run);
    let reached = reconciliation::reached_by(progress, &run, now);
    Ok(Plan { run, booked_from, reached })
}

/// Money that came and money that went back.
#[derive(Debug, Default)]
struct Done {
    payments: HashSet<PaymentId>,
    refunds: HashSet<RefundId>,
}

struct Walk<'a> {
    context: &'a Context,
    provider: Provider,
    gateway: &'a dyn Gateway,
    report: Report,
    /// What the gateway's list names. A run that goes on has not seen the pages before; what they name is asked for.
    seen: Done,
    /// What the gateway was found to agree with our books about, in this transaction.
    agreed: Done,
}

impl Walk<'_> {
    /// Ends what was recorded as different about what the gateway agrees with, and commits.
    async fn commit(&mut self, mut db: Transaction, changed: impl Into<After>) -> Result<(), JobError> {
        let Done { payments, refunds } = std::mem::take(&mut self.agreed);
        let (payments, refunds) = (Vec::from_iter(payments), Vec::from_iter(refunds));
        store::agree(&mut db, &payments, &refunds, self.context.now()).await.map_err(database)?;
        self.context.commit(db, changed).await
    }

    async fn record(&mut self, db: &mut Connection, found: Found) -> Result<(), JobError> {
        let now = self.context.now();
        let recorded = store::record(db, self.provider, &found, now).await.map_err(database)?;
        if found.repaired {
            self.report.repaired += 1;
        } else if recorded != Recorded::Closed {
            self.report.standing += 1;
        }
        if recorded != Recorded::News {
            return Ok(());
        }
        let labels = [("gateway", self.provider.as_str()), ("kind", found.kind.as_str())];
        metrics::counter!("haat_reconciliation_differences_total", &labels).increment(1);
        // What is not ours may be another system's on the same account; what contradicts us is a person's to look at.
        if matches!(found.kind, DifferenceKind::Amount | DifferenceKind::Absent) {
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

fn difference(kind: DifferenceKind, subject: String, detail: serde_json::Value) -> Found {
    Found { kind, subject, payment_id: None, refund_id: None, detail, repaired: false }
}

/// A difference about a payment of ours, by the gateway's name of its money, as far as we know it.
fn about(payment: &Payment, kind: DifferenceKind, detail: serde_json::Value) -> Found {
    let name = payment.charge_reference.clone().or_else(|| payment.reference.clone());
    let subject = name.unwrap_or_else(|| payment.id.to_string());
    Found { payment_id: Some(payment.id), ..difference(kind, subject, detail) }
}
