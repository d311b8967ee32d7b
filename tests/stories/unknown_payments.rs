//! Payments that a gateway or our books do not know, and gateways that can't be asked: each is reported, and none ends
//! a reconciliation. Movements of another system on the same account are counted.

use std::time::Duration;

use haat_tests::{Fate, Mood, Moody, Purchase, Sale, Till, World};
use haat_worker::reconcile::{self, Patience, Wish};
use serde_json::{Value, json};
use shared::identity::Role;
use shared::payments::Provider;
use uuid::Uuid;

use super::reconciling::{differences, foreign_payment, one, reconciled};

/// With the setting that asks about captures of bKash too.
async fn paid_and_confirmed(till: Till) -> Purchase {
    let world = World::with(&[("HAAT_BKASH_CONFIRM_CAPTURES", "true")]).await;
    let purchase = Purchase::awaiting_in(world, till).await;
    purchase.pay(Fate::Pays).await;
    purchase.world.work().await;
    assert_eq!(purchase.status().await, "paid", "{till:?}");
    purchase
}

/// A movement without any of our marks belongs to another system: stored and counted, without an incident.
#[tokio::test]
async fn what_another_system_moves_is_counted_by_day_and_raised_to_nobody() {
    for till in [Till::Paystack, Till::Chapa] {
        let purchase = Purchase::paid(till).await;
        purchase.world.lose_webhooks();
        for name in ["by-hand-1", "by-hand-2", "6f1c1a52-7a51-4c1e-9b9a-1f6f1f0a7d10"] {
            foreign_payment(&purchase, name).await;
        }
        for _ in 0..2 {
            let report = reconciled(&purchase.world, till.provider()).await;
            assert_eq!((report.repaired, report.standing, report.foreign), (0, 0, 3), "{till:?}");
            assert!(differences(&purchase.world).await.is_empty(), "{till:?}");
            assert!(purchase.world.incidents().await.is_empty(), "{till:?}");
        }
        let path = "/api/admin/reconciliation/foreign";
        let days = purchase.admin.get(&format!("{path}/days")).await.data().clone();
        assert_eq!((&days[0]["gateway"], &days[0]["count"]), (&json!(till.name()), &json!(3)), "{days}");
        let of_day =
            format!("{path}?gateway={}&day={}", till.name(), days[0]["day"].as_str().expect("a day"));
        let listed = purchase.admin.get(&of_day).await.data()["results"].clone();
        assert_eq!(listed.as_array().map(Vec::len), Some(3), "{listed}");
        assert!(listed.to_string().contains("by-hand-1") && listed[0]["kind"] == "payment", "{listed}");
        assert!(!listed[0]["detail"]["amount"].is_null(), "{listed}");
        let elsewhere = purchase.admin.get(&format!("{path}?gateway=stripe")).await.data()["results"].clone();
        assert_eq!(elsewhere, json!([]));
        assert_eq!(purchase.status().await, "paid");
        purchase.world.books_balance().await;
    }
}

#[tokio::test]
async fn what_bears_our_marks_and_is_not_known_is_told_once() {
    for till in [Till::Paystack, Till::Chapa] {
        let purchase = Purchase::paid(till).await;
        let lost = Uuid::now_v7().to_string();
        foreign_payment(&purchase, &lost).await;
        purchase.world.work().await;
        for _ in 0..2 {
            let report = reconciled(&purchase.world, till.provider()).await;
            assert_eq!((report.repaired, report.standing), (0, 1), "{till:?}");
            assert_eq!(differences(&purchase.world).await, [one(till.name(), "unknown", false)]);
            assert_eq!(
                purchase.world.incidents().await,
                ["unknown_payment"],
                "by its message and by the list"
            );
        }
        let listed = purchase.admin.get("/api/admin/reconciliation").await.data()["results"].clone();
        assert_eq!(listed[0]["detail"]["page"], json!(lost), "{listed}");
        let incident = purchase.admin.get("/api/admin/incidents").await.data()["results"][0].clone();
        assert_eq!(incident["gateway"], till.name(), "{incident}");
        assert_eq!(incident["reference"], listed[0]["subject"], "{incident}");
        assert_eq!(incident["difference_id"], listed[0]["id"], "{incident}");
        purchase.world.books_balance().await;
    }
}

