//! Refunds that were made at the gateway and not here, for example in its dashboard. The money of one of our payments
//! went back, so the books record it. The vendors bear it like a refund of that amount requested here. No stock returns
//! automatically, because no one has said that a piece came back.

use money::Money;
use serde_json::json;
use sqlx::PgConnection;

use super::unwind::Held;
use super::{Error, refund, unwind, unwind_or_book};
use crate::incidents::{About, IfClosed, IncidentKind, NewIncident};
use crate::jobs::{AskRefund, NewJob, PollRefund};
use crate::kernel::Timestamp;
use crate::kernel::ids::{OrderId, PaymentId, RefundId};
use crate::orders::LockedOrder;
use crate::payments::{Payment, PaymentStatus};
use crate::refunds::store::NewRefund;
use crate::refunds::{Refund, RefundObservation, RefundOrigin, RefundSeen, RefundStatus, What};
use crate::{incidents, jobs, orders, payments, refunds};

/// When a refund that the gateway is still processing is checked for the first time.
const FIRST_LOOK: chrono::TimeDelta = chrono::TimeDelta::seconds(30);
/// When the gateway is asked again about a refund that can't be booked while another of the payment is open.
const NEXT_LOOK: chrono::TimeDelta = chrono::TimeDelta::minutes(10);

/// A refund at a gateway that matches none of our refunds.
#[derive(Clone, Debug)]
pub struct MadeAtGateway<'a> {
    pub payment_id: PaymentId,
    /// The gateway's reference of the refund. The refund is booked once per reference, however often it is reported.
    pub reference: &'a str,
    pub amount: Money,
    pub seen: &'a RefundObservation,
    /// Whether the gateway returns our id with each of our refunds. If it does not, a refund of ours with the same
    /// amount that was sent and not answered may be this one.
    pub ours_are_marked: bool,
}

/// The result of booking it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum External {
    /// The refund is known already, or it failed before it was reported here.
    Nothing,
    /// It was booked, or its state changed: readers of this order see a change.
    Moved(OrderId),
    /// Not decidable yet: a refund of ours has no answer, or the capture has not been reported. Try again.
    Undecided,
    /// It exceeds what is left of the payment: an operator has to look.
    Beyond,
}

impl External {
    /// The order whose readers see a change.
    #[must_use]
    pub const fn moved(self) -> Option<OrderId> {
        match self {
            Self::Moved(order) => Some(order),
            Self::Nothing | Self::Undecided | Self::Beyond => None,
        }
    }
}

/// Books a refund that was not requested here, in the caller's transaction. May be repeated.
pub async fn record_external(
    db: &mut PgConnection,
    made: &MadeAtGateway<'_>,
    now: Timestamp,
) -> Result<External, Error> {
    let order_id = payments::store::find(db, made.payment_id).await?.order_id;
    let order = orders::store::lock(db, order_id).await?;
    let payment = payments::store::lock(db, made.payment_id).await?;
    if let Some(known) = refunds::store::find_by_reference(db, payment.gateway, made.reference).await? {
        let moved = unwind(db, known.id, made.seen, now).await?;
        return Ok(moved.map_or(External::Nothing, External::Moved));
    }
    match made.seen.state {
        RefundSeen::Failed | RefundSeen::Cancelled => return Ok(External::Nothing),
        RefundSeen::Pending | RefundSeen::Succeeded | RefundSeen::NeedsAttention => {}
    }
    let siblings = refunds::store::of_payment(db, payment.id).await?;
    let is_it = |ours: &&Refund| ours.has_no_name_yet() && ours.amount == made.amount;
    if let Some(it) = siblings.iter().find(is_it).filter(|_| !made.ours_are_marked) {
        refunds::store::record(db, it.id, it.status, Some(made.reference), None, now).await?;
        return Ok(External::Nothing);
    }
    if let Some(verdict) = too_early_or_too_much(made, &payment, &siblings)? {
        return Ok(verdict);
    }
    book(db, &order, &payment, made, now).await?;
    Ok(External::Moved(order_id))
}

