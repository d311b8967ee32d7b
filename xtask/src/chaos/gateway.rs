//! The gateways' sandbox from its control side: its faults, its books, and customers at its payment pages.

use serde_json::{Value, json};

use super::caller::{Ask, Caller, Reply};
use super::dice::Dice;
use crate::failure::{Failure, Result};
use crate::vendors::{self, VENDORS, Vendor};

/// Most payments and events that are kept and shown: all of a run.
pub const ALL: usize = 1_000_000;

#[derive(Clone, Debug)]
pub struct Gateway(Caller);

/// A payment page: its gateway, and the sandbox's name for it.
#[derive(Clone, Debug)]
pub struct Page {
    pub vendor: Vendor,
    pub name: String,
}

impl Page {
    /// The page of an order, if it has one now.
    pub fn of(order: &Value) -> Option<Self> {
        let payment = &order["payment"];
        let vendor = vendors::named(payment["gateway"].as_str()?)?;
        let name = vendors::page_name(payment["redirect_url"].as_str()?)?.to_owned();
        Some(Self { vendor, name })
    }
}

impl Gateway {
    pub fn new(url: &str) -> Self {
        Self(Caller::new([url.to_owned()].into()))
    }

    /// It misbehaves from now on, by chance from the seed. With `lossy`, some webhooks never come.
    pub fn misbehave(&self, seed: u64, lossy: bool) -> Result<()> {
        let rates = json!({
            "slow:400": 0.05,
            "slow:6000": 0.01,
            "slow_reply:700": 0.03,
            "error_500_before": 0.03,
            "error_500_after": 0.03,
            "cut_before": 0.03,
            "cut_after": 0.03,
            "rate_limit": 0.02,
            "in_use_409": 0.01,
            "webhook_duplicate": 0.10,
            "webhook_late:1500": 0.10,
            "webhook_reorder:2000": 0.10,
            "webhook_stale": 0.02,
            "webhook_lost": if lossy { 0.05 } else { 0.0 },
        });
        self.post("/control/chaos", &json!({ "seed": seed, "rates": rates })).map(drop)
    }

    pub fn behave(&self) -> Result<()> {
        self.post("/control/chaos", &json!({ "seed": 0, "rates": {} })).map(drop)
    }

    /// Tries all outstanding deliveries now; answers how many are left.
    pub fn deliver(&self) -> Result<u64> {
        let left = self.post("/control/webhooks/flush", &json!({}))?;
        left["outstanding"].as_u64().ok_or_else(|| Failure::new(format!("not a number: {left}"), LOG))
    }

    /// What each gateway booked, payment by payment.
    pub fn payments(&self) -> Result<Vec<(Vendor, Vec<Value>)>> {
        let state = expected(&self.ask(&Ask::get(&format!("/control/state?limit={ALL}"))))?;
        let booked = VENDORS.map(|vendor| {
            let payments = state[vendor.name][vendor.list].as_array().cloned();
            let missing = || Failure::new(format!("the sandbox shows no payments of {}", vendor.name), LOG);
            payments.map(|payments| (vendor, payments)).ok_or_else(missing)
        });
        booked.into_iter().collect()
    }

    /// What a customer does on the page: nothing if the page does not take it, else where it leads, if anywhere.
    pub fn visit(&self, page: &Page, outcome: &str) -> Option<Option<String>> {
        let body = json!({ "payment": page.name, "outcome": outcome });
        match self.ask(&Ask::post(&format!("/control/{}/pay", page.vendor.name), &body)) {
            Reply::Answer { status: 200, body } => Some(body["redirect"].as_str().map(str::to_owned)),
            Reply::Answer { .. } | Reply::Silence => None,
        }
    }

    fn post(&self, path: &str, body: &Value) -> Result<Value> {
        expected(&self.ask(&Ask::post(path, body)))
    }

    fn ask(&self, ask: &Ask) -> Reply {
        self.0.ask(ask, &mut Dice::new(0, 0))
    }
}

fn expected(reply: &Reply) -> Result<Value> {
    match reply {
        Reply::Answer { status: 200..=299, body } => Ok(body.clone()),
        Reply::Answer { .. } | Reply::Silence => {
            Err(Failure::new(format!("the sandbox answered {reply:?}"), LOG))
        }
    }
}

const LOG: &str = "see chaos-sandbox.1.log in target/services/logs";
