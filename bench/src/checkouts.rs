//! Checks out one cart per customer and watches, through the same wake-ups that long polls use, when each order has
//! come as far as the plan says.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt::Write;
use std::time::Duration;

use serde_json::{Value, json};
use shared::kernel::Bell;
use shared::kernel::ids::OrderId;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Instant, sleep, timeout};
use uuid::Uuid;

use crate::Outcome;
use crate::connection::Answer;
use crate::latency::Latencies;
use crate::load::{self, Traffic};
use crate::market::{Customers, post};
use crate::plan::Plan;

/// If no message has come for this long, no more will come.
const SILENCE: Duration = Duration::from_secs(5);
/// The orders left for polls to read.
const LEFT_FOR_POLLS: usize = 2000;

struct Checkouts {
    customers: Customers,
    body: String,
    /// Keeps the keys of one run apart from those of another.
    run: Uuid,
    accepted: RefCell<HashMap<OrderId, (usize, Instant)>>,
}

impl Traffic for Checkouts {
    fn request(&self, turn: usize, into: &mut Vec<u8>) -> bool {
        let Some(token) = self.customers.token(turn) else { return false };
        let run = self.run.simple();
        let more = format_args!("authorization: Bearer {token}\r\nidempotency-key: {run}-{turn}\r\n");
        post(into, "/api/orders/checkout", more, &self.body);
        true
    }

    fn answer(&self, turn: usize, answer: &Answer<'_>) -> bool {
        let location = answer.header("location").and_then(|path| path.rsplit('/').next()?.parse().ok());
        match (answer.status, location) {
            (202, Some(order)) => {
                self.accepted.borrow_mut().insert(order, (turn, Instant::now()));
                true
            }
            _ => false,
        }
    }
}

/// When each order had changed as often as expected.
struct Arrivals {
    changes: u32,
    counts: HashMap<OrderId, u32>,
    arrived: HashMap<OrderId, Instant>,
}

pub async fn run(plan: &Plan) -> Outcome<Value> {
    let checkouts = Checkouts {
        customers: Customers::sign_in(&plan.settings, plan.customers)?,
        body: wish(&plan.method),
        run: Uuid::now_v7(),
        accepted: RefCell::default(),
    };
    let arrivals =
        RefCell::new(Arrivals { changes: plan.changes, counts: HashMap::new(), arrived: HashMap::new() });
    let bell = Bell::start(plan.settings.redis_url.expose(), &plan.settings.redis_namespace)?;
    let changed = bell.changed_orders();
    timeout(SILENCE, listening(&bell)).await.map_err(|_| "Redis does not answer")?;
    let load = plan.load();
    let loading = async {
        let result = load.run(&checkouts).await?;
        settled(&checkouts, &arrivals).await;
        Outcome::Ok(result)
    };
    let result = tokio::select! {
        result = loading => result?,
        () = listen(changed, &arrivals) => return Err("Redis went away".into()),
    };
    let (accepted, arrivals) = (checkouts.accepted.into_inner(), arrivals.into_inner());
    leave_for_polls(plan, &accepted)?;
    Ok(figures(result, &accepted, &arrivals.arrived))
}

async fn listening(bell: &Bell) {
    while !bell.is_listening() {
        sleep(Duration::from_millis(10)).await;
    }
}

async fn listen(mut changed: Receiver<OrderId>, arrivals: &RefCell<Arrivals>) {
    loop {
        match changed.recv().await {
            Ok(order) => arrivals.borrow_mut().heard(order),
            // Their orders count as unheard; the figures say how many.
            Err(RecvError::Lagged(_)) => {}
            Err(RecvError::Closed) => return,
        }
    }
}

impl Arrivals {
    fn heard(&mut self, order: OrderId) {
        let count = self.counts.entry(order).or_default();
        *count += 1;
        if *count == self.changes {
            self.arrived.insert(order, Instant::now());
        }
    }
}

/// Returns when every accepted order has arrived, or nothing moves any more.
async fn settled(checkouts: &Checkouts, arrivals: &RefCell<Arrivals>) {
    let (mut arrived, mut at) = (0, Instant::now());
    while arrivals.borrow().arrived.len() < checkouts.accepted.borrow().len() && at.elapsed() < SILENCE {
        sleep(Duration::from_millis(5)).await;
        let now = arrivals.borrow().arrived.len();
        if now != arrived {
            (arrived, at) = (now, Instant::now());
        }
    }
}

fn figures(
    result: load::Result,
    accepted: &HashMap<OrderId, (usize, Instant)>,
    arrived: &HashMap<OrderId, Instant>,
) -> Value {
    let mut ways = Latencies::default();
    let mut last = result.began;
    let mut count = 0;
    for (order, (_, accepted_at)) in accepted {
        let Some(at) = arrived.get(order) else { continue };
        ways.record(at.saturating_duration_since(*accepted_at));
        last = last.max(*at);
        count += 1;
    }
    let took = (last - result.began).as_secs_f64();
    let per_second = if count == 0 { 0.0 } else { f64::from(count) / took };
    let mut through = ways.summary();
    through["orders"] = json!(count);
    through["unheard"] = json!(accepted.len() - count as usize);
    through["per_second"] = json!(per_second);
    json!({ "accepted": result.figures(), "through": through })
}

fn wish(method: &str) -> String {
    let address = json!({ "name": "Ada Rahman", "line1": "12 Lake Road", "city": "Dhaka", "country": "BD" });
    json!({ "payment_method": method, "shipping_address": address }).to_string()
}

fn leave_for_polls(plan: &Plan, accepted: &HashMap<OrderId, (usize, Instant)>) -> Outcome<()> {
    if plan.orders.as_os_str().is_empty() {
        return Ok(());
    }
    let mut lines = String::new();
    for (order, (customer, _)) in accepted.iter().take(LEFT_FOR_POLLS) {
        writeln!(lines, "{order} {customer}")?;
    }
    Ok(std::fs::write(&plan.orders, lines)?)
}
