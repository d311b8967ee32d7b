//! Reserves stock for new orders: the hot path, with all jobs of a group in one transaction.

use shared::fulfilment::{ToReserve, reserve};
use shared::jobs::{Claimed, Finished, JobError, Queue, ReserveStock};

use crate::context::{After, Context};

pub(super) async fn run(context: &Context, jobs: &[Claimed]) -> Result<Finished, JobError> {
    let mut orders = Vec::with_capacity(jobs.len());
    for job in jobs {
        let ReserveStock { order_id } = job.read()?;
        orders.push(ToReserve { order_id, trace: job.trace });
    }
    let mut transaction = context.begin().await?;
    let reserved = reserve(&mut transaction, &orders, context.settings.hold, context.now()).await?;
    metrics::counter!("haat_orders_reserved_total").increment(reserved.moved.len() as u64);
    let queues: &[Queue] = if reserved.to_pay { &[Queue::Payments] } else { &[] };
    let after = After { orders: reserved.moved, queues };
    context.finish_all(transaction, &jobs.iter().collect::<Vec<_>>(), after).await
}
