//! The phase about sign-ins: what memory the API keeps after many of them.

use std::time::Duration;

use serde_json::{Value, json};

use super::phases::Bench;
use crate::failure::Result;
use crate::up::client::Client;
use crate::workspace;

/// Sign-ins per second of a phase's time: 10,000 in a run of the usual length.
const PER_SECOND: u64 = 1000;
const AT_ONCE: usize = 8;
/// How long they may take: they wait for the hashers, not for the generator.
const LIMIT: Duration = Duration::from_secs(1200);

impl Bench {
    /// Registers some accounts and lets them sign in, eight at once.
    pub fn sign_ins(&mut self) -> Result<Value> {
        let password = workspace::hex(&workspace::random::<16>()?);
        let api = Client::new(&self.stack.api_url);
        for number in 0..AT_ONCE {
            let email = format!("sign-in-{number}@bench.example");
            let account = json!({ "email": email, "password": password, "full_name": "Somebody" });
            api.post("/api/auth/register", &account)?;
        }
        let before = self.memory("haat-api");
        let (times, at_once) = ((self.time.as_secs() * PER_SECOND).to_string(), AT_ONCE.to_string());
        let args = ["sign-ins", "--events", &times, "--connections", &at_once, "--password", &password];
        let mut figures = self.phase_within(&format!("{times} sign-ins, {at_once} at once"), &args, LIMIT)?;
        figures["api_mb_before"] = json!(before);
        figures["api_mb_after"] = json!(self.memory("haat-api"));
        Ok(figures)
    }
}
