//! Pays money back. The refund has been in the database since it was requested; its id is the gateway's idempotency
//! key.

use std::time::Duration;

use chrono::TimeDelta;
use gateways::{CallErrorKind, CreateRefund, Gateway, RefundName, RefundReason, RefundRules};
use shared::fulfilment::unwind;
use shared::jobs::{AskRefunds, Claimed, Finished, JobError, NewJob, PollRefund, SubmitRefund, store};
use shared::kernel::Timestamp;
use shared::kernel::db::{Connection, Transaction};
use shared::kernel::ids::RefundId;
use shared::orders;
use shared::payments::{self, Payment};
use shared::refunds::{self, Refund, RefundObservation, RefundSeen, RefundStatus};

use crate::context::{Context, database};
use crate::observe;
use crate::refund_lookup::{Unseen, charge_of, name, wait_for_sibling};

/// The longest that a refund takes to appear in a gateway's list after it was carried out.
const SETTLED: Duration = Duration::from_secs(90);
const FIRST_LOOK: TimeDelta = TimeDelta::seconds(30);

pub(super) async fn run(context: &Context, job: &Claimed) -> Result<Finished, JobError> {
    let SubmitRefund { refund_id } = job.read()?;
    let mut db = context.pool.acquire().await.map_err(database)?;
    let refund = refunds::store::find(&mut db, refund_id).await?;
    let payment = payments::store::find(&mut db, refund.payment_id).await?;
    drop(db);
    if !may_be_sent(&refund) {
        return told_already(context, job, &refund).await;
    }
    let gateway = context.gateway(payment.gateway)?;
    let charge = charge_of(context, &*gateway, &payment).await.map_err(Unseen::again)?;
    let (refund, turn) = decide(context, gateway.capabilities().refunds, &refund, &payment, &charge).await?;
    match turn {
        Turn::Over => told_already(context, job, &refund).await,
        Turn::Forbidden(why) => {
            let failure = Some(why.to_owned());
            let refused = RefundObservation { state: RefundSeen::Failed, reference: None, failure };
            apply(context, job, &refund, &refused).await
        }
        Turn::Look(name, wait) => {
            let found = gateway.find_refund(&context.call(), &name).await;
            let found = found.map_err(|error| observe::ask_again(&error))?;
            let found = found.ok_or_else(|| JobError::not_yet("an earlier try may be on its way", wait))?;
            apply(context, job, &refund, &observe::refund(&found)).await
        }
        Turn::Send(name) => send(context, job, &*gateway, &refund, name).await,
    }
}

/// The gateway was not called, or has not answered yet.
fn may_be_sent(refund: &Refund) -> bool {
    matches!(refund.status, RefundStatus::Requested | RefundStatus::Submitted)
}

