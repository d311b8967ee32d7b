//! Answers that a test or a script has ordered for coming calls, in any of bKash's four envelopes:
//! before the call does anything, or after it has, so that only the answer is lost.

use serde::Deserialize;

use super::refusal::{Envelope, Refusal, scripted};
use super::routes::Call;

/// Orders waiting at once; the oldest gives way.
const MOST: usize = 1_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum When {
    /// Nothing has happened.
    #[default]
    Before,
    /// It has happened.
    After,
}

/// One order, as `{"call": "execute", "when": "after", "envelope": "gateway", "code": "504"}`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Order {
    pub call: Call,
    #[serde(default)]
    pub when: When,
    pub envelope: Envelope,
    /// A code of bKash's, or the HTTP status of the gateway.
    pub code: String,
    #[serde(default = "once")]
    pub times: u32,
}

fn once() -> u32 {
    1
}

#[derive(Debug, Default)]
pub struct Script(Vec<(Order, Refusal)>);

impl Script {
    /// # Errors
    /// When there is no such answer.
    pub fn add(&mut self, order: Order) -> Result<(), String> {
        if order.times == 0 {
            return Err("times must be at least 1".into());
        }
        let refusal = scripted(order.envelope, &order.code)?;
        if self.0.len() == MOST {
            self.0.remove(0);
        }
        self.0.push((order, refusal));
        Ok(())
    }

    pub fn clear(&mut self) {
        self.0.clear();
    }

    pub fn take(&mut self, call: Call, when: When) -> Option<Refusal> {
        let at = self.0.iter().position(|(order, _)| order.call == call && order.when == when)?;
        let (order, refusal) = &mut self.0[at];
        order.times -= 1;
        let (spent, refusal) = (order.times == 0, refusal.clone());
        if spent {
            self.0.remove(at);
        }
        Some(refusal)
    }
}
