//! Ask about a payment now: a message or the customer's browser has hinted at it, and a hint is no proof.

use gateways::{Finish, PaymentState, PaymentView};
use shared::fulfilment::{Settlement, settle};
use shared::jobs::{AskPayment, Claimed, Finished, JobError};
use shared::orders::{self, OrderStatus};
use shared::payments::{self, Payment};

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
    let Some(reference) = &payment.reference else {
        // The hint overtook the answer to our own call.
        return Err(JobError::retry("the payment has no name yet"));
    };
    let view = look(context, &payment, reference, agreed).await?;
    let mut transaction = context.begin().await?;
    let settled = settle(&mut transaction, payment_id, &observe::payment(&view), context.now()).await?;
    let moved = (settled != Settlement::Nothing).then_some(payment.order_id);
    context.finish(transaction, job, moved).await
}

/// What the gateway says of a payment. Where the customer has agreed and the money is ours to take, it is taken first, as
/// long as the order waits for it.
pub(super) async fn look(
    context: &Context,
    payment: &Payment,
    reference: &str,
    agreed: bool,
) -> Result<PaymentView, JobError> {
    let gateway = context.gateway(payment.gateway)?;
    let call = context.call();
    let ours_to_take = gateway.capabilities().finish == Finish::ByMerchant;
    // If nobody takes it, it is not taken: the customer keeps the money.
    let taken = agreed && ours_to_take && waits(context, payment).await?;
    if !taken {
        let view =
            gateway.find_payment(&call, reference).await.map_err(|error| observe::ask_again(&error))?;
        if view.state != PaymentState::AwaitsFinish || !waits(context, payment).await? {
            return Ok(view);
        }
    }
    gateway.finish_payment(&call, reference).await.map_err(|error| observe::ask_again(&error))
}

/// Whether the order takes this payment's money.
async fn waits(context: &Context, payment: &Payment) -> Result<bool, JobError> {
    if !payment.status.is_open() {
        return Ok(false);
    }
    let mut db = context.pool.acquire().await.map_err(database)?;
    let status = orders::store::status(&mut db, payment.order_id).await?;
    Ok(status == OrderStatus::AwaitingPayment)
}