/// The gateway has forgotten one payment, and refuses to answer about another: both are reported, and the rest is
/// compared.
#[tokio::test]
async fn one_payment_that_the_gateway_does_not_know_ends_no_reconciliation() {
    for till in Till::ALL {
        let purchase = paid_and_confirmed(till).await;
        let other = purchase.customer.order(till.name(), &[(purchase.mug.variant, 1)]).await;
        purchase.world.work().await;
        purchase.pay_for(other).await;
        purchase.world.work().await;
        assert_eq!(purchase.customer.status(other).await, "paid", "{till:?}");
        purchase.world.lose_webhooks();
        let forgotten = match till {
            Till::Bkash => "TR0011forgotten".to_owned(),
            Till::Paystack | Till::Chapa => Uuid::now_v7().to_string(),
        };
        let rename = async |reference: &str, order: Uuid| {
            let sql = "update payments set reference = $1, charge_reference = $2 where order_id = $3";
            let charge = format!("gone-{order}");
            let sql = sqlx::query(sql).bind(reference).bind(charge).bind(order);
            sql.execute(&purchase.world.pool).await.expect("renamed");
        };
        rename(&forgotten, purchase.order).await;
        rename("no name of any gateway: \u{1F980}", other).await;
        let report = reconciled(&purchase.world, till.provider()).await;
        let found = differences(&purchase.world).await;
        let mut kinds: Vec<&str> = found.iter().map(|(_, kind, _)| kind.as_str()).collect();
        kinds.sort_unstable();
        assert!(kinds.contains(&"absent") && kinds.contains(&"unasked"), "{till:?}: {kinds:?} {report:?}");
        let listed = purchase.admin.get("/api/admin/incidents").await.data()["results"].clone();
        let of = |order: Uuid| {
            let all = listed.as_array().expect("a list").iter();
            all.filter(|one| one["order_id"] == json!(order) && one["kind"] == "gateway_differs").count()
        };
        assert_eq!((of(purchase.order), of(other)), (1, 1), "{till:?}: {listed}");
        for incident in listed.as_array().expect("a list") {
            for field in ["order_id", "order_number", "payment_id", "gateway", "reference", "difference_id"] {
                assert!(!incident[field].is_null(), "{till:?} {field}: {incident}");
            }
        }
        purchase.world.books_balance().await;
    }
}

/// The same at Stripe: a session that it does not know. Earlier differences are asked about in every run.
#[tokio::test]
async fn a_session_that_stripe_does_not_know_ends_no_reconciliation() {
    let sale = Sale::paid().await;
    sale.world.lose_webhooks();
    let ours = async |sql: &'static str| {
        sqlx::query(sql).execute(&sale.world.pool).await.expect("written");
    };
    ours("update payments set captured_amount = captured_amount - 1").await;
    reconciled(&sale.world, Provider::Stripe).await;
    assert_eq!(differences(&sale.world).await, [one("stripe", "amount", false)]);
    ours("update payments set captured_amount = captured_amount + 1").await;
    ours("update payments set reference = 'cs_test_forgotten', charge_reference = 'pi_forgotten'").await;
    sale.world.pass(Duration::from_secs(3 * 24 * 3600));
    sqlx::query("update reconciliations set reached = $1")
        .bind(sale.world.clock.now() - Duration::from_secs(600))
        .execute(&sale.world.pool)
        .await
        .expect("the schedule has run meanwhile");
    reconciled(&sale.world, Provider::Stripe).await;
    assert!(differences(&sale.world).await.contains(&one("stripe", "absent", false)));
    // Three days later, with a token of that time.
    let admin = sale.world.person(Role::SuperAdmin).await;
    let listed = admin.get("/api/admin/incidents").await.data()["results"].clone();
    let mut all = listed.as_array().expect("a list").iter();
    let told = all.find(|one| one["detail"]["kind"] == "absent").expect("it is told");
    assert_eq!(
        (&told["order_id"], &told["reference"]),
        (&json!(sale.order), &json!("pi_forgotten")),
        "{told}"
    );
    assert!(!told["order_number"].is_null() && !told["payment_id"].is_null(), "{told}");
    sale.world.books_balance().await;
}

