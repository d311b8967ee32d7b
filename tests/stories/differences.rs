//! Differences between a gateway and our books, until the gateway agrees again or an operator closes them.

use std::time::Duration;

use haat_tests::{Fate, Mood, Moody, Purchase, Till, World};
use haat_worker::reconcile::{self, Wish};
use reqwest::Method;
use serde_json::{Value, json};
use shared::fulfilment::unwind;
use shared::kernel::db;
use shared::kernel::ids::RefundId;
use shared::payments::Provider;
use shared::refunds::{RefundObservation, RefundSeen};
use sqlx::Row;
use uuid::Uuid;

use super::reconciling::{differences, foreign_payment, one, reconciled};

const PATH: &str = "/api/admin/reconciliation";

async fn listed(purchase: &Purchase, path: &str) -> Value {
    purchase.admin.get(path).await.data()["results"].clone()
}

/// A payment with one of our references that our books do not have: an order that got lost with them.
#[tokio::test]
async fn a_difference_that_an_operator_has_closed_stands_no_more() {
    let purchase = Purchase::paid(Till::Paystack).await;
    purchase.world.lose_webhooks();
    let lost = Uuid::now_v7().to_string();
    foreign_payment(&purchase, &lost).await;
    assert_eq!(reconciled(&purchase.world, Provider::Paystack).await.standing, 1);
    let close = format!("{PATH}/{}/close", listed(&purchase, PATH).await[0]["id"].as_str().expect("an id"));

    let incident = listed(&purchase, "/api/admin/incidents").await[0].clone();
    assert_eq!(incident["kind"], "unknown_payment", "what bears our marks is told of");
    assert_eq!(incident["difference_id"], listed(&purchase, PATH).await[0]["id"]);
    let note = json!({ "note": "the shop's own till" });
    assert_eq!(purchase.customer.post(&close, note.clone()).await.refusal().0, 403);
    for bad in [json!({}), json!({ "note": " " }), json!({ "note": "x".repeat(501) }), json!(["a note"])] {
        assert!([400, 422].contains(&purchase.admin.post(&close, bad.clone()).await.refusal().0), "{bad}");
    }
    assert_eq!(listed(&purchase, PATH).await.as_array().map(Vec::len), Some(1), "it stands");
    let closed = purchase.admin.post(&close, note.clone()).await.data().clone();
    assert_eq!(closed["note"], note["note"]);
    assert!(!closed["closed_at"].is_null() && !closed["closed_by"].is_null(), "{closed}");
    assert_eq!(purchase.admin.post(&close, note.clone()).await.refusal(), (409, "difference_over"));
    assert_eq!(listed(&purchase, PATH).await, json!([]));
    let resolved = listed(&purchase, "/api/admin/incidents?status=resolved").await[0].clone();
    assert_eq!((&resolved["note"], &resolved["resolved_by"]), (&note["note"], &closed["closed_by"]));

    assert_eq!(
        reconciled(&purchase.world, Provider::Paystack).await.standing,
        0,
        "found again, it stays closed"
    );
    assert_eq!(listed(&purchase, PATH).await, json!([]));
    assert_eq!(listed(&purchase, &format!("{PATH}?all=true")).await[0]["kind"], "unknown");
    purchase.world.books_balance().await;
}

/// If there is no list, a booking is asked about once, and again only while a difference is open: after an operator has
/// closed it there are no more questions.
#[tokio::test]
async fn a_difference_ends_when_the_gateway_agrees_again_and_comes_back_when_it_does_not() {
    for till in Till::ALL {
        let world = World::with(&[("HAAT_BKASH_CONFIRM_CAPTURES", "true")]).await;
        let purchase = Purchase::awaiting_in(world, till).await;
        purchase.pay(Fate::Pays).await;
        purchase.world.work().await;
        let ours = async |amount: i32| {
            let sql = "update payments set captured_amount = $1";
            sqlx::query(sql).bind(amount).execute(&purchase.world.pool).await.expect("written");
        };
        let rounds = if till == Till::Bkash { 1 } else { 2 };
        for (amount, standing) in [(499, 1), (500, 0)].repeat(rounds) {
            ours(amount).await;
            let report = reconciled(&purchase.world, till.provider()).await;
            assert_eq!((report.repaired, report.standing), (0, standing), "{till:?} {amount}");
            let expected = one(till.name(), "amount", standing == 0);
            assert_eq!(differences(&purchase.world).await, [expected], "{till:?}");
            if standing == 1 {
                let open = listed(&purchase, "/api/admin/incidents").await;
                assert_eq!(
                    open[0]["kind"], "gateway_differs",
                    "{till:?}: told each time that it begins to stand"
                );
                if till != Till::Bkash {
                    let path =
                        format!("/api/admin/incidents/{}/resolve", open[0]["id"].as_str().expect("an id"));
                    assert_eq!(purchase.admin.post(&path, json!({ "note": "seen" })).await.status, 200);
                    assert_eq!(listed(&purchase, PATH).await, json!([]), "closed with its incident");
                }
            } else {
                assert!(
                    purchase.world.incidents().await.is_empty(),
                    "{till:?}: it ended with its difference"
                );
            }
        }
        purchase.world.books_balance().await;
    }
}

