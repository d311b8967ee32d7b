//! Ask about a payment now: a message or the customer's browser has hinted at it, and a hint is no proof.

use gateways::{PaymentState, PaymentView};
use shared::fulfilment::{Settlement, settle};
use shared::jobs::{AskPayment, Claimed, FinishPayment, Finished, JobError, store};
use shared::kernel::db::Connection;
use shared::payments::{self, Payment};

use super::finish_payment::waits;
use crate::context::{Context, database};
use crate::observe;

pub(super) async fn run(context: &Context, job: &Claimed) -> Result<Finished, JobError> {
    let AskPayment { payment_id, agreed } = job.read()?;
    let mut db = context.pool.acquire().await.map_err(database)?;
    let payment = payments::store::find(&mut db, payment_id).await?;
    drop(db);
    if payment.status.has_money() && payment.charge_reference.is_some() {
        return context.nothing_to_do(job).await;
    }
    if agreed {
        let mut transaction = context.begin().await?;
        take(context, &mut transaction, &payment).await?;
        return context.finish(transaction, job, None).await;
    }
    let Some(reference) = &payment.reference else {
        // The hint overtook the answer to our own call.
        return Err(JobError::retry("the payment has no name yet"));
    };
    let view = look(context, &payment, reference).await?;
    let to_take = view.state == PaymentState::AwaitsFinish && waits(context, &payment).await?;
    let mut transaction = context.begin().await?;
    let settled = settle(&mut transaction, payment_id, &observe::payment(&view), context.now()).await?;
    if to_take {
        take(context, &mut transaction, &payment).await?;
    }
    let moved = (settled != Settlement::Nothing).then_some(payment.order_id);
    context.finish(transaction, job, moved).await
}

/// What the gateway says of a payment.
pub(super) async fn look(
    context: &Context,
    payment: &Payment,
    reference: &str,
) -> Result<PaymentView, JobError> {
    let gateway = context.gateway(payment.gateway)?;
    let found = gateway.find_payment(&context.call(), reference).await;
    found.map_err(|error| observe::ask_again(&error))
}

/// Has the money taken that the customer has agreed to.
pub(super) async fn take(context: &Context, db: &mut Connection, payment: &Payment) -> Result<(), JobError> {
    store::ask(db, &FinishPayment { payment_id: payment.id }, context.now()).await.map_err(database)
}
