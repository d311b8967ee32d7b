//! A customer's visits: fill a cart, check out, and then what customers do: pay, fail to pay, wander off, change their
//! mind before, while and after paying, or pay through another gateway than they began with. Every checkout is repeated
//! under its key until it is answered.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::aftermath;
use super::caller::{Ask, Caller, Reply};
use super::dice::Dice;
use super::elsewhere;
use super::gateway::Page;
use super::intent::{INTENTS, Intent};
use super::load::Stage;
use super::notebook::Fate;
use crate::up;
use crate::vendors::{self, VENDORS};

/// How long a customer looks at an order that does not move.
const INTEREST: Duration = Duration::from_secs(6);
/// So many customers look at nothing and go on to their next order: checkout must work whatever is away.
const HASTY: usize = 1;

pub struct Shopper<'a> {
    pub stage: &'a Stage,
    pub dice: Dice,
    pub caller: Caller,
    /// A cart has one currency, so each customer has one.
    pub currency: &'static str,
    number: usize,
    visits: u32,
}

impl<'a> Shopper<'a> {
    pub fn new(stage: &'a Stage, dice: Dice, number: usize) -> Self {
        let caller = stage.callers.with_token(&stage.market.customers[number]);
        let currency = VENDORS[number % VENDORS.len()].currency;
        Self { stage, dice, caller, currency, number, visits: 0 }
    }

    pub fn shop(mut self) {
        while self.stage.is_open() {
            std::thread::sleep(self.dice.pause(0, 150));
            self.visits += 1;
            let intent = self.dice.pick(&INTENTS);
            if !self.fill_cart() {
                continue;
            }
            let [own, other] = vendors::taking(self.currency);
            let gateway = self.dice.pick(&[(7, own.name), (3, other.name)]);
            let method = if intent.is_cash() { "cash_on_delivery" } else { gateway };
            if let Some(order) = self.check_out(method) {
                self.carry_out(intent, &order);
            }
        }
    }

    /// Whether there is something in the cart now. What a rejected order has given back is left behind, or a sold-out
    /// favourite would stand in the way of every order after it.
    fn fill_cart(&mut self) -> bool {
        self.caller.ask(&Ask::delete("/api/cart/clear"), &mut self.dice);
        let variants = self.stage.market.variants(self.currency);
        let mut filled = false;
        for _ in 0..self.dice.between(1, 3) {
            // The first variants are the favourites of all customers.
            let favourite = self.dice.percent(40);
            let among = if favourite { 2 } else { variants.len() };
            let variant = variants[self.dice.index(among)];
            let line = json!({ "variant_id": variant, "quantity": self.dice.between(1, 3) });
            let reply = self.caller.ask(&Ask::post("/api/cart", &line), &mut self.dice);
            filled |= reply.is(201);
        }
        filled
    }

    /// The order, if there is one. Whatever happens, the notebook knows the key.
    fn check_out(&mut self, method: &str) -> Option<String> {
        let key = format!("visit-{}-{}", self.number, self.visits);
        let body = up::shopper::wish(method);
        let ask = Ask { key: Some(&key), ..Ask::post("/api/orders/checkout", &body) };
        let stage = self.stage;
        stage.notebook.checkout(&key, Fate::Unknown);
        if self.dice.percent(8) {
            // A double click that reaches both APIs at once; the same key is sent again below.
            let (caller, mut other) = (self.caller.clone(), self.dice.clone());
            std::thread::scope(|scope| {
                scope.spawn(|| caller.ask(&ask, &mut other));
                self.caller.ask(&ask, &mut self.dice);
            });
        }
        let repeats = if self.dice.percent(10) { 2 } else { 1 };
        let mut order = None;
        for _ in 0..repeats {
            let reply = self.caller.insist(&ask, &mut self.dice, || stage.is_over());
            order = self.note(&key, &reply);
        }
        order
    }

    fn note(&self, key: &str, reply: &Reply) -> Option<String> {
        let order = reply.data().and_then(|data| data["id"].as_str()).map(str::to_owned);
        match (&order, reply) {
            (Some(order), _) => self.stage.notebook.checkout(key, Fate::Accepted(order.clone())),
            (None, Reply::Answer { status: 409, .. }) => self.stage.notebook.checkout(key, Fate::Refused),
            (None, reply) => {
                self.stage.notebook.surprise(format!("checkout {key} ended with {reply:?}"));
            }
        }
        order
    }

    fn carry_out(&mut self, intent: Intent, order: &str) {
        match intent {
            Intent::CashThenCancel => self.cancel(order),
            Intent::Leave if self.dice.percent(50) => {}
            Intent::CancelUnpaid if self.dice.percent(50) => self.cancel(order),
            Intent::Cash => drop(self.watch(order, |seen| seen["status"] == "confirmed")),
            Intent::Pay
            | Intent::PaySlowly
            | Intent::Decline
            | Intent::PayElsewhere
            | Intent::Leave
            | Intent::CancelUnpaid
            | Intent::CancelWhilePaying
            | Intent::CancelPaid
            | Intent::RefundInParts
            | Intent::RefundRace => self.at_the_page(intent, order),
        }
    }