/// The next step for a refund.
enum Turn {
    /// None: the refund has moved on already.
    Over,
    /// Refuse: the gateway does not make such a refund.
    Forbidden(&'static str),
    /// Look for it: an earlier try may still be carried out for this long.
    Look(RefundName, Duration),
    /// Call the gateway. The database has it as submitted already.
    Send(RefundName),
}

/// Decides under the order's lock, by the state at that moment. Of two refunds one goes first. If two workers hold the
/// same job, because one was thought dead, only one sends. Returns the refund as it was before.
async fn decide(
    context: &Context,
    rules: RefundRules,
    refund: &Refund,
    payment: &Payment,
    charge: &str,
) -> Result<(Refund, Turn), JobError> {
    let now = context.now();
    let mut transaction = context.begin().await?;
    orders::store::lock(&mut transaction, refund.order_id).await?;
    let siblings = refunds::store::of_payment(&mut transaction, payment.id).await?;
    let refund = siblings.iter().find(|one| one.id == refund.id).ok_or(refunds::Error::Missing)?.clone();
    if !may_be_sent(&refund) {
        return Ok((refund, Turn::Over));
    }
    if let Some(wait) = wait_for_sibling(&refund, &siblings, now).filter(|_| rules.one_at_a_time) {
        return Err(JobError::not_yet("another refund of this payment has no answer yet", wait));
    }
    if let Some(why) = forbidden(rules, &refund, payment, &siblings, now) {
        return Ok((refund, Turn::Forbidden(why)));
    }
    let name = name(&refund, &siblings, payment, charge);
    if let Some(wait) = on_its_way(rules, &refund, now) {
        return Ok((refund, Turn::Look(name, wait)));
    }
    refunds::store::mark_submitted(&mut transaction, refund.id, now).await?;
    orders::store::touch(&mut transaction, refund.order_id, now).await?;
    context.commit(transaction, refund.order_id).await?;
    Ok((refund, Turn::Send(name)))
}

async fn send(
    context: &Context,
    job: &Claimed,
    gateway: &dyn Gateway,
    refund: &Refund,
    name: RefundName,
) -> Result<Finished, JobError> {
    let request =
        CreateRefund { name, order_id: refund.order_id.0, reason: RefundReason::RequestedByCustomer };
    match gateway.create_refund(&context.call(), &request).await {
        Ok(view) => apply(context, job, refund, &observe::refund(&view)).await,
        Err(error) if error.kind == CallErrorKind::Refused && !error.outcome_unknown() => {
            let failure = error.code.clone().or(Some(error.message.clone()));
            // If this is a repeat, the first try may have refunded the money, so that nothing is left.
            let in_doubt = is_repeat_without_key(gateway, refund);
            let state = if in_doubt { RefundSeen::NeedsAttention } else { RefundSeen::Failed };
            let refused = RefundObservation { state, reference: None, failure };
            refuse(context, job, gateway, refund, &refused).await
        }
        // Repeating the call may never reveal what happened: a gateway can store a failure under the key although it
        // carried out the refund.
        Err(error) if error.outcome_unknown() => {
            let found = gateway.find_refund(&context.call(), &request.name).await;
            match found.map_err(|error| observe::ask_again(&error))? {
                Some(view) => apply(context, job, refund, &observe::refund(&view)).await,
                None if error.is_retryable() => Err(observe::ask_again(&error)),
                None if is_repeat_without_key(gateway, refund) => {
                    let failure = error.code.or(Some(error.message));
                    let unclear =
                        RefundObservation { state: RefundSeen::NeedsAttention, reference: None, failure };
                    apply(context, job, refund, &unclear).await
                }
                None => Err(JobError::retry_after(format!("not there yet: {error}"), SETTLED)),
            }
        }
        Err(error) => Err(observe::ask_again(&error)),
    }
}

/// Whether this is a second request to a gateway without idempotency keys: then only an operator can find out what became
/// of the first.
fn is_repeat_without_key(gateway: &dyn Gateway, refund: &Refund) -> bool {
    refund.status == RefundStatus::Submitted && !gateway.capabilities().refunds.keyed
}

/// How long an earlier unanswered try may still be carried out without appearing in the list. Where the gateway has no
/// idempotency keys, a second try would pay again.
fn on_its_way(rules: RefundRules, refund: &Refund, now: Timestamp) -> Option<Duration> {
    if rules.keyed || refund.status != RefundStatus::Submitted {
        return None;
    }
    let since = (now - refund.updated_at).to_std().unwrap_or_default();
    SETTLED.checked_sub(since).filter(|left| !left.is_zero())
}

/// Why the gateway does not make such a refund, by its rules and our settings. Not checked for a refund that was sent:
/// it may have been made.
fn forbidden(
    rules: RefundRules,
    refund: &Refund,
    payment: &Payment,
    siblings: &[Refund],
    now: Timestamp,
) -> Option<&'static str> {
    if refund.status != RefundStatus::Requested {
        return None;
    }
    let made = |one: &&Refund| one.id != refund.id && !one.status.is_final();
    let made = siblings.iter().filter(made).filter(|one| one.status != RefundStatus::Requested).count();
    // Captures happen before the page ends. In doubt the gateway decides.
    let age_secs = (now - payment.closes_at).num_seconds();
    if !rules.partial && refund.amount != payment.captured {
        Some("partial_refund_not_supported")
    } else if rules.most.is_some_and(|most| usize::try_from(most).is_ok_and(|most| made >= most)) {
        Some("too_many_refunds")
    } else if rules.within_secs.is_some_and(|within| age_secs > within) {
        Some("refund_window_over")
    } else {
        None
    }
}

/// A message arrived before the answer to our call, or the answer was lost. A refund that is in progress is polled.
async fn told_already(context: &Context, job: &Claimed, refund: &Refund) -> Result<Finished, JobError> {
    let mut transaction = context.begin().await?;
    if refund.status.is_open() {
        look_later(&mut transaction, refund.id, context.now()).await?;
    }
    context.finish(transaction, job, None).await
}

async fn look_later(db: &mut Connection, refund_id: RefundId, now: Timestamp) -> Result<(), JobError> {
    let poll = NewJob::at(now + FIRST_LOOK, &PollRefund { refund_id });
    store::insert(db, &[poll], now).await.map(drop).map_err(database)
}

/// The gateway refused, perhaps because the money was refunded in its dashboard.
async fn refuse(
    context: &Context,
    job: &Claimed,
    gateway: &dyn Gateway,
    refund: &Refund,
    refused: &RefundObservation,
) -> Result<Finished, JobError> {
    let mut transaction = context.begin().await?;
    if gateway.capabilities().refunds.listed {
        let ask = NewJob::at(context.now(), &AskRefunds { payment_id: refund.payment_id });
        store::insert_unless_waiting(&mut transaction, &ask, context.now()).await.map_err(database)?;
    }
    apply_in(context, transaction, job, refund, refused).await
}

