//! Genuine messages that are not ours, or that this version can't read: each is answered 200 and stored. If it may be
//! ours, the gateway is asked or an incident is opened once; messages of another system are counted.

use haat_sandbox::stripe::Outcome;
use haat_tests::{
    CHAPA_SECRET, Fate, PAYSTACK_KEY, Purchase, STRIPE_SECRET, Sale, Till, World, event, signature, tag,
};
use hmac::Hmac;
use serde_json::{Value, json};
use sha2::{Sha256, Sha512};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use uuid::Uuid;

/// Status and note of what came in, oldest first.
async fn inbox(world: &World) -> Vec<String> {
    sqlx::query_scalar("select status from webhook_events order by id")
        .fetch_all(&world.pool)
        .await
        .expect("the inbox")
}

/// Delivers a text that Stripe has signed.
async fn push_text(world: &World, text: &str) {
    let header = signature(&[STRIPE_SECRET], world.clock.now().timestamp(), text.as_bytes());
    let answer = world.push_raw(Some(&header), text).await;
    assert_eq!(answer.status.as_u16(), 200, "{text}: {}", answer.body);
}

async fn push_to(world: &World, till: Till, says: &Value) {
    let body = says.to_string();
    let (name, tag) = match till {
        Till::Paystack => {
            let tag = tag::<Hmac<Sha512>>(PAYSTACK_KEY.as_bytes(), body.as_bytes());
            ("x-paystack-signature", hex::encode(tag))
        }
        Till::Chapa => {
            let tag = tag::<Hmac<Sha256>>(CHAPA_SECRET.as_bytes(), body.as_bytes());
            ("x-chapa-signature", hex::encode(tag))
        }
        Till::Bkash => unreachable!("bKash's messages are signed by Amazon"),
    };
    let answer = world.deliver(till.name(), &[(name, &tag)], body).await;
    assert_eq!(answer.status.as_u16(), 200, "{says}: {}", answer.body);
}

#[tokio::test]
async fn what_stripe_sends_about_other_systems_is_counted_and_raised_to_nobody() {
    let world = World::open().await;
    let payment = |n: usize| {
        json!({ "id": format!("pi_other_{n}"), "object": "payment_intent", "status": "succeeded", "amount": 4_200,
            "amount_received": 4_200, "currency": "usd", "metadata": { "order_id": format!("{n}") } })
    };
    for n in 0..5 {
        world.push(&event("payment_intent.succeeded", &payment(n))).await;
    }
    let subscription = json!({ "id": "cs_test_sub", "object": "checkout.session", "mode": "subscription",
        "status": "complete", "payment_status": "paid", "amount_total": 900, "currency": "usd",
        "client_reference_id": "member-12", "payment_intent": null, "metadata": {} });
    world.push(&event("checkout.session.completed", &subscription)).await;
    let crowns = json!({ "id": "cs_test_isk", "object": "checkout.session", "amount_total": 77, "currency": "isk",
        "status": "complete", "payment_status": "paid", "metadata": {} });
    world.push(&event("checkout.session.completed", &crowns)).await;
    let refund = json!({ "id": "re_other", "object": "refund", "amount": 100, "currency": "usd",
        "status": "succeeded", "payment_intent": "pi_other_1", "metadata": {} });
    world.push(&event("refund.created", &refund)).await;
    world.work().await;

    assert_eq!(inbox(&world).await, ["foreign"; 8]);
    assert!(world.incidents().await.is_empty());
    assert_eq!(world.count("select count(*) from foreign_movements where kind = 'payment'").await, 6);
    assert_eq!(world.count("select count(*) from foreign_movements where kind = 'refund'").await, 1);
    // The same money by another message, a day later.
    world.push(&event("payment_intent.succeeded", &payment(1))).await;
    world.work().await;
    assert_eq!(world.count("select count(*) from foreign_movements").await, 7);
    world.books_balance().await;
}

