//! The cleaning: old rows go by the settings; young rows, and rows that are still needed, stay.

use std::collections::BTreeMap;
use std::time::Duration;

use haat_sandbox::chapa::Outcome;
use haat_tests::{Purchase, Sale, Till, World};
use reqwest::Method;
use serde_json::json;
use shared::jobs::{NewJob, PurgeOld, store};
use shared::payments::Provider;
use uuid::Uuid;

use crate::reconciling::{foreign_payment, reconciled};

const DAYS: u64 = 24 * 3600;
const THIRTY_DAYS: [(&str, &str); 5] = [
    ("HAAT_PAYMENT_LOG_DAYS", "30"),
    ("HAAT_KEEP_WEBHOOK_EVENTS_DAYS", "30"),
    ("HAAT_KEEP_SESSIONS_DAYS", "30"),
    ("HAAT_KEEP_FOREIGN_DAYS", "30"),
    ("HAAT_KEEP_DEAD_JOBS_DAYS", "30"),
];

/// Rows that are cleaned, with their number.
const CLEANED: &str = "select 'answers of gateways', count(*) from payment_log
    union all select 'events', count(*) from webhook_events
    union all select 'answers of checkouts', count(*) from idempotency_keys
    union all select 'sessions', count(*) from sessions
    union all select 'refresh tokens', count(*) from refresh_tokens
    union all select 'movements of others', count(*) from foreign_movements
    union all select 'dead jobs', count(*) from jobs where status = 'dead'";

/// Rows that stay, however old, with their number.
const LASTING: &str = "select 'orders', count(*) from orders
    union all select 'payments', count(*) from payments
    union all select 'history', count(*) from order_history
    union all select 'journal', count(*) from stock_movements
    union all select 'ledger', count(*) from ledger_entries
    union all select 'incidents', count(*) from incidents
    union all select 'differences', count(*) from reconciliation_differences";

async fn rows(world: &World, of: &'static str) -> BTreeMap<String, i64> {
    let counted: Vec<(String, i64)> = sqlx::query_as(of).fetch_all(&world.pool).await.expect("counts");
    counted.into_iter().collect()
}

pub(crate) async fn clean(world: &World) {
    let now = world.clock.now();
    let mut db = world.pool.acquire().await.expect("a connection");
    store::insert(&mut db, &[NewJob::at(now, &PurgeOld {})], now).await.expect("a job");
    drop(db);
    world.drain().await;
}

/// Opens an account and signs in to it. Returns the access token.
async fn signed_in(world: &World, email: &str) -> String {
    let account = json!({ "email": email, "password": "correct horse battery", "full_name": "Somebody" });
    assert_eq!(world.nobody().post("/api/auth/register", account).await.status, 201);
    let known = json!({ "email": email, "password": "correct horse battery" });
    let tokens = world.nobody().post("/api/auth/login", known).await;
    tokens.data()["access_token"].as_str().expect("a token").to_owned()
}

/// An order is paid, another system is paid, a user signs in and out again, and a job dies.
async fn a_day_of_business(purchase: &Purchase, name: &str) {
    let world = &purchase.world;
    let order = world.customer().await.order("chapa", &[(purchase.mug.variant, 1)]).await;
    world.work().await;
    let page: String = sqlx::query_scalar("select reference from payments where order_id = $1")
        .bind(order)
        .fetch_one(&world.pool)
        .await
        .expect("a page");
    world.sandbox.pay_chapa(&page, Outcome::Pay).expect("it is open");
    world.work().await;
    foreign_payment(purchase, &format!("theirs-{name}")).await;
    reconciled(world, Provider::Chapa).await;
    let token = signed_in(world, &format!("{name}@example.com")).await;
    let out = world.nobody().with_token(&token).send(Method::POST, "/api/auth/logout", &[], None).await;
    assert_eq!(out.status, 200, "{}", out.body);
    let job =
        "insert into jobs (id, queue, kind, payload, status, max_attempts, run_at, created_at, finished_at)
               values ($1, 'payments', 'ask_payment', '{}', 'dead', 1, $2, $2, $2)";
    let now = world.clock.now();
    sqlx::query(job).bind(Uuid::now_v7()).bind(now).execute(&world.pool).await.expect("a dead job");
}

#[tokio::test]
async fn each_kind_of_row_goes_when_it_is_old_and_books_never_do() {
    let world = World::with(&THIRTY_DAYS).await;
    let purchase = Purchase::placed_in(world, Till::Chapa, "chapa").await;
    let world = &purchase.world;
    a_day_of_business(&purchase, "old").await;
    let old = rows(world, CLEANED).await;
    assert!(old.values().all(|count| *count > 0), "{old:?}");
    clean(world).await;
    assert_eq!(rows(world, CLEANED).await, old, "nothing is old yet");

    world.pass(Duration::from_secs(31 * DAYS));
    a_day_of_business(&purchase, "new").await;
    let all = rows(world, CLEANED).await;
    let lasts = rows(world, LASTING).await;
    clean(world).await;
    let left = rows(world, CLEANED).await;
    for (what, count) in &all {
        let today = count - old[what];
        assert!(today > 0, "{what} are made every day");
        assert_eq!(left[what], today, "of {what} those of today are left");
    }
    assert_eq!(rows(world, LASTING).await, lasts);
    world.books_balance().await;
}

/// Only where refunds can't be listed an event has to be remembered: see `refunded_elsewhere`.
#[tokio::test]
async fn events_about_refunds_go_where_the_gateway_can_list_refunds() {
    let sale = Sale::paid().await;
    sale.refunded(json!({})).await;
    let events = "select count(*) from webhook_events where kind like '%refund%' and status = 'applied'";
    assert!(sale.world.count(events).await > 0);
    sale.world.pass(Duration::from_secs(200 * DAYS));
    clean(&sale.world).await;
    assert_eq!(sale.world.count(events).await, 0);
    sale.world.books_balance().await;
}

#[tokio::test]
async fn a_session_that_lives_is_kept_and_goes_after_its_end() {
    let world = World::with(&[("HAAT_KEEP_SESSIONS_DAYS", "1")]).await;
    signed_in(&world, "a@example.com").await;
    let sessions = "select count(*) from sessions";
    let tokens = "select count(*) from refresh_tokens";
    let ends: chrono::DateTime<chrono::Utc> = sqlx::query_scalar("select expires_at from sessions")
        .fetch_one(&world.pool)
        .await
        .expect("a session");
    let lives = (ends - world.clock.now()).to_std().expect("it lives");
    world.pass(lives + Duration::from_secs(23 * 3600));
    clean(&world).await;
    assert_eq!((world.count(sessions).await, world.count(tokens).await), (1, 1));
    world.pass(Duration::from_secs(2 * 3600));
    clean(&world).await;
    assert_eq!((world.count(sessions).await, world.count(tokens).await), (0, 0));
}
