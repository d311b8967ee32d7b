//! Asks about a payment of which no message has come: webhooks get lost.

use std::time::Duration;

use gateways::PaymentState;
use shared::fulfilment::{Settlement, settle};
use shared::jobs::{Claimed, Finished, JobError, PollPayment};
use shared::payments::{self, Payment};

use super::ask_payment::{look, take, taking};
use super::finish_payment::waits;
use super::next_look;
use crate::context::{Context, database};
use crate::observe;

/// Shortest and longest time between two looks.
const LOOKS: (Duration, Duration) = (Duration::from_secs(60), Duration::from_secs(1800));
/// How long a page that can't be closed is still checked after it should have been closed.
const LEFT_OPEN: Duration = Duration::from_secs(2 * 24 * 3600);

pub(super) async fn run(context: &Context, job: &Claimed) -> Result<Finished, JobError> {
    let PollPayment { payment_id } = job.read()?;
    let mut db = context.pool.acquire().await.map_err(database)?;
    let payment = payments::store::find(&mut db, payment_id).await?;
    drop(db);
    let (true, Some(reference)) = (may_move(context, &payment)?, &payment.reference) else {
        return context.nothing_to_do(job).await;
    };
    let Some(view) = look(context, &payment, reference).await? else {
        let next = next_look(context.now() - payment.created_at, LOOKS);
        return Err(JobError::not_yet("the gateway does not tell of it", next));
    };
    let to_take = view.state == PaymentState::AwaitsFinish && waits(context, &payment).await?;
    let mut transaction = context.begin().await?;
    let settled = settle(&mut transaction, payment_id, &observe::payment(&view), context.now()).await?;
    if to_take {
        take(context, &mut transaction, &payment).await?;
    }
    let now = payments::store::find(&mut transaction, payment_id).await?;
    let moved = (settled != Settlement::Nothing).then_some(payment.order_id);
    let after = if to_take { taking(moved) } else { moved.into() };
    if may_move(context, &now)? {
        context.commit(transaction, after).await?;
        return Err(JobError::not_yet("still open", next_look(context.now() - payment.created_at, LOOKS)));
    }
    context.finish(transaction, job, after).await
}

/// Whether money may still arrive through it: it is open, or the gateway could not close its page.
fn may_move(context: &Context, payment: &Payment) -> Result<bool, JobError> {
    if payment.status.is_open() || payment.status.has_money() {
        return Ok(payment.status.is_open());
    }
    let closes_pages = context.gateway(payment.gateway)?.capabilities().closes_pages;
    let since = (context.now() - payment.closes_at).to_std().unwrap_or_default();
    Ok(!closes_pages && since < LEFT_OPEN)
}
