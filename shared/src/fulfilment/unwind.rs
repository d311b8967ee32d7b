//! Unwind: applies what a gateway says about a refund. Stock, ledger, the vendors' shares and the order's status change
//! with the money, in one transaction. May be repeated. If a refund bounces later everything is reversed, except the
//! stock. A decision of an administrator (`resolve.rs`) changes a refund in the same way.

use money::Money;
use serde_json::json;
use sqlx::PgConnection;

use super::{Error, External, external};
use crate::incidents::{self, About, IfClosed, IncidentKind, NewIncident};
use crate::kernel::Timestamp;
use crate::kernel::ids::{OrderId, RefundId, UserId, VariantId};
use crate::ledger::{self, Entry, PostingKind, Share};
use crate::orders::store::Pieces;
use crate::orders::{Actor, LockedOrder, OrderStatus, Step};
use crate::payments::{Payment, PaymentStatus};
use crate::refunds::{AskLine, Change, Refund, RefundObservation, RefundSeen, RefundStatus, Restock};
use crate::{orders, payments, refunds, reservations};

/// A refund with its order and payment, all locked.
pub(super) struct Held {
    pub order: LockedOrder,
    pub payment: Payment,
    pub refund: Refund,
}

/// The origin of a change.
pub(super) struct Cause<'a> {
    /// For the order's history, which its customer and vendors see.
    pub actor: Actor,
    pub note: Option<&'a str>,
    /// The administrator who has decided it and why, for the incident that ends with it.
    pub decided: Option<(UserId, &'a str)>,
}

/// Locks a refund's order, then its payment, and reads the refund as it is then.
pub(super) async fn lock(db: &mut PgConnection, refund_id: RefundId) -> Result<Held, Error> {
    let found = refunds::store::find(db, refund_id).await?;
    let order = orders::store::lock(db, found.order_id).await?;
    let payment = payments::store::lock(db, found.payment_id).await?;
    let refund = refunds::store::find(db, refund_id).await?;
    Ok(Held { order, payment, refund })
}

/// Applies an observation of one refund. Returns the order if its readers see a change.
pub async fn unwind(
    db: &mut PgConnection,
    refund_id: RefundId,
    seen: &RefundObservation,
    now: Timestamp,
) -> Result<Option<OrderId>, Error> {
    unwind_or_book(db, refund_id, seen, now).await.map(External::moved)
}

/// Like [`unwind`]. Says too why a refund that an administrator had closed as not made can't be booked, if it can't.
pub async fn unwind_or_book(
    db: &mut PgConnection,
    refund_id: RefundId,
    seen: &RefundObservation,
    now: Timestamp,
) -> Result<External, Error> {
    let mut held = lock(db, refund_id).await?;
    let actor = Actor::Gateway(held.payment.gateway.as_str());
    let cause = Cause { actor, note: None, decided: None };
    match held.refund.seen(seen.state) {
        Change::None => note(db, &held.refund, seen, now).await.map(|()| External::Nothing),
        Change::MadeAfterAll => Box::pin(external::made_after_all(db, &held, seen, now)).await,
        change @ (Change::Waits(_) | Change::Succeeds | Change::Fails(_) | Change::Bounces) => {
            let moved = apply(db, &mut held, change, seen, &cause, now).await?;
            Ok(moved.map_or(External::Nothing, External::Moved))
        }
    }
}

/// Stores what a statement without a change says: the gateway's reference of a refund that an administrator has closed as
/// made, without knowing it; and when a refund that is processed was last found.
async fn note(
    db: &mut PgConnection,
    refund: &Refund,
    seen: &RefundObservation,
    now: Timestamp,
) -> Result<(), Error> {
    if refund.has_no_name_yet() && seen.reference.is_some() {
        refunds::store::record(db, refund.id, refund.status, seen.reference.as_deref(), None, now).await?;
    }
    if refund.status == RefundStatus::Pending && seen.state == RefundSeen::Pending {
        refunds::store::mark_seen(db, refund.id, now).await?;
    }
    Ok(())
}

/// Applies a change of a locked refund. Returns the order if its readers see a change.
pub(super) async fn apply(
    db: &mut PgConnection,
    held: &mut Held,
    change: Change,
    seen: &RefundObservation,
    cause: &Cause<'_>,
    now: Timestamp,
) -> Result<Option<OrderId>, Error> {
    let Held { order, payment, refund } = held;
    let (reference, failure) = (seen.reference.as_deref(), seen.failure.as_deref());
    let nothing = Money::zero(refund.amount.currency());
    let status = match change {
        Change::None | Change::MadeAfterAll => return Ok(None),
        Change::Waits(status) => {
            if status == RefundStatus::NeedsAttention {
                tell(db, refund, IncidentKind::RefundNeedsAttention, seen, now).await?;
            }
            status
        }
        Change::Succeeds => {
            let back = refund.amount.negated();
            payments::store::shift_refunds(db, payment.id, back, refund.amount, now).await?;
            succeed(db, order, payment, refund, cause, now).await?;
            RefundStatus::Succeeded
        }
        Change::Fails(status) => {
            payments::store::shift_refunds(db, payment.id, refund.amount.negated(), nothing, now).await?;
            give_lines_back(db, refund).await?;
            tell(db, refund, IncidentKind::RefundFailed, seen, now).await?;
            status
        }
        Change::Bounces => {
            payments::store::shift_refunds(db, payment.id, nothing, refund.amount.negated(), now).await?;
            bounce(db, order, payment, refund, now).await?;
            tell(db, refund, IncidentKind::RefundFailed, seen, now).await?;
            RefundStatus::Failed
        }
    };
    refunds::store::record(db, refund.id, status, reference, failure, now).await?;
    if refund.status == RefundStatus::NeedsAttention {
        let (kind, key) = (IncidentKind::RefundNeedsAttention, refund.id.to_string());
        let (by, note) = cause.decided.map_or((None, "the refund went on"), |(by, why)| (Some(by), why));
        incidents::resolve_key(db, kind, &key, by, note, now).await?;
    }
    orders::store::touch(db, order.id, now).await?;
    Ok(Some(order.id))
}