/// The list names one payment twice, rightly and wrongly, and between the two a payment that was missed is repaired.
#[tokio::test]
async fn a_closed_difference_is_not_opened_by_a_repair_on_the_same_page() {
    for till in [Till::Paystack, Till::Chapa] {
        let purchase = Purchase::paid(till).await;
        let world = &purchase.world;
        world.lose_webhooks();
        let name = till.name().parse().expect("a gateway");
        let (_, worker) = Moody::over(world, name, 2, Mood::Contradicts);
        let compared = async || {
            world.pass(Duration::from_secs(90));
            let report = reconcile::run(&worker, till.provider(), Wish::default()).await;
            report.expect("the gateway answers")
        };
        assert_eq!(compared().await.standing, 1, "{till:?}");
        let difference = listed(&purchase, PATH).await[0].clone();
        assert_eq!(difference["kind"], "amount", "{till:?}");
        let close = format!("{PATH}/{}/close", difference["id"].as_str().expect("an id"));
        assert_eq!(purchase.admin.post(&close, json!({ "note": "seen" })).await.status, 200);

        let other = purchase.customer.order(till.name(), &[(purchase.mug.variant, 1)]).await;
        world.work().await;
        world.skip("poll_payment").await;
        purchase.pay_for(other).await;
        world.work().await;
        let report = compared().await;
        assert_eq!((report.repaired, report.standing), (1, 0), "{till:?}");
        assert_eq!(purchase.customer.status(other).await, "paid", "{till:?}");
        assert_eq!(listed(&purchase, PATH).await, json!([]), "{till:?}: it stays closed");
        assert!(world.incidents().await.is_empty(), "{till:?}");
        world.books_balance().await;
    }
}

/// Books the newest refund as done, although the gateway has not said so.
async fn believed(purchase: &Purchase) {
    let newest = sqlx::query("select id from refunds order by id desc limit 1");
    let id = newest.fetch_one(&purchase.world.pool).await.expect("a refund").get::<Uuid, _>(0);
    let seen = RefundObservation { state: RefundSeen::Succeeded, reference: None, failure: None };
    let mut db = db::begin(&purchase.world.pool).await.expect("a transaction");
    unwind(&mut db, RefundId(id), &seen, purchase.world.clock.now()).await.expect("it was open");
    db.commit().await.expect("committed");
    assert_eq!(purchase.refunds().await, ["succeeded"]);
}

#[tokio::test]
async fn a_refund_that_the_gateway_has_not_done_is_shown_until_it_has() {
    for till in Till::ALL {
        let purchase = Purchase::paid_by(till, Fate::RefundWaits).await;
        purchase.world.lose_webhooks();
        purchase.refunded(json!({ "restock": true })).await;
        assert_eq!(purchase.refunds().await, ["pending"], "{till:?}");
        believed(&purchase).await;
        let report = reconciled(&purchase.world, till.provider()).await;
        assert_eq!((report.repaired, report.standing), (0, 1), "{till:?}");
        assert_eq!(differences(&purchase.world).await, [one(till.name(), "absent", false)]);
        assert_eq!(purchase.world.incidents().await, ["gateway_differs"], "{till:?}");

        purchase.world.sandbox.settle_all();
        let report = reconciled(&purchase.world, till.provider()).await;
        assert_eq!((report.repaired, report.standing), (0, 0), "{till:?}");
        assert_eq!(differences(&purchase.world).await, [one(till.name(), "absent", true)]);
        purchase.world.books_balance().await;
    }
}