#[tokio::test]
async fn events_of_another_style_and_texts_of_any_kind_are_taken_and_kept() {
    let world = World::open().await;
    let thin = json!({ "id": "evt_test_thin", "object": "v2.core.event", "livemode": false, "context": null,
        "type": "v1.billing.meter.no_meter_found", "created": "2026-10-01T06:20:52.246Z",
        "related_object": { "id": "mtr_1", "type": "billing.meter", "url": "/v1/billing/meters/mtr_1" } });
    push_text(&world, &thin.to_string()).await;
    world.work().await;
    assert_eq!(inbox(&world).await, ["ignored"]);
    assert!(world.incidents().await.is_empty());

    let long = json!({ "id": "e".repeat(300), "type": "customer.created", "data": { "object": {} } });
    let zero = json!({ "id": "evt\0", "type": "customer.created", "data": { "object": {} } });
    let texts = ["{\"id\": 7}".to_owned(), "[]".to_owned(), "no JSON".to_owned(), String::new()];
    for text in texts.iter().chain([&long.to_string(), &zero.to_string()]) {
        push_text(&world, text).await;
        push_text(&world, text).await;
    }
    world.work().await;
    let kept = inbox(&world).await;
    assert_eq!(kept.iter().filter(|status| *status == "unreadable").count(), 4, "{kept:?}");
    assert_eq!(kept.len(), 7, "each text once");
    assert_eq!(world.incidents().await, ["unreadable_event"], "told once, however many come");
    world.books_balance().await;
}

#[tokio::test]
async fn a_message_about_our_payment_that_can_not_be_read_makes_us_ask() {
    let sale = Sale::awaiting().await;
    let page = sale.page().await;
    sale.world.lose_webhooks();
    sale.pay(Outcome::Pay).await;
    let mut told = sale.world.session(&page);
    told["amount_total"] = json!("33.00");
    sale.world.push(&event("checkout.session.completed", &told)).await;
    sale.world.work().await;
    assert_eq!((sale.status().await.as_str(), inbox(&sale.world).await), ("paid", vec!["unreadable".into()]));
    assert!(sale.world.incidents().await.is_empty());
    sale.world.books_balance().await;

    let sale = Sale::awaiting().await;
    let page = sale.page().await;
    sale.world.lose_webhooks();
    sale.pay(Outcome::Pay).await;
    let thin = json!({ "id": "evt_test_thin", "object": "v2.core.event", "created": "2026-10-01T06:20:52.246Z",
        "type": "v1.checkout.session.completed", "related_object": { "id": page, "type": "checkout.session" } });
    push_text(&sale.world, &thin.to_string()).await;
    sale.world.work().await;
    assert_eq!(sale.status().await, "paid");
    sale.world.books_balance().await;

    for till in [Till::Paystack, Till::Chapa] {
        let purchase = Purchase::awaiting(till).await;
        let page = purchase.page().await;
        purchase.world.lose_webhooks();
        purchase.pay(Fate::Pays).await;
        let told = match till {
            Till::Paystack => {
                json!({ "event": "charge.success", "data": { "id": 77, "reference": page, "status": "success",
                    "amount": 50_000, "currency": "EGP" } })
            }
            Till::Chapa => json!({ "trx_ref": page, "ref_id": "APunread01", "status": "success" }),
            Till::Bkash => unreachable!("bKash's messages are signed by Amazon"),
        };
        push_to(&purchase.world, till, &told).await;
        purchase.world.work().await;
        assert_eq!(purchase.status().await, "paid", "{till:?}");
        assert!(purchase.world.incidents().await.is_empty(), "{till:?}");
        purchase.world.books_balance().await;
    }
}

/// By Paystack's number of the payment, as it does when a refund has no reference yet.
#[tokio::test]
async fn a_refund_that_names_its_payment_by_number_makes_us_ask() {
    let purchase = Purchase::paid_by(Till::Paystack, Fate::RefundWaits).await;
    purchase.world.lose_webhooks();
    purchase.refunded(json!({ "restock": true })).await;
    purchase.world.skip("poll_refund").await;
    purchase.world.sandbox.settle_all();
    let sql = "select charge_reference from payments";
    let number: String = sqlx::query_scalar(sql).fetch_one(&purchase.world.pool).await.expect("a number");
    let about = |number: &str| {
        json!({ "event": "refund.processed", "data": { "status": "processed", "transaction": number,
            "refund_reference": null, "amount": "50000", "currency": "NGN" } })
    };
    push_to(&purchase.world, Till::Paystack, &about("3100000077")).await;
    push_to(&purchase.world, Till::Paystack, &about(&number)).await;
    purchase.world.work().await;
    let kept = inbox(&purchase.world).await;
    assert!(kept.ends_with(&["foreign".to_owned(), "applied".to_owned()]), "{kept:?}");
    assert_eq!(purchase.refunds().await, ["succeeded"]);
    assert!(purchase.world.incidents().await.is_empty());
    purchase.world.books_balance().await;
}

