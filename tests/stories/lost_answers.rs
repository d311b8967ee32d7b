//! The gateway answers wrongly, late or not at all: the requested change happens once.

use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use haat_sandbox::stripe::Outcome;
use haat_sandbox::{Fault, FaultKind, Rule};
use haat_tests::{Sale, World};
use haat_worker::Context;
use serde_json::json;
use shared::kernel::{Secret, Settings};

/// Every way in which a call can fail without a clear answer. A call is tried three times at once, so seven of them
/// make the job fail twice.
const FAULTS: [&str; 7] = [
    "cut_before",
    "cut_after",
    "error_500_before",
    "error_500_after",
    "slow:1500",
    "rate_limit",
    "in_use_409",
];

const SESSIONS: &str = "/v1/checkout/sessions";
const REFUNDS: &str = "/v1/refunds";
const MINUTE: Duration = Duration::from_secs(60);

async fn impatient() -> World {
    World::with(&[("HAAT_STRIPE_TIMEOUT_SECONDS", "1")]).await
}

fn fails(world: &World, path: &str, fault: &str, times: u32) {
    let fault: Fault = fault.parse().expect("a fault");
    world.sandbox.faults().add(Rule::on_request("POST", path, fault, times));
}

/// Whether a call has met the fault that was planned by [`fails`].
fn has_failed(world: &World, path: &str, times: u32) -> bool {
    let untouched = |rule: &Rule| rule.on.path.as_deref() == Some(path) && rule.times == times;
    !world.sandbox.faults().report().rules.iter().any(untouched)
}

async fn opened_once(fault: &str, times: u32) {
    let sale = Sale::placed_in(impatient().await, "stripe").await;
    fails(&sale.world, SESSIONS, fault, times);
    sale.world.work_for(10 * MINUTE).await;
    assert!(has_failed(&sale.world, SESSIONS, times), "{fault} has not struck");
    assert_eq!(sale.status().await, "awaiting_payment", "{fault}");
    assert_eq!(sale.world.sandbox.stripe().session_count(), 1, "{fault}");

    sale.pay(Outcome::Pay).await;
    sale.world.work().await;
    assert_eq!(sale.status().await, "paid", "{fault}");
    assert_eq!(sale.world.jobs("dead").await, 0, "{fault}");
    sale.world.books_balance().await;
}

async fn refunded_once(fault: &str, times: u32) {
    let sale = Sale::placed_in(impatient().await, "stripe").await;
    sale.world.work().await;
    sale.pay(Outcome::Pay).await;
    sale.world.work().await;
    sale.world.lose_webhooks(); // we have to find out ourselves
    fails(&sale.world, REFUNDS, fault, times);
    assert_eq!(sale.refund(json!({ "restock": true })).await.status.as_u16(), 202);
    sale.world.work_for(10 * MINUTE).await;

    assert!(has_failed(&sale.world, REFUNDS, times), "{fault} has not struck");
    assert_eq!(sale.refunds().await, ["succeeded"], "{fault}");
    assert_eq!(sale.refunds_at_gateway().len(), 1, "{fault}");
    assert_eq!(sale.world.sandbox.stripe().refunded()["usd"], 3300, "{fault}");
    assert_eq!(sale.status().await, "refunded", "{fault}");
    assert_eq!(sale.stock().await, [(5, 0), (5, 0)], "{fault}");
    assert_eq!(sale.world.jobs("dead").await, 0, "{fault}");
    sale.world.books_balance().await;
}

#[tokio::test]
async fn one_page_whatever_happens_to_the_first_call() {
    join_all(FAULTS.map(|fault| opened_once(fault, 1))).await;
}

#[tokio::test]
async fn one_page_whatever_happens_to_many_calls() {
    join_all(FAULTS.map(|fault| opened_once(fault, 7))).await;
}

#[tokio::test]
async fn one_refund_whatever_happens_to_the_first_call() {
    join_all(FAULTS.map(|fault| refunded_once(fault, 1))).await;
}

#[tokio::test]
async fn one_refund_whatever_happens_to_many_calls() {
    join_all(FAULTS.map(|fault| refunded_once(fault, 7))).await;
}

/// The key keeps repeating the failure, so the gateway's list is read.
#[tokio::test]
async fn a_refund_whose_answer_is_stored_as_a_failure_is_looked_up() {
    refunded_once("error_500_stored", 1).await;
}

#[tokio::test]
async fn a_refund_that_only_a_message_told_of_is_looked_after() {
    let sale = Sale::paid_by(Outcome::PayRefundPends).await;
    fails(&sale.world, REFUNDS, "cut_after", 3);
    let no_list = Rule::on_request("GET", REFUNDS, FaultKind::Error500Before, 3);
    sale.world.sandbox.faults().add(no_list);
    assert_eq!(sale.refund(json!({})).await.status.as_u16(), 202);
    sale.world.work().await;
    assert_eq!(sale.refunds().await, ["pending"]);

    sale.world.lose_webhooks();
    sale.world.sandbox.settle_all();
    sale.world.work_for(10 * MINUTE).await;
    assert_eq!(sale.refunds().await, ["succeeded"]);
    assert_eq!(sale.refunds_at_gateway().len(), 1);
    sale.world.books_balance().await;
}

