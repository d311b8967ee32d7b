//! Closes the payment page of an order that no longer waits for it. A customer who paid just before is served first.

use std::time::Duration;

use gateways::{CallErrorKind, Expired, PaymentView};
use shared::fulfilment::{give_up_payment, settle};
use shared::jobs::{Claimed, ClosePayment, Finished, JobError};
use shared::payments::{self, FailureCode, Payment, PaymentStatus};

use super::create_payment;
use crate::context::{Context, database};
use crate::observe;

/// How long to wait for a payment that is in progress.
const ON_ITS_WAY: Duration = Duration::from_secs(60);

pub(super) async fn run(context: &Context, job: &Claimed) -> Result<Finished, JobError> {
    let ClosePayment { payment_id } = job.read()?;
    let mut db = context.pool.acquire().await.map_err(database)?;
    let payment = payments::store::find(&mut db, payment_id).await?;
    drop(db);
    if payment.status.has_money() {
        return context.nothing_to_do(job).await;
    }
    match at_gateway(context, &payment).await? {
        Closing::Closed => {
            let mut transaction = context.begin().await?;
            let why = FailureCode::Expired.into();
            let (id, now) = (payment.id, context.now());
            let order = give_up_payment(&mut transaction, id, PaymentStatus::Expired, &why, now).await?;
            context.finish(transaction, job, order).await
        }
        Closing::Paid(view) => {
            let mut transaction = context.begin().await?;
            settle(&mut transaction, payment.id, &observe::payment(&view), context.now()).await?;
            context.finish(transaction, job, payment.order_id).await
        }
        Closing::OnItsWay(view) => Err(wait_for(context, &payment, &view).await?),
    }
}

/// The result of a request to close a page.
pub(super) enum Closing {
    /// The page can't be paid any more, or the gateway can't close it.
    Closed,
    /// The customer paid first.
    Paid(PaymentView),
    /// The customer agreed first, and the money has not arrived yet.
    OnItsWay(PaymentView),
}

/// Asks the gateway to close the page. If the page's name is unknown, because the answer to our call was lost, the call
/// is repeated first with the same key: that returns the name of the page that was made then.
pub(super) async fn at_gateway(context: &Context, payment: &Payment) -> Result<Closing, JobError> {
    let reference = match &payment.reference {
        Some(reference) => reference.clone(),
        None => match create_payment::open(context, payment).await? {
            Ok(hosted) => {
                let reference = hosted.reference.clone();
                let mut transaction = context.begin().await?;
                let seen = create_payment::opened(payment, hosted);
                settle(&mut transaction, payment.id, &seen, context.now()).await?;
                context.commit(transaction, payment.order_id).await?;
                reference
            }
            Err(error) if error.kind == CallErrorKind::Refused && !error.outcome_unknown() => {
                return Ok(Closing::Closed);
            }
            Err(error) => return Err(observe::ask_again(&error)),
        },
    };
    let gateway = context.gateway(payment.gateway)?;
    match gateway.expire_payment(&context.call(), &reference).await {
        Ok(Expired::Closed) => Ok(Closing::Closed),
        Ok(Expired::AlreadyPaid(view)) => Ok(Closing::Paid(view)),
        Ok(Expired::StillProcessing(view)) => Ok(Closing::OnItsWay(view)),
        // A customer who pays it now pays late.
        Ok(Expired::LeftOpen) => Ok(Closing::Closed),
        Err(error) if error.is_missing() => Ok(Closing::Closed),
        Err(error) => Err(observe::ask_again(&error)),
    }
}

/// Records that the payment is in progress, and says when to look again.
pub(super) async fn wait_for(
    context: &Context,
    payment: &Payment,
    view: &PaymentView,
) -> Result<JobError, JobError> {
    let mut transaction = context.begin().await?;
    settle(&mut transaction, payment.id, &observe::payment(view), context.now()).await?;
    context.commit(transaction, payment.order_id).await?;
    Ok(JobError::not_yet("a payment is on its way", ON_ITS_WAY))
}
