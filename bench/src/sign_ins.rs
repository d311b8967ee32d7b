//! The sign-in phase: accounts that `cargo xtask bench` registered sign in again and again.

use serde_json::{Value, json};

use crate::Outcome;
use crate::connection::Answer;
use crate::load::{Load, Pace, Traffic};
use crate::market::post;
use crate::plan::Plan;

struct SignIns {
    bodies: Vec<String>,
    times: usize,
}

impl Traffic for SignIns {
    fn request(&self, turn: usize, into: &mut Vec<u8>) -> bool {
        if turn >= self.times {
            return false;
        }
        post(into, "/api/auth/login", format_args!(""), &self.bodies[turn % self.bodies.len()]);
        true
    }

    fn answer(&self, _turn: usize, answer: &Answer<'_>) -> bool {
        answer.status == 200
    }
}

/// As many sign-ins as `--events` says, of as many accounts as there are connections.
pub async fn run(plan: &Plan) -> Outcome<Value> {
    let body = |number| {
        let email = format!("sign-in-{number}@bench.example");
        json!({ "email": email, "password": plan.password }).to_string()
    };
    let sign_ins = SignIns { bodies: (0..plan.connections).map(body).collect(), times: plan.events };
    let load = Load { pace: Pace::Closed, ..plan.load() };
    Ok(load.run(&sign_ins).await?.figures())
}
