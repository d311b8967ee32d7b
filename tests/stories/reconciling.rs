//! Reconciliation: gateways' own lists find what messages and polls missed, and our books are looked for in their
//! lists.

use std::time::Duration;

use haat_sandbox::{chapa, paystack, stripe};
use haat_tests::{Fate, Mood, Moody, Purchase, Sale, Till, World};
use haat_worker::reconcile::{self, Report, Wish};
use serde_json::{Value, json};
use shared::payments::Provider;

/// A gateway's list lags a minute; then it is compared.
pub(crate) async fn reconciled(world: &World, provider: Provider) -> Report {
    world.pass(Duration::from_secs(90));
    reconcile::run(&world.worker, provider, Wish::default()).await.expect("the gateway answers")
}

/// Gateway, kind and whether it was put right, oldest first.
pub(crate) async fn differences(world: &World) -> Vec<(String, String, bool)> {
    let sql = "select gateway, kind, repaired_at is not null from reconciliation_differences order by id";
    sqlx::query_as(sql).fetch_all(&world.pool).await.expect("the differences")
}

pub(crate) fn one(gateway: &str, kind: &str, repaired: bool) -> (String, String, bool) {
    (gateway.to_owned(), kind.to_owned(), repaired)
}

#[tokio::test]
async fn a_payment_that_nobody_told_of_is_found_and_settled() {
    for till in [Till::Paystack, Till::Chapa] {
        let purchase = Purchase::awaiting(till).await;
        purchase.world.lose_webhooks();
        purchase.world.skip("poll_payment").await;
        purchase.pay(Fate::Pays).await;
        purchase.world.work().await;
        assert_eq!(purchase.status().await, "awaiting_payment");

        let report = reconciled(&purchase.world, till.provider()).await;
        assert_eq!((report.compared, report.repaired, report.standing), (1, 1, 0), "{till:?}");
        assert_eq!(purchase.status().await, "paid");
        assert_eq!(differences(&purchase.world).await, [one(till.name(), "missed", true)]);
        assert!(purchase.world.incidents().await.is_empty());
        purchase.world.books_balance().await;

        let seen = purchase.see().await;
        let report = reconciled(&purchase.world, till.provider()).await;
        assert_eq!((report.repaired, report.standing), (0, 0), "{till:?}");
        assert_eq!((purchase.see().await, differences(&purchase.world).await.len()), (seen, 1));
        purchase.world.books_balance().await;
    }
}

#[tokio::test]
async fn stripes_events_find_what_was_missed() {
    let sale = Sale::awaiting().await;
    sale.world.lose_webhooks();
    sale.world.skip("poll_payment").await;
    sale.pay(stripe::Outcome::Pay).await;
    sale.world.work().await;
    assert_eq!(sale.status().await, "awaiting_payment");
    let report = reconciled(&sale.world, Provider::Stripe).await;
    assert_eq!((report.repaired, report.standing), (1, 0));
    assert_eq!(sale.status().await, "paid");
    assert_eq!(differences(&sale.world).await, [one("stripe", "missed", true)]);
    let report = reconciled(&sale.world, Provider::Stripe).await;
    assert_eq!((report.repaired, report.standing), (0, 0));
    sale.world.books_balance().await;
}

/// Its session, its PaymentIntent and its movement of the balance name the same money.
#[tokio::test]
async fn what_stripe_tells_three_times_and_is_another_systems_is_counted_once() {
    let sale = Sale::paid().await;
    sale.world.lose_webhooks();
    let (key, url) = (
        World::sandbox_config().stripe.key,
        format!("{}/stripe/v1/checkout/sessions", sale.world.sandbox.url()),
    );
    let form = [
        ("mode", "payment"),
        ("success_url", "https://elsewhere.example/"),
        ("line_items[0][quantity]", "1"),
        ("line_items[0][price_data][currency]", "usd"),
        ("line_items[0][price_data][unit_amount]", "700"),
        ("line_items[0][price_data][product_data][name]", "By hand"),
    ];
    let request = sale.world.http.post(url).bearer_auth(key).form(&form);
    let session: Value = request.send().await.expect("answered").json().await.expect("JSON");
    let page = session["id"].as_str().unwrap_or_else(|| panic!("{session}"));
    sale.world.sandbox.pay(page, stripe::Outcome::Pay).expect("it is open");
    for _ in 0..2 {
        let report = reconciled(&sale.world, Provider::Stripe).await;
        assert_eq!((report.repaired, report.standing), (0, 0));
        assert!(report.foreign > 0);
        assert!(differences(&sale.world).await.is_empty());
        assert_eq!(sale.world.count("select count(*) from foreign_movements").await, 1);
    }
    sale.world.books_balance().await;
}

