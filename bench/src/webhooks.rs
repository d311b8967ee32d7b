//! Pushed events as Stripe signs them: all different, or all the same. Their kind changes no order, so that only the
//! intake is measured: verified, stored once, and a job for each.

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use shared::kernel::Clock;
use uuid::Uuid;

use crate::Outcome;
use crate::connection::Answer;
use crate::load::Traffic;
use crate::market::post;
use crate::plan::Plan;

/// Stripe's events have two or three kilobytes.
const DESCRIPTION_BYTES: usize = 1500;

struct Events {
    secret: String,
    /// The text around the number of an event.
    body: (String, String),
    /// How many; without end if absent.
    count: Option<usize>,
    /// The event that comes again and again.
    same: Option<Vec<u8>>,
    clock: Clock,
}

impl Traffic for Events {
    fn request(&self, turn: usize, into: &mut Vec<u8>) -> bool {
        if self.count.is_some_and(|count| turn >= count) {
            return false;
        }
        match &self.same {
            Some(request) => into.extend_from_slice(request),
            None => self.write(turn, into),
        }
        true
    }

    fn answer(&self, _: usize, answer: &Answer<'_>) -> bool {
        answer.status == 200
    }
}

impl Events {
    fn write(&self, number: usize, into: &mut Vec<u8>) {
        let (before, after) = &self.body;
        let body = format!("{before}{number}{after}");
        let seconds = self.clock.now().timestamp();
        let mut mac =
            Hmac::<Sha256>::new_from_slice(self.secret.as_bytes()).expect("HMAC takes keys of any length");
        mac.update(format!("{seconds}.{body}").as_bytes());
        let signature = hex::encode(mac.finalize().into_bytes());
        let more = format_args!("stripe-signature: t={seconds},v1={signature}\r\n");
        post(into, "/api/webhooks/stripe", more, &body);
    }
}

/// Events of their own, as many as time allows.
pub async fn intake(plan: &Plan) -> Outcome<Value> {
    Ok(plan.load().run(&events(plan, None)?).await?.figures())
}

/// One event, `--events` times.
pub async fn storm(plan: &Plan) -> Outcome<Value> {
    let mut events = events(plan, Some(plan.events))?;
    let mut request = Vec::new();
    events.write(0, &mut request);
    events.same = Some(request);
    Ok(plan.load().run(&events).await?.figures())
}

fn events(plan: &Plan, count: Option<usize>) -> Outcome<Events> {
    let stripe = plan.settings.gateways.stripe.as_ref().ok_or("Stripe is not switched on")?;
    let secret = stripe.webhook_secrets.first().ok_or("there is no signing secret")?;
    let clock = Clock::system();
    let event = json!({
        "id": format!("evt_{}_NUMBER", Uuid::now_v7().simple()),
        "object": "event",
        "api_version": "2026-10-28.endive",
        "created": clock.now().timestamp(),
        "livemode": false,
        "pending_webhooks": 1,
        "type": "customer.updated",
        "data": { "object": {
            "id": "cus_bench", "object": "customer", "description": "x".repeat(DESCRIPTION_BYTES),
        }},
    });
    let text = event.to_string();
    let (before, after) = text.split_once("NUMBER").ok_or("the event has no number")?;
    let body = (before.to_owned(), after.to_owned());
    Ok(Events { secret: secret.expose().to_owned(), body, count, same: None, clock })
}
