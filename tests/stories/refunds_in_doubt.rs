//! A refund whose outcome only a person can find out: an administrator closes it, and what the gateway tells afterwards
//! is still heard.

use std::time::Duration;

use haat_sandbox::FaultKind;
use haat_sandbox::stripe::{Outcome, Verdict};
use haat_tests::{Answer, Fate, Person, Purchase, Sale, Till, World};
use serde_json::{Value, json};
use shared::payments::Provider;
use uuid::Uuid;

use crate::reconciling::{differences, one, reconciled};
use crate::refunded_elsewhere::{chapa_tells_of, refund, refunds};

fn birr(amount: &str) -> Value {
    json!({ "amount": { "amount": amount, "currency": "ETB" } })
}

/// Chapa has made a refund, its answer was lost, and it can't be found by our reference.
async fn lost_at_chapa(wish: Value) -> (Purchase, Uuid) {
    let purchase = Purchase::paid(Till::Chapa).await;
    purchase.world.lose_webhooks();
    purchase.fails("/v1/refund/*", FaultKind::CutAfter, 1);
    let id = purchase.refund(wish).await.id();
    purchase.world.work_for(Duration::from_secs(5 * 60)).await;
    assert_eq!(purchase.refunds().await, ["needs_attention"]);
    assert_eq!(purchase.world.incidents().await, ["refund_needs_attention"]);
    (purchase, id)
}

async fn closed(admin: &Person, id: Uuid, finding: Value) -> Answer {
    admin.post(&format!("/api/admin/refunds/{id}/resolution"), finding).await
}

fn finding(outcome: &str) -> Value {
    json!({ "outcome": outcome, "reason": "looked at the dashboard" })
}

/// Origin, status and amount of all refunds, oldest first: for when so much time has passed that everybody is signed out.
async fn in_the_books(world: &World) -> Vec<(String, String, String)> {
    let sql = "select origin, status, round(amount, 2)::text from refunds order by id";
    sqlx::query_as(sql).fetch_all(&world.pool).await.unwrap()
}

/// Kind and closer of every incident, oldest first.
async fn incidents(admin: &Person) -> Vec<(String, Value, Value)> {
    let listed = admin.get("/api/admin/incidents?status=all").await.data()["results"].clone();
    let rows = listed.as_array().unwrap().iter().rev();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    rows.map(|row| (text(&row["kind"]), row["resolved_by"].clone(), row["note"].clone())).collect()
}

#[tokio::test]
async fn one_that_was_not_made_frees_its_amount() {
    let (purchase, id) = lost_at_chapa(birr("100.00")).await;
    let admin = &purchase.admin;
    assert_eq!(purchase.refund(birr("400.01")).await.refusal(), (409, "refund_exceeds_captured"));
    for bad in [
        json!({}),
        json!({ "outcome": "not_made" }),
        json!({ "outcome": "not_made", "reason": " " }),
        json!({ "outcome": "not_made", "reason": "x", "reference": "RF1" }),
        json!({ "outcome": "lost", "reason": "x" }),
        json!({ "outcome": "made", "reason": "x", "reference": "a\nb" }),
        json!({ "outcome": "made", "reason": "x", "amount": "1.00" }),
    ] {
        assert_eq!(closed(admin, id, bad.clone()).await.refusal().0, 422, "{bad}");
    }
    let customer = closed(&purchase.customer, id, finding("not_made")).await;
    assert_eq!(customer.refusal().0, 403);
    let unknown = closed(admin, Uuid::now_v7(), finding("not_made")).await;
    assert_eq!(unknown.refusal(), (404, "refund_not_found"));
    assert_eq!(purchase.refunds().await, ["needs_attention"], "nothing has changed");

    let answer = closed(admin, id, finding("not_made")).await;
    assert_eq!((answer.status.as_u16(), answer.id()), (200, id), "{}", answer.body);
    assert_eq!(purchase.refunds().await, ["failed"]);
    let why = json!("looked at the dashboard");
    let expected = [
        ("refund_needs_attention".to_owned(), json!(admin.user), why.clone()),
        ("refund_failed".to_owned(), Value::Null, Value::Null),
    ];
    assert_eq!(incidents(admin).await, expected, "the customer still waits for the money");
    assert_eq!(closed(admin, id, finding("made")).await.refusal(), (409, "refund_wrong_status"));

    let seen = admin.see(purchase.order).await["refunds"][0]["resolution"].clone();
    assert_eq!((&seen["outcome"], &seen["reason"]), (&json!("not_made"), &why));
    assert!(seen["by"] == json!(admin.user) && seen["at"].is_string(), "{seen}");
    assert_eq!(purchase.see().await["refunds"][0].get("resolution"), None, "for administrators only");
    assert_eq!((purchase.status().await.as_str(), purchase.stock().await), ("paid", (3, 0)));
    assert_eq!(purchase.refund(birr("500.00")).await.status.as_u16(), 202);
    purchase.world.books_balance().await;
}

