//! A customer who leaves one payment page and pays at another, which was opened at the same gateway or at a second one.
//! Some pay at both, and then one of the two payments must be refunded automatically.

use std::time::Duration;

use serde_json::json;

use super::caller::{Ask, Reply};
use super::gateway::Page;
use super::shopper::Shopper;
use crate::vendors;

/// How long a customer insists on another page.
const INTEREST: Duration = Duration::from_secs(8);

/// Leaves `first` in some way that dice decide, asks for another page, and pays there.
pub fn pay(shopper: &mut Shopper, order: &str, first: &Page) {
    let left = shopper.dice.pick(&[(2, Some("decline")), (1, Some("leave")), (2, None)]);
    if let Some(outcome) = left {
        shopper.pay(first, outcome);
    }
    let other = vendors::taking(shopper.currency).into_iter().find(|other| *other != first.vendor);
    let vendor = other.filter(|_| shopper.dice.percent(70)).unwrap_or(first.vendor);
    let path = format!("/api/payment/{}/{}", vendor.name, vendor.opening);
    let wish = json!({ "order_id": order });
    let reply = shopper.insist(&Ask::post(&path, &wish), INTEREST);
    let stage = shopper.stage;
    let attempt = match &reply {
        Reply::Answer { status: 202, body } => body["data"]["payment_id"].clone(),
        Reply::Answer { status: 409, .. } => return stage.notebook.did("further attempts refused"),
        Reply::Answer { status: 429 | 500.., .. } | Reply::Silence => return,
        Reply::Answer { status, body } => {
            return stage.notebook.surprise(format!("POST {path} answered {status} {body}"));
        }
    };
    stage.notebook.did("further attempts");
    let hoped = shopper
        .watch(order, |seen| seen["payment"]["id"] == attempt && seen["payment"]["redirect_url"].is_string());
    let Some(second) = hoped.as_ref().and_then(Page::of) else { return };
    if shopper.dice.percent(30) {
        // The first page may still be open in another tab.
        shopper.pay(first, "pay");
    }
    shopper.pay(&second, "pay");
}