#[tokio::test]
async fn a_refund_that_came_back_without_a_word_is_found() {
    for till in Till::ALL {
        let purchase = Purchase::paid_by(till, Fate::RefundFails).await;
        purchase.world.lose_webhooks();
        purchase.refunded(json!({ "restock": true })).await;
        believed(&purchase).await;
        purchase.world.sandbox.settle_all();
        let report = reconciled(&purchase.world, till.provider()).await;
        assert_eq!((report.repaired, report.standing), (1, 0), "{till:?}");
        assert_eq!(differences(&purchase.world).await, [one(till.name(), "missed", true)]);
        assert_eq!(
            (purchase.refunds().await, purchase.status().await),
            (vec!["failed".into()], "paid".into())
        );
        assert_eq!(purchase.world.incidents().await, ["refund_failed"], "{till:?}");
        purchase.world.books_balance().await;
    }
}

#[tokio::test]
async fn an_operator_has_a_gateway_compared_now() {
    let purchase = Purchase::awaiting(Till::Paystack).await;
    purchase.world.lose_webhooks();
    purchase.world.skip("poll_payment").await;
    purchase.pay(Fate::Pays).await;
    purchase.world.pass(Duration::from_secs(90));
    let compare = async |wish: Value| purchase.admin.post(PATH, wish).await;
    let (long_ago, to_come) = ("2020-01-01T00:00:00Z", "2100-01-01T00:00:00Z");
    for (wish, problem) in [
        (json!({ "gateway": "paypal" }), None),
        (json!({ "gateway": "paystack", "form": long_ago }), None),
        (json!({ "gateway": "paystack", "from": "yesterday" }), None),
        (json!({ "gateway": "paystack", "from": to_come }), Some("future")),
        (json!({ "gateway": "paystack", "to": to_come }), Some("future")),
        (json!({ "gateway": "paystack", "from": long_ago, "to": long_ago }), Some("before the end")),
        (json!({ "gateway": "paystack", "to": "-262143-01-01T00:00:00Z" }), Some("2000-01-01")),
        (json!({ "gateway": "paystack", "from": "-262143-01-01T00:00:00Z" }), Some("2000-01-01")),
        (json!({ "gateway": "paystack", "from": "1999-12-31T23:59:59Z" }), Some("2000-01-01")),
        (json!({ "gateway": "paystack", "to": "2000-01-01T00:00:00Z" }), Some("before the end")),
        (json!({ "gateway": "paystack", "to": "+262142-12-31T23:59:59Z" }), Some("future")),
    ] {
        let answer = compare(wish.clone()).await;
        assert_eq!(answer.refusal(), (422, "invalid"), "{wish}");
        let told = ["from", "to"].map(|field| answer.body["errors"][field][0].as_str().unwrap_or_default());
        let is_told = |problem| told.iter().any(|text| text.contains(problem));
        assert!(problem.is_none_or(is_told), "{wish}: {}", answer.body);
    }
    assert_eq!(purchase.world.count("select count(*) from jobs where kind = 'reconcile'").await, 0);
    let wish = json!({ "gateway": "paystack" });
    assert_eq!(purchase.customer.post(PATH, wish.clone()).await.refusal().0, 403);
    for _ in 0..2 {
        let answer = purchase.admin.send(Method::POST, PATH, &[], Some(wish.clone())).await;
        assert_eq!((answer.status.as_u16(), &answer.data()["gateway"]), (202, &json!("paystack")));
    }
    assert_eq!(purchase.world.count("select count(*) from jobs where kind = 'reconcile'").await, 1);
    purchase.world.work().await;
    assert_eq!(purchase.status().await, "paid");
    assert_eq!(listed(&purchase, PATH).await, json!([]));
    purchase.world.books_balance().await;
}

#[tokio::test]
async fn a_gateway_that_is_switched_off_is_not_compared() {
    let world = World::with(&[("HAAT_CHAPA_SECRET_KEY", "")]).await;
    let answer = world.admin().await.post(PATH, json!({ "gateway": "chapa" })).await;
    assert_eq!(answer.refusal(), (422, "invalid"));
    assert_eq!(answer.body["errors"], json!({ "gateway": ["is not configured here"] }));
    world.books_balance().await;
}