#[tokio::test]
async fn one_that_was_made_counts_as_any_other() {
    let (purchase, id) = lost_at_chapa(json!({ "restock": true })).await;
    let reference = purchase.world.sandbox.chapa().refunds_of(&purchase.page().await)[0].ref_id.clone();
    let made = json!({ "outcome": "made", "reason": "in the dashboard", "reference": reference });
    assert_eq!(closed(&purchase.admin, id, made).await.status.as_u16(), 200);
    assert_eq!(purchase.steps().await, ["pending", "awaiting_payment", "paid", "refunded"]);
    assert_eq!((purchase.refunds().await, purchase.stock().await), (vec!["succeeded".to_owned()], (5, 0)));
    let last = purchase.admin.see(purchase.order).await["history"][3].clone();
    assert_eq!(last["actor"], format!("admin:{}", purchase.admin.user), "{last}");
    assert!(purchase.world.incidents().await.is_empty());
    purchase.world.books_balance().await;

    // Chapa agrees, in its own words and when it is asked.
    purchase.world.sandbox.settle_all();
    chapa_tells_of(&purchase, "charge.refunded", "500.00", 1, Some(id)).await;
    let report = reconciled(&purchase.world, Provider::Chapa).await;
    assert_eq!((report.repaired, report.standing), (0, 0));
    purchase.world.work_for(Duration::from_secs(24 * 3600)).await;
    assert_eq!(purchase.refunds_at_gateway().await, 1);
    assert!(purchase.world.incidents().await.is_empty());
    purchase.world.books_balance().await;
}

#[tokio::test]
async fn without_a_reference_an_administrators_word_is_not_doubted() {
    for outcome in ["made", "paid_otherwise"] {
        let (purchase, id) = lost_at_chapa(json!({})).await;
        assert_eq!(closed(&purchase.admin, id, finding(outcome)).await.status.as_u16(), 200, "{outcome}");
        assert_eq!(purchase.status().await, "refunded", "{outcome}");
        let report = reconciled(&purchase.world, Provider::Chapa).await;
        assert_eq!((report.repaired, report.standing), (0, 0), "{outcome}");
        chapa_tells_of(&purchase, "charge.refunded", "500.00", 1, None).await;
        let told = purchase.world.incidents().await;
        // One that Chapa has made may be reported late. Of one that it has not made, its message reports another.
        let expected: &[&str] = if outcome == "made" { &[] } else { &["unknown_payment"] };
        assert_eq!(told, expected, "{outcome}");
        purchase.world.books_balance().await;
    }
}

#[tokio::test]
async fn of_two_administrators_one_decides() {
    let (purchase, id) = lost_at_chapa(birr("100.00")).await;
    let other = purchase.world.admin().await;
    let (first, second) =
        tokio::join!(closed(&purchase.admin, id, finding("not_made")), closed(&other, id, finding("made")));
    let mut answers = [first.status.as_u16(), second.status.as_u16()];
    answers.sort_unstable();
    assert_eq!(answers, [200, 409]);
    let late = if first.status.is_success() { &second } else { &first };
    assert_eq!(late.refusal(), (409, "refund_wrong_status"));
    assert_eq!(purchase.world.count("select count(*) from refunds where resolution is not null").await, 1);
    purchase.world.books_balance().await;
}

