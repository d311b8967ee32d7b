//! Asks about a refund that the gateway is processing.

use std::time::Duration;

use chrono::TimeDelta;
use shared::fulfilment::unwind;
use shared::jobs::{AskRefund, Claimed, Finished, JobError, PollRefund};
use shared::kernel::ids::RefundId;
use shared::refunds::{self, Refund, RefundObservation, RefundSeen, RefundStatus};

use super::next_look;
use crate::context::{Context, database};
use crate::observe;
use crate::refund_lookup::{Unseen, look};

/// Shortest and longest time between two looks.
const LOOKS: (Duration, Duration) = (Duration::from_secs(30), Duration::from_secs(600));
/// How long a gateway that has accepted a refund may not find it, counted from when it last did, until a person has to
/// look.
const LOST_AFTER: TimeDelta = TimeDelta::days(1);

pub(super) async fn run(context: &Context, job: &Claimed) -> Result<Finished, JobError> {
    let PollRefund { refund_id } = job.read()?;
    let refund = read(context, refund_id).await?;
    if !refund.status.is_open() {
        return context.nothing_to_do(job).await;
    }
    let next = next_look(context.now() - refund.requested_at, LOOKS);
    let Some(view) = look(context, &refund).await.map_err(Unseen::again)? else {
        if refund.status == RefundStatus::Pending && context.now() - refund.not_found_since() >= LOST_AFTER {
            report_lost(context, refund_id).await?;
        }
        return Err(JobError::not_yet("the gateway does not know it yet", next));
    };
    let mut transaction = context.begin().await?;
    let moved = unwind(&mut transaction, refund_id, &observe::refund(&view), context.now()).await?;
    if refunds::store::find(&mut transaction, refund_id).await?.status.is_open() {
        context.commit(transaction, moved).await?;
        return Err(JobError::not_yet("the gateway still works on it", next));
    }
    context.finish(transaction, job, moved).await
}

/// The gateway has accepted the refund and does not find it: it may have been made. It is still looked for afterwards.
async fn report_lost(context: &Context, refund_id: RefundId) -> Result<(), JobError> {
    let failure = Some("refund_not_found".to_owned());
    let lost = RefundObservation { state: RefundSeen::NeedsAttention, reference: None, failure };
    let mut transaction = context.begin().await?;
    let moved = unwind(&mut transaction, refund_id, &lost, context.now()).await?;
    context.commit(transaction, moved).await
}

/// Asks once, after a hint; the scheduled poll goes on. A refund that succeeded may still bounce.
pub(super) async fn ask(context: &Context, job: &Claimed) -> Result<Finished, JobError> {
    let AskRefund { refund_id } = job.read()?;
    let refund = read(context, refund_id).await?;
    if refund.is_over() {
        return context.nothing_to_do(job).await;
    }
    let Some(view) = look(context, &refund).await.map_err(Unseen::again)? else {
        return context.nothing_to_do(job).await;
    };
    let mut transaction = context.begin().await?;
    let moved = unwind(&mut transaction, refund_id, &observe::refund(&view), context.now()).await?;
    context.finish(transaction, job, moved).await
}

async fn read(context: &Context, id: RefundId) -> Result<Refund, JobError> {
    let mut db = context.pool.acquire().await.map_err(database)?;
    Ok(refunds::store::find(&mut db, id).await?)
}
