//! A gateway that refuses the product's key: one incident for the operators, however many orders wait.

use std::time::Duration;

use haat_tests::{Purchase, Till, World};
use haat_worker::Context;
use serde_json::{Value, json};
use shared::kernel::Secret;

const WRONG: [(&str, &str); 1] = [("HAAT_CHAPA_SECRET_KEY", "CHASECK_TEST-wrong")];

async fn incidents(purchase: &Purchase, which: &str) -> Vec<Value> {
    let listed = purchase.admin.get(&format!("/api/admin/incidents?status={which}")).await;
    listed.data()["results"].as_array().expect("a list").clone()
}

/// Operators have set this key and restarted the worker.
fn restarted_with(key: &str, world: &World) -> Context {
    let mut settings = (*world.worker.settings).clone();
    let chapa = settings.gateways.chapa.as_mut().expect("it is on");
    chapa.secret_key = Secret::new(key.to_owned());
    let worker = Context::start(settings).expect("sound settings");
    Context {
        pool: world.pool.clone(),
        clock: world.clock.clone(),
        bell: world.worker.bell.clone(),
        ..worker
    }
}

#[tokio::test]
async fn a_key_that_is_refused_is_one_incident_which_ends_when_a_page_opens() {
    let world = World::with(&WRONG).await;
    let mut purchase = Purchase::placed_in(world, Till::Chapa, "chapa").await;
    let other = purchase.world.customer().await;
    let second = other.order("chapa", &[(purchase.mug.variant, 1)]).await;
    purchase.world.work().await;
    assert!(incidents(&purchase, "open").await.is_empty(), "one refusal may pass");

    purchase.world.work_for(Duration::from_secs(5 * 60)).await;
    let open = incidents(&purchase, "open").await;
    assert_eq!(open.len(), 1, "one, whatever waits: {open:?}");
    assert_eq!((&open[0]["kind"], &open[0]["gateway"]), (&json!("gateway_misconfigured"), &json!("chapa")));
    assert_eq!(open[0]["detail"]["http_status"], 401, "{}", open[0]);
    assert!(!open[0]["detail"]["answer"].as_str().expect("what it said").is_empty());
    assert!(!open[0].to_string().contains("wrong"), "the key is told to nobody: {}", open[0]);
    assert_eq!(purchase.status().await, "awaiting_payment");

    purchase.world.worker = restarted_with(&World::sandbox_config().chapa.key, &purchase.world);
    purchase.world.work_for(Duration::from_secs(60)).await;
    assert_eq!(other.see(second).await["payment"]["status"], "open");
    assert!(incidents(&purchase, "open").await.is_empty(), "it ended by itself");
    let ended = &incidents(&purchase, "resolved").await[0];
    assert_eq!(
        (&ended["resolved_by"], &ended["note"]),
        (&Value::Null, &json!("a payment page opened again"))
    );
    purchase.world.books_balance().await;
}

#[tokio::test]
async fn while_pages_of_other_orders_open_a_refusal_is_no_incident() {
    let mut purchase = Purchase::placed(Till::Chapa).await;
    purchase.world.work().await;
    assert_eq!(purchase.see().await["payment"]["status"], "open");

    purchase.world.worker = restarted_with("CHASECK_TEST-wrong", &purchase.world);
    let other = purchase.world.customer().await;
    other.order("chapa", &[(purchase.mug.variant, 1)]).await;
    purchase.world.work_for(Duration::from_secs(3 * 60)).await;
    assert!(incidents(&purchase, "open").await.is_empty(), "a page opened three minutes ago");

    purchase.world.work_for(Duration::from_secs(4 * 60)).await;
    assert_eq!(incidents(&purchase, "open").await.len(), 1, "none has opened for more than five minutes");
}
