//! Faults that strike deliveries, and retries. Nothing here sleeps: deliveries are awaited, or hurried
//! when they wait for their time.

use haat_sandbox::{Fault, FaultKind, Rule};
use serde_json::json;

use crate::hook::within;
use crate::shop::{KEY, PAYS, open_shop};

#[tokio::test]
async fn a_duplicate_is_the_same_body_twice() {
    let shop = open_shop().await;
    shop.sandbox.faults().add(Rule::on_event("charge.success", FaultKind::WebhookDuplicate, 1));
    shop.paid_with("ord-1", PAYS).await;
    let told = shop.delivered("charge.success").await;
    assert_eq!(told.len(), 2);
    assert_eq!((&told[0].body, told[0].signature()), (&told[1].body, told[1].signature()));
}

#[tokio::test]
async fn what_is_refused_comes_again() {
    let shop = open_shop().await;
    shop.refuse_webhooks(3);
    shop.paid_with("ord-1", PAYS).await;
    within(async { while shop.sandbox.deliver_pending_webhooks().await > 0 {} }).await;
    assert_eq!(shop.delivered("charge.success").await.len(), 1);
    assert_eq!(shop.sandbox.paystack().events()[0].delivery.attempts, 4);
}

#[tokio::test]
async fn a_lost_event_is_only_in_the_books() {
    let shop = open_shop().await;
    shop.sandbox.faults().add(Rule::on_event("charge.success", FaultKind::WebhookLost, 1));
    assert_eq!(shop.paid_with("ord-1", PAYS).await["status"], "success");
    assert_eq!(shop.deliveries().await.len(), 0);
    let event = shop.sandbox.paystack().events()[0].id.clone();
    assert!(shop.sandbox.resend(&event));
    assert_eq!(shop.deliveries().await.len(), 1);
}

#[tokio::test]
async fn a_reordered_event_arrives_after_a_later_one() {
    let shop = open_shop().await;
    shop.paid_with("ord-1", PAYS).await;
    let held = Fault { kind: FaultKind::WebhookReorder, ms: 600_000 };
    shop.sandbox.faults().add(Rule::on_event("refund.pending", held, 1));
    shop.call("/refund", &json!({"transaction": "ord-1"})).await;
    shop.sandbox.settle_all();
    let told: Vec<_> = shop.deliveries().await.iter().map(|told| told.kind()).collect();
    let place = |kind: &str| told.iter().position(|told| told == kind).unwrap();
    assert!(place("refund.pending") > place("refund.processing").min(place("refund.processed")), "{told:?}");
}

#[tokio::test]
async fn a_signature_has_no_time_to_be_stale() {
    let shop = open_shop().await;
    shop.sandbox.faults().add(Rule::on_event("charge.success", FaultKind::WebhookStale, 1));
    shop.paid_with("ord-1", PAYS).await;
    assert!(shop.delivered("charge.success").await[0].is_signed_with(KEY));
}