/// The gateway tells of the refund by its own reference: with another one, a later failure would reach nothing.
#[tokio::test]
async fn a_reference_other_than_the_gateways_own_is_refused() {
    let sale = Sale::paid_by(Outcome::PayRefundNeedsDetails).await;
    let id = sale.refund(json!({ "amount": { "amount": "5.00", "currency": "USD" } })).await.id();
    sale.world.work().await;
    let other = json!({ "outcome": "made", "reason": "seen in the dashboard", "reference": "re_other" });
    let refused = closed(&sale.admin, id, other).await;
    assert_eq!(refused.refusal(), (409, "refund_reference_differs"));
    assert!(refused.body["errors"]["reference"].is_array(), "{}", refused.body);
    assert_eq!(sale.refunds().await, ["needs_attention"]);
    let own = sale.refunds_at_gateway()[0].id.clone();
    let right = json!({ "outcome": "made", "reason": "seen in the dashboard", "reference": own });
    assert_eq!(closed(&sale.admin, id, right).await.status.as_u16(), 200);
    assert_eq!(sale.refunds().await, ["succeeded"]);
    sale.world.books_balance().await;
}

/// Chapa's message names the refund, and Chapa can't be asked about it: it is shown, and not lost.
#[tokio::test]
async fn chapa_tells_of_one_that_was_said_not_to_be_made() {
    for outcome in ["not_made", "paid_otherwise"] {
        let (purchase, id) = lost_at_chapa(birr("100.00")).await;
        assert_eq!(closed(&purchase.admin, id, finding(outcome)).await.status.as_u16(), 200);
        chapa_tells_of(&purchase, "charge.refunded", "100.00", 1, Some(id)).await;
        let told = purchase.world.incidents().await;
        assert!(told.contains(&"unknown_payment".to_owned()), "{outcome}: {told:?}");
        let about = "select count(*) from incidents where kind = 'unknown_payment' and refund_id is not null";
        assert_eq!(purchase.world.count(about).await, 1);
        purchase.world.books_balance().await;
    }
}

/// Stripe waits for the customer's details, and gets them after an administrator has given up.
async fn given_up_at_stripe(wish: Value, outcome: &str) -> (Sale, String) {
    let sale = Sale::paid_by(Outcome::PayRefundNeedsDetails).await;
    let id = sale.refund(wish).await.id();
    sale.world.work().await;
    assert_eq!(sale.refunds().await, ["needs_attention"]);
    let answer = closed(&sale.admin, id, finding(outcome)).await;
    assert_eq!(answer.status.as_u16(), 200, "{}", answer.body);
    sale.world.work_for(Duration::from_secs(3600)).await;
    let name = sale.refunds_at_gateway()[0].id.clone();
    assert!(sale.world.sandbox.force_refund(&name, Verdict::Succeeded));
    sale.world.work().await;
    (sale, name)
}

#[tokio::test]
async fn one_that_is_made_after_all_is_booked_and_shown() {
    let part = json!({ "amount": { "amount": "20.00", "currency": "USD" } });
    let (sale, name) = given_up_at_stripe(part, "not_made").await;
    let shown = [refund("marketplace", "failed", "20.00"), refund("gateway", "succeeded", "20.00")];
    assert_eq!(refunds(&sale.see().await), shown);
    assert_eq!(sale.world.incidents().await, ["refund_failed", "unknown_payment"]);
    let more = json!({ "amount": { "amount": "13.01", "currency": "USD" } });
    assert_eq!(sale.refund(more).await.refusal(), (409, "refund_exceeds_captured"));
    sale.world.books_balance().await;

    // Told again, it is the same.
    let report = reconciled(&sale.world, Provider::Stripe).await;
    assert_eq!((report.repaired, report.standing), (0, 0));
    sale.world.work_for(Duration::from_secs(2 * 24 * 3600)).await;
    assert_eq!(in_the_books(&sale.world).await, shown);
    let named: String = sqlx::query_scalar("select reference from refunds where origin = 'gateway'")
        .fetch_one(&sale.world.pool)
        .await
        .unwrap();
    assert_eq!(named, name);
    assert_eq!(sale.world.sandbox.stripe().refunded()["usd"], 2000);
    sale.world.books_balance().await;
}

