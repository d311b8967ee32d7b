//! Requests a refund: decided under the lock of the payment, and committed before the gateway is called.

use money::Money;
use sqlx::PgConnection;

use super::{Error, Request};
use crate::jobs::{NewJob, SubmitRefund};
use crate::kernel::Timestamp;
use crate::kernel::ids::RefundId;
use crate::orders::LockedOrder;
use crate::orders::store::{Pieces, RefundableLine, VendorShare};
use crate::payments::offer::{self, Offer};
use crate::payments::{Payment, PaymentStatus};
use crate::refunds::store::NewRefund;
use crate::refunds::{Ask, AskLine, Bearer, LineLeft, Plan, RefundOrigin, What, plan};
use crate::{jobs, orders, payments, refunds};

/// Requests a refund of an order that this reader may see. The database refuses refunds beyond the capture, whichever
/// requests race.
pub(super) async fn request_refund(
    db: &mut PgConnection,
    asked: &Request,
    ask: &Ask,
    offers: &[Offer],
    now: Timestamp,
) -> Result<RefundId, Error> {
    orders::store::version(db, asked.order_id, asked.reader).await?;
    let order = orders::store::lock(db, asked.order_id).await?;
    if !has_money(db, &order).await?
        && let Some(payment) = surplus_left(db, &order, &ask.what).await?
    {
        let amount = payment.refundable()?;
        let plan = surplus_plan(amount);
        orders::store::touch(db, order.id, now).await?;
        return write(db, &payment, &plan, &ask.reason, &asked.actor.word(), now).await;
    }
    request(db, &order, ask, offers, &asked.actor.word(), now).await
}

/// Money that did not pay the order and is still with us, because its refund failed. It can be refunded again as a
/// whole.
async fn surplus_left(
    db: &mut PgConnection,
    order: &LockedOrder,
    what: &What,
) -> Result<Option<Payment>, Error> {
    let What::Whole(_) = what else { return Ok(None) };
    for payment in payments::store::of_order(db, order.id).await? {
        if payment.status == PaymentStatus::Surplus && payment.refundable()?.is_positive() {
            return Ok(Some(payments::store::lock(db, payment.id).await?));
        }
    }
    Ok(None)
}

/// Whether the order was paid through a gateway, so that there is something to refund.
pub(super) async fn has_money(db: &mut PgConnection, order: &LockedOrder) -> Result<bool, Error> {
    Ok(captured_payment(db, order).await?.is_some())
}

async fn captured_payment(db: &mut PgConnection, order: &LockedOrder) -> Result<Option<Payment>, Error> {
    let payments = payments::store::of_order(db, order.id).await?;
    Ok(payments.into_iter().find(|payment| payment.status == PaymentStatus::Captured))
}

pub(super) async fn request(
    db: &mut PgConnection,
    order: &LockedOrder,
    ask: &Ask,
    offers: &[Offer],
    requested_by: &str,
    now: Timestamp,
) -> Result<RefundId, Error> {
    let payment = captured_payment(db, order).await?.ok_or(refunds::Error::NotPaid)?;
    let payment = payments::store::lock(db, payment.id).await?;
    let plan = decide(db, order, &payment, &ask.what).await?;
    // Everything that is left is refunded as it was paid.
    if !matches!(ask.what, What::Whole(_))
        && let Some(problem) = offer::refund_problem(offers, payment.gateway, plan.amount)
    {
        return Err(refunds::Error::AmountNotSupported(Box::new(problem)).into());
    }
    let taken = |line: &AskLine| Pieces { line_no: line.line_no, refunded: line.quantity, restocked: 0 };
    orders::store::count_pieces(db, order.id, &plan.lines.iter().map(taken).collect::<Vec<_>>()).await?;
    orders::store::touch(db, order.id, now).await?;
    write(db, &payment, &plan, &ask.reason, requested_by, now).await
}

/// The amount of a refund of the order's payment, and the share of each vendor. Order and payment are locked.
pub(super) async fn decide(
    db: &mut PgConnection,
    order: &LockedOrder,
    payment: &Payment,
    what: &What,
) -> Result<Plan, Error> {
    let taken = refunds::store::taken(db, order.id, order.total.currency()).await?;
    let shares = orders::store::vendor_shares(db, order).await?;
    let nothing = Money::zero(order.total.currency());
    let bearer = |share: VendorShare| {
        let (refunded, commission_refunded) =
            taken.get(&share.vendor_id).copied().unwrap_or((nothing, nothing));
        let VendorShare { vendor_id, total, commission } = share;
        Bearer { vendor_id, total, commission, refunded, commission_refunded }
    };
    let bearers: Vec<Bearer> = shares.into_iter().map(bearer).collect();
    let lines = orders::store::refundable_lines(db, order).await?;
    let lines: Vec<LineLeft> = lines.iter().map(line_left).collect();
    Ok(plan(what, payment.refundable()?, &bearers, &lines)?)
}

fn line_left(line: &RefundableLine) -> LineLeft {
    LineLeft {
        line_no: line.line_no,
        vendor_id: line.vendor_id,
        variant_id: line.variant_id,
        unit_price: line.unit_price,
        left: line.quantity - line.refunded_quantity,
    }
}

/// Refunds money that does not pay its order: no vendor bears it, and no stock returns.
pub(super) async fn request_surplus(
    db: &mut PgConnection,
    payment: &Payment,
    amount: Money,
    now: Timestamp,
) -> Result<(), Error> {
    if amount.is_positive() {
        let plan = surplus_plan(amount);
        write(db, payment, &plan, "payment does not match the order", "system", now).await?;
    }
    Ok(())
}

pub(super) fn surplus_plan(amount: Money) -> Plan {
    Plan { amount, lines: Vec::new(), parts: Vec::new() }
}

async fn write(
    db: &mut PgConnection,
    payment: &Payment,
    plan: &Plan,
    reason: &str,
    requested_by: &str,
    now: Timestamp,
) -> Result<RefundId, Error> {
    let id = RefundId::new();
    let nothing = Money::zero(plan.amount.currency());
    payments::store::shift_refunds(db, payment.id, plan.amount, nothing, now).await?;
    let (payment_id, order_id) = (payment.id, payment.order_id);
    let (origin, reference) = (RefundOrigin::Marketplace, None);
    let refund = NewRefund { id, payment_id, order_id, origin, reference, plan, reason, requested_by };
    refunds::store::insert(db, &refund, now).await?;
    jobs::store::insert(db, &[NewJob::at(now, &SubmitRefund { refund_id: id })], now).await?;
    Ok(id)
}
