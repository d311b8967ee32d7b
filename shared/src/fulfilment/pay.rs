//! Pay an order that waits: again after a failure, or through another gateway.
//!
//! An order has one open attempt at a time. The one before is closed here and, by a job, at its gateway; if its page is
//! paid all the same, whichever money comes first pays the order, and the other goes back by itself.

use chrono::TimeDelta;
use money::Currencies;
use sqlx::PgConnection;

use super::Error;
use crate::jobs::{ClosePayment, CreatePayment, NewJob};
use crate::kernel::Timestamp;
use crate::kernel::ids::{OrderId, PaymentId};
use crate::orders::{LockedOrder, OrderStatus};
use crate::payments::store::NewPayment;
use crate::payments::{self, Payment, PaymentStatus, Provider};
use crate::{jobs, orders};

/// Less time than this is not enough to pay in.
const SHORTEST: TimeDelta = TimeDelta::seconds(60);

/// Opens an attempt at a gateway, or finds the one that is open there. `currencies` is what the gateway takes.
pub(super) async fn pay(
    db: &mut PgConnection,
    order: &LockedOrder,
    gateway: Provider,
    currencies: Currencies,
    now: Timestamp,
) -> Result<PaymentId, Error> {
    let closes_at = payable_until(order, now)?;
    if !currencies.contain(order.total.currency()) {
        return Err(payments::Error::CurrencyNotTaken(order.total.currency()).into());
    }
    for attempt in payments::store::of_order(db, order.id).await? {
        match attempt.status {
            PaymentStatus::Creating | PaymentStatus::Unknown | PaymentStatus::Open
                if attempt.gateway == gateway =>
            {
                return Ok(attempt.id);
            }
            PaymentStatus::Creating | PaymentStatus::Unknown | PaymentStatus::Open => {
                replace(db, &attempt, now).await?;
            }
            PaymentStatus::Processing => return Err(payments::Error::OnItsWay.into()),
            PaymentStatus::Captured
            | PaymentStatus::Surplus
            | PaymentStatus::Failed
            | PaymentStatus::Expired => {}
        }
    }
    let id = PaymentId::new();
    let new = NewPayment { id, order_id: order.id, gateway, amount: order.total, closes_at };
    payments::store::insert(db, &[new], now).await?;
    jobs::store::insert(db, &[NewJob::at(now, &CreatePayment { payment_id: id })], now).await?;
    orders::store::set_payment_method(db, order.id, gateway.into(), now).await?;
    Ok(id)
}

/// Until when the order can be paid, if it can.
fn payable_until(order: &LockedOrder, now: Timestamp) -> Result<Timestamp, Error> {
    if order.status != OrderStatus::AwaitingPayment {
        return Err(orders::Error::WrongStatus(order.status).into());
    }
    order.hold_until.filter(|until| *until - now >= SHORTEST).ok_or_else(|| payments::Error::HoldEnds.into())
}

async fn replace(db: &mut PgConnection, attempt: &Payment, now: Timestamp) -> Result<(), Error> {
    payments::store::close(db, attempt.id, PaymentStatus::Expired, Some("replaced"), now).await?;
    close_at_gateway(db, &[attempt], now).await
}

/// Closes an attempt whose page the customer has left for good. One that is being paid stays.
pub(super) async fn leave(db: &mut PgConnection, attempt: &Payment, now: Timestamp) -> Result<(), Error> {
    orders::store::lock(db, attempt.order_id).await?;
    let attempt = payments::store::lock(db, attempt.id).await?;
    match attempt.status {
        PaymentStatus::Creating | PaymentStatus::Unknown | PaymentStatus::Open => {
            payments::store::close(db, attempt.id, PaymentStatus::Failed, Some("left"), now).await?;
            orders::store::touch(db, attempt.order_id, now).await?;
            close_at_gateway(db, &[&attempt], now).await
        }
        PaymentStatus::Processing
        | PaymentStatus::Captured
        | PaymentStatus::Surplus
        | PaymentStatus::Failed
        | PaymentStatus::Expired => Ok(()),
    }
}

/// Has the pages of attempts closed at their gateways.
async fn close_at_gateway(db: &mut PgConnection, attempts: &[&Payment], now: Timestamp) -> Result<(), Error> {
    let close = attempts.iter().map(|attempt| NewJob::at(now, &ClosePayment { payment_id: attempt.id }));
    jobs::store::insert(db, &close.collect::<Vec<_>>(), now).await?;
    Ok(())
}

/// Has the open payment pages of an order closed at their gateways: it does not wait for money any more.
pub(super) async fn close_pages(
    db: &mut PgConnection,
    order_id: OrderId,
    but: Option<PaymentId>,
    now: Timestamp,
) -> Result<(), Error> {
    let attempts = payments::store::of_order(db, order_id).await?;
    let open = attempts.iter().filter(|attempt| attempt.status.is_open() && Some(attempt.id) != but);
    close_at_gateway(db, &open.collect::<Vec<_>>(), now).await
}