    fn at_the_page(&mut self, intent: Intent, order: &str) {
        let page = self.watch(order, |seen| seen["payment"]["redirect_url"].is_string());
        let Some(page) = page.as_ref().and_then(Page::of) else { return };
        match intent {
            Intent::PaySlowly => {
                let outcome = self.dice.pick(&[(3, "async_succeeds"), (1, "async_fails")]);
                self.pay(&page, if page.vendor.name == "bkash" { "pay" } else { outcome });
            }
            Intent::Decline => {
                self.pay(&page, "decline");
                if self.dice.percent(50) {
                    self.pay(&page, "pay");
                }
            }
            Intent::PayElsewhere => elsewhere::pay(self, order, &page),
            Intent::Leave => self.pay(&page, "leave"),
            Intent::CancelUnpaid => self.cancel(order),
            Intent::CancelWhilePaying => self.pay_and_cancel(&page, order),
            Intent::CancelPaid => {
                self.pay_for_refund(&page);
                self.watch(order, |seen| seen["status"] == "paid");
                self.cancel(order);
            }
            Intent::RefundInParts | Intent::RefundRace => {
                self.pay_for_refund(&page);
                let paid = self.watch(order, |seen| seen["status"] == "paid");
                if let Some(paid) = paid {
                    aftermath::refund(self, &paid, intent == Intent::RefundRace);
                }
            }
            Intent::Pay | Intent::Cash | Intent::CashThenCancel => self.pay(&page, "pay"),
        }
    }

    /// Pays with a card whose refund is slow or bounces.
    fn pay_for_refund(&mut self, page: &Page) {
        let (slow, bounced) = match page.vendor.name {
            // It has no documented word for a refund that failed, so one stays pending for us.
            "bkash" => ("refund_pending", "refund_pending"),
            "paystack" => ("pay", "refund_fails"),
            "chapa" => ("pay", "refund_reversed"),
            _ => ("refund_pending", "refund_fails"),
        };
        let bounces = if self.stage.refunds_bounce { 15 } else { 0 };
        let outcome = self.dice.pick(&[(70, "pay"), (20, slow), (bounces, bounced)]);
        self.pay(page, outcome);
    }

    pub fn pay(&mut self, page: &Page, outcome: &str) {
        let Some(next) = self.stage.gateway.visit(page, outcome) else { return };
        self.stage.notebook.did(if outcome == "decline" || outcome == "leave" {
            "pages left"
        } else {
            "payments"
        });
        self.come_back(next.as_deref());
    }

    /// The browser follows the page's link back, unless it is closed before. If the merchant has to take the money, the
    /// product learns of the agreement by this, or when it asks.
    fn come_back(&mut self, url: Option<&str>) {
        let path = url.and_then(|url| url.splitn(4, '/').nth(3)).map(|rest| format!("/{rest}"));
        let Some(path) = path.filter(|path| path.starts_with("/api/payment/")) else { return };
        if self.dice.percent(10) {
            return;
        }
        for _ in 0..3 {
            match self.caller.ask(&Ask::get(&path), &mut self.dice) {
                Reply::Answer { status: 200 | 303, .. } => return,
                Reply::Answer { status, body } if status < 500 && status != 429 => {
                    self.stage.notebook.surprise(format!("GET {path} answered {status} {body}"));
                    return;
                }
                Reply::Answer { .. } | Reply::Silence => std::thread::sleep(self.dice.pause(100, 600)),
            }
        }
    }

    fn pay_and_cancel(&mut self, page: &Page, order: &str) {
        let gateway = &self.stage.gateway;
        let next = std::thread::scope(|scope| {
            let paying = scope.spawn(|| gateway.visit(page, "pay"));
            self.cancel(order);
            paying.join().ok().flatten()
        });
        self.come_back(next.flatten().as_deref());
    }

    fn cancel(&mut self, order: &str) {
        let body = json!({ "reason": "changed my mind" });
        let path = format!("/api/orders/{order}/cancel");
        if self.insist(&Ask::post(&path, &body), INTEREST).is(200) {
            self.stage.notebook.did("cancellations");
        }
    }

    /// Until an answer comes, or interest is lost.
    pub fn insist(&mut self, ask: &Ask, interest: Duration) -> Reply {
        let (stage, until) = (self.stage, Instant::now() + interest);
        self.caller.insist(ask, &mut self.dice, || Instant::now() > until || stage.is_over())
    }

    /// Polls until the order is as hoped for, is over, or interest is lost.
    pub fn watch(&mut self, order: &str, hoped: impl Fn(&Value) -> bool) -> Option<Value> {
        let path = format!("/api/orders/{order}");
        let interest = if self.number < HASTY { Duration::ZERO } else { INTEREST };
        let until = Instant::now() + interest;
        while Instant::now() < until && self.stage.is_open() {
            let reply = self.caller.ask(&Ask::get(&path), &mut self.dice);
            match reply.data() {
                Some(seen) if hoped(seen) => return Some(seen.clone()),
                Some(seen)
                    if ["rejected", "expired", "cancelled"].iter().any(|end| seen["status"] == *end) =>
                {
                    return None;
                }
                // Without a version to compare with the answer does not wait.
                Some(_) => std::thread::sleep(self.dice.pause(200, 800)),
                None => std::thread::sleep(self.dice.pause(100, 400)),
            }
        }
        None
    }
}