async fn succeed(
    db: &mut PgConnection,
    order: &mut LockedOrder,
    payment: &Payment,
    refund: &Refund,
    cause: &Cause<'_>,
    now: Timestamp,
) -> Result<(), Error> {
    if !refund.restocked {
        restock(db, order, refund, now).await?;
    }
    let entries = entries(db, payment, refund, Direction::Back).await?;
    ledger::store::post(db, PostingKind::Refund, refund.id.0, order.id, &entries, now).await?;
    let all_is_back = payment.refunded.checked_add(refund.amount)? == payment.captured;
    if payment.status == PaymentStatus::Captured && all_is_back && order.status.after(Step::Refund).is_some()
    {
        orders::store::advance(db, order, Step::Refund, &cause.actor, cause.note, now).await?;
    }
    Ok(())
}

/// The bank returned the money to us: the books and the order go back to their earlier state. The pieces stay where
/// they are, and a later refund does not return them to stock a second time.
async fn bounce(
    db: &mut PgConnection,
    order: &mut LockedOrder,
    payment: &Payment,
    refund: &Refund,
    now: Timestamp,
) -> Result<(), Error> {
    give_lines_back(db, refund).await?;
    let entries = entries(db, payment, refund, Direction::Again).await?;
    ledger::store::post(db, PostingKind::RefundFailed, refund.id.0, order.id, &entries, now).await?;
    if order.status == OrderStatus::Refunded && payment.status == PaymentStatus::Captured {
        let back_to = orders::store::status_before(db, order).await?.unwrap_or(OrderStatus::Paid);
        let actor = Actor::Gateway(payment.gateway.as_str());
        let note = Some("the refund did not reach the customer");
        orders::store::advance(db, order, Step::UndoRefund { back_to }, &actor, note, now).await?;
    }
    Ok(())
}

#[derive(Clone, Copy)]
enum Direction {
    Back,
    Again,
}

async fn entries(
    db: &mut PgConnection,
    payment: &Payment,
    refund: &Refund,
    direction: Direction,
) -> Result<Vec<Entry>, Error> {
    let gateway = payment.gateway.as_str();
    let parts = refunds::store::parts(db, refund).await?;
    let share = |part: refunds::Part| Share {
        vendor_id: part.vendor_id,
        amount: part.amount,
        commission: part.commission,
    };
    let shares: Vec<Share> = parts.into_iter().map(share).collect();
    Ok(match (payment.status == PaymentStatus::Surplus, direction) {
        (true, Direction::Back) => ledger::surplus_refund(gateway, refund.amount),
        (true, Direction::Again) => ledger::surplus(gateway, refund.amount),
        (false, Direction::Back) => ledger::refund(gateway, refund.amount, &shares)?,
        (false, Direction::Again) => ledger::refund_undone(gateway, refund.amount, &shares)?,
    })
}

/// Returns pieces to stock as decided, each piece at most once in the life of the order.
async fn restock(
    db: &mut PgConnection,
    order: &LockedOrder,
    refund: &Refund,
    now: Timestamp,
) -> Result<(), Error> {
    let lines = orders::store::refundable_lines(db, order).await?;
    let asked = refunds::store::lines(db, refund.id).await?;
    let mut pieces: Vec<(VariantId, i32)> = Vec::new();
    let mut counted: Vec<Pieces> = Vec::new();
    for ask in asked.iter().filter(|ask| ask.restock == Restock::Yes) {
        let Some(line) = lines.iter().find(|line| line.line_no == ask.line_no) else { continue };
        let back = ask.quantity.min(line.quantity - line.restocked_quantity);
        if back > 0 {
            pieces.push((line.variant_id, back));
            counted.push(Pieces { line_no: line.line_no, refunded: 0, restocked: back });
        }
    }
    if !pieces.is_empty() {
        reservations::store::restock(db, order.id, refund.id, &pieces, now).await?;
        orders::store::count_pieces(db, order.id, &counted).await?;
    }
    refunds::store::mark_restocked(db, refund.id, now).await?;
    Ok(())
}

async fn give_lines_back(db: &mut PgConnection, refund: &Refund) -> Result<(), Error> {
    let lines = refunds::store::lines(db, refund.id).await?;
    let back = |line: &AskLine| Pieces { line_no: line.line_no, refunded: -line.quantity, restocked: 0 };
    orders::store::count_pieces(db, refund.order_id, &lines.iter().map(back).collect::<Vec<_>>()).await?;
    Ok(())
}

async fn tell(
    db: &mut PgConnection,
    refund: &Refund,
    kind: IncidentKind,
    seen: &RefundObservation,
    now: Timestamp,
) -> Result<(), Error> {
    let detail = json!({
        "refund_id": refund.id, "payment_id": refund.payment_id, "amount": refund.amount, "failure": seen.failure,
    });
    let known = About::refund(refund);
    let about = About { reference: seen.reference.clone().or_else(|| known.reference.clone()), ..known };
    let key = refund.id.to_string();
    let incident = NewIncident { kind, key, about, detail, if_closed: IfClosed::Reopen };
    incidents::open(db, &incident, now).await?;
    Ok(())
}
