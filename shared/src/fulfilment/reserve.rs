//! Reserve stock for new orders: many in one transaction, all or nothing per order.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use chrono::TimeDelta;
use money::{Money, MoneyError};
use serde_json::json;
use sqlx::PgConnection;

use super::Error;
use crate::carts::{Basket, BasketLine};
use crate::jobs::{CreatePayment, ExpireHold, NewJob};
use crate::kernel::ids::{OrderId, PaymentId, VariantId};
use crate::kernel::{Timestamp, TraceContext};
use crate::orders::store::{Move, Wanted};
use crate::orders::{Actor, LockedOrder, OrderStatus, Step};
use crate::payments::store::NewPayment;
use crate::reservations::store::Take;
use crate::reservations::{Demand, Verdict, plan};
use crate::{carts, jobs, orders, payments, reservations};

/// An order to reserve for, and the trace of the request that placed it.
#[derive(Clone, Copy, Debug)]
pub struct ToReserve {
    pub order_id: OrderId,
    pub trace: Option<TraceContext>,
}

/// The result of a reservation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reserved {
    /// The orders that moved.
    pub moved: Vec<OrderId>,
    /// Whether payments are to be opened for some of them.
    pub to_pay: bool,
}

/// Reserves stock for those of the orders that are still pending. The others are left alone, so this may be repeated.
///
/// First come, first served by order id. An order that fits is held (until `hold`, if it is to be paid online) or
/// confirmed. An order that does not fit is rejected with the short items named, and its lines return to the customer's
/// cart.
pub async fn reserve(
    db: &mut PgConnection,
    orders: &[ToReserve],
    hold: Duration,
    now: Timestamp,
) -> Result<Reserved, Error> {
    let traces: HashMap<OrderId, Option<TraceContext>> =
        orders.iter().map(|one| (one.order_id, one.trace)).collect();
    let ids: Vec<OrderId> = traces.keys().copied().collect();
    let mut pending = orders::store::lock_many(db, &ids).await?;
    pending.retain(|order| order.status == OrderStatus::Pending);
    if pending.is_empty() {
        return Ok(Reserved::default());
    }
    let ids: Vec<OrderId> = pending.iter().map(|order| order.id).collect();
    let wanted = Wishes::new(orders::store::wanted(db, &ids).await?);
    let available = reservations::store::lock(db, &wanted.variants()).await?;
    let demands: Vec<Demand> = pending.iter().map(|order| wanted.demand(order.id)).collect();
    let verdicts = plan(available, &demands);

    let due = Due { pay_at: now, hold_until: now + TimeDelta::from_std(hold).unwrap_or(TimeDelta::hours(1)) };
    let mut outcome = Outcome::default();
    for ((order, demand), verdict) in pending.into_iter().zip(&demands).zip(&verdicts) {
        match verdict {
            Verdict::Fits => {
                let trace = traces.get(&order.id).copied().flatten();
                outcome.hold(order, demand, due, trace);
            }
            Verdict::Short(_) => outcome.reject(order, verdict, &wanted)?,
        }
    }
    outcome.write(db, now).await
}

/// The demand of all orders of the batch.
struct Wishes(HashMap<OrderId, Vec<Wanted>>);

impl Wishes {
    fn new(lines: Vec<Wanted>) -> Self {
        let mut by_order: HashMap<OrderId, Vec<Wanted>> = HashMap::new();
        for line in lines {
            by_order.entry(line.order_id).or_default().push(line);
        }
        Self(by_order)
    }

    fn variants(&self) -> Vec<VariantId> {
        let distinct: BTreeSet<VariantId> = self.0.values().flatten().map(|line| line.variant_id).collect();
        distinct.into_iter().collect()
    }

    fn demand(&self, order: OrderId) -> Demand {
        let mut demand = Demand::new();
        for line in self.0.get(&order).into_iter().flatten() {
            *demand.entry(line.variant_id).or_default() += line.quantity;
        }
        demand
    }

    /// The lines of a locked order, in the form of a cart.
    fn basket(&self, order: &LockedOrder) -> Result<Basket, Error> {
        let lines = self.0.get(&order.id).into_iter().flatten();
        let lines = lines.map(|line| {
            let price = Money::new(line.unit_price, order.total.currency())?;
            Ok(BasketLine { variant: line.variant_id, quantity: line.quantity.unsigned_abs(), price })
        });
        let lines = lines.collect::<Result<_, MoneyError>>()?;
        Ok(Basket { customer: order.customer_id, lines })
    }

