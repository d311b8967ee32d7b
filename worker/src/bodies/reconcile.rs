//! Compares a gateway's own list with our books: finds changes that its messages missed, and repairs what is safe.

use shared::jobs::{Claimed, Finished, JobError, Reconcile};
use shared::kernel::error::with_sources;
use shared::reconciliation::named_window;

use crate::context::Context;
use crate::reconcile::{self, Course, Patience, Wish};

pub(super) async fn run(context: &Context, job: &Claimed) -> Result<Finished, JobError> {
    let Reconcile { gateway, from, until } = job.read()?;
    if context.gateways.get(outbound::name(gateway)).is_some() {
        // A window of an older version, which did not look at its ends.
        let window = named_window(from, until, context.now());
        let window = window.map_err(|error| JobError::fail(with_sources(&error)))?;
        let patience = if job.is_last_attempt() { Patience::GoesOn } else { Patience::TriesAgain };
        let wish = Wish { course: window.map_or(Course::Scheduled, Course::Named), patience };
        reconcile::run(context, gateway, wish).await?;
    }
    context.nothing_to_do(job).await
}
