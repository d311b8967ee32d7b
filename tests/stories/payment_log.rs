//! What gateways answered is kept, without what names a person, for administrators, until its retention is over.

use std::collections::BTreeSet;
use std::time::Duration;

use haat_sandbox::{FaultKind, Rule};
use haat_tests::{Purchase, Sale, Till};
use serde_json::{Value, json};
use shared::jobs::{NewJob, PurgeOld, store};

fn path(sale: &Sale) -> String {
    format!("/api/admin/orders/{}/payment-log", sale.order)
}

/// Operations of the entries, oldest first.
fn operations(log: &Value) -> Vec<&str> {
    log["results"].as_array().unwrap().iter().rev().map(|row| row["operation"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn each_answer_about_an_orders_money_is_kept_as_it_came() {
    let sale = Sale::paid().await;
    sale.refunded(json!({})).await;
    let log = sale.admin.get(&path(&sale)).await.data().clone();
    assert_eq!(operations(&log), ["create_payment", "create_refund"]);

    let (opened, refunded) = (&log["results"][1], &log["results"][0]);
    assert!(opened["request"].as_str().unwrap().ends_with("/v1/checkout/sessions"), "{opened}");
    assert_eq!(opened["status"], 200);
    assert_eq!(opened["payment_id"], sale.see().await["payment"]["id"]);
    let body: Value = serde_json::from_str(opened["body"].as_str().unwrap()).unwrap();
    assert_eq!((&body["amount_total"], &body["currency"]), (&json!(3300), &json!("usd")));
    assert!(!opened["body"].as_str().unwrap().contains('@'), "the customer's address is hidden: {opened}");
    assert!(refunded["request"].as_str().unwrap().ends_with("/v1/refunds"), "{refunded}");
    assert_eq!(refunded["status"], 200);
    assert_eq!(refunded["refund_id"], sale.see().await["refunds"][0]["id"]);

    let first = sale.admin.get(&format!("{}?limit=1", path(&sale))).await.data().clone();
    let next = sale.admin.get(first["next"].as_str().unwrap()).await.data().clone();
    assert_eq!((operations(&first), operations(&next)), (vec!["create_refund"], vec!["create_payment"]));

    for other in [&sale.customer, &sale.pots.owner] {
        assert_eq!(other.get(&path(&sale)).await.refusal().0, 403);
    }
    let nobody = format!("/api/admin/orders/{}/payment-log", uuid::Uuid::now_v7());
    assert_eq!(sale.admin.get(&nobody).await.refusal(), (404, "order_not_found"));
    sale.world.books_balance().await;
}

#[tokio::test]
async fn a_call_without_an_answer_is_kept_too() {
    let sale = Sale::paid().await;
    sale.world.sandbox.faults().add(Rule::on_request("POST", "/v1/refunds", FaultKind::CutBefore, 1_000));
    sale.refunded(json!({})).await;
    let log = sale.admin.get(&path(&sale)).await.data().clone();
    let asked = log["results"].as_array().unwrap().iter().find(|row| row["operation"] == "create_refund");
    let asked = asked.expect("what was asked");
    assert_eq!((&asked["status"], &asked["body"]), (&Value::Null, &Value::Null));
    assert_eq!(asked["problem"], "the connection broke");
    sale.world.sandbox.faults().clear();
    sale.world.work_for(Duration::from_secs(600)).await;
    assert_eq!(sale.status().await, "refunded");
    sale.world.books_balance().await;
}

#[tokio::test]
async fn no_token_and_no_number_of_a_wallet_is_kept() {
    let purchase = Purchase::paid(Till::Bkash).await;
    let bodies: Vec<Option<String>> =
        sqlx::query_scalar("select body from payment_log").fetch_all(&purchase.world.pool).await.unwrap();
    assert!(!bodies.is_empty());
    for body in bodies.into_iter().flatten() {
        assert!(!body.contains("id_token") && !body.contains("01770618575"), "{body}");
    }
    let asked: Vec<String> = sqlx::query_scalar("select operation from payment_log where order_id = $1")
        .bind(purchase.order)
        .fetch_all(&purchase.world.pool)
        .await
        .unwrap();
    let asked: BTreeSet<&str> = asked.iter().map(String::as_str).collect();
    assert!(asked.contains("create_payment") && asked.contains("finish_payment"), "{asked:?}");
    purchase.world.books_balance().await;
}

#[tokio::test]
async fn the_log_is_never_changed_and_ends_with_its_retention() {
    let sale = Sale::paid().await;
    let changed = sqlx::query("update payment_log set body = ''").execute(&sale.world.pool).await;
    assert!(
        changed.is_err_and(|error| error.as_database_error().unwrap().code().as_deref() == Some("23001"))
    );
    for (days, left) in [(399, 1), (2, 0)] {
        sale.world.pass(Duration::from_secs(days * 24 * 3600));
        let (now, mut db) = (sale.world.clock.now(), sale.world.pool.acquire().await.unwrap());
        store::insert(&mut db, &[NewJob::at(now, &PurgeOld {})], now).await.unwrap();
        drop(db);
        sale.world.drain().await;
        assert_eq!(sale.world.count("select count(*) from payment_log").await, left, "after {days} days");
    }
}
