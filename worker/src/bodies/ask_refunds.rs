//! Asks which refunds a payment has: a message or a refusal has hinted at a refund that we did not request.

use std::time::Duration;

use shared::fulfilment::{External, unwind};
use shared::jobs::{AskRefunds, Claimed, Finished, JobError};
use shared::{incidents, orders, payments};

use crate::context::{Context, database};
use crate::matching::{self, RefundMatch, Strange};
use crate::observe;
use crate::refund_lookup;

/// How long to wait for an unanswered refund of ours, and for the capture.
const UNDECIDED: Duration = Duration::from_secs(15);

pub(super) async fn run(context: &Context, job: &Claimed) -> Result<Finished, JobError> {
    let AskRefunds { payment_id } = job.read()?;
    let mut db = context.pool.acquire().await.map_err(database)?;
    let payment = payments::store::find(&mut db, payment_id).await?;
    drop(db); // no connection is held during a gateway call
    if !payment.status.has_money() {
        return Err(JobError::retry("the payment was not told of yet"));
    }
    let rules = context.gateway(payment.gateway)?.capabilities().refunds;
    if !rules.listed {
        return context.nothing_to_do(job).await;
    }
    let views = refund_lookup::all_of(context, &payment).await?;
    let mut transaction = context.begin().await?;
    orders::store::lock(&mut transaction, payment.order_id).await?;
    // Its charge may have been named meanwhile.
    let payment = payments::store::find(&mut transaction, payment_id).await?;
    let (mut moved, mut undecided, mut unfit) = (None, false, Vec::new());
    for view in &views {
        let charge = payment.charge_reference.as_deref();
        let now = context.now();
        match matching::refund(&mut transaction, payment.gateway, view, charge).await? {
            RefundMatch::Ours(known) => {
                moved = unwind(&mut transaction, known.id, &observe::refund(view), now).await?.or(moved);
            }
            RefundMatch::OfOurs(_) => {
                match matching::record_external(&mut transaction, rules, &payment, view, now).await? {
                    External::Moved(order) => moved = Some(order),
                    External::Nothing => {}
                    External::Undecided => undecided = true,
                    External::Beyond => {
                        let why = "the gateway has paid back more than it took";
                        unfit.push(matching::refund_that_differs(&payment, view, why));
                    }
                }
            }
            // The gateway listed it under one of our payments, so it can't belong to another system.
            RefundMatch::Foreign => {
                let why = "the gateway lists it for another payment";
                unfit.push(matching::refund_that_differs(&payment, view, why));
            }
            RefundMatch::Strange(Strange { why, .. }) => {
                unfit.push(matching::refund_that_differs(&payment, view, why));
            }
        }
    }
    incidents::open_all(&mut transaction, unfit, context.now()).await.map_err(database)?;
    if undecided {
        context.commit(transaction, moved).await?;
        return Err(JobError::retry_after("a refund of ours has no answer yet", UNDECIDED));
    }
    context.finish(transaction, job, moved).await
}