/// Its amount was promised to another refund when Stripe reported it.
#[tokio::test]
async fn one_that_is_made_after_all_is_booked_when_another_fails() {
    let sale = Sale::paid_by(Outcome::PayRefundNeedsDetails).await;
    let part = json!({ "amount": { "amount": "20.00", "currency": "USD" } });
    let first = sale.refund(part).await.id();
    sale.world.work().await;
    assert_eq!(closed(&sale.admin, first, finding("not_made")).await.status.as_u16(), 200);
    let second = sale.refund(json!({})).await.id();
    forget(&sale.world, second, "needs_attention").await; // before it was sent
    let name = sale.refunds_at_gateway()[0].id.clone();
    assert!(sale.world.sandbox.force_refund(&name, Verdict::Succeeded));
    sale.world.work().await;
    assert_eq!(sale.refunds().await, ["failed", "needs_attention"]);
    assert!(sale.world.incidents().await.contains(&"unknown_payment".to_owned()));
    sale.world.books_balance().await;

    assert_eq!(closed(&sale.admin, second, finding("not_made")).await.status.as_u16(), 200);
    sale.world.work_for(Duration::from_secs(3600)).await;
    let expected = [
        refund("marketplace", "failed", "20.00"),
        refund("marketplace", "failed", "33.00"),
        refund("gateway", "succeeded", "20.00"),
    ];
    assert_eq!(in_the_books(&sale.world).await, expected);
    assert_eq!(named(&sale.world).await, 1);
    sale.world.books_balance().await;
}

#[tokio::test]
async fn money_that_went_back_twice_is_told() {
    let (sale, _) = given_up_at_stripe(json!({}), "paid_otherwise").await;
    assert_eq!(refunds(&sale.see().await), [refund("marketplace", "succeeded", "33.00")]);
    assert_eq!((sale.status().await.as_str(), sale.owed().await), ("refunded", zeros()));
    assert_eq!(sale.world.incidents().await, ["unknown_payment"], "nothing is left to book it from");
    for _ in 0..2 {
        let report = reconciled(&sale.world, Provider::Stripe).await;
        assert!(report.repaired == 0 && report.standing > 0, "Stripe does not agree: {report:?}");
    }
    assert_eq!(differences(&sale.world).await, [one("stripe", "unknown", false)]);
    sale.world.books_balance().await;
}

fn zeros() -> [String; 3] {
    ["0.00", "0.00", "0.00"].map(str::to_owned)
}

/// Every trace of a refund was lost with its answer; bKash's list has no mark of ours.
#[tokio::test]
async fn one_that_the_gateway_lists_later_is_not_booked_twice() {
    for till in [Till::Paystack, Till::Bkash] {
        for (outcome, expected) in [
            ("made", vec![refund("marketplace", "succeeded", "200.00")]),
            (
                "not_made",
                vec![refund("marketplace", "failed", "200.00"), refund("gateway", "succeeded", "200.00")],
            ),
        ] {
            let purchase = Purchase::paid_by(till, Fate::RefundWaits).await;
            let wish = json!({ "amount": { "amount": "200.00", "currency": till.currency() } });
            let id = purchase.refund(wish).await.id();
            purchase.world.work().await;
            forget(&purchase.world, id, "needs_attention").await;
            assert_eq!(closed(&purchase.admin, id, finding(outcome)).await.status.as_u16(), 200);
            purchase.settled().await;
            purchase.world.work_for(Duration::from_secs(2 * 24 * 3600)).await;
            assert_eq!(in_the_books(&purchase.world).await, expected, "{till:?} {outcome}");
            assert_eq!(named(&purchase.world).await, 1, "{till:?} {outcome}");
            let report = reconciled(&purchase.world, till.provider()).await;
            assert_eq!((report.repaired, report.standing), (0, 0), "{till:?} {outcome}");
            purchase.world.work_for(Duration::from_secs(2 * 24 * 3600)).await;
            assert_eq!(in_the_books(&purchase.world).await, expected, "{till:?} {outcome}");
            assert_eq!(named(&purchase.world).await, 1, "{till:?} {outcome}");
            purchase.world.books_balance().await;
        }
    }
}

