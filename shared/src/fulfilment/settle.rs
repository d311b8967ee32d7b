//! Settle: applies what a gateway says about a payment.
//!
//! Webhooks, answers to our own calls and polls are handled alike; duplicates and the order of arrival make no
//! difference. Amount, currency and reference are compared before anything changes. Money that does not pay its order
//! is booked separately, shown to operators, and refunded automatically.

use money::Money;
use serde_json::json;
use sqlx::PgConnection;

use super::{Error, pay, refund};
use crate::incidents::{self, About, IfClosed, IncidentKind, NewIncident};
use crate::kernel::Timestamp;
use crate::kernel::ids::{OrderId, PaymentId};
use crate::ledger::{self, PostingKind, Share};
use crate::orders::{Actor, LockedOrder, OrderStatus, Step};
use crate::payments::{FailureCode, Observation, Observed, Payment, PaymentStatus};
use crate::reservations::store::{End, Take};
use crate::reservations::{Demand, Verdict, plan};
use crate::{orders, payments, reservations};

/// The result of an observation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settlement {
    /// It was known, or it is older than the known state.
    Nothing,
    /// The attempt changed, and its order for its readers.
    Moved(OrderId),
}

/// Applies an observation of one payment. May be repeated.
pub async fn settle(
    db: &mut PgConnection,
    payment_id: PaymentId,
    seen: &Observation,
    now: Timestamp,
) -> Result<Settlement, Error> {
    let mut order = orders::store::lock_of_payment(db, payment_id).await?;
    let payment = payments::store::lock(db, payment_id).await?;
    let order_id = order.id;
    let moved = match seen.state {
        Observed::Captured => captured(db, &mut order, &payment, seen, now).await?,
        Observed::Open => opened(db, &payment, seen, now).await?,
        Observed::Processing => processing(db, &payment, seen, now).await?,
        Observed::Failed => ended(db, &payment, PaymentStatus::Failed, seen, now).await?,
        Observed::Expired => ended(db, &payment, PaymentStatus::Expired, seen, now).await?,
    };
    if moved == Settlement::Moved(order_id) {
        orders::store::touch(db, order_id, now).await?;
    }
    Ok(moved)
}

async fn opened(
    db: &mut PgConnection,
    payment: &Payment,
    seen: &Observation,
    now: Timestamp,
) -> Result<Settlement, Error> {
    match payment.status {
        PaymentStatus::Creating | PaymentStatus::Unknown => {}
        // After a declined card the page stays open; the reason is worth showing.
        PaymentStatus::Open if seen.failure.is_some() && seen.failure != payment.failure => {}
        PaymentStatus::Open
        | PaymentStatus::Processing
        | PaymentStatus::Captured
        | PaymentStatus::Surplus
        | PaymentStatus::Failed
        | PaymentStatus::Expired => return Ok(Settlement::Nothing),
    }
    // Without its page the attempt can't be shown: a message that came before the answer to our own call is not enough.
    if payment.reference.is_none() && seen.redirect_url.is_none() {
        return Ok(Settlement::Nothing);
    }
    payments::store::record(db, payment.id, PaymentStatus::Open, seen, now).await?;
    Ok(Settlement::Moved(payment.order_id))
}

async fn processing(
    db: &mut PgConnection,
    payment: &Payment,
    seen: &Observation,
    now: Timestamp,
) -> Result<Settlement, Error> {
    if !payment.status.is_open() || payment.status == PaymentStatus::Processing {
        return Ok(Settlement::Nothing);
    }
    payments::store::record(db, payment.id, PaymentStatus::Processing, seen, now).await?;
    Ok(Settlement::Moved(payment.order_id))
}

async fn ended(
    db: &mut PgConnection,
    payment: &Payment,
    status: PaymentStatus,
    seen: &Observation,
    now: Timestamp,
) -> Result<Settlement, Error> {
    if !payment.status.is_open() {
        return Ok(Settlement::Nothing);
    }
    let failure = seen.failure.clone().unwrap_or_else(|| unexplained(status).into());
    let seen = Observation { failure: Some(failure), ..seen.clone() };
    payments::store::record(db, payment.id, status, &seen, now).await?;
    Ok(Settlement::Moved(payment.order_id))
}

/// The failure code of an attempt that ended when the gateway gives no reason.
const fn unexplained(status: PaymentStatus) -> FailureCode {
    match status {
        PaymentStatus::Expired => FailureCode::Expired,
        PaymentStatus::Creating
        | PaymentStatus::Unknown
        | PaymentStatus::Open
        | PaymentStatus::Processing
        | PaymentStatus::Captured
        | PaymentStatus::Surplus
        | PaymentStatus::Failed => FailureCode::Declined,
    }
}