/// bKash has no list: every open attempt is asked about.
#[tokio::test]
async fn a_gateway_without_a_list_is_asked_one_by_one() {
    let purchase = Purchase::awaiting(Till::Bkash).await;
    purchase.world.lose_webhooks();
    purchase.world.skip("poll_payment").await;
    purchase.agree(Fate::Pays).await;
    purchase.world.work().await;
    assert_eq!(purchase.status().await, "awaiting_payment");
    let report = reconciled(&purchase.world, Provider::Bkash).await;
    assert_eq!((report.compared, report.standing), (1, 0));
    purchase.world.work().await;
    assert_eq!((purchase.status().await.as_str(), purchase.captured()), ("paid", 50_000));
    let report = reconciled(&purchase.world, Provider::Bkash).await;
    assert_eq!((report.repaired, report.standing), (0, 0));
    assert!(differences(&purchase.world).await.is_empty());
    purchase.world.books_balance().await;
}

#[tokio::test]
async fn a_refund_that_nobody_told_of_is_found() {
    let purchase = Purchase::paid(Till::Paystack).await;
    purchase.world.lose_webhooks();
    purchase.refunded(json!({ "restock": true })).await;
    purchase.world.skip("poll_refund").await;
    purchase.settled().await;
    assert_eq!(purchase.refunds().await, ["pending"]);
    let report = reconciled(&purchase.world, Provider::Paystack).await;
    assert_eq!((report.repaired, report.standing), (1, 0));
    assert_eq!((purchase.status().await.as_str(), purchase.stock().await), ("refunded", (5, 0)));
    assert_eq!(differences(&purchase.world).await, [one("paystack", "missed", true)]);
    purchase.world.books_balance().await;
}

/// Another system uses the same account, or a person made a payment by hand.
pub(crate) async fn foreign_payment(purchase: &Purchase, reference: &str) {
    let (sandbox, http, config) = (&purchase.world.sandbox, &purchase.world.http, World::sandbox_config());
    let (path, key, body) = match purchase.till {
        Till::Paystack => (
            "/paystack/transaction/initialize",
            config.paystack.key,
            json!({ "email": "x@example.com", "amount": "70000", "currency": "NGN", "reference": reference }),
        ),
        Till::Chapa => (
            "/chapa/v1/transaction/initialize",
            config.chapa.key,
            json!({ "email": "x@example.com", "amount": "700", "currency": "ETB", "tx_ref": reference }),
        ),
        Till::Bkash => unreachable!("it has no list"),
    };
    let request = http.post(format!("{}{path}", sandbox.url())).bearer_auth(key).json(&body);
    let answer = request.send().await.expect("the gateway answers");
    assert!(answer.status().is_success(), "{}", answer.text().await.unwrap_or_default());
    match purchase.till {
        Till::Paystack => sandbox.pay_paystack(reference, paystack::Outcome::Pay),
        Till::Chapa => sandbox.pay_chapa(reference, chapa::Outcome::Pay),
        Till::Bkash => unreachable!("it has no list"),
    }
    .expect("it is open");
}

#[tokio::test]
async fn amounts_that_differ_are_shown_and_nothing_moves() {
    for till in [Till::Paystack, Till::Chapa] {
        let purchase = Purchase::paid(till).await;
        let before = purchase.see().await["status"].clone();
        sqlx::query("update payments set captured_amount = 499").execute(&purchase.world.pool).await.unwrap();
        for _ in 0..2 {
            let report = reconciled(&purchase.world, till.provider()).await;
            assert_eq!((report.repaired, report.standing), (0, 1), "{till:?}");
        }
        assert_eq!(differences(&purchase.world).await, [one(till.name(), "amount", false)]);
        assert_eq!(purchase.world.incidents().await, ["gateway_differs"]);
        assert_eq!(purchase.see().await["status"], before);
        sqlx::query("update payments set captured_amount = 500").execute(&purchase.world.pool).await.unwrap();
        purchase.world.books_balance().await;
    }
}