/// One payment has no answer and another has: it is tried again with the run, and recorded at the last try. Where none has
/// an answer the gateway is away.
#[tokio::test]
async fn one_payment_without_an_answer_is_recorded_at_last_and_a_gateway_that_is_away_ends_the_run() {
    let purchase = paid_and_confirmed(Till::Bkash).await;
    let other = purchase.customer.order("bkash", &[(purchase.mug.variant, 1)]).await;
    purchase.world.work().await;
    purchase.pay_for(other).await;
    purchase.world.work().await;
    purchase.world.pass(Duration::from_secs(90));
    let name = "bkash".parse().unwrap();
    let run = async |bad_calls: usize, patience: Patience| {
        let (_, worker) = Moody::over(&purchase.world, name, bad_calls, Mood::Mute);
        reconcile::run(&worker, Provider::Bkash, Wish { patience, ..Wish::default() }).await
    };
    for patience in [Patience::TriesAgain, Patience::GoesOn] {
        assert!(run(9, patience).await.is_err(), "it is away");
    }
    assert!(run(1, Patience::TriesAgain).await.is_err(), "perhaps only for a moment");
    assert!(differences(&purchase.world).await.is_empty());
    let report = run(1, Patience::GoesOn).await.expect("the other was answered");
    assert_eq!((report.repaired, report.standing), (0, 1));
    assert_eq!(differences(&purchase.world).await, [one("bkash", "unasked", false)]);
    assert_eq!(purchase.world.incidents().await, ["gateway_differs"]);
    let report = reconciled(&purchase.world, Provider::Bkash).await;
    assert_eq!((report.repaired, report.standing), (0, 0));
    assert_eq!(differences(&purchase.world).await, [one("bkash", "unasked", true)]);
    assert!(purchase.world.incidents().await.is_empty(), "it ended with its difference");
    purchase.world.books_balance().await;
}

/// bKash answers that it knows no such payment: an ask ends, and the poll waits.
#[tokio::test]
async fn an_open_attempt_that_bkash_does_not_know_is_not_asked_for_in_a_tight_loop() {
    let purchase = Purchase::awaiting(Till::Bkash).await;
    let sql = "update payments set reference = 'TR0011forgotten'";
    sqlx::query(sql).execute(&purchase.world.pool).await.expect("renamed");
    reconciled(&purchase.world, Provider::Bkash).await;
    purchase.world.work().await;
    let asks = "select count(*) from jobs where kind = 'ask_payment' and status = 'done' and attempt = 1";
    assert_eq!(purchase.world.count(asks).await, 1);
    purchase.world.pass(Duration::from_secs(150));
    purchase.world.work().await;
    let waiting = "select count(*) from jobs where kind = 'poll_payment' and status = 'queued'";
    assert_eq!(purchase.world.count(waiting).await, 1);
    assert_eq!(purchase.world.count("select count(*) from jobs where status = 'dead'").await, 0);
    purchase.world.work_for(Duration::from_secs(40 * 60)).await;
    assert_eq!((purchase.status().await.as_str(), purchase.stock().await), ("expired", (5, 0)));
    purchase.world.books_balance().await;
}

/// A run over a given window leaves the schedule's position alone.
#[tokio::test]
async fn a_window_that_is_named_leaves_the_schedule_alone() {
    let purchase = Purchase::paid(Till::Paystack).await;
    let mark =
        async || purchase.world.count("select count(*) from reconciliations where reached is not null").await;
    let reached = "select coalesce(max(extract(epoch from reached)), 0)::bigint from reconciliations";
    let named = async |wish: Value| {
        assert_eq!(purchase.admin.post("/api/admin/reconciliation", wish).await.status, 202);
        purchase.world.work().await;
        let done = "select count(*) from jobs where kind = 'reconcile' and status <> 'done'";
        assert_eq!(purchase.world.count(done).await, 0);
    };
    named(json!({ "gateway": "paystack", "to": "2000-01-02T00:00:00Z" })).await;
    named(json!({ "gateway": "paystack", "from": "2020-01-01T00:00:00Z" })).await;
    assert_eq!(mark().await, 0, "nothing was compared by the schedule yet");
    reconciled(&purchase.world, Provider::Paystack).await;
    let before = purchase.world.count(reached).await;
    purchase.world.pass(Duration::from_secs(600));
    named(json!({ "gateway": "paystack", "from": "2020-01-01T00:00:00Z" })).await;
    named(json!({ "gateway": "paystack", "from": "2020-01-01T00:00:00Z", "to": "2020-01-02T00:00:00Z" }))
        .await;
    assert_eq!((mark().await, purchase.world.count(reached).await), (1, before));
    purchase.world.books_balance().await;
}
