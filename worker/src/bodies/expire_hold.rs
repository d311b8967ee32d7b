//! Releases held stock when the hold has ended. The gateway is asked first: the order expires only when its page can't
//! be paid any more.

use std::time::Duration;

use shared::fulfilment::{Expiry, expire, settle};
use shared::jobs::{Claimed, ExpireHold, Finished, JobError};
use shared::orders::{self, OrderStatus};
use shared::payments;

use super::close_payment::{Closing, at_gateway, wait_for};
use crate::context::{Context, database};
use crate::observe;

const SOON: Duration = Duration::from_secs(5);

pub(super) async fn run(context: &Context, job: &Claimed) -> Result<Finished, JobError> {
    let ExpireHold { order_id } = job.read()?;
    let mut db = context.pool.acquire().await.map_err(database)?;
    let (status, hold_until) = orders::store::hold(&mut db, order_id).await?;
    let attempts = payments::store::of_order(&mut db, order_id).await?;
    drop(db);
    if status != OrderStatus::AwaitingPayment {
        return context.nothing_to_do(job).await;
    }
    let left = hold_until.map(|until| (until - context.now()).to_std().unwrap_or_default());
    if let Some(left) = left.filter(|left| !left.is_zero()) {
        return Err(JobError::not_yet("the hold was extended", left));
    }
    let mut closed = Vec::new();
    for payment in attempts.iter().filter(|payment| payment.status.is_open()) {
        match at_gateway(context, payment).await? {
            Closing::Closed => closed.push(payment.id),
            // The payment need not have paid the order: its amount may differ. So the status is read again below.
            Closing::Paid(view) => {
                let mut transaction = context.begin().await?;
                settle(&mut transaction, payment.id, &observe::payment(&view), context.now()).await?;
                context.commit(transaction, order_id).await?;
            }
            Closing::OnItsWay(view) => return Err(wait_for(context, payment, &view).await?),
        }
    }
    let mut transaction = context.begin().await?;
    match expire(&mut transaction, order_id, &closed, context.now()).await? {
        Expiry::Expired => context.finish(transaction, job, order_id).await,
        Expiry::NotNeeded => context.finish(transaction, job, None).await,
        Expiry::StillOpen => Err(JobError::not_yet("another payment was opened meanwhile", SOON)),
    }
}