/// Every trace of the gateway's answer is lost.
async fn forget(world: &World, id: Uuid, status: &str) {
    let lost = sqlx::query("update refunds set status = $2, reference = null where id = $1");
    lost.bind(id).bind(status).execute(&world.pool).await.unwrap();
}

/// How many references of the gateway the refunds have.
async fn named(world: &World) -> i64 {
    world.count("select count(distinct reference) from refunds").await
}

fn taka() -> Value {
    json!({ "amount": { "amount": "200.00", "currency": "BDT" } })
}

/// bKash's list tells the two apart by their references only.
#[tokio::test]
async fn another_refund_of_the_same_amount_is_not_taken_for_one_that_was_made() {
    for is_waiting in [true, false] {
        let purchase = Purchase::paid_by(Till::Bkash, Fate::RefundWaits).await;
        let first = purchase.refund(taka()).await.id();
        purchase.world.work().await;
        forget(&purchase.world, first, "needs_attention").await;
        if is_waiting {
            purchase.refunded(taka()).await;
            assert_eq!(purchase.refunds().await, ["needs_attention", "requested"]);
        }
        assert_eq!(closed(&purchase.admin, first, finding("made")).await.status.as_u16(), 200);
        if !is_waiting {
            assert_eq!(purchase.refund(taka()).await.status.as_u16(), 202);
        }
        purchase.world.work_for(Duration::from_secs(3600)).await;
        purchase.settled().await;
        purchase.world.work_for(Duration::from_secs(3600)).await;
        let both =
            [refund("marketplace", "succeeded", "200.00"), refund("marketplace", "succeeded", "200.00")];
        assert_eq!(in_the_books(&purchase.world).await, both, "{is_waiting}");
        assert_eq!((purchase.refunds_at_gateway().await, purchase.given_back()), (2, 40_000));
        assert_eq!(named(&purchase.world).await, 2, "{is_waiting}");
        purchase.world.books_balance().await;
    }
}

/// If the gateway never lists it, the administrator was wrong, and others do not wait for ever.
#[tokio::test]
async fn another_refund_of_the_same_amount_waits_a_day_for_the_reference() {
    let purchase = Purchase::paid(Till::Bkash).await;
    let first = purchase.refund(taka()).await.id();
    forget(&purchase.world, first, "needs_attention").await; // before it was sent
    assert_eq!(closed(&purchase.admin, first, finding("made")).await.status.as_u16(), 200);
    purchase.refunded(taka()).await;
    purchase.world.work_for(Duration::from_secs(24 * 3600)).await;
    assert_eq!(purchase.refunds_at_gateway().await, 0);
    purchase.world.work_for(Duration::from_secs(2 * 3600)).await;
    assert_eq!(purchase.refunds_at_gateway().await, 1);
    purchase.world.books_balance().await;
}