async fn captured(
    db: &mut PgConnection,
    order: &mut LockedOrder,
    payment: &Payment,
    seen: &Observation,
    now: Timestamp,
) -> Result<Settlement, Error> {
    if payment.status.has_money() {
        if let (None, Some(charge)) = (&payment.charge_reference, &seen.charge_reference) {
            payments::store::name_charge(db, payment.id, charge, now).await?;
        }
        return Ok(Settlement::Nothing);
    }
    if seen.amount != payment.amount {
        let detail = json!({ "payment_id": payment.id, "asked": payment.amount, "captured": seen.amount });
        return surplus(db, order, payment, seen, (IncidentKind::AmountMismatch, detail), now).await;
    }
    let detail = json!({ "payment_id": payment.id, "captured": seen.amount, "order_status": order.status });
    let step = match order.status {
        OrderStatus::AwaitingPayment => Step::Pay,
        OrderStatus::Expired if hold_again(db, order, now).await? => Step::PayLate,
        OrderStatus::Expired
        | OrderStatus::Pending
        | OrderStatus::Confirmed
        | OrderStatus::Paid
        | OrderStatus::Processing
        | OrderStatus::Shipped
        | OrderStatus::Delivered
        | OrderStatus::Rejected
        | OrderStatus::Cancelled
        | OrderStatus::Refunded => {
            return surplus(db, order, payment, seen, (IncidentKind::SurplusCapture, detail), now).await;
        }
    };
    payments::store::capture(db, payment.id, PaymentStatus::Captured, seen, now).await?;
    reservations::store::end(db, &[order.id], End::Sold, now).await?;
    let gateway = payment.gateway.as_str();
    let note = (step == Step::PayLate).then_some("the payment came late; stock was still there");
    let shares = shares(db, order).await?;
    orders::store::advance(db, order, step, &Actor::Gateway(gateway), note, now).await?;
    pay::close_pages(db, order.id, Some(payment.id), now).await?;
    let entries = ledger::sale(gateway, seen.amount, &shares)?;
    ledger::store::post(db, PostingKind::Sale, payment.id.0, order.id, &entries, now).await?;
    Ok(Settlement::Moved(order.id))
}

/// Money that does not pay the order: booked as the customer's, reported to operators, and refunded.
async fn surplus(
    db: &mut PgConnection,
    order: &LockedOrder,
    payment: &Payment,
    seen: &Observation,
    (kind, detail): (IncidentKind, serde_json::Value),
    now: Timestamp,
) -> Result<Settlement, Error> {
    payments::store::capture(db, payment.id, PaymentStatus::Surplus, seen, now).await?;
    let entries = ledger::surplus(payment.gateway.as_str(), seen.amount);
    ledger::store::post(db, PostingKind::Surplus, payment.id.0, order.id, &entries, now).await?;
    let reference = seen.charge_reference.clone().or_else(|| payment.charge_reference.clone());
    let known = About::payment(payment);
    let about = About { reference: reference.or_else(|| known.reference.clone()), ..known };
    let key = payment.id.to_string();
    let incident = NewIncident { kind, key, about, detail, if_closed: IfClosed::Reopen };
    incidents::open(db, &incident, now).await?;
    refund::request_surplus(db, payment, seen.amount, now).await?;
    Ok(Settlement::Moved(order.id))
}

/// Reserves the stock of an order again, if there is enough.
async fn hold_again(db: &mut PgConnection, order: &LockedOrder, now: Timestamp) -> Result<bool, Error> {
    let mut demand = Demand::new();
    for line in orders::store::wanted(db, &[order.id]).await? {
        *demand.entry(line.variant_id).or_default() += line.quantity;
    }
    let variants: Vec<_> = demand.keys().copied().collect();
    let available = reservations::store::lock(db, &variants).await?;
    if plan(available, std::slice::from_ref(&demand)) != [Verdict::Fits] {
        return Ok(false);
    }
    let take = |(variant_id, quantity)| Take { order_id: order.id, variant_id, quantity };
    let takes: Vec<Take> = demand.into_iter().map(take).collect();
    reservations::store::hold(db, &takes, now).await?;
    Ok(true)
}

/// The vendors' shares of a sale, as the ledger posts them.
async fn shares(db: &mut PgConnection, order: &LockedOrder) -> Result<Vec<Share>, Error> {
    let shares = orders::store::vendor_shares(db, order).await?;
    let share = |one: orders::store::VendorShare| Share {
        vendor_id: one.vendor_id,
        amount: one.total,
        commission: one.commission,
    };
    let shares: Vec<Share> = shares.into_iter().map(share).collect();
    let nothing = Money::zero(order.total.currency());
    let sum = shares.iter().try_fold(nothing, |sum, share| sum.checked_add(share.amount))?;
    debug_assert_eq!(sum, order.total, "the parts of an order sum to it");
    Ok(shares)
}
