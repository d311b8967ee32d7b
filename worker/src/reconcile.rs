//! Reconciliation of one gateway: compares its list with our books, a page at a time, and then our books with its list.
//!
//! The findings of a page are written in one transaction with the position of the next page, so a run of the schedule
//! that dies continues at its page. A payment that we missed is applied by the same path as its message, in a separate
//! transaction, so that no run locks the stock of one order while it waits for another's. Differences that are not safe
//! to repair are recorded and shown; movements without our marks are counted. A single payment that the gateway does
//! not know, or about which it can't be asked, is recorded too and ends nothing. A gateway that is away ends the run,
//! which is tried again.

mod ours;
mod record;
mod theirs;

use std::collections::HashSet;

use gateways::Gateway;
use shared::foreign::NewMovement;
use shared::incidents::{About, NewIncident};
use shared::jobs::JobError;
use shared::jobs::store::Ask;
use shared::kernel::Timestamp;
use shared::kernel::ids::{PaymentId, RefundId};
use shared::payments::Provider;
use shared::reconciliation::{self, Found, Run, store};

use crate::context::{Context, database};

/// The window of a run, and how it treats errors.
#[derive(Clone, Debug, Default)]
pub struct Wish {
    pub course: Course,
    pub patience: Patience,
}

/// Which stretch of time, and what it counts for.
#[derive(Clone, Debug, Default)]
pub enum Course {
    /// Starts where the last run of the schedule ended. It moves that position, and continues at its page if it died.
    #[default]
    Scheduled,
    /// A window that an operator named. It does not affect the schedule, and always starts at its beginning.
    Named(Run),
}

/// What becomes of a payment about which the gateway gave no answer this time, although it answered about others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Patience {
    /// The run is tried again.
    TriesAgain,
    /// The payment is recorded as `unasked`, and the run continues.
    #[default]
    GoesOn,
}

/// What a run found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Rows of the gateway's list, or attempts that were asked about if it has none.
    pub compared: i64,
    /// Differences that were put right.
    pub repaired: u64,
    /// Differences that stand.
    pub standing: u64,
    /// Rows without our marks: another system uses the same account.
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

/// Findings that are not written yet.
#[derive(Debug, Default)]
struct Notes {
    differences: Vec<Found>,
    /// What the gateway was found to agree with our books about.
    agreed: Done,
    /// What it has answered about, whatever it said.
    asked: Vec<About>,
    foreign: Vec<NewMovement>,
    incidents: Vec<NewIncident>,
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
    /// Whether its position is stored for the schedule.
    is_scheduled: bool,
    patience: Patience,
    report: Report,
    /// The payments and refunds that the gateway's list names. A run that continues has not seen the earlier pages;
    /// what they name is asked about.
    seen: Done,
    notes: Notes,
    /// Whether the gateway has answered in this run.
    has_answered: bool,
}
