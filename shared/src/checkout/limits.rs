//! Limits on the stock that one customer may hold without having paid for it. Pure.
//!
//! Two kinds of open orders are counted, each with its own limits on number, pieces and value: orders that are paid on
//! delivery or cost nothing, until they are shipped; and orders that wait for an online payment. Only orders of the
//! last days count (`HAAT_OPEN_ORDER_DAYS`).

use std::collections::HashMap;

use chrono::TimeDelta;
use money::{Currency, Money};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::Error;
use crate::kernel::Timestamp;
use crate::kernel::ids::{OrderId, UserId, smallest_at};
use crate::kernel::settings::{OpenLimit, Settings};
use crate::orders::PaymentMethod;
use crate::orders::store::NewOrder;

/// Why an open order has no payment yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unsecured {
    /// Paid on delivery, or free.
    Cash,
    /// Waits for an online payment.
    Unpaid,
}

impl Unsecured {
    fn of(order: &NewOrder) -> Self {
        let cash = order.payment_method == PaymentMethod::CashOnDelivery || !order.total.is_positive();
        if cash { Self::Cash } else { Self::Unpaid }
    }
}

/// The limit that was exceeded. `open` is the figure without the refused order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exceeded {
    Orders { most: u32, open: u64 },
    Pieces { most: u32, open: u64 },
    Value { most: Money, open: Decimal },
}

/// Open orders of one kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub orders: u64,
    pub pieces: u64,
}

/// The value of an open order.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(super) struct Worth {
    pub cash: bool,
    pub currency: Currency,
    pub value: Decimal,
}

/// Open orders of one customer.
#[derive(Clone, Debug, Default)]
pub(super) struct Open {
    pub cash: Tally,
    pub unpaid: Tally,
    /// Only of orders in currencies that have a limit of value.
    pub worth: Vec<Worth>,
}

/// The limits of both kinds.
#[derive(Clone, Debug)]
pub struct Limits {
    pub cash: OpenLimit,
    pub unpaid: OpenLimit,
    /// The greatest age at which an open order counts.
    pub days: u32,
}

impl Limits {
    #[must_use]
    pub fn of(settings: &Settings) -> Self {
        let (cash, unpaid) = (settings.open_cash.clone(), settings.open_unpaid.clone());
        Self { cash, unpaid, days: settings.open_days }
    }

    fn of_kind(&self, kind: Unsecured) -> &OpenLimit {
        match kind {
            Unsecured::Cash => &self.cash,
            Unsecured::Unpaid => &self.unpaid,
        }
    }

    /// The currencies in which value is limited.
    pub(super) fn currencies(&self) -> Vec<String> {
        let value = self.cash.value.iter().chain(&self.unpaid.value);
        value.map(|most| most.currency().to_string()).collect()
    }

    /// The smallest order id that counts: ids begin with their time.
    pub(super) fn since(&self, now: Timestamp) -> OrderId {
        OrderId(smallest_at(now - TimeDelta::days(self.days.into())))
    }
}

impl Open {
    /// Counts one more order, or names the limit that it would exceed.
    pub(super) fn admit(&mut self, order: &NewOrder, limits: &Limits) -> Result<(), Error> {
        let kind = Unsecured::of(order);
        if let Some(exceeded) = self.exceeded(kind, order, limits.of_kind(kind)) {
            return Err(Error::OpenLimit { kind, exceeded });
        }
        let tally = match kind {
            Unsecured::Cash => &mut self.cash,
            Unsecured::Unpaid => &mut self.unpaid,
        };
        tally.orders += 1;
        tally.pieces = tally.pieces.saturating_add(order.pieces());
        let (cash, currency) = (kind == Unsecured::Cash, order.total.currency());
        self.worth.push(Worth { cash, currency, value: order.total.amount() });
        Ok(())
    }

