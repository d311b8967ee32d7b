//! Ask what became of a refund that the gateway is working on.

use std::time::Duration;

use gateways::RefundView;
use shared::fulfilment::unwind;
use shared::jobs::{AskRefund, Claimed, Finished, JobError, PollRefund};
use shared::kernel::ids::RefundId;
use shared::refunds::Refund;
use shared::{payments, refunds};

use super::refund_name::name;
use super::submit_refund::charge_of;
use crate::context::{Context, database};
use crate::observe;

const NEXT_LOOK: Duration = Duration::from_secs(600);

pub(super) async fn run(context: &Context, job: &Claimed) -> Result<Finished, JobError> {
    let PollRefund { refund_id } = job.read()?;
    let Some((refund, view)) = look(context, refund_id).await? else {
        return context.nothing_to_do(job).await;
    };
    if !refund.status.is_open() {
        return context.nothing_to_do(job).await;
    }
    let Some(view) = view else {
        return Err(JobError::not_yet("the gateway does not know it yet", NEXT_LOOK));
    };
    let mut transaction = context.begin().await?;
    let moved = unwind(&mut transaction, refund_id, &observe::refund(&view), context.now()).await?;
    if refunds::store::find(&mut transaction, refund_id).await?.status.is_open() {
        context.commit(transaction, moved).await?;
        return Err(JobError::not_yet("the gateway still works on it", NEXT_LOOK));
    }
    context.finish(transaction, job, moved).await
}

/// Asked once, because somebody hinted at it; whoever polls goes on.
pub(super) async fn ask(context: &Context, job: &Claimed) -> Result<Finished, JobError> {
    let AskRefund { refund_id } = job.read()?;
    let Some((_, Some(view))) = look(context, refund_id).await? else {
        return context.nothing_to_do(job).await;
    };
    let mut transaction = context.begin().await?;
    let moved = unwind(&mut transaction, refund_id, &observe::refund(&view), context.now()).await?;
    context.finish(transaction, job, moved).await
}

/// What the gateway says of a refund; nothing, if there is nothing left to ask. One that was done may still bounce.
async fn look(
    context: &Context,
    refund_id: RefundId,
) -> Result<Option<(Refund, Option<RefundView>)>, JobError> {
    let mut db = context.pool.acquire().await.map_err(database)?;
    let refund = refunds::store::find(&mut db, refund_id).await?;
    let payment = payments::store::find(&mut db, refund.payment_id).await?;
    drop(db);
    if refund.status.is_final() {
        return Ok(None);
    }
    let gateway = context.gateway(payment.gateway)?;
    let charge = charge_of(context, &*gateway, &payment).await?;
    let mut db = context.pool.acquire().await.map_err(database)?;
    let name = name(&mut db, &refund, &payment, &charge).await?;
    drop(db);
    let found = gateway.find_refund(&context.call(), &name).await;
    Ok(Some((refund, found.map_err(|error| observe::ask_again(&error))?)))
}