/// The answer to the second was lost, and bKash lists it without a mark.
#[tokio::test]
async fn what_the_gateway_made_of_another_refund_is_not_one_that_was_paid_otherwise() {
    let purchase = Purchase::paid_by(Till::Bkash, Fate::RefundWaits).await;
    let paid = purchase.refund(taka()).await.id();
    forget(&purchase.world, paid, "needs_attention").await; // before it was sent
    assert_eq!(closed(&purchase.admin, paid, finding("paid_otherwise")).await.status.as_u16(), 200);
    let sent = purchase.refund(taka()).await.id();
    purchase.world.work().await;
    assert_eq!(purchase.refunds().await, ["pending", "succeeded"]);
    forget(&purchase.world, sent, "submitted").await;
    purchase.world.sandbox.settle_all();
    let report = reconciled(&purchase.world, Provider::Bkash).await;
    assert_eq!((report.repaired, report.standing), (0, 0));
    purchase.world.work_for(Duration::from_secs(3600)).await;
    let both = [refund("marketplace", "succeeded", "200.00"), refund("marketplace", "succeeded", "200.00")];
    assert_eq!(in_the_books(&purchase.world).await, both);
    assert_eq!((purchase.refunds_at_gateway().await, purchase.given_back()), (1, 20_000));
    assert!(purchase.world.incidents().await.is_empty());
    purchase.world.books_balance().await;
}

#[tokio::test]
async fn reconciliation_stores_the_reference_of_one_that_was_made() {
    for till in [Till::Paystack, Till::Bkash] {
        let purchase = Purchase::paid_by(till, Fate::RefundWaits).await;
        let wish = json!({ "amount": { "amount": "200.00", "currency": till.currency() } });
        let id = purchase.refund(wish).await.id();
        purchase.world.work().await;
        forget(&purchase.world, id, "needs_attention").await;
        assert_eq!(closed(&purchase.admin, id, finding("made")).await.status.as_u16(), 200);
        purchase.world.lose_webhooks();
        purchase.world.sandbox.settle_all();
        let report = reconciled(&purchase.world, till.provider()).await;
        assert_eq!((report.repaired, report.standing), (0, 0), "{till:?}");
        assert_eq!(named(&purchase.world).await, 1, "{till:?}");
        purchase.world.books_balance().await;
    }
}

/// Its creation was answered without Chapa's own reference, and it can't be found by ours.
#[tokio::test]
async fn one_that_chapa_accepted_and_never_finds_is_shown_after_a_day() {
    let purchase = Purchase::paid(Till::Chapa).await;
    purchase.world.lose_webhooks();
    purchase.refunded(birr("100.00")).await;
    let unnamed = sqlx::query("update refunds set reference = id::text");
    unnamed.execute(&purchase.world.pool).await.unwrap();
    purchase.world.work_for(Duration::from_secs(23 * 3600)).await;
    assert_eq!(in_the_books(&purchase.world).await, [refund("marketplace", "pending", "100.00")]);
    purchase.world.work_for(Duration::from_secs(2 * 3600)).await;
    assert_eq!(in_the_books(&purchase.world).await, [refund("marketplace", "needs_attention", "100.00")]);
    assert_eq!(purchase.world.incidents().await, ["refund_needs_attention"]);
    purchase.world.books_balance().await;
}

/// A refund that was found at every look is not lost when one look finds nothing.
#[tokio::test]
async fn the_day_counts_from_when_chapa_last_found_it() {
    let purchase = Purchase::paid(Till::Chapa).await;
    purchase.world.lose_webhooks();
    purchase.refunded(birr("100.00")).await;
    purchase.world.work_for(Duration::from_secs(3 * 24 * 3600)).await;
    let waiting = [refund("marketplace", "pending", "100.00")];
    assert_eq!(in_the_books(&purchase.world).await, waiting, "Chapa takes its time");
    let unnamed = sqlx::query("update refunds set reference = id::text");
    unnamed.execute(&purchase.world.pool).await.unwrap();
    purchase.world.work_for(Duration::from_secs(22 * 3600)).await;
    assert_eq!(in_the_books(&purchase.world).await, waiting);
    purchase.world.work_for(Duration::from_secs(3 * 3600)).await;
    assert_eq!(in_the_books(&purchase.world).await, [refund("marketplace", "needs_attention", "100.00")]);
    assert_eq!(purchase.world.incidents().await, ["refund_needs_attention"]);
    purchase.world.books_balance().await;
}