    fn exceeded(&self, kind: Unsecured, order: &NewOrder, limit: &OpenLimit) -> Option<Exceeded> {
        let open = match kind {
            Unsecured::Cash => self.cash,
            Unsecured::Unpaid => self.unpaid,
        };
        if open.orders >= limit.orders.into() {
            return Some(Exceeded::Orders { most: limit.orders, open: open.orders });
        }
        if open.pieces.saturating_add(order.pieces()) > limit.pieces.into() {
            return Some(Exceeded::Pieces { most: limit.pieces, open: open.pieces });
        }
        let most = *limit.value.iter().find(|most| most.currency() == order.total.currency())?;
        let alike =
            |worth: &&Worth| worth.cash == (kind == Unsecured::Cash) && worth.currency == most.currency();
        let open: Decimal = self.worth.iter().filter(alike).map(|worth| worth.value).sum();
        (open + order.total.amount() > most.amount()).then_some(Exceeded::Value { most, open })
    }
}

/// The open orders of many customers.
pub(super) type OpenOrders = HashMap<UserId, Open>;

#[cfg(test)]
mod tests {
    use super::super::CartLine;
    use super::super::quote::tests::{line, money, ordered};
    use super::*;

    fn limit(orders: u32, pieces: u32, value: &[Money]) -> OpenLimit {
        OpenLimit { orders, pieces, value: value.to_vec() }
    }

    fn order(method: PaymentMethod, price: Money, quantity: i32) -> NewOrder {
        ordered(method, &[CartLine { quantity, ..line(price) }])
    }

    /// The answer to the last of these orders, each of the given number of pieces at 5.00 dollars, paid in cash.
    fn told(limits: &Limits, pieces: &[i32]) -> Option<Exceeded> {
        let mut open = Open::default();
        let mut last = None;
        for pieces in pieces {
            let cash = order(PaymentMethod::CashOnDelivery, money(500, "USD"), *pieces);
            last = match open.admit(&cash, limits) {
                Ok(()) => None,
                Err(Error::OpenLimit { exceeded, .. }) => Some(exceeded),
                Err(error) => panic!("{error}"),
            };
        }
        last
    }

    #[test]
    fn the_first_limit_that_is_passed_is_named() {
        let cash = limit(2, 10, &[money(4500, "USD")]);
        let limits = Limits { cash, unpaid: limit(1, 1, &[]), days: 30 };
        assert_eq!(told(&limits, &[4, 4]), None);
        assert_eq!(told(&limits, &[1, 1, 1]), Some(Exceeded::Orders { most: 2, open: 2 }));
        assert_eq!(told(&limits, &[4, 7]), Some(Exceeded::Pieces { most: 10, open: 4 }));
        assert_eq!(told(&limits, &[11]), Some(Exceeded::Pieces { most: 10, open: 0 }));
        let (most, open) = (money(4500, "USD"), Decimal::new(2000, 2));
        assert_eq!(told(&limits, &[4, 6]), Some(Exceeded::Value { most, open }));
        // A refused order holds nothing.
        assert_eq!(told(&limits, &[4, 7, 4]), None);
    }

    #[test]
    fn both_kinds_and_currencies_count_for_themselves_and_a_gift_is_no_payment() {
        let value = [money(1000, "USD")];
        let limits = Limits { cash: limit(2, 10, &value), unpaid: limit(1, 10, &value), days: 30 };
        let mut open = Open::default();
        let mut admitted = |method, price, pieces| open.admit(&order(method, price, pieces), &limits).is_ok();
        assert!(admitted(PaymentMethod::Stripe, money(500, "USD"), 2));
        assert!(!admitted(PaymentMethod::Stripe, money(500, "USD"), 1));
        assert!(
            admitted(PaymentMethod::CashOnDelivery, money(1_000_000, "BDT"), 1),
            "no limit of taka is set"
        );
        assert!(!admitted(PaymentMethod::Stripe, money(0, "USD"), 10), "it takes pieces as cash does");
        assert!(admitted(PaymentMethod::Stripe, money(0, "USD"), 9));
        assert!(!admitted(PaymentMethod::CashOnDelivery, money(100, "USD"), 1));
    }

    #[test]
    fn an_order_counts_for_as_many_days_as_is_said() {
        let limits = Limits { cash: limit(1, 1, &[]), unpaid: limit(1, 1, &[]), days: 30 };
        let order = OrderId::new();
        let now = crate::kernel::Clock::system().now();
        assert!(limits.since(now) < order);
        assert!(limits.since(now + TimeDelta::days(29)) < order);
        assert!(limits.since(now + TimeDelta::days(31)) > order);
    }
}
