//! Reconciliation of one gateway: its list, a page at a time, against our books; then our books against its list.
//!
//! What a page finds is written in one transaction with the place where the next page begins, so a run of the schedule that
//! dies goes on where it was. A payment we missed is settled through the same path as its message, in a transaction of its
//! own, so that no run locks the stock of one order while it waits for another's. What is not safe to put right is recorded
//! and shown; what bears none of our marks is counted. One payment that the gateway does not know, or that it can't be
//! asked about, is recorded too and ends nothing; a gateway that is away ends the run, which is tried again.

mod ours;
mod record;
mod theirs;

use std::collections::HashSet;

use gateways::Gateway;
use shared::foreign::NewMovement;
use shared::incidents::About;
use shared::jobs::JobError;
use shared::jobs::store::Ask;
use shared::kernel::Timestamp;
use shared::kernel::ids::{PaymentId, RefundId};
use shared::payments::Provider;
use shared::reconciliation::{self, Found, Run, store};

use crate::context::{Context, database};
use crate::tell::Tells;

/// What is compared, and how it is gone about.
#[derive(Clone, Debug, Default)]
pub struct Wish {
    pub course: Course,
    pub patience: Patience,
}

/// Which stretch of time, and what it counts for.
#[derive(Clone, Debug, Default)]
pub enum Course {
    /// From where the last run of the schedule ended. It moves that mark, and goes on at its page if it died.
    #[default]
    Scheduled,
    /// A window that somebody named. It leaves the schedule alone, and begins anew each time.
    Named(Run),
}

/// What becomes of a payment about which the gateway gave no answer this time, although it answered about others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Patience {
    /// The run is tried again.
    TriesAgain,
    /// It is recorded as not asked, and the run goes on to its end.
    #[default]
    GoesOn,
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
    /// Rows that bear none of our marks: another system's on the same account.
    pub foreign: u64,
}

/// Compares one gateway with our books.
pub async fn run(context: &Context, provider: Provider, wish: Wish) -> Result<Report, JobError> {
    let gateway = context.gateway(provider)?;
    let Plan { run, booked_from, is_scheduled } = plan(context, provider, wish.course).await?;
    let until = run.until;
    let mut walk = Walk {
        context,
        provider,
        gateway: &*gateway,
        is_scheduled,
        patience: wish.patience,
        report: Report::default(),
        seen: Done::default(),
        notes: Notes::default(),
        has_answered: false,
    };
    if gateway.capabilities().lists {
        walk.theirs(run).await?;
    } else {
        walk.ask_unsettled(&run).await?;
    }
    walk.ours(booked_from, until).await?;
    let report = walk.report;
    if is_scheduled {
        let mut db = context.begin().await?;
        store::finish(&mut db, provider, until, report.compared, context.now()).await.map_err(database)?;
        context.commit(db, None).await?;
    }
    tracing::info!(
        gateway = provider.as_str(),
        compared = report.compared,
        repaired = report.repaired,
        standing = report.standing,
        foreign = report.foreign,
        "reconciled"
    );
    Ok(report)
}

struct Plan {
    run: Run,
    /// From when on our own bookings are looked for.
    booked_from: Timestamp,
    is_scheduled: bool,
}

async fn plan(context: &Context, provider: Provider, course: Course) -> Result<Plan, JobError> {
    match course {
        Course::Named(run) => Ok(Plan { booked_from: run.from, run, is_scheduled: false }),
        Course::Scheduled => {
            let mut db = context.pool.acquire().await.map_err(database)?;
            let progress = store::progress(&mut db, provider).await.map_err(database)?;
            let run = reconciliation::next_run(progress.as_ref(), context.now());
            let booked_from = reconciliation::booked_from(progress.as_ref(), &run);
            Ok(Plan { run, booked_from, is_scheduled: true })
        }
    }
}

/// What was found and is not written yet.
#[derive(Debug, Default)]
struct Notes {
    differences: Vec<Found>,
    /// What the gateway was found to agree with our books about.
    agreed: Done,
    /// What it has answered about, whatever it said.
    asked: Vec<About>,
    foreign: Vec<NewMovement>,
    tells: Tells,
    asks: Vec<Ask>,
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
    /// Whether where it stands is kept for the schedule.
    is_scheduled: bool,
    patience: Patience,
    report: Report,
    /// What the gateway's list names. A run that goes on has not seen the pages before; what they name is asked for.
    seen: Done,
    notes: Notes,
    /// The gateway is there: it has answered in this run.
    has_answered: bool,
}