/// The name of the page can't be found out, so it can't be paid; its own end lets the order expire.
#[tokio::test]
async fn a_page_whose_answer_is_stored_as_a_failure_ends_by_itself() {
    let sale = Sale::placed().await;
    fails(&sale.world, SESSIONS, "error_500_stored", 1);
    sale.world.work_past_the_hold().await;
    assert_eq!(sale.status().await, "awaiting_payment", "nobody knows whether it can be paid");
    assert_eq!(sale.stock().await, [(5, 2), (5, 1)]);

    sale.world.work_for(2 * 60 * MINUTE).await;
    assert_eq!(sale.status().await, "expired");
    assert_eq!(sale.world.sandbox.stripe().session_count(), 1);
    sale.world.books_balance().await;
}

/// Under the same key the gateway refuses a different request, and never reveals the page that was made.
#[tokio::test]
async fn settings_that_change_between_two_tries_lose_a_page_and_nothing_else() {
    let mut sale = Sale::placed().await;
    fails(&sale.world, SESSIONS, "cut_after", 3);
    sale.world.work().await;
    let moved = Settings {
        paid_url: "https://new.example/{order_id}".into(),
        ..(*sale.world.worker.settings).clone()
    };
    sale.world.worker.settings = Arc::new(moved);

    sale.world.work_for(3 * 60 * MINUTE).await;
    assert_eq!(sale.status().await, "expired");
    assert_eq!(sale.stock().await, [(5, 0), (5, 0)]);
    assert_eq!(sale.world.sandbox.stripe().session_count(), 1);
    sale.world.books_balance().await;
}

/// The gateway says how long to wait; waiting only that long would use up all tries within seconds.
#[tokio::test]
async fn a_long_time_of_too_many_requests_is_sat_out() {
    let sale = Sale::placed().await;
    fails(&sale.world, SESSIONS, "rate_limit", 21);
    sale.world.work_for(20 * MINUTE).await;
    assert_eq!(sale.see().await["payment"]["status"], "open");
    assert_eq!(sale.world.jobs("dead").await, 0);
    sale.world.books_balance().await;
}

/// The worker's gateways under another key.
fn use_key(world: &mut World, key: &str) {
    let mut settings = (*world.worker.settings).clone();
    settings.gateways.stripe.as_mut().expect("switched on").secret_key = Secret::new(key);
    world.worker.gateways = Context::start(settings).expect("sound settings").gateways;
}

#[tokio::test]
async fn with_a_wrong_key_the_order_waits_until_it_is_mended() {
    let mut sale = Sale::placed().await;
    use_key(&mut sale.world, "sk_test_wrong");
    sale.world.work_for(6 * 60 * MINUTE).await;
    assert_eq!(sale.status().await, "awaiting_payment");
    assert_eq!(sale.stock().await, [(5, 2), (5, 1)]);

    use_key(&mut sale.world, "sk_test_sandbox");
    sale.world.work_for(2 * 60 * MINUTE).await;
    assert_eq!(sale.status().await, "expired");
    assert_eq!(sale.stock().await, [(5, 0), (5, 0)]);
    sale.world.books_balance().await;
}

#[tokio::test]
async fn with_a_wrong_key_a_refund_waits_until_it_is_mended() {
    let mut sale = Sale::paid().await;
    use_key(&mut sale.world, "sk_test_wrong");
    assert_eq!(sale.refund(json!({})).await.status.as_u16(), 202);
    sale.world.work_for(6 * 60 * MINUTE).await;
    assert_eq!(sale.refunds().await, ["submitted"]);
    assert_eq!(sale.world.jobs("dead").await, 0, "days of patience, not an hour's");
    sale.world.books_balance().await;

    use_key(&mut sale.world, "sk_test_sandbox");
    sale.world.work_for(2 * 60 * MINUTE).await;
    assert_eq!(sale.status().await, "refunded");
    assert_eq!(sale.refunds_at_gateway().len(), 1);
    sale.world.books_balance().await;
}

#[tokio::test]
async fn without_the_answer_the_page_is_not_shown_before_it_is_known() {
    let sale = Sale::placed().await;
    sale.world.sandbox.faults().add(Rule::on_request("POST", SESSIONS, FaultKind::CutAfter, 3));
    sale.world.work().await;
    let seen = sale.see().await;
    assert_eq!(seen["payment"]["status"], "unknown");
    assert_eq!(seen["payment"]["redirect_url"], serde_json::Value::Null);
    assert_eq!(seen["payment"]["failure"], serde_json::Value::Null, "nothing that concerns the customer");
    sale.world.work_for(MINUTE).await;
    assert_eq!(sale.see().await["payment"]["status"], "open");
    sale.world.books_balance().await;
}
