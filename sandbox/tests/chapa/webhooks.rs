//! Faults that strike deliveries, and retries. Nothing here sleeps: deliveries are awaited, or
//! hurried when they wait for their time.

use haat_sandbox::{Fault, FaultKind, Rule};

use crate::hook::within;
use crate::shop::open_shop;

const PAID: &str = "charge.success";

#[tokio::test]
async fn a_duplicate_is_the_same_body_twice() {
    let shop = open_shop().await;
    shop.sandbox.faults().add(Rule::on_event(PAID, FaultKind::WebhookDuplicate, 1));
    shop.paid_with("ord-1", "0900123456").await;
    let told = shop.delivered(PAID).await;
    assert_eq!(told.len(), 2);
    assert_eq!(told[0].body, told[1].body);
}

#[tokio::test]
async fn what_is_refused_comes_again() {
    let shop = open_shop().await;
    shop.refuse_webhooks(3);
    shop.paid_with("ord-1", "0900123456").await;
    within(async { while shop.sandbox.deliver_pending_webhooks().await > 0 {} }).await;
    assert_eq!(shop.delivered(PAID).await.len(), 1);
    assert_eq!(shop.sandbox.chapa().events()[0].delivery.attempts, 4);
}

#[tokio::test]
async fn a_lost_event_can_be_sent_again() {
    let shop = open_shop().await;
    shop.sandbox.faults().add(Rule::on_event(PAID, FaultKind::WebhookLost, 1));
    shop.paid_with("ord-1", "0900123456").await;
    assert_eq!(shop.delivered(PAID).await.len(), 0);
    let missed = &shop.sandbox.chapa().events()[0];
    assert_eq!((missed.kind, missed.object.as_str(), missed.delivery.taken), (PAID, "ord-1", 0));
    assert!(shop.sandbox.resend(&missed.id));
    assert!(!shop.sandbox.resend("chapa_none"));
    assert_eq!(shop.delivered(PAID).await.len(), 1);
}

#[tokio::test]
async fn a_reordered_event_arrives_after_a_later_one() {
    let shop = open_shop().await;
    let held = Fault { kind: FaultKind::WebhookReorder, ms: 600_000 };
    shop.sandbox.faults().add(Rule::on_event(PAID, held, 1));
    let payment = shop.paid_with("ord-1", "0900123456").await;
    shop.refund(&payment, &[]).await;
    shop.sandbox.settle_all();
    let told: Vec<_> = shop.deliveries().await.iter().map(|told| told.kind()).collect();
    assert_eq!(told, ["charge.refunded", PAID]);
}

#[tokio::test]
async fn a_late_event_waits_until_it_is_hurried() {
    let shop = open_shop().await;
    let late = Fault { kind: FaultKind::WebhookLate, ms: 600_000 };
    shop.sandbox.faults().add(Rule::on_event(PAID, late, 1));
    shop.paid_with("ord-1", "0900123456").await;
    within(async { while shop.sandbox.deliver_pending_webhooks().await > 0 {} }).await;
    assert_eq!(shop.delivered(PAID).await.len(), 1);
}
