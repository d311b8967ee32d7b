//! What gateways push: believed only when signed, stored once, harmless in any order.

use futures::future::join_all;
use haat_sandbox::stripe::Outcome;
use haat_sandbox::{Fault, FaultKind, Rule};
use haat_tests::{STRIPE_SECRET, Sale, World, event, eventually, signature};
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

const COMPLETED: &str = "checkout.session.completed";

/// Paid at the gateway, whose own messages are lost; the story delivers the message.
async fn paid_untold() -> (Sale, Value) {
    let sale = Sale::awaiting().await;
    let page = sale.page().await;
    sale.world.lose_webhooks();
    sale.pay(Outcome::Pay).await;
    let told = event(COMPLETED, &sale.world.session(&page));
    (sale, told)
}

/// The gateway carries out the next request at once, and answers much later.
fn answers_late(world: &World, path: &str) {
    let slow: Fault = "slow_reply:2000".parse().expect("a fault");
    world.sandbox.faults().add(Rule::on_request("POST", path, slow, 1));
}

#[tokio::test]
async fn the_same_event_ten_times_pays_once() {
    let (sale, told) = paid_untold().await;
    join_all((0..10).map(|_| sale.world.push(&told))).await;
    sale.world.work().await;
    sale.world.push(&told).await;
    sale.world.work().await;

    assert_eq!(sale.world.count("select count(*) from webhook_events").await, 1);
    assert_eq!(sale.steps().await, ["pending", "awaiting_payment", "paid"]);
    sale.world.books_balance().await;
}

#[tokio::test]
async fn the_same_news_under_other_ids_pays_once() {
    let (sale, told) = paid_untold().await;
    for _ in 0..3 {
        sale.world.push(&event(COMPLETED, &told["data"]["object"])).await;
    }
    sale.world.work().await;
    assert_eq!(sale.world.count("select count(*) from webhook_events where status = 'applied'").await, 3);
    assert_eq!(sale.world.count("select count(*) from ledger_transactions").await, 1);
    sale.world.books_balance().await;
}

#[tokio::test]
async fn older_news_after_newer_changes_nothing() {
    let (sale, told) = paid_untold().await;
    let done = told["data"]["object"].clone();
    sale.world.push(&told).await;
    sale.world.work().await;
    let before = sale.see().await;

    let mut unpaid = done.clone();
    unpaid["payment_status"] = json!("unpaid");
    let mut gone = done.clone();
    (gone["status"], gone["payment_status"]) = (json!("expired"), json!("unpaid"));
    for (kind, object) in [
        (COMPLETED, &unpaid),
        ("checkout.session.async_payment_failed", &unpaid),
        ("checkout.session.expired", &gone),
    ] {
        sale.world.push(&event(kind, object)).await;
        sale.world.work().await;
        assert_eq!(sale.see().await, before, "{kind}");
    }
    sale.world.books_balance().await;
}

#[tokio::test]
async fn reordered_and_doubled_by_the_gateway() {
    let sale = Sale::awaiting().await;
    for kind in ["payment_intent.succeeded", COMPLETED, "charge.succeeded"] {
        sale.world.sandbox.faults().add(Rule::on_event(kind, FaultKind::WebhookReorder, 1));
    }
    sale.world.sandbox.faults().add(Rule::on_event("payment_intent.created", FaultKind::WebhookDuplicate, 1));
    sale.pay(Outcome::Pay).await;
    sale.world.work().await;
    assert_eq!(sale.world.sandbox.faults().report().struck, 4);
    assert_eq!(sale.steps().await, ["pending", "awaiting_payment", "paid"]);
    sale.world.books_balance().await;
}

#[tokio::test]
async fn a_late_message_is_in_time() {
    let sale = Sale::awaiting().await;
    for kind in ["payment_intent.succeeded", COMPLETED] {
        let late: Fault = "webhook_late:600000".parse().expect("a fault");
        sale.world.sandbox.faults().add(Rule::on_event(kind, late, 1));
    }
    sale.pay(Outcome::Pay).await;
    sale.world.drain().await;
    assert_eq!(sale.status().await, "awaiting_payment");
    sale.world.sandbox.deliver_pending_webhooks().await;
    sale.world.work().await;
    assert_eq!(sale.status().await, "paid");
    sale.world.books_balance().await;
}

