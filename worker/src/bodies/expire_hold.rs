//! Give held stock back when the hold has ended. The gateway is asked first: only a page that can't be paid any more
//! lets the order expire.

use shared::fulfilment::{expire, settle};
use shared::jobs::{Claimed, ExpireHold, Finished, JobError};
use shared::orders::{self, OrderStatus, store::Reader};
use shared::payments;

use super::close_payment::{Closing, at_gateway, wait_for};
use crate::context::{Context, database};
use crate::observe;

pub(super) async fn run(context: &Context, job: &Claimed) -> Result<Finished, JobError> {
    let ExpireHold { order_id } = job.read()?;
    let mut db = context.pool.acquire().await.map_err(database)?;
    let order = orders::store::find(&mut db, order_id, Reader::Admin).await?;
    let attempts = payments::store::of_order(&mut db, order_id).await?;
    drop(db);
    if order.status != OrderStatus::AwaitingPayment {
        return context.nothing_to_do(job).await;
    }
    let left = order.hold_until.map(|until| (until - context.now()).to_std().unwrap_or_default());
    if let Some(left) = left.filter(|left| !left.is_zero()) {
        return Err(JobError::not_yet("the hold was extended", left));
    }
    for payment in attempts.iter().filter(|payment| payment.status.is_open()) {
        match at_gateway(context, payment).await? {
            Closing::Closed => {}
            Closing::Paid(view) => {
                let mut transaction = context.begin().await?;
                settle(&mut transaction, payment.id, &observe::payment(&view), context.now()).await?;
                // Money that does not pay the order, as another amount, does not keep its stock either.
                expire(&mut transaction, order_id, context.now()).await?;
                return context.finish(transaction, job, order_id).await;
            }
            Closing::OnItsWay(view) => return Err(wait_for(context, payment, &view).await?),
        }
    }
    let mut transaction = context.begin().await?;
    let moved = expire(&mut transaction, order_id, context.now()).await?;
    context.finish(transaction, job, moved.then_some(order_id)).await
}
