//! Ask about a payment now: a message or the customer's browser has hinted at it, and a hint is no proof.

use gateways::{CallErrorKind, Finish, PaymentState, PaymentView};
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
    // Whoever polls goes on.
    let Some(view) = look(context, &payment, reference, agreed).await? else {
        return context.nothing_to_do(job).await;
    };
    let mut transaction = context.begin().await?;
    let settled = settle(&mut transaction, payment_id, &observe::payment(&view), context.now()).await?;
    let moved = (settled != Settlement::Nothing).then_some(payment.order_id);
    context.finish(transaction, job, moved).await
}

/// What the gateway says of a payment; nothing, if it knows no such payment or refuses to tell, and would do so again at
/// once. Where the customer has agreed and the money is ours to take, it is taken first, as
/// long as the order waits for it.
pub(super) async fn look(
    context: &Context,
    payment: &Payment,
    reference: &str,
    agreed: bool,
) -> Result<Option<PaymentView>, JobError> {
    let gateway = context.gateway(payment.gateway)?;
    let call = context.call();
    let ours_to_take = gateway.capabilities().finish == Finish::ByMerchant;
    // If nobody takes it, it is not taken: the customer keeps the money.
    let taken = agreed && ours_to_take && waits(context, payment).await?;
    if !taken {
        let view = match gateway.find_payment(&call, reference).await {
            Ok(view) => view,
            Err(error) if error.kind == CallErrorKind::Refused => {
                tracing::info!(payment.id = %payment.id, %error, "the gateway does not tell of a payment");
                return Ok(None);
            }
            Err(error) => return Err(observe::ask_again(&error)),
        };
        if view.state != PaymentState::AwaitsFinish || !waits(context, payment).await? {
            return Ok(Some(view));
        }
    }
    let taken = gateway.finish_payment(&call, reference).await;
    taken.map(Some).map_err(|error| observe::ask_again(&error))
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
