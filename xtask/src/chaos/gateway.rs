//! The gateway sandbox from its control side: its faults, its books, and customers at its payment pages.

use serde_json::{Value, json};

use super::caller::{Ask, Caller, Reply};
use super::dice::Dice;
use crate::failure::{Failure, Result};

/// Payments and events that are kept and shown at the most: all of a run.
pub const ALL: usize = 1_000_000;

#[derive(Clone, Debug)]
pub struct Gateway(Caller);

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

    /// What it booked, by payment.
    pub fn payments(&self) -> Result<Vec<Value>> {
        let state = expected(&self.ask(&Ask::get(&format!("/control/state?limit={ALL}"))))?;
        let payments = state["stripe"]["payment_intents"].as_array();
        payments.cloned().ok_or_else(|| Failure::new("the sandbox shows no payments", LOG))
    }

    /// What a customer does on the page; whether the page took it.
    pub fn visit(&self, session: &str, outcome: &str) -> bool {
        let body = json!({ "session": session, "outcome": outcome });
        self.ask(&Ask::post("/control/stripe/pay", &body)).is(200)
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
