//! One file per kind of job, and the one place that knows them all.
//!
//! A body is either a batch (it gets the whole group, to share transactions) or single (the jobs of a group run
//! concurrently). Each may run any number of times: it begins by reading the current state, and does not rely on its
//! payload alone.

mod apply_webhook;
mod ask_payment;
mod ask_refunds;
mod check_books;
mod close_payment;
mod create_payment;
mod expire_hold;
mod finish_payment;
mod poll_payment;
mod poll_refund;
mod purge_old;
mod reconcile;
mod reserve_stock;
mod submit_refund;

use std::time::Duration;

use chrono::TimeDelta;
use futures::future::BoxFuture;
use shared::jobs::{Claimed, Finished, JobError, JobKind};

use crate::context::Context;

type Batch = for<'a> fn(&'a Context, &'a [Claimed]) -> BoxFuture<'a, Result<Finished, JobError>>;
type Single = for<'a> fn(&'a Context, &'a Claimed) -> BoxFuture<'a, Result<Finished, JobError>>;

/// How jobs of one kind are run.
pub(crate) enum Body {
    Batch(Batch),
    Single(Single),
}

/// The bodies of all kinds of jobs.
pub(crate) fn of(kind: JobKind) -> Body {
    match kind {
        JobKind::ReserveStock => Body::Batch(|context, jobs| Box::pin(reserve_stock::run(context, jobs))),
        JobKind::CreatePayment => Body::Single(|context, job| Box::pin(create_payment::run(context, job))),
        JobKind::ApplyWebhook => Body::Batch(|context, jobs| Box::pin(apply_webhook::run(context, jobs))),
        JobKind::PollPayment => Body::Single(|context, job| Box::pin(poll_payment::run(context, job))),
        JobKind::ExpireHold => Body::Single(|context, job| Box::pin(expire_hold::run(context, job))),
        JobKind::ClosePayment => Body::Single(|context, job| Box::pin(close_payment::run(context, job))),
        JobKind::SubmitRefund => Body::Single(|context, job| Box::pin(submit_refund::run(context, job))),
        JobKind::PollRefund => Body::Single(|context, job| Box::pin(poll_refund::run(context, job))),
        JobKind::AskPayment => Body::Single(|context, job| Box::pin(ask_payment::run(context, job))),
        JobKind::FinishPayment => Body::Single(|context, job| Box::pin(finish_payment::run(context, job))),
        JobKind::AskRefund => Body::Single(|context, job| Box::pin(poll_refund::ask(context, job))),
        JobKind::AskRefunds => Body::Single(|context, job| Box::pin(ask_refunds::run(context, job))),
        JobKind::Reconcile => Body::Single(|context, job| Box::pin(reconcile::run(context, job))),
        JobKind::PurgeOld => Body::Single(|context, job| Box::pin(purge_old::run(context, job))),
        JobKind::CheckBooks => Body::Single(|context, job| Box::pin(check_books::run(context, job))),
    }
}

/// The time until the next look: the longer something has been in progress, the rarer it is checked.
fn next_look(age: TimeDelta, (least, most): (Duration, Duration)) -> Duration {
    (age.to_std().unwrap_or_default() / 2).clamp(least, most)
}
