//! Expire: releases the stock of an order that was not paid in time.
//!
//! The worker has asked the gateway first. The order expires only when the payment page is closed, and so can't be paid
//! any more.

use sqlx::PgConnection;

use super::Error;
use crate::kernel::Timestamp;
use crate::kernel::ids::{OrderId, PaymentId};
use crate::orders::{Actor, OrderStatus, Step};
use crate::payments::{Failure, FailureCode, PaymentStatus};
use crate::reservations::store::End;
use crate::{orders, payments, reservations};

/// The result for an order whose hold has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expiry {
    Expired,
    /// The order no longer waits for payment, or its hold was extended.
    NotNeeded,
    /// The order has an open payment page that the gateway was not asked to close.
    StillOpen,
}

/// Expires an order whose hold has ended. `closed` are the attempts that the gateway has closed.
pub async fn expire(
    db: &mut PgConnection,
    order_id: OrderId,
    closed: &[PaymentId],
    now: Timestamp,
) -> Result<Expiry, Error> {
    let mut order = orders::store::lock(db, order_id).await?;
    let ended = order.hold_until.is_some_and(|until| until <= now);
    if order.status != OrderStatus::AwaitingPayment || !ended {
        return Ok(Expiry::NotNeeded);
    }
    for payment in payments::store::of_order(db, order_id).await?.iter().filter(|one| one.status.is_open()) {
        if !closed.contains(&payment.id) {
            return Ok(Expiry::StillOpen);
        }
        payments::store::close(db, payment.id, PaymentStatus::Expired, &FailureCode::Expired.into(), now)
            .await?;
    }
    reservations::store::end(db, &[order_id], End::Released, now).await?;
    let note = Some("not paid in time");
    orders::store::advance(db, &mut order, Step::Expire, &Actor::System, note, now).await?;
    Ok(Expiry::Expired)
}

/// Closes an attempt that the gateway has closed, or will never know. Its order stays as it is.
pub async fn give_up_payment(
    db: &mut PgConnection,
    payment_id: PaymentId,
    status: PaymentStatus,
    why: &Failure,
    now: Timestamp,
) -> Result<OrderId, Error> {
    let order_id = orders::store::lock_of_payment(db, payment_id).await?.id;
    payments::store::close(db, payment_id, status, why, now).await?;
    orders::store::touch(db, order_id, now).await?;
    Ok(order_id)
}
