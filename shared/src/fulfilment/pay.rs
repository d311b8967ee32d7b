//! Pays an order that waits: again after a failure, or through another gateway.
//!
//! An order has one open attempt at a time. The previous attempt is closed here and, by a job, at its gateway. If its
//! page is paid anyway, the money that arrives first pays the order, and the other is refunded automatically.

use chrono::TimeDelta;
use money::Money;
use sqlx::PgConnection;

use super::Error;
use crate::jobs::{ClosePayment, CreatePayment, NewJob};
use crate::kernel::Timestamp;
use crate::kernel::ids::{OrderId, PaymentId};
use crate::orders::{LockedOrder, OrderStatus, PaymentMethod};
use crate::payments::offer::{self, Offer};
use crate::payments::store::NewPayment;
use crate::payments::{self, FailureCode, Payment, PaymentStatus, Provider};
use crate::{jobs, orders};

/// The least time in which a customer can pay.
const SHORTEST: TimeDelta = TimeDelta::seconds(60);

/// What a gateway accepts, and how often it may be tried.
#[derive(Clone, Copy, Debug)]
pub struct Terms<'a> {
    /// The available payment methods, so that a refusal can name those that would work.
    pub offers: &'a [Offer],
    /// Most attempts of one order, at all gateways together: each costs calls.
    pub most_attempts: usize,
}

/// Opens an attempt at a gateway, or finds the one that is open there. An open attempt whose page the customer left is
/// replaced too: at some gateways such a page is unusable, and only the customer's browser reports it.
pub(super) async fn pay(
    db: &mut PgConnection,
    order: &LockedOrder,
    gateway: Provider,
    terms: Terms<'_>,
    now: Timestamp,
) -> Result<PaymentId, Error> {
    let Terms { offers, most_attempts } = terms;
    let closes_at = payable_until(order, now)?;
    takes(offers, gateway.into(), order.total)?;
    let attempts = payments::store::of_order(db, order.id).await?;
    let mut before = None;
    for attempt in &attempts {
        match attempt.status {
            PaymentStatus::Creating | PaymentStatus::Unknown | PaymentStatus::Open
                if attempt.gateway == gateway && attempt.left_at.is_none() =>
            {
                return Ok(attempt.id);
            }
            PaymentStatus::Creating | PaymentStatus::Unknown | PaymentStatus::Open => before = Some(attempt),
            PaymentStatus::Processing => return Err(payments::Error::OnItsWay.into()),
            PaymentStatus::Captured
            | PaymentStatus::Surplus
            | PaymentStatus::Failed
            | PaymentStatus::Expired => {}
        }
    }
    if attempts.len() >= most_attempts {
        return Err(payments::Error::TooManyAttempts(most_attempts).into());
    }
    if let Some(before) = before {
        replace(db, before, now).await?;
    }
    let id = PaymentId::new();
    let new = NewPayment { id, order_id: order.id, gateway, amount: order.total, closes_at };
    payments::store::insert(db, &[new], now).await?;
    jobs::store::insert(db, &[NewJob::at(now, &CreatePayment { payment_id: id })], now).await?;
    orders::store::set_payment_method(db, order.id, gateway.into(), now).await?;
    Ok(id)
}

/// Refuses an amount that a method never accepts.
fn takes(offers: &[Offer], method: PaymentMethod, total: Money) -> Result<(), payments::Error> {
    let currency = total.currency();
    let offered = offers.iter().any(|offer| offer.method == method && offer.currencies.contain(currency));
    if !offered {
        let methods = offer::that_take(offers, total);
        return Err(payments::Error::CurrencyNotTaken { currency, methods });
    }
    let problem = offer::problem(offers, method, total);
    problem.map_or(Ok(()), |problem| Err(payments::Error::AmountNotSupported(Box::new(problem))))
}

/// Until when the order can be paid, if it can.
fn payable_until(order: &LockedOrder, now: Timestamp) -> Result<Timestamp, Error> {
    if order.status != OrderStatus::AwaitingPayment {
        return Err(orders::Error::WrongStatus(order.status).into());
    }
    order.hold_until.filter(|until| *until - now >= SHORTEST).ok_or_else(|| payments::Error::HoldEnds.into())
}

async fn replace(db: &mut PgConnection, attempt: &Payment, now: Timestamp) -> Result<(), Error> {
    payments::store::close(db, attempt.id, PaymentStatus::Expired, &FailureCode::Replaced.into(), now)
        .await?;
    close_at_gateway(db, &[attempt], now).await
}

/// Schedules closing the pages of attempts at their gateways.
async fn close_at_gateway(db: &mut PgConnection, attempts: &[&Payment], now: Timestamp) -> Result<(), Error> {
    let close = attempts.iter().map(|attempt| NewJob::at(now, &ClosePayment { payment_id: attempt.id }));
    jobs::store::insert(db, &close.collect::<Vec<_>>(), now).await?;
    Ok(())
}

/// Schedules closing the open payment pages of an order at their gateways: it no longer waits for money.
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