async fn apply(
    context: &Context,
    job: &Claimed,
    refund: &Refund,
    seen: &RefundObservation,
) -> Result<Finished, JobError> {
    let transaction = context.begin().await?;
    apply_in(context, transaction, job, refund, seen).await
}

async fn apply_in(
    context: &Context,
    mut transaction: Transaction,
    job: &Claimed,
    refund: &Refund,
    seen: &RefundObservation,
) -> Result<Finished, JobError> {
    let now = context.now();
    let moved = unwind(&mut transaction, refund.id, seen, now).await?;
    if matches!(seen.state, RefundSeen::Pending | RefundSeen::NeedsAttention) {
        look_later(&mut transaction, refund.id, now).await?;
    }
    context.finish(transaction, job, moved).await
}

#[cfg(test)]
mod tests {
    use money::Money;
    use shared::kernel::ids::{OrderId, PaymentId};
    use shared::payments::{PaymentStatus, Provider};

    use super::*;

    const RULES: RefundRules = RefundRules {
        partial: true,
        most: Some(1),
        within_secs: Some(60),
        one_at_a_time: true,
        keyed: false,
        marked: false,
        listed: true,
    };

    fn moment(seconds: i64) -> Timestamp {
        Timestamp::from_timestamp(seconds, 0).expect("a moment")
    }

    fn taka(poisha: i64) -> Money {
        Money::from_minor_units(poisha, "BDT".parse().expect("a known code")).expect("small")
    }

    fn payment() -> Payment {
        Payment {
            id: PaymentId::new(),
            order_id: OrderId::new(),
            gateway: Provider::Bkash,
            status: PaymentStatus::Captured,
            amount: taka(500),
            captured: taka(500),
            refunding: taka(0),
            refunded: taka(0),
            reference: None,
            payer: None,
            charge_reference: None,
            failure: None,
            left_at: None,
            closes_at: moment(1000),
            created_at: moment(0),
        }
    }

    fn refund(poisha: i64, status: RefundStatus) -> Refund {
        Refund {
            id: RefundId::new(),
            payment_id: PaymentId::new(),
            order_id: OrderId::new(),
            status,
            amount: taka(poisha),
            reference: None,
            restocked: false,
            resolution: None,
            requested_at: moment(0),
            updated_at: moment(0),
            last_seen_at: None,
        }
    }

    #[test]
    fn a_try_without_an_answer_has_time_to_show_where_a_second_would_be_paid_too() {
        let sent = Refund { updated_at: moment(100), ..refund(200, RefundStatus::Submitted) };
        let wait =
            |rules, refund: &Refund, now| on_its_way(rules, refund, moment(now)).map(|wait| wait.as_secs());
        assert_eq!(wait(RULES, &sent, 101), Some(89));
        assert_eq!(wait(RULES, &sent, 99), Some(90), "clocks differ");
        assert_eq!(wait(RULES, &sent, 190), None);
        assert_eq!(wait(RefundRules { keyed: true, ..RULES }, &sent, 101), None);
        assert_eq!(
            wait(RULES, &Refund { updated_at: moment(100), ..refund(200, RefundStatus::Requested) }, 101),
            None
        );
    }

    #[test]
    fn what_a_gateway_never_makes_is_not_asked_for() {
        let (payment, part) = (payment(), refund(200, RefundStatus::Requested));
        let says = |rules, refund: &Refund, siblings: &[Refund], now| {
            forbidden(rules, refund, &payment, siblings, moment(now))
        };
        assert_eq!(says(RULES, &part, std::slice::from_ref(&part), 1060), None);
        assert_eq!(says(RULES, &part, &[], 1061), Some("refund_window_over"));
        let whole_only = RefundRules { partial: false, ..RULES };
        assert_eq!(says(whole_only, &part, &[], 0), Some("partial_refund_not_supported"));
        assert_eq!(says(whole_only, &refund(500, RefundStatus::Requested), &[], 0), None);
        for (status, expected) in [
            (RefundStatus::Succeeded, Some("too_many_refunds")),
            (RefundStatus::Submitted, Some("too_many_refunds")),
            (RefundStatus::Requested, None),
            (RefundStatus::Failed, None),
        ] {
            assert_eq!(says(RULES, &part, &[refund(100, status)], 0), expected, "{status:?}");
        }
        let sent = refund(200, RefundStatus::Submitted);
        assert_eq!(says(whole_only, &sent, &[refund(100, RefundStatus::Succeeded)], 9999), None);
    }
}