/// The gateway has made a refund that an administrator closed as not made, or as paid in another way. It is booked as
/// another one, if the payment has enough left. Operators are told either way: the customer may have the money twice. While
/// another refund of the payment is open and may yet fail, the gateway is asked again.
pub(super) async fn made_after_all(
    db: &mut PgConnection,
    held: &Held,
    seen: &RefundObservation,
    now: Timestamp,
) -> Result<External, Error> {
    let Held { order, payment, refund } = held;
    let own_name = || refund.reference.clone().unwrap_or_else(|| refund.id.to_string());
    let reference = seen.reference.clone().unwrap_or_else(own_name);
    if let Some(known) = refunds::store::find_by_reference(db, payment.gateway, &reference).await?
        && known.id != refund.id
    {
        return unwind_or_book(db, known.id, seen, now).await;
    }
    let amount = refund.amount;
    // It was named by our mark or by its reference, whatever the gateway's rules are.
    let made =
        MadeAtGateway { payment_id: payment.id, reference: &reference, amount, seen, ours_are_marked: true };
    let siblings = refunds::store::of_payment(db, payment.id).await?;
    let (result, if_closed) = match too_early_or_too_much(&made, payment, &siblings)? {
        None => {
            if refund.reference.as_ref() == Some(&reference) {
                refunds::store::give_up_reference(db, refund.id).await?;
            }
            book(db, order, payment, &made, now).await?;
            (External::Moved(order.id), IfClosed::Reopen)
        }
        Some(External::Undecided) => {
            ask_again(db, refund, seen, now).await?;
            (External::Undecided, IfClosed::StayClosed)
        }
        Some(result @ (External::Nothing | External::Moved(_) | External::Beyond)) => {
            (result, IfClosed::StayClosed)
        }
    };
    incidents::open(db, &denied_and_told_of(refund, payment, Some(&reference), if_closed), now).await?;
    Ok(result)
}

/// Asks the gateway again later about a refund that it has made. Its reference is stored, so that it can be found without
/// our mark and is taken for no other.
async fn ask_again(
    db: &mut PgConnection,
    refund: &Refund,
    seen: &RefundObservation,
    now: Timestamp,
) -> Result<(), Error> {
    if refund.reference.is_none() {
        refunds::store::record(db, refund.id, refund.status, seen.reference.as_deref(), None, now).await?;
    }
    let ask = NewJob::at(now + NEXT_LOOK, &AskRefund { refund_id: refund.id });
    jobs::store::insert_unless_waiting(db, &ask, now).await?;
    Ok(())
}

/// The incident for a refund that an administrator has closed as not made, or as paid in another way, and of which the
/// gateway tells. One per refund; its key is written under the order's lock.
#[must_use]
pub fn denied_and_told_of(
    refund: &Refund,
    payment: &Payment,
    reference: Option<&str>,
    if_closed: IfClosed,
) -> NewIncident {
    let detail = json!({
        "why": "the gateway tells of a refund that an administrator has closed as not made by it",
        "refund_id": refund.id, "resolution": refund.resolution, "amount": refund.amount, "reference": reference,
    });
    let known = About::refund(refund);
    let reference = reference.map(str::to_owned).or_else(|| known.reference.clone());
    let about = About { gateway: Some(payment.gateway), reference, ..known };
    let key = format!("{}:denied:{}", payment.gateway.as_str(), refund.id);
    NewIncident { kind: IncidentKind::UnknownPayment, key, about, detail, if_closed }
}

/// Writes a refund that was made at the gateway. Order and payment are locked, and the payment has enough left.
async fn book(
    db: &mut PgConnection,
    order: &LockedOrder,
    payment: &Payment,
    made: &MadeAtGateway<'_>,
    now: Timestamp,
) -> Result<(), Error> {
    let plan = if payment.status == PaymentStatus::Surplus {
        refund::surplus_plan(made.amount)
    } else {
        refund::decide(db, order, payment, &What::Amount(made.amount)).await?
    };
    let id = RefundId::new();
    let nothing = Money::zero(plan.amount.currency());
    payments::store::shift_refunds(db, payment.id, plan.amount, nothing, now).await?;
    let new = NewRefund {
        id,
        payment_id: payment.id,
        order_id: order.id,
        origin: RefundOrigin::Gateway,
        reference: Some(made.reference),
        plan: &plan,
        reason: "refunded at the payment gateway",
        requested_by: &orders::Actor::Gateway(payment.gateway.as_str()).word(),
    };
    refunds::store::insert(db, &new, now).await?;
    unwind(db, id, made.seen, now).await?;
    if refunds::store::find(db, id).await?.status.is_open() {
        let poll = NewJob::at(now + FIRST_LOOK, &PollRefund { refund_id: id });
        jobs::store::insert(db, &[poll], now).await?;
    }
    Ok(())
}

/// Why it can't be booked now, if it can't.
fn too_early_or_too_much(
    made: &MadeAtGateway<'_>,
    payment: &Payment,
    siblings: &[Refund],
) -> Result<Option<External>, Error> {
    if !payment.status.has_money() {
        return Ok(Some(External::Undecided));
    }
    let may_be_it = |ours: &Refund| {
        matches!(ours.status, RefundStatus::Submitted | RefundStatus::NeedsAttention)
            && ours.reference.is_none()
            && ours.amount == made.amount
    };
    if !made.ours_are_marked && siblings.iter().any(may_be_it) {
        return Ok(Some(External::Undecided));
    }
    let left = payment.refundable()?;
    if made.amount.currency() == left.currency() && made.amount.amount() <= left.amount() {
        return Ok(None);
    }
    // A gateway refunds no more than it captured: refunds that we promised and it has not made will be refused.
    let promised = siblings.iter().any(|ours| ours.status.is_open());
    Ok(Some(if promised { External::Undecided } else { External::Beyond }))
}
