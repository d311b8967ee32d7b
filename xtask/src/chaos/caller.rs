//! HTTP as a careful client uses it: an answer or silence, never a failure. Requests that are safe to repeat are
//! repeated, at the other API too, until an answer comes or patience ends.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use ureq::Agent;
use ureq::http::Request;

use super::dice::Dice;
use crate::up::client::agent;

const LIMIT: Duration = Duration::from_secs(10);
/// The books of an hour's run are far above the client's own limit of 10 MB.
const LONGEST_ANSWER: u64 = 1 << 30;

/// The result of a request. Without an answer it is `Silence`: it is unknown whether it was carried out.
#[derive(Debug)]
pub enum Reply {
    Answer { status: u16, body: Value },
    Silence,
}

impl Reply {
    /// Whether the same request may succeed later.
    fn asks_for_patience(&self) -> bool {
        match self {
            Self::Silence => true,
            Self::Answer { status, body } => {
                *status >= 500 || *status == 429 || body["code"] == "idempotency_key_in_progress"
            }
        }
    }

    pub fn is(&self, wanted: u16) -> bool {
        matches!(self, Self::Answer { status, .. } if *status == wanted)
    }

    /// `data` of a success.
    pub fn data(&self) -> Option<&Value> {
        match self {
            Self::Answer { status, body } if (200..300).contains(status) => Some(&body["data"]),
            Self::Answer { .. } | Self::Silence => None,
        }
    }
}

/// A caller of the APIs. Cheap to clone; clones share connections.
#[derive(Clone, Debug)]
pub struct Caller {
    agent: Agent,
    bases: Arc<[String]>,
    token: Option<String>,
}

pub struct Ask<'a> {
    pub method: &'static str,
    pub path: &'a str,
    pub body: Option<&'a Value>,
    pub key: Option<&'a str>,
}

impl<'a> Ask<'a> {
    pub fn get(path: &'a str) -> Self {
        Self { method: "GET", path, body: None, key: None }
    }

    pub fn delete(path: &'a str) -> Self {
        Self { method: "DELETE", path, body: None, key: None }
    }

    pub fn post(path: &'a str, body: &'a Value) -> Self {
        Self { method: "POST", path, body: Some(body), key: None }
    }
}

impl Caller {
    pub fn new(bases: Arc<[String]>) -> Self {
        Self { agent: agent(LIMIT), bases, token: None }
    }

    pub fn with_token(&self, token: &str) -> Self {
        Self { token: Some(token.to_owned()), ..self.clone() }
    }

    /// Once, at one of the APIs.
    pub fn ask(&self, ask: &Ask, dice: &mut Dice) -> Reply {
        let base = &self.bases[dice.index(self.bases.len())];
        self.send(base, ask).unwrap_or(Reply::Silence)
    }

    /// Until an answer comes that repeating would not change, or patience has ended.
    pub fn insist(&self, ask: &Ask, dice: &mut Dice, has_ended: impl Fn() -> bool) -> Reply {
        loop {
            let reply = self.ask(ask, dice);
            if !reply.asks_for_patience() || has_ended() {
                return reply;
            }
            std::thread::sleep(dice.pause(50, 400));
        }
    }

    fn send(&self, base: &str, ask: &Ask) -> Result<Reply, ureq::Error> {
        let mut request = Request::builder().method(ask.method).uri(format!("{base}{}", ask.path));
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        if let Some(key) = ask.key {
            request = request.header("idempotency-key", format!("\"{key}\""));
        }
        let mut response = match ask.body {
            Some(body) => {
                let request = request.header("content-type", "application/json");
                self.agent.run(request.body(body.to_string())?)?
            }
            None => self.agent.run(request.body(())?)?,
        };
        let status = response.status().as_u16();
        let text = response.body_mut().with_config().limit(LONGEST_ANSWER).read_to_string()?;
        Ok(Reply::Answer { status, body: serde_json::from_str(&text).unwrap_or(Value::Null) })
    }
}