/// Our books say that it was paid, and the gateway says that it was not.
#[tokio::test]
async fn money_that_the_gateway_does_not_have_is_shown() {
    for till in Till::ALL {
        let world = World::with(&[("HAAT_BKASH_CONFIRM_CAPTURES", "true")]).await;
        let purchase = Purchase::awaiting_in(world, till).await;
        let other = purchase.customer.order(till.name(), &[(purchase.mug.variant, 1)]).await;
        purchase.world.work().await;
        purchase.pay(Fate::Pays).await;
        purchase.world.work().await;
        assert_eq!(purchase.status().await, "paid");
        let unpaid: String = sqlx::query_scalar("select reference from payments where order_id = $1")
            .bind(other)
            .fetch_one(&purchase.world.pool)
            .await
            .unwrap();
        for (reference, order) in [("elsewhere", other), (unpaid.as_str(), purchase.order)] {
            sqlx::query("update payments set reference = $1 where order_id = $2")
                .bind(reference)
                .bind(order)
                .execute(&purchase.world.pool)
                .await
                .unwrap();
        }
        let report = reconciled(&purchase.world, till.provider()).await;
        let kinds: Vec<String> =
            differences(&purchase.world).await.into_iter().map(|(_, kind, _)| kind).collect();
        assert!(kinds.contains(&"absent".to_owned()), "{till:?}: {kinds:?} {report:?}");
        assert!(purchase.world.incidents().await.contains(&"gateway_differs".to_owned()));
        purchase.world.books_balance().await;
    }
}

/// The first page is kept; the second run begins with the second, and finds our payment, which is the oldest.
#[tokio::test]
async fn a_run_that_dies_between_two_pages_goes_on_where_it_was() {
    for till in [Till::Paystack, Till::Chapa] {
        let purchase = Purchase::awaiting(till).await;
        let world = &purchase.world;
        purchase.world.lose_webhooks();
        purchase.world.skip("poll_payment").await;
        purchase.pay(Fate::Pays).await;
        world.work().await;
        for number in 0..120 {
            foreign_payment(&purchase, &format!("by-hand-{number}")).await;
        }
        world.pass(Duration::from_secs(90));
        let name = till.name().parse().unwrap();
        let (gateway, worker) = Moody::over(world, name, 1, Mood::BreaksOff);

        tokio::select! {
            ended = reconcile::run(&worker, till.provider(), Wish::default()) => panic!("{till:?}: {ended:?}"),
            () = gateway.called() => {}
        }
        let first = world.count("select count(*) from foreign_movements").await;
        assert!((1..=100).contains(&first), "{till:?}: {first}");
        assert_eq!(world.count("select count(*) from reconciliations where cursor is not null").await, 1);
        world.books_balance().await;

        let report = reconcile::run(&worker, till.provider(), Wish::default()).await.expect("it goes on");
        assert!(report.compared < 121, "{till:?}: it did not begin anew: {report:?}");
        assert_eq!(world.count("select count(*) from reconciliations where cursor is not null").await, 0);
        assert_eq!(world.count("select count(*) from foreign_movements").await, 120, "{till:?}");
        assert_eq!(purchase.status().await, "paid", "{till:?}");
        world.books_balance().await;
    }
}

#[tokio::test]
async fn a_payment_found_late_that_pays_nothing_goes_back() {
    for till in [Till::Paystack, Till::Chapa] {
        let purchase = Purchase::awaiting(till).await;
        assert!(purchase.cancel().await.status.is_success());
        purchase.world.work().await;
        assert_eq!(purchase.status().await, "cancelled");
        purchase.world.lose_webhooks();
        purchase.world.skip("poll_payment").await;
        purchase.pay(Fate::Pays).await;
        let report = reconciled(&purchase.world, till.provider()).await;
        assert_eq!((report.repaired, report.standing), (1, 0), "{till:?}");
        purchase.world.work().await;
        purchase.settled().await;
        purchase.world.work_for(Duration::from_secs(11 * 60)).await;
        assert_eq!((purchase.captured(), purchase.given_back()), (50_000, 50_000), "{till:?}");
        assert_eq!(purchase.refunds().await, ["succeeded"]);
        assert_eq!(purchase.world.incidents().await, ["surplus_capture"]);
        assert_eq!((purchase.status().await.as_str(), purchase.stock().await), ("cancelled", (5, 0)));
        purchase.world.books_balance().await;
    }
}

#[tokio::test]
async fn only_operators_see_differences_and_the_repaired_ones_on_demand() {
    let purchase = Purchase::awaiting(Till::Chapa).await;
    purchase.world.lose_webhooks();
    purchase.world.skip("poll_payment").await;
    purchase.pay(Fate::Pays).await;
    reconciled(&purchase.world, Provider::Chapa).await;
    let list = async |path: &str| -> Value { purchase.admin.get(path).await.data()["results"].clone() };
    assert_eq!(list("/api/admin/reconciliation").await, json!([]));
    let all = list("/api/admin/reconciliation?all=true").await;
    assert_eq!((&all[0]["gateway"], &all[0]["kind"]), (&json!("chapa"), &json!("missed")));
    assert!(!all[0]["repaired_at"].is_null() && !all[0]["payment_id"].is_null());
    assert_eq!(purchase.customer.get("/api/admin/reconciliation").await.refusal().0, 403);
    purchase.world.books_balance().await;
}
