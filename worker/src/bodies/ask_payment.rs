//! Asks about a payment now: a message or the customer's browser has hinted at it, and a hint proves nothing.

use gateways::{CallErrorKind, PaymentState, PaymentView};
use shared::fulfilment::{Settlement, settle};
use shared::jobs::{AskPayment, Claimed, FinishPayment, Finished, JobError, Queue, store};
use shared::kernel::db::Connection;
use shared::kernel::ids::OrderId;
use shared::payments::{self, Payment};

use super::finish_payment::waits;
use crate::context::{After, Context, database};
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
        return context.finish(transaction, job, taking(None)).await;
    }
    let Some(reference) = &payment.reference else {
        // The hint arrived before the answer to our own call.
        return Err(JobError::retry("the payment has no name yet"));
    };
    // The poll that is scheduled for the payment goes on.
    let Some(view) = look(context, &payment, reference).await? else {
        return context.nothing_to_do(job).await;
    };
    let to_take = view.state == PaymentState::AwaitsFinish && waits(context, &payment).await?;
    let mut transaction = context.begin().await?;
    let settled = settle(&mut transaction, payment_id, &observe::payment(&view), context.now()).await?;
    if to_take {
        take(context, &mut transaction, &payment).await?;
    }
    let moved = (settled != Settlement::Nothing).then_some(payment.order_id);
    let after = if to_take { taking(moved) } else { moved.into() };
    context.finish(transaction, job, after).await
}

/// The gateway's state of a payment. `None` if it does not know the payment or refuses to tell, and would do so again
/// at once.
pub(super) async fn look(
    context: &Context,
    payment: &Payment,
    reference: &str,
) -> Result<Option<PaymentView>, JobError> {
    let gateway = context.gateway(payment.gateway)?;
    match gateway.find_payment(&context.call(), reference).await {
        Ok(view) => Ok(Some(view)),
        Err(error) if error.kind == CallErrorKind::Refused => {
            tracing::info!(payment.id = %payment.id, %error, "the gateway does not give the state of a payment");
            Ok(None)
        }
        Err(error) => Err(observe::ask_again(&error)),
    }
}

/// Schedules taking the money that the customer has agreed to pay.
pub(super) async fn take(context: &Context, db: &mut Connection, payment: &Payment) -> Result<(), JobError> {
    store::ask(db, &FinishPayment { payment_id: payment.id }, context.now()).await.map_err(database)
}

/// What to wake after [`take`].
pub(super) fn taking(moved: Option<OrderId>) -> After {
    After { queues: &[Queue::Payments, Queue::Executions], ..moved.into() }
}
