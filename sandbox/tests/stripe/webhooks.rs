//! Faults that strike deliveries, and retries. Nothing here sleeps: deliveries are awaited,
//! or hurried when they wait for their time.

use haat_sandbox::{Fault, FaultKind, Rule};

use crate::hook::within;
use crate::shop::{SECRET, open_shop};

const COMPLETED: &str = "checkout.session.completed";

#[tokio::test]
async fn a_duplicate_is_the_same_event_twice() {
    let shop = open_shop().await;
    shop.sandbox.faults().add(Rule::on_event(COMPLETED, FaultKind::WebhookDuplicate, 1));
    shop.paid_with("4242424242424242").await;
    let told = shop.delivered(COMPLETED).await;
    assert_eq!(told.len(), 2);
    assert_eq!(told[0].body, told[1].body);
}

#[tokio::test]
async fn what_is_refused_comes_again() {
    let shop = open_shop().await;
    let payment = shop.paid_with("4242424242424242").await;
    shop.deliveries().await;
    shop.refuse_webhooks(4);
    shop.refund(&payment, "10").await;
    within(async { while shop.sandbox.deliver_pending_webhooks().await > 0 {} }).await;
    assert_eq!(shop.delivered("refund.created").await.len(), 1);
    let events = shop.sandbox.stripe().events();
    let tried: u32 = events.iter().rev().take(2).map(|event| event.delivery.attempts).sum();
    assert_eq!(tried, 6);
    assert!(events.iter().all(|event| event.delivery.taken == 1));
}

#[tokio::test]
async fn a_lost_event_stays_in_the_list_and_can_be_sent_again() {
    let shop = open_shop().await;
    shop.sandbox.faults().add(Rule::on_event(COMPLETED, FaultKind::WebhookLost, 1));
    shop.paid_with("4242424242424242").await;
    assert_eq!(shop.delivered(COMPLETED).await.len(), 0);
    let missed = shop.read("/v1/events?delivery_success=false").await;
    assert_eq!(missed["data"].as_array().unwrap().len(), 1);
    assert_eq!(missed["data"][0]["type"], COMPLETED);
    assert!(shop.sandbox.resend(missed["data"][0]["id"].as_str().unwrap()));
    assert_eq!(shop.delivered(COMPLETED).await.len(), 1);
}

#[tokio::test]
async fn a_reordered_event_arrives_after_a_later_one() {
    let shop = open_shop().await;
    let held = Fault { kind: FaultKind::WebhookReorder, ms: 600_000 };
    shop.sandbox.faults().add(Rule::on_event("charge.succeeded", held, 1));
    shop.paid_with("4242424242424242").await;
    let told: Vec<_> = shop.deliveries().await.iter().map(|told| told.kind()).collect();
    let place = |kind: &str| told.iter().position(|told| told == kind).unwrap();
    assert!(place("charge.succeeded") > place("payment_intent.succeeded").min(place(COMPLETED)));
}

#[tokio::test]
async fn a_late_event_waits_until_it_is_hurried() {
    let shop = open_shop().await;
    let late = Fault { kind: FaultKind::WebhookLate, ms: 600_000 };
    shop.sandbox.faults().add(Rule::on_event(COMPLETED, late, 1));
    shop.paid_with("4242424242424242").await;
    within(async { while shop.sandbox.deliver_pending_webhooks().await > 0 {} }).await;
    assert_eq!(shop.delivered(COMPLETED).await.len(), 1);
}

#[tokio::test]
async fn a_stale_signature_has_an_old_time() {
    let shop = open_shop().await;
    shop.sandbox.faults().add(Rule::on_event(COMPLETED, FaultKind::WebhookStale, 1));
    shop.paid_with("4242424242424242").await;
    let at = shop.delivered(COMPLETED).await[0].verified_by(SECRET).unwrap();
    assert!(shop.sandbox.now() - at >= 600);
}
