//! Ask about a payment that nobody speaks of: webhooks get lost.

use std::time::Duration;

use shared::fulfilment::{Settlement, settle};
use shared::jobs::{Claimed, Finished, JobError, PollPayment};
use shared::payments;

use crate::context::{Context, database};
use crate::observe;

pub(super) async fn run(context: &Context, job: &Claimed) -> Result<Finished, JobError> {
    let PollPayment { payment_id } = job.read()?;
    let mut db = context.pool.acquire().await.map_err(database)?;
    let payment = payments::store::find(&mut db, payment_id).await?;
    drop(db);
    let (true, Some(reference)) = (payment.status.is_open(), &payment.reference) else {
        return context.nothing_to_do(job).await;
    };
    let gateway = context.gateway(&payment.gateway)?;
    let view =
        gateway.find_payment(&context.call(), reference).await.map_err(|error| observe::ask_again(&error))?;
    let mut transaction = context.begin().await?;
    let settled = settle(&mut transaction, payment_id, &observe::payment(&view), context.now()).await?;
    let open = payments::store::find(&mut transaction, payment_id).await?.status.is_open();
    let moved = (settled != Settlement::Nothing).then_some(payment.order_id);
    if open {
        context.commit(transaction, moved).await?;
        let age = (context.now() - payment.created_at).to_std().unwrap_or_default();
        return Err(JobError::not_yet("still open", next_look(age)));
    }
    context.finish(transaction, job, moved).await
}

/// The longer a page has been open, the rarer it is looked at.
fn next_look(age: Duration) -> Duration {
    (age / 2).clamp(Duration::from_secs(60), Duration::from_secs(1800))
}
