//! Takes the money that a customer has agreed to pay, where the gateway leaves that step to the merchant.
//!
//! It does so only if the order still waits for the payment: money that is not taken stays with the customer. The
//! gateway is not asked first. It refuses a payment that was not agreed to, and the adapter asks about an execution
//! that got no answer.

use shared::fulfilment::{Settlement, settle};
use shared::jobs::{Claimed, FinishPayment, Finished, JobError};
use shared::orders::{self, OrderStatus};
use shared::payments::{self, Payment};

use crate::context::{Context, database};
use crate::observe;

pub(super) async fn run(context: &Context, job: &Claimed) -> Result<Finished, JobError> {
    let FinishPayment { payment_id } = job.read()?;
    let mut db = context.pool.acquire().await.map_err(database)?;
    let payment = payments::store::find(&mut db, payment_id).await?;
    drop(db);
    if !waits(context, &payment).await? {
        return context.nothing_to_do(job).await;
    }
    let Some(reference) = &payment.reference else {
        // The hint arrived before the answer to our own call.
        return Err(JobError::retry("the payment has no name yet"));
    };
    let gateway = context.gateway(payment.gateway)?;
    let taken = gateway.finish_payment(&context.call(), reference).await;
    let view = taken.map_err(|error| observe::ask_again(&error))?;
    let mut transaction = context.begin().await?;
    let settled = settle(&mut transaction, payment_id, &observe::payment(&view), context.now()).await?;
    let moved = (settled != Settlement::Nothing).then_some(payment.order_id);
    context.finish(transaction, job, moved).await
}

/// Whether the order still takes this payment's money.
pub(super) async fn waits(context: &Context, payment: &Payment) -> Result<bool, JobError> {
    if !payment.status.is_open() {
        return Ok(false);
    }
    let mut db = context.pool.acquire().await.map_err(database)?;
    let status = orders::store::status(&mut db, payment.order_id).await?;
    Ok(status == OrderStatus::AwaitingPayment)
}