#[tokio::test]
async fn a_dispute_in_a_currency_that_we_do_not_know_is_shown_with_its_amount_as_it_came() {
    let world = World::open().await;
    let dispute = json!({ "id": "dp_other", "object": "dispute", "amount": 700_000, "currency": "isk",
        "charge": "ch_other", "payment_intent": "pi_other", "reason": "fraudulent", "status": "needs_response",
        "evidence_details": { "due_by": 1_791_000_000 }, "metadata": {} });
    world.push(&event("charge.dispute.created", &dispute)).await;
    let theirs = json!({ "event": "charge.dispute.create", "data": { "id": 55, "refund_amount": 900,
        "currency": "RWF", "status": "awaiting-merchant-feedback", "transaction": { "id": 9, "reference": "x" } } });
    push_to(&world, Till::Paystack, &theirs).await;
    world.work().await;
    let listed = world.admin().await.get("/api/admin/incidents").await.data()["results"].clone();
    let seen: Vec<_> = listed
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| (one["gateway"].as_str(), one["reference"].as_str(), one["detail"]["amount"].as_str()))
        .collect();
    assert!(seen.contains(&(Some("stripe"), Some("dp_other"), Some("700000 isk"))), "{listed}");
    assert!(seen.contains(&(Some("paystack"), Some("55"), Some("900 RWF"))), "{listed}");
    world.books_balance().await;
}

/// An order that got lost with its database bears our marks all the same.
#[tokio::test]
async fn many_messages_about_one_unknown_payment_of_ours_are_one_incident() {
    let world = World::open().await;
    let attempt = Uuid::now_v7();
    let payment = json!({ "id": "pi_lost", "object": "payment_intent", "status": "succeeded", "amount": 4_200,
        "amount_received": 4_200, "currency": "usd",
        "metadata": { "order_id": Uuid::now_v7(), "attempt_id": attempt } });
    let session = json!({ "id": "cs_lost", "object": "checkout.session", "status": "complete",
        "payment_status": "paid", "amount_total": 4_200, "currency": "usd", "payment_intent": "pi_lost",
        "client_reference_id": attempt, "metadata": { "attempt_id": attempt } });
    world.push(&event("payment_intent.succeeded", &payment)).await;
    world.push(&event("checkout.session.completed", &session)).await;
    world.work().await;
    assert_eq!(inbox(&world).await, ["unmatched"; 2]);
    assert_eq!(world.incidents().await, ["unknown_payment"]);
    let listed = world.admin().await.get("/api/admin/incidents").await.data()["results"][0].clone();
    assert_eq!((&listed["gateway"], &listed["reference"]), (&json!("stripe"), &json!("pi_lost")), "{listed}");
    world.books_balance().await;
}

/// The body is announced and never sent: the answer does not wait for it.
#[tokio::test]
async fn a_message_without_the_form_of_a_signature_is_refused_before_its_body_is_read() {
    let world = World::open().await;
    for (gateway, header, code) in [
        ("stripe", "", "webhook_signature_missing"),
        ("stripe", "Stripe-Signature: t=1,v0=00\r\n", "webhook_signature_invalid"),
        ("paystack", "", "webhook_signature_missing"),
        ("paystack", "X-Paystack-Signature: 00ff\r\n", "webhook_signature_invalid"),
        ("chapa", "", "webhook_signature_missing"),
        ("chapa", "Chapa-Signature: 00ff\r\n", "webhook_signature_invalid"),
        ("bkash", "", "webhook_signature_missing"),
        ("bkash", "X-Amz-Sns-Message-Type: Something\r\n", "webhook_signature_invalid"),
    ] {
        let address = world.url.trim_start_matches("http://");
        let mut line = TcpStream::connect(address).await.expect("it listens");
        let head = format!(
            "POST /api/webhooks/{gateway} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n\
             Content-Length: 1000000\r\n{header}\r\n"
        );
        line.write_all(head.as_bytes()).await.expect("sent");
        let (mut answer, mut part) = (String::new(), [0; 4096]);
        while !answer.contains(code) {
            let read = line.read(&mut part).await.expect("answered");
            assert!(read > 0, "{gateway} {header:?}: {answer}");
            answer.push_str(&String::from_utf8_lossy(&part[..read]));
        }
        assert!(answer.starts_with("HTTP/1.1 400"), "{gateway} {header:?}: {answer}");
    }
    world.nothing_was_taken_in().await;
    world.books_balance().await;
}