#[tokio::test]
async fn a_stale_signature_is_refused_and_a_fresh_one_taken() {
    let sale = Sale::awaiting().await;
    sale.world.sandbox.faults().add(Rule::on_event(COMPLETED, FaultKind::WebhookStale, 1));
    sale.pay(Outcome::Pay).await;
    sale.world.work().await;
    assert_eq!(sale.status().await, "paid");
    let events = sale.world.sandbox.stripe().events();
    let told = events.iter().find(|event| event.kind == COMPLETED).expect("told");
    assert_eq!((told.delivery.attempts, told.delivery.taken), (2, 1));
    sale.world.books_balance().await;
}

#[tokio::test]
async fn a_lost_message_is_found_by_asking() {
    let (sale, _) = paid_untold().await;
    sale.world.work().await;
    assert_eq!(sale.status().await, "awaiting_payment");
    sale.world.work_for(std::time::Duration::from_secs(150)).await;
    assert_eq!(sale.status().await, "paid");
    sale.world.books_balance().await;
}

#[tokio::test]
async fn the_message_overtakes_the_answer_to_our_own_call() {
    let sale = Sale::placed().await;
    answers_late(&sale.world, "/v1/checkout/sessions");
    let customer = async || {
        eventually("the page is open", async || sale.world.sandbox.stripe().session_count() == 1).await;
        let page = sale.world.sandbox.stripe().sessions(1)[0].id.clone();
        sale.world.sandbox.pay(&page, Outcome::Pay).expect("it is open");
        sale.world.sandbox.webhooks_idle().await;
        sale.world.drain().await;
        assert_eq!(sale.status().await, "paid");
    };
    sale.world.drain_overtaken_by(customer).await;
    sale.world.work().await;
    assert_eq!(sale.steps().await, ["pending", "awaiting_payment", "paid"]);
    assert_eq!(sale.see().await["payment"]["status"], "captured");
    sale.world.books_balance().await;
}

#[tokio::test]
async fn the_message_of_a_refund_overtakes_the_answer() {
    let sale = Sale::paid().await;
    answers_late(&sale.world, "/v1/refunds");
    assert_eq!(sale.refund(json!({ "restock": true })).await.status.as_u16(), 202);
    let gateway = async || {
        eventually("the money goes back", async || !sale.refunds_at_gateway().is_empty()).await;
        sale.world.sandbox.webhooks_idle().await;
        sale.world.drain().await;
        assert_eq!(sale.status().await, "refunded");
    };
    sale.world.drain_overtaken_by(gateway).await;
    sale.world.work().await;
    assert_eq!(sale.refunds().await, ["succeeded"]);
    assert_eq!(sale.stock().await, [(5, 0), (5, 0)]);
    sale.world.books_balance().await;
}

#[tokio::test]
async fn whoever_cannot_sign_is_refused_and_leaves_no_trace() {
    let (sale, told) = paid_untold().await;
    let (world, body) = (&sale.world, told.to_string());
    let now = world.clock.now().timestamp();
    let sign = |at: i64| signature(&[STRIPE_SECRET], at, body.as_bytes());
    let other_body = signature(&[STRIPE_SECRET], now, b"{}");
    let refused: [(Option<String>, &str); 10] = [
        (None, "webhook_signature_missing"),
        (Some(String::new()), "webhook_signature_invalid"),
        (Some("t=,v1=".into()), "webhook_signature_invalid"),
        (Some(format!("t={now},v0=aa")), "webhook_signature_invalid"),
        (Some(format!("t={now},v1={}", "0".repeat(64))), "webhook_signature_invalid"),
        (Some(signature(&["whsec_somebody_else"], now, body.as_bytes())), "webhook_signature_invalid"),
        (Some(other_body), "webhook_signature_invalid"),
        (Some(sign(now).replace(&now.to_string(), &(now + 1).to_string())), "webhook_signature_invalid"),
        (Some(sign(now - 301)), "webhook_too_old"),
        (Some(sign(now + 301)), "webhook_in_future"),
    ];
    for (header, code) in refused {
        let answer = world.push_raw(header.as_deref(), body.clone()).await;
        assert_eq!(answer.refusal(), (400, code), "{header:?}");
    }
    world.nothing_was_taken_in().await;
    world.work().await;
    assert_eq!(sale.status().await, "awaiting_payment");
    world.books_balance().await;
}

