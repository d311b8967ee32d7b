//! Resolve: an administrator closes a refund whose outcome only a person can find out. The books change as if the gateway
//! had said so. What the gateway says later is still heard: see `Refund::seen`.

use chrono::TimeDelta;
use sqlx::PgConnection;

use super::Error;
use super::unwind::{Cause, apply, lock};
use crate::jobs::{AskRefunds, NewJob};
use crate::kernel::Timestamp;
use crate::kernel::ids::{OrderId, RefundId};
use crate::orders::Actor;
use crate::refunds::{Change, Decision, RefundObservation, RefundSeen, RefundStatus, Resolution};
use crate::{jobs, refunds};

/// When the gateway is asked once more for the refunds of the payment, if it can list them.
const LAST_LOOK: TimeDelta = TimeDelta::days(1);

/// Closes a refund that needs attention. Of two administrators the first decides. Returns its order.
pub(super) async fn resolve(
    db: &mut PgConnection,
    id: RefundId,
    decision: &Decision<'_>,
    now: Timestamp,
) -> Result<OrderId, Error> {
    let mut held = lock(db, id).await?;
    let (order_id, payment_id, gateway) = (held.order.id, held.payment.id, held.payment.gateway);
    if held.refund.status != RefundStatus::NeedsAttention {
        return Err(refunds::Error::WrongStatus(held.refund.status).into());
    }
    if let (Some(known), Some(reference)) = (&held.refund.reference, decision.reference)
        && known != reference
    {
        return Err(refunds::Error::ReferenceDiffers(known.clone()).into());
    }
    if let Some(reference) = decision.reference
        && let Some(other) = refunds::store::find_by_reference(db, gateway, reference).await?
        && other.id != id
    {
        return Err(refunds::Error::ReferenceTaken.into());
    }
    let (change, state) = match decision.outcome {
        Resolution::NotMade => (Change::Fails(RefundStatus::Failed), RefundSeen::Failed),
        Resolution::Made | Resolution::PaidOtherwise => (Change::Succeeds, RefundSeen::Succeeded),
    };
    let seen = RefundObservation { state, reference: decision.reference.map(str::to_owned), failure: None };
    let actor = Actor::Admin(decision.by);
    let note = Some("an administrator has confirmed the refund");
    let cause = Cause { actor, note, decided: Some((decision.by, decision.reason)) };
    apply(db, &mut held, change, &seen, &cause, now).await?;
    refunds::store::resolve(db, id, decision, now).await?;
    let looks: &[TimeDelta] = match (decision.outcome, decision.reference) {
        (Resolution::Made, Some(_)) => &[],
        // At once, because another refund of this amount waits for its name.
        (Resolution::Made, None) => &[TimeDelta::zero(), LAST_LOOK],
        (Resolution::NotMade | Resolution::PaidOtherwise, _) => &[LAST_LOOK],
    };
    let looks: Vec<NewJob> =
        looks.iter().map(|after| NewJob::at(now + *after, &AskRefunds { payment_id })).collect();
    jobs::store::insert(db, &looks, now).await?;
    Ok(order_id)
}
