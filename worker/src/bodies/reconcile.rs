//! Compare a gateway's own list with our books: find what its messages missed, put right what is safe.

use shared::jobs::{Claimed, Finished, JobError, Reconcile};

use crate::context::Context;
use crate::reconcile::{self, Wish};

pub(super) async fn run(context: &Context, job: &Claimed) -> Result<Finished, JobError> {
    let Reconcile { gateway, from, until } = job.read()?;
    if context.gateways.get(outbound::name(gateway)).is_some() {
        reconcile::run(context, gateway, Wish { from, until }).await?;
    }
    context.nothing_to_do(job).await
}
