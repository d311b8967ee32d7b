//! Reading phases: order polls with and without an entity tag, and the catalog's first page.

use std::cell::RefCell;

use serde_json::Value;

use crate::Outcome;
use crate::connection::Answer;
use crate::load::{Load, Pace, Traffic};
use crate::market::{Customers, get};
use crate::plan::Plan;

/// Polls of the orders that checkouts left, each by its customer.
struct Polls {
    customers: Customers,
    orders: Vec<(String, usize)>,
    /// What pollers have, by the place of the order.
    tags: RefCell<Vec<Option<String>>>,
    hoped_for: u16,
    /// Whether each order is requested only once.
    once: bool,
}

impl Polls {
    fn read(plan: &Plan) -> Outcome<Self> {
        let text = std::fs::read_to_string(&plan.orders)?;
        let line = |line: &str| {
            let (order, customer) = line.split_once(' ').ok_or("a line has an order and a customer")?;
            Outcome::Ok((format!("/api/orders/{order}"), customer.parse()?))
        };
        let orders: Vec<(String, usize)> = text.lines().map(line).collect::<Outcome<_>>()?;
        let last = orders.iter().map(|(_, customer)| *customer).max().ok_or("there is no order to poll")?;
        let customers = Customers::sign_in(&plan.settings, last + 1)?;
        let tags = RefCell::new(vec![None; orders.len()]);
        Ok(Self { customers, orders, tags, hoped_for: 200, once: false })
    }
}

impl Traffic for Polls {
    fn request(&self, turn: usize, into: &mut Vec<u8>) -> bool {
        if self.once && turn >= self.orders.len() {
            return false;
        }
        let place = turn % self.orders.len();
        let (path, customer) = &self.orders[place];
        let known = match &self.tags.borrow()[place] {
            Some(tag) if self.hoped_for == 304 => format!("if-none-match: {tag}\r\n"),
            Some(_) | None => String::new(),
        };
        get(into, path, self.customers.token(*customer), &known);
        true
    }

    fn answer(&self, turn: usize, answer: &Answer<'_>) -> bool {
        if self.once {
            self.tags.borrow_mut()[turn] = answer.header("etag").map(str::to_owned);
        }
        answer.status == self.hoped_for
    }
}

pub async fn full_polls(plan: &Plan) -> Outcome<Value> {
    let polls = Polls::read(plan)?;
    Ok(plan.load().run(&polls).await?.figures())
}

pub async fn unchanged_polls(plan: &Plan) -> Outcome<Value> {
    let first = Polls { once: true, ..Polls::read(plan)? };
    let load = Load { pace: Pace::Closed, ..plan.load() };
    load.run(&first).await?;
    let again = Polls { once: false, hoped_for: 304, ..first };
    Ok(plan.load().run(&again).await?.figures())
}

struct Catalog;

impl Traffic for Catalog {
    fn request(&self, _turn: usize, into: &mut Vec<u8>) -> bool {
        get(into, "/api/products?limit=20", None, "");
        true
    }

    fn answer(&self, _turn: usize, answer: &Answer<'_>) -> bool {
        answer.status == 200
    }
}

pub async fn products(plan: &Plan) -> Outcome<Value> {
    Ok(plan.load().run(&Catalog).await?.figures())
}