#[tokio::test]
async fn broken_bodies_are_refused_and_leave_no_trace() {
    let (sale, told) = paid_untold().await;
    let (world, body) = (&sale.world, told.to_string());
    let now = world.clock.now().timestamp();
    let genuine = signature(&[STRIPE_SECRET], now, body.as_bytes());
    let half = world.push_raw(Some(&genuine), &body.as_bytes()[..body.len() / 2]).await;
    assert_eq!(half.refusal(), (400, "webhook_signature_invalid"));

    for bytes in [&b"\xff\xfe{}"[..], b"{\"id\":\"evt_\xc3\x28\"}"] {
        let header = signature(&[STRIPE_SECRET], now, bytes);
        assert_eq!(world.push_raw(Some(&header), bytes).await.refusal(), (400, "webhook_not_text"));
    }
    let large = vec![b' '; 1024 * 1024 + 1];
    let header = signature(&[STRIPE_SECRET], now, &large);
    assert_eq!(world.push_raw(Some(&header), large).await.refusal().0, 413);
    world.nothing_was_taken_in().await;

    let path = "/api/webhooks/nobody";
    assert_eq!(sale.customer.send(Method::POST, path, &[], Some(told)).await.refusal().0, 404);
    world.books_balance().await;
}

#[tokio::test]
async fn while_a_secret_is_rolled_both_are_good() {
    let secrets = format!("whsec_the_new_one_0123456789,{STRIPE_SECRET}");
    let world = World::with(&[("HAAT_STRIPE_WEBHOOK_SECRETS", &secrets)]).await;
    let now = world.clock.now().timestamp();
    let pairs: [(&[&str], u16); 4] = [
        (&["whsec_the_new_one_0123456789"], 200),
        (&[STRIPE_SECRET], 200),
        (&["whsec_unknown", STRIPE_SECRET], 200),
        (&["whsec_unknown", "whsec_older"], 400),
    ];
    for (secrets, status) in pairs {
        let body = event("customer.created", &json!({ "object": "customer" })).to_string();
        let header = signature(secrets, now, body.as_bytes());
        assert_eq!(world.push_raw(Some(&header), body).await.status.as_u16(), status, "{secrets:?}");
    }
    world.work().await;
    assert_eq!(world.count("select count(*) from webhook_events where status = 'ignored'").await, 3);
    world.books_balance().await;
}

#[tokio::test]
async fn a_payment_of_nobody_is_shown_to_operators() {
    let (sale, told) = paid_untold().await;
    let mut foreign = told["data"]["object"].clone();
    let stranger = Uuid::now_v7();
    foreign["id"] = json!("cs_test_foreign");
    foreign["client_reference_id"] = json!(stranger);
    foreign["metadata"] = json!({ "order_id": Uuid::now_v7(), "attempt_id": stranger });
    sale.world.push(&event(COMPLETED, &foreign)).await;
    let refund = json!({
        "id": "re_foreign", "object": "refund", "amount": 100, "currency": "usd", "status": "succeeded",
        "metadata": { "refund_id": Uuid::now_v7() },
    });
    sale.world.push(&event("refund.created", &refund)).await;
    sale.world.work().await;

    assert_eq!(sale.world.incidents().await, ["unknown_payment", "unknown_payment"]);
    assert_eq!(sale.world.count("select count(*) from webhook_events where status = 'unmatched'").await, 2);
    assert_eq!(sale.status().await, "awaiting_payment");
    sale.world.books_balance().await;
}

#[tokio::test]
async fn references_that_contradict_each_other_move_nothing() {
    let (sale, told) = paid_untold().await;
    let honest = told["data"]["object"].clone();
    let other = sale.customer.order("stripe", &[(sale.mug.variant, 1)]).await;
    sale.world.drain().await;
    let other_attempt = sale.customer.see(other).await["payment"]["id"].clone();

    let changes: [(&str, Value); 3] =
        [("order_id", json!(other)), ("attempt_id", other_attempt), ("attempt_id", json!(Uuid::now_v7()))];
    for (field, value) in changes {
        let mut lie = honest.clone();
        lie["metadata"][field] = value;
        sale.world.push(&event(COMPLETED, &lie)).await;
    }
    sale.world.drain().await;
    assert_eq!(sale.status().await, "awaiting_payment");
    assert_eq!(sale.customer.status(other).await, "awaiting_payment");
    assert_eq!(sale.world.incidents().await, ["unknown_payment"], "all speak of the same money");

    sale.world.push(&told).await;
    sale.world.drain().await;
    assert_eq!(sale.status().await, "paid");
    sale.world.books_balance().await;
}
