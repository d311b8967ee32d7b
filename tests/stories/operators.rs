//! What those who run the marketplace see and do.

use haat_tests::World;
use reqwest::Method;
use serde_json::json;

#[tokio::test]
async fn the_queues_are_told_as_they_stand() {
    let world = World::open().await;
    let admin = world.admin().await;
    let mug = world.shop("Pots").await.sells(&world, "Mug", "12.50", 9).await;
    world.customer().await.order("cash_on_delivery", &[(mug.variant, 1)]).await;
    world.pass(std::time::Duration::from_secs(5));
    let seen = admin.get("/api/admin/queues").await.data().clone();
    let orders = seen["queues"].as_array().unwrap().iter().find(|queue| queue["queue"] == "orders").unwrap();
    assert_eq!((&orders["due"], &orders["dead"]), (&json!(1), &json!(0)), "{seen}");
    assert!(orders["oldest_due_secs"].as_f64().unwrap() >= 5.0);
    world.work().await;
    let seen = admin.get("/api/admin/queues").await.data().clone();
    assert!(seen["queues"].as_array().unwrap().iter().all(|queue| queue["due"] == 0), "{seen}");
    world.books_balance().await;
}

#[tokio::test]
async fn books_that_differ_are_an_incident_until_somebody_has_dealt_with_it() {
    let world = World::open().await;
    let admin = world.admin().await;
    let mug = world.shop("Pots").await.sells(&world, "Mug", "12.50", 9).await;
    let sql = "update inventory set on_hand = on_hand + 1 where variant_id = $1";
    sqlx::query(sql).bind(mug.variant).execute(&world.pool).await.unwrap();
    let check =
        haat_worker::schedules::SCHEDULES.iter().find(|schedule| schedule.name == "check_books").unwrap();
    for earlier in 0..2 {
        assert!(check.fire(&world.worker, world.clock.now().timestamp() - earlier).await.unwrap());
    }
    world.work().await;
    assert_eq!(world.incidents().await, ["books_differ"], "the same difference is one incident");
    let listed = admin.get("/api/admin/incidents").await.data()["results"].clone();
    assert!(listed.to_string().contains(&mug.variant.to_string()), "{listed}");
    let path = format!("/api/admin/incidents/{}/resolve", listed[0]["id"].as_str().unwrap());
    assert_eq!(admin.send(Method::POST, &path, &[], None).await.status, 200);
    assert_eq!(admin.send(Method::POST, &path, &[], None).await.refusal(), (404, "incident_not_found"));
    assert!(world.incidents().await.is_empty());
}

#[tokio::test]
async fn a_changed_commission_is_for_orders_to_come() {
    let world = World::open().await;
    let (admin, shop) = (world.admin().await, world.shop("Pots").await);
    let mug = shop.sells(&world, "Mug", "10.00", 9).await;
    let buyers = [world.customer().await, world.customer().await];
    buyers[0].order("cash_on_delivery", &[(mug.variant, 1)]).await;
    let path = format!("/api/admin/vendors/{}", shop.id);
    let change = async |rate: &str| {
        admin.send(Method::PATCH, &path, &[], Some(json!({ "commission_rate": rate }))).await
    };
    for rate in ["1.5", "-0.1", "0.12345", "a lot"] {
        assert_eq!(change(rate).await.status, 422, "{rate}");
    }
    assert_eq!(change("0.25").await.status, 200);
    buyers[1].order("cash_on_delivery", &[(mug.variant, 1)]).await;
    let rates: Vec<String> =
        sqlx::query_scalar("select commission_rate::text from vendor_orders order by id")
            .fetch_all(&world.pool)
            .await
            .unwrap();
    assert_eq!(rates, ["0.1000", "0.2500"]);
    world.work().await;
    world.books_balance().await;
}

#[tokio::test]
async fn the_api_tells_its_state_and_its_figures() {
    let world = World::open().await;
    let nobody = world.nobody();
    assert_eq!(nobody.get("/health/live").await.status, 200);
    let ready = nobody.get("/health/ready/").await;
    assert_eq!(ready.data()["database"], "up");
    let figures = nobody.get("/metrics").await;
    assert!(figures.body.as_str().is_some_and(|text| text.contains("haat_http_requests_total")));
    world.app.stopping.cancel();
    assert_eq!(nobody.get("/health/ready").await.status, 503);
    let answer = nobody.send(Method::GET, "/api/products", &[("X-Request-Id", "mine-42")], None).await;
    assert_eq!(answer.header("x-request-id"), "mine-42");
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
}
