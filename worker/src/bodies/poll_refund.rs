//! Ask what became of a refund that the gateway is working on.

use std::time::Duration;

use shared::fulfilment::unwind;
use shared::jobs::{Claimed, Finished, JobError, PollRefund};
use shared::{payments, refunds};

use crate::context::{Context, database};
use crate::observe;

const NEXT_LOOK: Duration = Duration::from_secs(600);

pub(super) async fn run(context: &Context, job: &Claimed) -> Result<Finished, JobError> {
    let PollRefund { refund_id } = job.read()?;
    let mut db = context.pool.acquire().await.map_err(database)?;
    let refund = refunds::store::find(&mut db, refund_id).await?;
    let payment = payments::store::find(&mut db, refund.payment_id).await?;
    drop(db);
    let (true, Some(reference)) = (refund.status.is_open(), &refund.reference) else {
        return context.nothing_to_do(job).await;
    };
    let gateway = context.gateway(&payment.gateway)?;
    let view =
        gateway.find_refund(&context.call(), reference).await.map_err(|error| observe::ask_again(&error))?;
    let mut transaction = context.begin().await?;
    let moved = unwind(&mut transaction, refund_id, &observe::refund(&view), context.now()).await?;
    if refunds::store::find(&mut transaction, refund_id).await?.status.is_open() {
        context.commit(transaction, moved).await?;
        return Err(JobError::not_yet("the gateway still works on it", NEXT_LOOK));
    }
    context.finish(transaction, job, moved).await
}