    fn title(&self, order: OrderId, variant: VariantId) -> &str {
        let lines = self.0.get(&order).into_iter().flatten();
        lines
            .filter(|line| line.variant_id == variant)
            .map(|line| line.title.as_str())
            .next()
            .unwrap_or_default()
    }
}

/// When the next steps are due.
#[derive(Clone, Copy)]
struct Due {
    pay_at: Timestamp,
    hold_until: Timestamp,
}

/// Everything that will be written for the whole batch.
#[derive(Default)]
struct Outcome {
    takes: Vec<Take>,
    moves: Vec<Move>,
    payments: Vec<NewPayment>,
    jobs: Vec<NewJob>,
    /// The lines of rejected orders, with the indexes of their moves.
    rejected: Vec<(usize, Basket)>,
}

impl Outcome {
    fn hold(&mut self, order: LockedOrder, demand: &Demand, due: Due, trace: Option<TraceContext>) {
        let take = |(variant, quantity): (&VariantId, &i32)| Take {
            order_id: order.id,
            variant_id: *variant,
            quantity: *quantity,
        };
        self.takes.extend(demand.iter().map(take));
        // An order that costs nothing needs no gateway.
        let gateway = order.payment_method.gateway().filter(|_| order.total.is_positive());
        let step = if gateway.is_some() { Step::Hold } else { Step::Confirm };
        if let Some(gateway) = gateway {
            let payment = NewPayment {
                id: PaymentId::new(),
                order_id: order.id,
                gateway,
                amount: order.total,
                closes_at: due.hold_until,
            };
            let pay = NewJob::at(due.pay_at, &CreatePayment { payment_id: payment.id });
            let expire = NewJob::at(due.hold_until, &ExpireHold { order_id: order.id });
            self.jobs.extend([pay.in_trace(trace), expire.in_trace(trace)]);
            self.payments.push(payment);
        }
        let hold_until = gateway.map(|_| due.hold_until);
        self.moves.push(Move { order, step, note: None, rejected: None, returned: None, hold_until });
    }

    fn reject(&mut self, order: LockedOrder, verdict: &Verdict, wanted: &Wishes) -> Result<(), Error> {
        let Verdict::Short(short) = verdict else { return Ok(()) };
        let named = short.iter().map(|shortage| {
            json!({
                "variant_id": shortage.variant_id,
                "title": wanted.title(order.id, shortage.variant_id),
                "wanted": shortage.wanted,
                "available": shortage.available,
            })
        });
        let rejected = Some(named.collect());
        let note = Some("not enough stock".to_owned());
        self.rejected.push((self.moves.len(), wanted.basket(&order)?));
        let step = Step::Reject;
        self.moves.push(Move { order, step, note, rejected, returned: None, hold_until: None });
        Ok(())
    }

    /// Returns the lines of rejected orders to their customers' carts.
    async fn put_back(&mut self, db: &mut PgConnection, now: Timestamp) -> Result<(), Error> {
        let (places, baskets): (Vec<usize>, Vec<Basket>) =
            std::mem::take(&mut self.rejected).into_iter().unzip();
        let returned = carts::put_back(db, &baskets, now).await?;
        for (place, lines) in places.into_iter().zip(returned) {
            self.moves[place].returned = Some(json!(lines));
        }
        Ok(())
    }

    async fn write(mut self, db: &mut PgConnection, now: Timestamp) -> Result<Reserved, Error> {
        if !self.takes.is_empty() {
            reservations::store::hold(db, &self.takes, now).await?;
        }
        if !self.rejected.is_empty() {
            self.put_back(db, now).await?;
        }
        orders::store::advance_many(db, &self.moves, &Actor::System, now).await?;
        if !self.payments.is_empty() {
            payments::store::insert(db, &self.payments, now).await?;
        }
        jobs::store::insert(db, &self.jobs, now).await?;
        let moved = self.moves.into_iter().map(|one| one.order.id).collect();
        Ok(Reserved { moved, to_pay: !self.payments.is_empty() })
    }
}
